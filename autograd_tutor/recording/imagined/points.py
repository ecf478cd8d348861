"""U, I, K, Q, F, W: the slope at another point, beside a kink, without a hook, or without rounding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch

from autograd_tutor.recording.aims import close, gradient, tensor_of
from autograd_tutor.recording.differences import sides
from autograd_tutor.recording.imagined.case import Case, Guess, fit
from autograd_tutor.recording.pullback import Gradients
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.reverse import Change, Local, Reverse
from autograd_tutor.recording.straight import Step
from autograd_tutor.recording.tape import Backward

_MOST_BUILT = 6
_CHOICES = frozenset({"where", "maximum", "minimum", "fmax", "fmin"})

_SMOOTH = frozenset(
    {"add", "radd", "sub", "rsub", "mul", "rmul", "neg", "matmul", "rmatmul", "mm", "mv", "bmm", "dot", "linear"}
    | {"addmm", "einsum", "sum", "mean", "exp", "sin", "cos", "tanh", "sigmoid", "softmax", "log_softmax", "gelu"}
    | {
        "silu",
        "square",
        "layer_norm",
        "mse_loss",
        "t",
        "reshape",
        "view",
        "transpose",
        "permute",
        "flatten",
        "unsqueeze",
    }
    | {"squeeze", "getitem", "expand", "clone", "contiguous", "cat", "stack", "scaled_dot_product_attention"}
    | {"multi_head_attention_forward"}
)
_SMOOTH_BUT_AT_0 = frozenset({"sqrt", "div", "rdiv", "pow", "log", "reciprocal", "norm", "relu", "leaky_relu", "abs"})
_NEAR = 1e-3
"""Far more than an operand moves when the target's elements are moved by a hundred-thousandth."""


def elsewhere(case: Case) -> Iterator[Guess]:
    """U1: the slope at the value that the variable has at the end, or had at first."""
    value, number, final, used = case.value, case.number, case.final, case.used
    if value is None or number is None or used is None:
        return
    label = case.program.label(value)
    if final is not None and final.shape == used.shape and not torch.equal(final, used):
        moved = {value: number + (final.to(number.dtype) - used)}
        yield Guess("at-updated-value", _replayed(case, moved), detail=label)
        if len(case.backwards) > 1:
            yield Guess("at-updated-value", _replayed(case, moved, case.backwards[-1:]), detail=label)
    if final is not None and final.shape == number.shape and not torch.equal(final, number):
        yield Guess("at-updated-value", _replayed(case, {value: final.to(number.dtype)}), detail=label)
    together = _finals(case)
    if len(together) > 1 or (together and value not in together):
        yield Guess("at-updated-value", _replayed(case, together), detail=label)
    if case.reverse.drifts or any(step.changes for step in case.program.steps):
        yield Guess("at-first-value", _replayed(case, {value: number}), detail=label)


def _finals(case: Case) -> dict[int, torch.Tensor]:
    """All leaves that were updated, each at what it holds in the end."""
    found: dict[int, torch.Tensor] = {}
    tensors = case.program.trace.tensors
    for value in case.program.values:
        if value.maker is None and value.tensor < len(tensors) and tensors[value.tensor].requires_grad:
            final = tensor_of(tensors[value.tensor].value)
            if final is not None and final.shape == value.number.shape and not torch.equal(final, value.number):
                found[value.index] = final.to(value.number.dtype)
    return found


