"""S, V, N, Z and their like: arithmetic on the right answer, and other numbers of the program in its place."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from autograd_tutor.recording.aims import close, seeds
from autograd_tutor.recording.calls import UNWRITTEN
from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.imagined.plain import inner
from autograd_tutor.recording.imagined.rules import negated, variants
from autograd_tutor.recording.imagined.updates import RATES
from autograd_tutor.recording.reverse import Change
from autograd_tutor.recording.straight import Program

_MOST_OTHERS = 16


def sign(case: Case) -> Iterator[Guess]:
    """S1: the whole result negated."""
    if case.truth is not None:
        yield Guess("sign", -_number(case.truth))


def sign_at_one_step(case: Case) -> Iterator[Guess]:
    """S1: one local derivative negated."""
    for group in case.groups:
        for rule, edges in variants(case, group, negated):
            change = Change(rules={step.index: rule for step in group})
            nodes = case.nodes(*group)
            yield Guess("sign-at-one-step", case.mutant(change), nodes, edges, group[0].operation.text)


def root(case: Case) -> Iterator[Guess]:
    """V1: the value that backward started from."""
    for backward in reversed(case.backwards):
        for value in seeds(case.program, backward):
            maker = case.program.values[value].maker
            nodes = () if maker is None else case.nodes(case.program.steps[maker])
            yield Guess("value-of-root", case.program.values[value].number, nodes, detail=case.program.label(value))


def itself(case: Case) -> Iterator[Guess]:
    """V2: the variable's own value; Z2: its value at the end."""
    number = case.used
    if number is None:
        return
    yield Guess("value-of-itself", number)
    if case.truth is not None and case.truth.shape == number.shape and number.numel() > 1:
        yield Guess("value-of-itself", torch.where(case.truth != 0, number, torch.zeros_like(number)))
    if case.final is not None and not close(case.final, number):
        yield Guess("new-value", case.final)


def others(case: Case) -> Iterator[Guess]:
    """V3: another tensor's gradient, those with names first; V2: another tensor's value."""
    program = case.program
    tensors = [one for one in dict.fromkeys(value.tensor for value in program.values) if one != case.aim.tensor]
    tensors = [
        one for one in tensors if not _unwritten(program, one) and not inner(program, program.trace.tensors[one])
    ]
    tensors.sort(key=lambda one: not program.trace.tensors[one].names)
    for tensor in tensors[:_MOST_OTHERS]:
        found = case.of(tensor)
        if found is None and program.trace.tensors[tensor].names:
            found = case.imagined(tensor)
        if found is not None:
            node = program.trace.tensors[tensor].node
            nodes = () if node is None else (node,)
            label = program.trace.tensors[tensor].label
            yield Guess("gradient-of-other", found, nodes, detail=label)
            if case.number is not None and found.shape != case.number.shape and found.dim() and _behind(case, tensor):
                yield Guess("left-in-result", found, nodes, detail=label)
    for tensor in tensors[:_MOST_OTHERS]:
        value = program.value(tensor)
        if value is not None and program.label(value) != case.aim.target:
            yield Guess("value-of-other", program.values[value].number, detail=program.label(value))


def _behind(case: Case, tensor: int) -> bool:
    """Whether some operation on the way made it."""
    return any(case.program.values[output].tensor == tensor for step in case.steps for output in step.outputs)


def _unwritten(program: Program, tensor: int) -> bool:
    """The memory that a layer asks for before it has any weights."""
    known = program.trace.tensors[tensor]
    made = None if known.operation is None else program.trace.operations[known.operation]
    return not known.names and made is not None and made.name in UNWRITTEN


def squared(case: Case) -> Iterator[Guess]:
    """L7: of a second derivative, the first one squared."""
    for backward in case.program.tape.backwards:
        for result in backward.results:
            value = None if result is None else case.program.first(result)
            if value is not None and any(value in way.seeds for way in case.ways):
                yield Guess("slope-squared", case.program.values[value].number ** 2)


def zero(case: Case) -> Iterator[Guess]:
    """N3: 0 everywhere."""
    like = case.truth if case.truth is not None else case.number
    if like is not None and (like.is_floating_point() or like.is_complex()):
        yield Guess("zero", torch.zeros_like(like))


def whole(case: Case) -> Iterator[Guess]:
    """B3: all elements as one number."""
    for value in _bases(case):
        if value.numel() > 1:
            yield Guess("summed-to-one", value.sum())
            yield Guess("averaged-to-one", value.mean())


def turned(case: Case) -> Iterator[Guess]:
    """T1: the transpose; of two entries, each in the other's place."""
    for value in _bases(case):
        if value.dim() == 2:
            yield Guess("transposed", value.T)
        if value.dim() == 1 and value.numel() == 2:
            yield Guess("entries-swapped", value.flip(0))


def updates(case: Case) -> Iterator[Guess]:
    """Z1: learning rate times gradient."""
    if case.truth is None:
        return
    for decay in _decays(case):
        if case.used is not None:
            yield Guess("decay-in-gradient", case.truth + decay * case.used, detail=str(decay))
    for rate in _rates(case):
        yield Guess("update-step", case.truth * rate, detail=str(rate))
        yield Guess("update-step", -case.truth * rate, detail=str(rate))


def patterns(case: Case) -> Iterator[Guess]:
    """X and H: ones, one element alone, the conjugate, half."""
    value = case.truth
    if value is None:
        return
    yield Guess("all-ones", torch.ones_like(_number(value)))
    if value.numel() > 1:
        keep = torch.zeros_like(value).reshape(-1)
        at = int(value.abs().reshape(-1).argmax())
        keep[at] = value.reshape(-1)[at]
        yield Guess("largest-only", keep.reshape(value.shape))
        for place in dict.fromkeys([at, at if case.number is None else int(case.number.abs().reshape(-1).argmax())]):
            whole = torch.zeros_like(value).reshape(-1)
            whole[place] = value.sum()
            yield Guess("largest-only", whole.reshape(value.shape))
    if value.is_complex():
        yield Guess("half", value / 2)
        yield Guess("real-part-only", value.real)
        yield Guess("real-part-only", value.abs())
        yield Guess("conjugate", value.conj())
        yield Guess("conjugate", value.conj() / 2)


def _bases(case: Case) -> Iterator[torch.Tensor]:
    """The right answer; where there is none, what it would be if backward had run."""
    if case.truth is not None:
        yield _number(case.truth)
    elif (imagined := case.mutant(Change(everything=True), case.backwards)) is not None:
        yield imagined


def _number(value: torch.Tensor) -> torch.Tensor:
    return value if value.is_floating_point() or value.is_complex() else value.double()


def _decays(case: Case) -> set[float]:
    optimizers = [one for one in case.program.namespace.values() if isinstance(one, torch.optim.Optimizer)]
    return {float(group.get("weight_decay", 0)) for one in optimizers for group in one.param_groups} - {0.0}


def _rates(case: Case) -> list[float]:
    found: dict[float, None] = {}
    for name, value in case.program.namespace.items():
        if isinstance(value, torch.optim.Optimizer):
            found.update(dict.fromkeys(float(group["lr"]) for group in value.param_groups))
        elif name in RATES and isinstance(value, int | float):
            found[float(value)] = None
    for step in case.program.steps:
        if step.operation.name in ("mul", "sub") and not step.call.recorded:
            constants = (*step.call.args, step.call.kwargs.get("alpha"))
            found.update({one: None for one in constants if isinstance(one, float)})
    return list(found)[:4]
