"""D for the program's own Functions: the slope of what forward computes, whatever backward says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from autograd_tutor.recording.functions import Applied
from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.pullback import Gradients, pulled
from autograd_tutor.recording.reverse import Change, Local
from autograd_tutor.recording.straight import filled, flattened


def by_forward(case: Case) -> Iterator[Guess]:
    """D1: a Function's backward taken to be the derivative of its forward."""
    for group in case.groups:
        if isinstance(group[0].call.function, Applied):
            change = Change(rules={step.index: _differentiated for step in group})
            detail = group[0].operation.text
            yield Guess("backward-taken-as-true", case.mutant(change), case.nodes(*group), detail=detail)
            change = Change(rules={step.index: partial(_on_top, case) for step in group})
            yield Guess("backward-on-top", case.mutant(change), case.nodes(*group), detail=detail)


def _on_top(case: Case, local: Local) -> Gradients:
    """W3: what backward makes of the forward's own gradient."""
    own, arrived = _differentiated(local), local.upstream[0]
    first = next((one for one in own if one is not None), None)
    if first is None or arrived is None or first.shape != arrived.shape:
        return list(own)
    return case.reverse.local(local.step, [first]).true


class _Notes:
    """In the place of `ctx`: takes whatever it is told."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_: None


def _takes_notes(function: Any) -> bool:
    """Unless it has a `setup_context` of its own, forward gets the context first."""
    return function.setup_context is torch.autograd.Function.setup_context


def _differentiated(local: Local) -> Gradients:
    applied, call = local.step.call.function, local.step.call
    assert isinstance(applied, Applied)
    before = (_Notes(),) if _takes_notes(applied.function) else ()
    leaves = [one.detach().clone().requires_grad_(one.is_floating_point()) for one in local.inputs]
    tensors = iter(leaves)
    with torch.enable_grad():
        outputs = flattened(applied.function.forward(*before, *filled(call.args, tensors)))
    return pulled(leaves, outputs, local.upstream)