def own_value(case: Case) -> Iterator[Guess]:
    """U1: a value that was built from the variable taken to be the variable's own."""
    if case.point is None or not case.ways:
        return
    own, tensors = case.point, case.program.trace.tensors
    named = sorted(case.ways[0].steps, key=lambda step: not tensors[case.program.values[step.outputs[0]].tensor].names)
    for step in named[:_MOST_BUILT]:
        made = case.program.values[step.outputs[0]]
        if made.number.shape == own.shape and not close(made.number, own) and made.index not in case.ways[0].seeds:
            replay = Replay(case.program)
            numbers = replay.run({}, otherwise={step.index: lambda _step, _inputs: (own,)})
            reverse = Reverse(case.program, numbers)
            label = case.program.label(made.index)
            found = gradient(reverse, case.aim.tensor, case.aim.passes)
            yield Guess("at-own-value", found, case.nodes(step), detail=label)
            yield Guess("derivative-at-wrong-point", found, case.nodes(step), detail=label)
            arrived = reverse.run(case.ways[0].seeds, toward=made.index).get(made.index)
            yield Guess("at-own-value", arrived, case.nodes(step), detail=label)


def choices(case: Case) -> Iterator[Guess]:
    """K1: where an operation chooses between its operands, one of them taken everywhere."""
    for step in case.steps:
        if step.operation.name not in _CHOICES or case.truth is None:
            continue
        for use in range(int(step.operation.name == "where"), len(step.inputs)):
            yield Guess("other-branch", _taken(case, step, use), case.nodes(step), detail=step.operation.text)


def _taken(case: Case, step: Step, use: int) -> torch.Tensor | None:
    shape = case.program.values[step.outputs[0]].number.shape
    replay = Replay(case.program)
    numbers = replay.run({}, otherwise={step.index: lambda _step, inputs: (inputs[use].expand(shape),)})

    def chosen(local: Local) -> Gradients:
        upstream = local.upstream[0]
        passed: Gradients = [None if true is None else torch.zeros_like(true) for true in local.true]
        passed[use] = None if upstream is None else fit(upstream, local.inputs[use])
        return passed

    change = Change(rules={step.index: chosen})
    return gradient(Reverse(case.program, numbers), case.aim.tensor, case.aim.passes, change)


def unsound(case: Case) -> Iterator[Guess]:
    """A6, W1, I1: the tape's gradient, where a hook, or an edit of .grad or of shared memory, made torch's another.

    Z5 and Z6: where .grad was clipped, clipped in another way.
    """
    if case.truth is None or case.sound or case.unchanged is None:
        return
    notes = [leaf.note or "" for one in case.program.trace.passes for leaf in one.leaves]
    hooked = any(isinstance(one, torch.Tensor) and one._backward_hooks for one in case.program.namespace.values())
    tag = "later-change-ignored"
    if hooked or any("hook" in note for note in notes):
        tag = "hook-ignored"
    elif any(_edits(case, step) for step in case.program.steps):
        tag = "later-change-ignored"
    elif unseen := [step for step in case.program.steps if step.changes and not step.call.recorded]:
        tensors = case.program.trace.tensors
        memory = {tensors[case.program.values[value].tensor].storage for step in unseen for value in step.outputs}
        own = tensors[case.aim.tensor].storage in memory
        tag = "at-first-value" if own else "at-saved-value"
    yield Guess(tag, case.unchanged)
    if tag == "later-change-ignored" and case.unchanged.shape == case.truth.shape:
        whole, norm, most = case.unchanged, case.truth.norm(), case.truth.abs().max()
        yield Guess("clipped-by-entry", whole.clamp(-norm, norm))
        yield Guess("clipped-by-another-norm", whole / whole.abs().sum() * norm)
        yield Guess("clipped-by-another-norm", whole / whole.norm() * most)
        yield Guess("clipped-by-another-norm", whole / whole.norm())
        if "clip" in case.program.trace.source:
            yield Guess("clip-ignored", whole)
            if case.number is not None and case.number.shape == case.truth.shape:
                yield Guess("clipped-by-another-norm", case.number / case.number.norm() * norm)


def _edits(case: Case, step: Step) -> bool:
    """Whether a call changed the target's own .grad."""
    return step.changes and any(case.program.label(value) == case.aim.target for value in step.outputs)


