"""W: a hook that is called in another way than torch calls it: not at all, twice, or on something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.reverse import Change, Hook, hooked

_Otherwise = Callable[[Hook, torch.Tensor, torch.Tensor], torch.Tensor | None]
"""Of the hook, what arrives and the tensor's own value, what goes on in place of what the hook makes of it."""
_NO_HOOKS = Change(hooks={})


def called_otherwise(case: Case) -> Iterator[Guess]:
    """W1: no hook called; W2: each called twice, on ones, on the tensor's value, or on the whole of .grad."""
    if not case.reverse.hooks:
        return
    yield Guess("hook-ignored", case.mutant(_NO_HOOKS))
    for otherwise in (_twice, _of_ones, _of_value):
        yield Guess("hook-otherwise", _with(case, otherwise))
    own = case.reverse.hooks.get(case.value, []) if case.value is not None else []
    whole = case.mutant(_NO_HOOKS, case.backwards)
    for hook in own if whole is not None else ():
        assert whole is not None
        yield Guess("hook-otherwise", hooked(hook, whole))


def _with(case: Case, otherwise: _Otherwise) -> torch.Tensor | None:
    changed = {
        value: [_wrapped(otherwise, hook, case.program.values[value].number) for hook in hooks]
        for value, hooks in case.reverse.hooks.items()
    }
    return case.mutant(Change(hooks=changed))


def _wrapped(otherwise: _Otherwise, hook: Hook, number: torch.Tensor) -> Hook:
    return lambda gradient: otherwise(hook, gradient, number)


def _twice(hook: Hook, gradient: torch.Tensor, _: torch.Tensor) -> torch.Tensor | None:
    once = hook(gradient)
    return None if once is None else hook(once.clone())


def _of_ones(hook: Hook, gradient: torch.Tensor, _: torch.Tensor) -> torch.Tensor | None:
    return hook(torch.ones_like(gradient))


def _of_value(hook: Hook, _gradient: torch.Tensor, number: torch.Tensor) -> torch.Tensor | None:
    return hook(number.clone())
