"""D, R, X for layers: statistics taken to be constants, another variance, what a mask or padding leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from autograd_tutor.recording.imagined.case import Case, Guess
from autograd_tutor.recording.imagined.forwards import called_with, instead
from autograd_tutor.recording.norms import NORMS, variance
from autograd_tutor.recording.reverse import Change
from autograd_tutor.recording.straight import Step, apply

_STATISTICS = frozenset(
    {"mean", "var", "std", "sum", "amax", "amin", "norm", "linalg_vector_norm", "vector_norm", "logsumexp", "median"}
)
_VARIANCES = {"var": 1.0, "std": 0.5}
"""With the power of n/(n - 1) that they differ by."""
_GATES = frozenset({"sigmoid", "softmax", "hardsigmoid", "softmin"})
_WEIGHING = frozenset({"mul", "rmul", "multiply", "matmul", "bmm", "mm", "mv", "einsum", "rsub", "sub"})
_MASKED = frozenset({"mul", "rmul", "multiply", "mul_"})


def statistics(case: Case) -> Iterator[Guess]:
    """D2: what is worked out from all elements, to scale or shift each, taken to be a constant."""
    found = [step for step in case.steps if _is_statistic(case, step)]
    uses = frozenset((step.index, 0) for step in found)
    if found:
        nodes = case.nodes(*found)
        yield Guess("statistics-as-constants", case.mutant(Change(dropped=uses)), nodes, detail=found[0].operation.text)


def gates(case: Case) -> Iterator[Guess]:
    """D2: what a sigmoid or a softmax makes of it, to weigh something else, taken to be a constant."""
    values = case.program.values
    for group in case.groups:
        users = [case.program.steps[index] for step in group for index, _ in values[step.outputs[0]].uses]
        if group[0].operation.name in _GATES and any(one.operation.name in _WEIGHING for one in users):
            uses = frozenset((step.index, use) for step in group for use in range(len(step.inputs)))
            value = case.mutant(Change(dropped=uses))
            yield Guess("weights-as-constants", value, case.nodes(*group), detail=group[0].operation.text)


def unscaled(case: Case) -> Iterator[Guess]:
    """L12: a normalisation left out of the values, as if the layer's weight multiplied its input."""
    passed = {step.call.operation for step in case.steps}
    for step in case.program.steps:
        operation = case.program.trace.operations[step.call.operation].name
        if operation in NORMS and step.operation.name == "div" and step.call.operation in passed:
            maker = case.program.values[step.inputs[0]].maker
            off = None if maker is None else case.program.steps[maker]
            given = step.inputs[0] if off is None or off.operation.name != "sub" else off.inputs[0]
            number = case.program.values[given].number
            other = called_with(step, function=lambda one, _, number=number: one - one.detach() + number)
            yield instead(case, "normalisation-left-out", step, other)


def _is_statistic(case: Case, step: Step) -> bool:
    """A reduction of something that is used otherwise too, and that the result meets again, spread out."""
    if step.operation.name not in _STATISTICS or not step.live or not step.live[0]:
        return False
    values, given = case.program.values, step.inputs[0]
    size = values[step.outputs[0]].number.numel()
    if size >= values[given].number.numel() or all(len(way.uses.get(given, ())) < 2 for way in case.ways):
        return False
    waiting = [step.outputs[0]]
    while waiting:
        for index, _ in values[waiting.pop()].uses:
            user = case.program.steps[index]
            made = values[user.outputs[0]].number.numel()
            if made > size and len(user.inputs) > 1:
                return True
            waiting.extend(user.outputs if made == size else ())
    return False


def other_variance(case: Case) -> Iterator[Guess]:
    """R2: a variance divided by n in place of n - 1, or the other way, in the values too."""
    for step in case.steps:
        power = _VARIANCES.get(step.operation.name)
        if power is None:
            continue
        values = case.program.values
        count = values[step.inputs[0]].number.numel() / max(values[step.outputs[0]].number.numel(), 1)
        if count > 1:
            ratio = (count / (count - 1)) ** power
            other = _scaled(step, ratio if _divides_by_all(step) else 1 / ratio)
            yield instead(case, "wrong-count", step, other)


def _divides_by_all(step: Step) -> bool:
    """torch takes `var(unbiased)`, and `var(dim, unbiased, keepdim)`."""
    call = step.call
    unbiased = next((one for one in call.args[1:3] if isinstance(one, bool)), call.kwargs.get("unbiased"))
    return call.function is variance or unbiased is False or call.kwargs.get("correction") == 0


def _scaled(step: Step, factor: float) -> Step:
    function: Callable[..., Any] = step.call.function
    return called_with(step, function=lambda *args, **kwargs: function(*args, **kwargs) * factor)


def left_out(case: Case) -> Iterator[Guess]:
    """X3: what a mask, dropout or padding leaves out given its gradient as well."""
    for step in case.steps:
        other = _kept(case, step)
        if other is not None:
            yield instead(case, "left-out-too", step, other)


def _kept(case: Case, step: Step) -> Step | None:
    """The call as if it left nothing out."""
    name, args, kwargs = step.operation.name, step.call.args, step.call.kwargs
    if name == "embedding":
        if step.option("padding_idx", 2) is None:
            return None
        plain = {key: one for key, one in kwargs.items() if key != "padding_idx"}
        return called_with(step, args=(*args[:2], *((None, *args[3:]) if len(args) > 2 else ())), kwargs=plain)
    if name == "dropout":
        share = step.option("p", 1, 0.5)
        return None if share >= 1 else _as(step, lambda inputs: inputs[0] / (1 - share))
    fixed = [use for use, live in enumerate(step.live) if not live]
    if name not in _MASKED or len(step.inputs) != 2 or len(fixed) != 1:
        return None
    mask = case.program.values[step.inputs[fixed[0]]].number
    kept = mask[mask != 0]
    if not 0 < kept.numel() < mask.numel() or not bool((kept == kept[0]).all()):
        return None
    return _as(step, lambda inputs: inputs[1 - fixed[0]] * kept[0].to(inputs[1 - fixed[0]].dtype))


def _as(step: Step, function: Callable[[list[torch.Tensor]], torch.Tensor]) -> Step:
    return called_with(step, function=lambda *args, **kwargs: function([one for one in args if torch.is_tensor(one)]))


def real_tokens(case: Case) -> Iterator[Guess]:
    """R2: of a mean over tokens, those of padding not counted."""
    for step in case.steps:
        if step.operation.name != "mean" or not step.inputs:
            continue
        maker = case.program.values[step.inputs[0]].maker
        lookup = None if maker is None else case.program.steps[maker]
        if lookup is None or lookup.operation.name != "embedding":
            continue
        padding = lookup.option("padding_idx", 2)
        whole = case.program.values[lookup.inputs[0]].number
        if padding is None or whole.is_floating_point():
            continue
        share = (whole != padding).to(torch.float32).unsqueeze(-1)
        kept = apply(step, [share.expand(case.program.values[step.inputs[0]].number.shape)])[0]
        if bool((kept > 0).all()):
            function: Callable[..., Any] = step.call.function
            other = called_with(
                step, function=lambda *args, function=function, kept=kept, **kwargs: function(*args, **kwargs) / kept
            )
            yield instead(case, "wrong-count", step, other)