def one_sided(case: Case) -> Iterator[Guess]:
    """K2: at a kink, the slope on one side, or the mean of both."""
    if case.truth is None or case.value is None or not case.aim.passes:
        return
    if all(_smooth(case, step) for step in case.steps):
        return
    found = sides(case.program, case.value, case.aim.passes)
    if found is None:
        return
    left, right = found
    if not close(left, right, 1e-2):
        yield Guess("slope-from-right", right)
        yield Guess("slope-from-left", left)
        yield Guess("slope-between", (left + right) / 2)
        yield Guess("slope-of-zero", torch.where((left - right).abs() > 1e-2 * left.abs(), 0, case.truth))


def _smooth(case: Case, step: Step) -> bool:
    """The call has no kink: none anywhere, or only at 0, where none of its operands is near."""
    if step.operation.name in _SMOOTH:
        return True
    numbers = (case.program.values[index].number for index in step.inputs)
    return step.operation.name in _SMOOTH_BUT_AT_0 and all(bool((one.abs() > _NEAR).all()) for one in numbers)


def ties(case: Case) -> Iterator[Guess]:
    """K4 and K5: of equal maxima the first or the last alone, or each in full."""

    def each(local: Local) -> Gradients:
        return [None if true is None else torch.where(true != 0, _total(local), true) for true in local.true]

    def alone(local: Local, place: int) -> Gradients:
        found: Gradients = []
        for true in local.true:
            if true is None:
                found.append(None)
                continue
            kept = torch.zeros_like(true).reshape(-1)
            hits = true.reshape(-1).nonzero()
            if len(hits):
                kept[hits[place]] = _total(local)
            found.append(kept.reshape(true.shape))
        return found

    first, last = partial(alone, place=0), partial(alone, place=-1)
    for group in case.groups:
        if group[0].operation.name in ("max", "min", "amax", "amin", "median"):
            for tag, rule in (("first-tie-only", first), ("first-tie-only", last), ("every-tie-counted", each)):
                change = Change(rules={step.index: rule for step in group})
                yield Guess(tag, case.mutant(change), case.nodes(*group), detail=group[0].operation.text)


def nan_arithmetic(case: Case) -> Iterator[Guess]:
    """Q1: 0 times nan or inf taken to be 0; then every nan taken to be 0."""
    if case.truth is None or torch.isfinite(case.truth).all():
        return

    def blocked(local: Local) -> Gradients:
        upstream = next((one for one in local.upstream if one is not None), None)
        if upstream is None:
            return list(local.true)
        return [
            true if true is None or true.shape != upstream.shape else torch.where(upstream == 0, 0.0, true)
            for true in local.true
        ]

    change = Change(rules={step.index: blocked for step in case.steps})
    yield Guess("zero-times-nan", case.mutant(change), case.nodes(*case.steps))
    for instead in (0.0, torch.inf, -torch.inf):
        limit = torch.nan_to_num(case.truth, nan=instead, posinf=torch.inf, neginf=-torch.inf)
        yield Guess("zero-times-nan", limit)


def exact(case: Case) -> Iterator[Guess]:
    """F1: the same in float64."""
    if case.number is not None and case.aim.passes:
        yield Guess("exact-mathematics", gradient(case.reverse.wide, case.aim.tensor, case.aim.passes))


def lost(case: Case) -> Iterator[Guess]:
    """F1 where floating point has lost all: nan, inf or 0 in place of a number."""
    if case.truth is not None and not bool((torch.isfinite(case.truth) & (case.truth != 0)).all()):
        yield from exact(case)


def _replayed(
    case: Case, leaves: dict[int, torch.Tensor], passes: tuple[Backward, ...] | None = None
) -> torch.Tensor | None:
    replay = Replay(case.program)
    replay.drifts = {}
    reverse = Reverse(case.program, replay.run(leaves))
    return gradient(reverse, case.aim.tensor, case.backwards if passes is None else passes)


def _total(local: Local) -> torch.Tensor:
    return torch.stack([one.sum() for one in local.upstream if one is not None]).sum()
