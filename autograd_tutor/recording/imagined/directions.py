"""All families for what the functional calls return: the same asked of a program with a backward() in it.

A Jacobian's row, a Hessian's, a jvp's element: each is the gradient of one output, and a learner's slip in it is
a slip in that pass. So the function is called once more, and its passes are imagined as any other's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import torch

from autograd_tutor.recording.aims import close
from autograd_tutor.recording.imagined.asked import POINT, Asked, asked, of_dual
from autograd_tutor.recording.imagined.case import Guess, Guesses
from autograd_tutor.recording.imagined.sources import Reruns, parsed
from autograd_tutor.recording.tape import Recording

VALUE = "_value"
_GRAD = f"{POINT}.grad"
_MOST_ROWS = 12
_SECONDS = 1.4
"""Of processor time, for all rows."""
_FIRST = frozenset({"vmap", "jvp", "vjp", "jacobian", "jacrev", "jacfwd"})
_SECOND = frozenset({"hvp", "vhp", "hessian"})


def passes(recording: Recording, target: str, truth: torch.Tensor, reruns: Reruns, guesses: Guesses) -> Iterator[Guess]:
    """What the target would be after a slip in the backward pass behind it."""
    tree = parsed(recording)
    call = None if tree is None else asked(tree, target) or of_dual(tree, target, POINT)
    if call is None or call.name not in _FIRST | _SECOND:
        return
    start = f"{call.source or recording.trace.source}\n{_called(call)}\n"
    if call.name in ("vjp", "hvp", "vhp"):
        yield from _plain(f"{start}{VALUE}.backward({call.vector})", reruns, guesses)
        return
    if call.name == "vmap":
        source = f"{start}{VALUE}.sum().backward()"
        found = reruns.value(source, _GRAD)
        if found is not None and close(truth, found):
            yield from _plain(source, reruns, guesses)
            yield from _over_samples(truth)
        return
    direction = None
    if call.name == "jvp":
        direction = reruns.value(f"{start}_direction = {call.vector}\n", "_direction")
        if direction is None:
            return
        yield from _elementwise(start, truth, direction, reruns, guesses)
    yield from _by_row(start, truth, direction, reruns, guesses)


def _called(call: Asked) -> str:
    """The function at its point, as a program with a graph behind it."""
    if call.name == "vmap":
        again = f"\n{VALUE}, = torch.autograd.grad({VALUE}.sum(), {POINT}, create_graph=True)" * (call.order - 1)
        return f"{POINT} = {call.point}.detach().clone().requires_grad_()\n{VALUE} = {call.function}{again}"
    lines = [f"{POINT} = ({call.point}).detach().clone().requires_grad_()"] if call.point else []
    lines.append(f"{VALUE} = ({call.function})({POINT})" if call.point else f"{VALUE} = {call.function}")
    if call.name in _SECOND:
        lines.append(f"{VALUE}, = torch.autograd.grad({VALUE}, {POINT}, create_graph=True)")
    return "\n".join(lines)


def _plain(source: str, reruns: Reruns, guesses: Guesses) -> Iterator[Guess]:
    """Each mistake's value as it is, without its place, which is in another program."""
    again = reruns.recording(source, _GRAD)
    for guess in guesses(again, _GRAD):
        if guess.value is not None and POINT not in guess.detail and VALUE not in guess.detail:
            yield Guess(guess.tag, guess.value, detail=guess.detail)


def _over_samples(truth: torch.Tensor) -> Iterator[Guess]:
    """B9 and R2: what the samples bring added up, or divided by how many there are."""
    count = len(truth)
    yield Guess("rows-added", truth.sum(0))
    if count > 1:
        yield Guess("wrong-count", truth.sum(0) / count, detail=str(count))
        yield Guess("wrong-count", truth / count, detail=str(count))


def _elementwise(
    start: str, truth: torch.Tensor, direction: torch.Tensor, reruns: Reruns, guesses: Guesses
) -> Iterator[Guess]:
    """Where each output has an input of its own: all slopes in one pass, each times its part of the direction."""
    source = f"{start}{VALUE}.backward(torch.ones_like({VALUE}))"
    found = reruns.value(source, _GRAD)
    if found is None or found.shape != direction.shape or not close(truth, found * direction):
        return
    for guess in _plain(source, reruns, guesses):
        if guess.value is not None and guess.value.shape == direction.shape:
            yield replace(guess, value=guess.value * direction)
    yield Guess("seed-twice", truth * direction)


def _by_row(
    start: str, truth: torch.Tensor, direction: torch.Tensor | None, reruns: Reruns, guesses: Guesses
) -> Iterator[Guess]:
    """The same slip in the slopes of all outputs; then one in those of one output, the others right."""
    outputs = truth.numel()
    if direction is None:
        made = reruns.value(start, VALUE)
        outputs = 0 if made is None else made.numel()
    if not 0 < outputs <= _MOST_ROWS or truth.numel() % outputs:
        return
    alike: dict[tuple[str, str, int], torch.Tensor] = {}
    alone: list[Guess] = []
    deadline = time.process_time() + _SECONDS
    for row in range(outputs):
        count: dict[tuple[str, str], int] = {}
        for guess in _plain(f"{start}{VALUE}.reshape(-1)[{row}].backward()", reruns, guesses):
            wrong = truth.reshape(outputs, -1).clone()
            new = guess.value
            if new is None or new.numel() != (direction.numel() if direction is not None else wrong.shape[1]):
                continue
            wrong[row] = (new * direction).sum() if direction is not None else new.reshape(-1)
            alone.append(replace(guess, value=wrong.reshape(truth.shape)))
            slip = (guess.tag, guess.detail)
            count[slip] = count.get(slip, 0) + 1
            alike.setdefault((*slip, count[slip]), truth.reshape(outputs, -1).clone())[row] = wrong[row]
        if time.process_time() > deadline:
            break
    for (tag, detail, _), everywhere in alike.items():
        yield Guess(tag, everywhere.reshape(truth.shape), detail=detail)
    yield from alone
