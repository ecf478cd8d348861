"""L: local derivatives left out, taken at the wrong point, or replaced by something else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import torch

from autograd_tutor.recording.finer import Slope
from autograd_tutor.recording.imagined.case import Case, Guess, Way, fit
from autograd_tutor.recording.imagined.products import averaged, only_averages
from autograd_tutor.recording.imagined.rules import identity, times, variants
from autograd_tutor.recording.pullback import Gradients, pulled
from autograd_tutor.recording.reverse import Change, Local, Rule
from autograd_tutor.recording.straight import Step, apply
from autograd_tutor.recording.tape import Ref
from autograd_tutor.trace import STACKS, TAKES

_MOST_WAISTS = 12
_MOST_NAMED = 2
"""Nobody takes the slope of more operations than these for the whole chain."""
_FLAT = frozenset(
    {"round", "floor", "ceil", "trunc", "sign", "clamp", "relu", "hardtanh", "threshold", "clamp_min", "clamp_max"}
    | {"maximum", "minimum", "fmax", "fmin", "max", "min", "amax", "amin", "where", "leaky_relu", "hardsigmoid"}
    | {"max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d"}
)
"""Flat, or choosing: somewhere they pass nothing on."""

_WRITES = frozenset({"setitem", "fill_", "fill", "masked_fill", "zero_", "copy_", "index_fill"})
"""In place they put another value in the place of what was there."""
LINEAR = frozenset(
    {"add", "radd", "sub", "rsub", "neg", "sum", "mean", "clone", "view", "reshape", "getitem", "t", TAKES, STACKS}
)


_SUMS = frozenset({"sum", "add", "radd", "sub", "rsub", "neg"})


def dropped(case: Case) -> Iterator[Guess]:
    """L1: one local derivative left out of the chain; K6: a flat or rounding one taken to pass the gradient on."""
    for group in (*case.groups, *alike(case)):
        for rule, edges in variants(case, group, identity) if _bends(case, group[0]) else ():
            tag = _where(case, group)
            yield _guess(case, tag, group, rule, edges)


def segments(case: Case) -> Iterator[Guess]:
    """L1 and L2: all local derivatives between two waists of the graph left out, or all others."""
    for start, end in _spans(case):
        if not any(_bends(case, step) for step in _between(case, start, end)):
            continue  # a mean's 1/n left out, and said so
        left_out = [_skipping(case, way, start, end) for way in case.ways]
        names = _names(case, start, end)
        yield Guess("local-derivatives-dropped", _sum(left_out), detail=names)
        if end - start > 1 and (count := _averaged_between(case, start, end)) > 1:
            yield Guess("local-derivatives-dropped", _divided(_sum(left_out), count), detail=names)
        if end - start > 1:
            valued = [_skipping(case, way, start, end, value=True) for way in case.ways]
            yield Guess("function-not-differentiated", _sum(valued), detail=names)
        between = _between(case, start, end)
        few = len({step.operation.text for step in between}) <= _MOST_NAMED
        if few and any(_bends(case, step) for step in case.ways[0].steps if step not in between):
            alone = [_only(case, way, start, end) for way in case.ways]
            yield Guess("only-one-derivative", _sum(alone), detail=names)


def wrong_point(case: Case) -> Iterator[Guess]:
    """L3: a local derivative evaluated at the leaf."""
    leaf = case.point
    if leaf is None:
        return

    def at_leaf(local: Local) -> Gradients:
        return [
            true if true is None or given.shape != leaf.shape else _at(local, use, leaf)
            for use, (true, given) in enumerate(zip(local.true, local.inputs, strict=True))
        ]

    for group in case.groups:
        yield _guess(case, "derivative-at-wrong-point", group, at_leaf)


def not_differentiated(case: Case) -> Iterator[Guess]:
    """L4: an operation's value used as its derivative."""

    def value(local: Local) -> Gradients:
        upstream, output = local.upstream[0], local.outputs[0].detach()
        if upstream is None:
            return list(local.true)
        return [
            true if true is None or given.shape != output.shape else upstream * output
            for true, given in zip(local.true, local.inputs, strict=True)
        ]

    for group in (*case.groups, *alike(case)):
        if len(group[0].inputs) == 1 and group[0].operation.name not in LINEAR:
            yield _guess(case, "function-not-differentiated", group, value)
            if group[0].operation.name == "prod":
                yield _guess(case, "function-not-differentiated", group, _spread_value)


def _spread_value(local: Local) -> Gradients:
    upstream = local.upstream[0]
    return [None if upstream is None else (upstream * local.outputs[0]).expand_as(local.inputs[0]), *local.true[1:]]


def power(case: Case) -> Iterator[Guess]:
    """L6: slips in the power rule, and the power rule where it is none."""

    def lowered(local: Local) -> Gradients:
        upstream, exponent = local.upstream[0], local.inputs[0]
        return [None if upstream is None else upstream * exponent * torch.exp(exponent - 1)]

    for group in case.groups:
        if group[0].operation.name == "exp":
            yield _guess(case, "power-rule-on-exp", group, lowered)
        if group[0].operation.name in ("pow", "rpow") and (tensor := _moving_exponent(group[0])) is not None:
            rule = partial(_as_power, tensor)
            yield _guess(case, "power-rule-on-exp", group, rule)
        exponent = _exponent(group[0])
        if exponent in (None, 0.0, 1.0):
            continue
        assert exponent is not None
        yield _guess(case, "power-factor-forgotten", group, times(1 / exponent))
        yield _guess(case, "power-not-lowered", group, times(1, power=1))
        yield _guess(case, "power-base-forgotten", group, times(1, power=1 - exponent))
        yield _guess(case, "power-lowered-first", group, times((exponent - 1) / exponent))
        if exponent != -1:
            yield _guess(case, "power-raised", group, times(1 / (exponent * (exponent + 1)), power=2))
        yield _guess(case, "power-raised", group, times((exponent + 1) / exponent))


def _moving_exponent(step: Step) -> int | None:
    """Which input is the exponent, where it is a tensor."""
    if step.operation.name == "rpow" and len(step.inputs) == 1:
        return 0
    return len(step.inputs) - 1 if len(step.inputs) == 2 or not isinstance(step.call.args[0], Ref) else None


def _as_power(exponent: int, local: Local) -> Gradients:
    """n·aⁿ⁻¹ for each input, whichever of base and exponent moves."""
    upstream, output = local.upstream[0], local.outputs[0]
    if upstream is None:
        return list(local.true)
    power = local.inputs[exponent]
    base = local.inputs[0] if exponent else output ** (1 / power)
    slope = (upstream * power * base ** (power - 1)).sum_to_size(power.shape)
    if len(local.inputs) == 1:
        return [slope]
    return [local.true[0], torch.zeros_like(slope)]


def _guess(case: Case, tag: str, group: tuple[Step, ...], rule: Rule, edges: tuple[int, ...] = ()) -> Guess:
    change = Change(rules={step.index: rule for step in group})
    return Guess(tag, case.mutant(change), case.nodes(*group), edges, group[0].operation.text)


def alike(case: Case) -> Iterator[tuple[Step, ...]]:
    """The same function in several places of the source: all layers' sigmoids."""
    places: dict[str, list[tuple[Step, ...]]] = {}
    for group in case.groups:
        if len(group[0].inputs) == 1 and group[0].operation.name not in LINEAR:
            places.setdefault(group[0].operation.name, []).append(group)
    for groups in places.values():
        if len({group[0].operation.span for group in groups}) > 1:
            yield tuple({step.index: step for group in groups for step in group}.values())


def _bends(case: Case, step: Step) -> bool:
    """Has a slope to leave out: no sum, whose slope is 1 or a sign, and no mean, whose 1/n is told of as such."""
    return step.operation.name not in _SUMS and not only_averages(case, step)


def _where(case: Case, group: tuple[Step, ...]) -> str:
    if group[0].edits and group[0].operation.name in _WRITES:
        return "at-edited-value"
    if group[0].operation.name in _FLAT:
        return "passed-unchanged"
    if group[0].operation.name in ("getitem", "index_select", "embedding"):
        return "unread-elements-too"
    ways = case.ways
    if len(ways[0].steps) > 1:
        if any(case.owns(value) for step in group for value in step.inputs):
            return "inner-derivative-dropped"
        if any(root in step.outputs for way in ways for root in way.seeds for step in group):
            return "outer-derivative-dropped"
    return "local-derivative-dropped"


def _spans(case: Case) -> Iterator[tuple[int, int]]:
    """Pairs of waists (indices, from the root), the nearest first; none where the passes are not alike."""
    if not case.ways or len({len(way.waists) for way in case.ways}) > 1:
        return
    count = len(case.ways[0].waists)
    if 2 < count <= _MOST_WAISTS:
        for length in range(1, count):
            for start in range(count - length):
                yield start, start + length


def _skipping(case: Case, way: Way, start: int, end: int, *, value: bool = False) -> torch.Tensor | None:
    """The target's gradient if what arrives at one waist arrived at a later one unchanged.

    `value`: or multiplied with what is there, in place of with its slope.
    """
    upper, lower = way.waists[start], way.waists[end]
    arrived = case.valued(way, upper) if value else case.reverse.arrived(way.seeds, upper)
    return _onwards(case, way, lower, arrived)


def _only(case: Case, way: Way, start: int, end: int) -> torch.Tensor | None:
    """The target's gradient if only the part between two waists were differentiated."""
    upper, lower = way.waists[start], way.waists[end]
    seed = way.seeds[upper] if start == 0 and upper in way.seeds else case.reverse.ones(upper)
    arrived = case.reverse.run({upper: seed}, toward=lower).get(lower)
    return None if arrived is None else fit(arrived, case.program.values[way.value].number)


def _onwards(case: Case, way: Way, lower: int, arrived: torch.Tensor | None) -> torch.Tensor | None:
    passed = None if arrived is None else fit(arrived, case.program.values[lower].number)
    if passed is None or lower == way.value:
        return passed
    return case.reverse.run({lower: passed}, toward=way.value).get(way.value)


def _averaged_between(case: Case, start: int, end: int) -> int:
    """By how much the means between two waists divide."""
    return math.prod(averaged(case, step) for step in _between(case, start, end))


def _between(case: Case, start: int, end: int) -> list[Step]:
    """The steps between two waists, from the root down."""
    way = case.ways[0]
    upper, lower = (case.program.values[way.waists[at]].maker for at in (start, end))
    first = -1 if lower is None else lower
    return [step for step in reversed(way.steps) if upper is not None and first < step.index <= upper]


def _divided(value: torch.Tensor | None, count: int) -> torch.Tensor | None:
    return None if value is None else value / count


def _names(case: Case, start: int, end: int) -> str:
    """The operations between two waists, from the root down."""
    return ", ".join(dict.fromkeys(step.operation.text for step in _between(case, start, end)))


def _at(local: Local, use: int, point: torch.Tensor) -> torch.Tensor | None:
    inputs = list(local.inputs)
    inputs[use] = point.detach().to(inputs[use].dtype).requires_grad_()
    with torch.enable_grad():
        outputs = apply(local.step, inputs)
    return pulled([inputs[use]], outputs, local.upstream)[0]


def _exponent(step: Step) -> float | None:
    if isinstance(step.call.function, Slope):  # the slope of a power is one as well
        exponent = _exponent(step.call.function.step)
        return None if exponent is None else exponent - 1
    if step.operation.name == "square":
        return 2.0
    if step.operation.name == "sqrt":
        return 0.5
    if step.operation.name == "reciprocal" or (step.operation.name == "rdiv" and len(step.inputs) == 1):
        return -1.0
    if step.operation.name != "pow" or len(step.inputs) != 1:
        return None
    constants = [one for one in step.call.args if isinstance(one, int | float)]
    return float(constants[0]) if constants else None


def _sum(parts: list[torch.Tensor | None]) -> torch.Tensor | None:
    total: torch.Tensor | None = None
    for part in parts:
        if part is None:
            return None
        total = part if total is None else total + part
    return total
