"""The other hub: why each target is what it is, as immutable plain data.

An `Explanation` comes from a trace in two instalments: all but the closed forms (`Explanation`),
then what SymPy adds (`ClosedForms`), which may be missing when SymPy ran out of time.
`complete` puts them together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import msgspec

from autograd_tutor.formula import Expr
from autograd_tutor.program import DiffLine
from autograd_tutor.trace import Array, Complex, Record, Scalar

Structure = Literal[
    "zero",  # no element of the output changes with any of the operand, at these numbers
    "identity",  # the same numbers in the same order
    "scaled identity",  # all times the same number
    "diagonal",  # each output sees its own input alone
    "one row",  # one output
    "one column",  # one input
    "stretched",  # each input is used several times, and nothing else in those places
    "block diagonal",  # along some axes each place sees its own place alone
    "permutation",  # the same numbers in other places
    "selection",  # each output is one of the inputs
    "placement",  # the inputs fill some of the outputs
    "lower triangular",  # each output sees the inputs up to its own place
    "upper triangular",  # … and those from its own place on
    "block triangular",  # the same of pieces: rows, columns
    "sparse",  # each output sees few of the inputs
    "dense",
]
"""What a Jacobian is like, up to the order of its rows."""
NOT_PLAIN = "torch's number is not the plain derivative"
"""How a disagreement begins where a hook changed a gradient, or something that is not known."""


class Jacobian(Record, frozen=True):
    """How each element of a step's output answers to each element of its operand, both in row-major order."""

    shape: tuple[int, int]
    """Elements of the output, by elements of the operand."""
    structure: Structure
    words: str
    """What it is like and why, in a sentence."""
    rows: Array | None = None
    """Its numbers, of that shape; None for one too large to draw."""
    upstream: Array | None = None
    """The row vector it is multiplied by: what arrived at each row. None where `rows` is."""
    outputs: tuple[str, ...] = ()
    """What each row is about: `y[0]`; empty where `rows` is None."""
    inputs: tuple[str, ...] = ()
    """What each column is about: `x[0]`."""


class Step(Record, frozen=True):
    """One edge of the backward pass that matters to a target: upstream in, contribution out."""

    pass_: int
    """Index into `trace.passes`."""
    node: int
    """The node whose local derivative this is (the edge's tail). For the seed step, the root's node."""
    edge: int | None
    """Index into `trace.edges`; None for the seed, where backward starts."""
    rule: str
    """In symbols with the learner's names: `∂z/∂y = cos(y)`. For an operation without a rule, its name."""
    symbol: str
    """The local derivative alone: `cos(y)`."""
    local: Array | None
    """Its value here: a scalar or, elementwise, the shape of the input; None if it has no such form."""
    upstream: Array | None
    """What arrived from nearer the loss; the tail output's shape."""
    contribution: Array | None
    """What went along the edge: the head output's shape."""
    words: str
    """One or two sentences: what happened here and why."""
    ruled: bool = True
    """False: no rule is known, the numbers are torch's recorded ones."""
    arithmetic: str = ""
    """As a person would write it: `−0.9577 · 8 = −7.6613`; empty for large tensors."""
    factors: tuple[Array, ...] = ()
    """The two matrices whose product the contribution is (`Xᵀ` and what arrived); empty where it is no such product."""
    jacobian: Jacobian | None = None
    """The local derivative element by element; None between single numbers, and where no rule gives it."""
    forward: Array | None = None
    """For a torch.autograd.Function of the program's own: what the slope of its forward makes of `upstream`."""
    reason: str = ""
    """Why the rule holds, without this run's numbers and without a full stop; empty where there is no rule."""


class Repeat(Record, frozen=True):
    """Neighbouring steps that repeat the ones before them with other numbers, as a loop's rounds do.

    With one round only, the steps inside one call of torch that no rule accounts for. The steps themselves stay in
    `TargetExplanation.steps`; a list for people can tell this in their place.
    """

    start: int
    """Index of its first step."""
    period: int
    """Steps in one round."""
    times: int
    """Rounds."""
    words: str
    """What the rounds did together, in a few sentences."""
    upstream: Array | None = None
    """What arrived at the first round; None where the rounds are whole passes."""
    product: Array | None = None
    """The local derivatives multiplied through all rounds, in float64: a number, or elementwise.

    None where no such product takes `upstream` to `passed`; where ways meet in a round, their products are added."""
    passed: Array | None = None
    """What went on from the last round."""
    added: Array | None = None
    """What the rounds sent straight to the target, summed in firing order; None if nothing."""

    @property
    def end(self) -> int:
        """Index of the step after it."""
        return self.start + self.period * self.times


class TangentStep(Record, frozen=True):
    """Forward mode: one operation that a tangent came through on its way to a target."""

    operation: int
    """Index into `trace.operations`."""
    rule: str
    """In symbols, a tangent as a differential: `dy = cos(x)·dx`."""
    tangent: Array
    """What the operation's output carries then, of its shape."""
    words: str
    """Why, in one or two sentences."""
    arithmetic: str = ""
    """`1.4 · 0.8823 = 1.2353`, or the tangent alone."""


class Path(Record, frozen=True):
    """One way from a root to the target's node, and what came along it."""

    edges: tuple[int, ...]
    """From the root down."""
    pass_: int
    product: str = ""
    """The chain in symbols, `cos(y)·2x`; empty when it has none."""


class Witnesses(Record, frozen=True):
    """Three independent accounts of the same gradient, each of the target's shape."""

    torch: Array | None = None
    symbolic: Array | None = None
    """SymPy's closed form, evaluated in float64."""
    differences: Array | None = None
    """Central differences in float64, with detached values held fixed."""
    uncut: Array | None = None
    """The slope of the function as if nothing had been cut; only where that differs."""
    wide: Array | None = None
    """Where torch and the differences do not agree: what the same passes give in float64."""
    agree: bool | None = None
    """None: torch alone, there is nothing to agree with."""
    disagreement: str | None = None
    """Why they differ, or why torch stands alone, in a sentence."""

    @property
    def accounts(self) -> tuple[tuple[str, Array], ...]:
        """Those that there are, each with the name it goes by on every face, to the digits that mean something."""
        every = (("torch", self.torch), ("SymPy", self.symbolic), ("differences", self.differences))
        return tuple((name, found) for name, value in every if (found := level(value, self.torch)) is not None)

    @property
    def uncut_shown(self) -> Array | None:
        """`uncut` to the digits that mean something."""
        return level(self.uncut, self.torch)

    @property
    def verdict(self) -> str:
        """Whether they agree, in the same words on every face; empty where torch has no number."""
        if self.agree:
            return "all three agree" if len(self.accounts) == 3 else "both agree"
        alone = "torch alone: there is nothing to agree with"
        return self.disagreement or ("they differ" if self.agree is False else alone if self.torch else "")


def level(value: Array | None, torch: Array | None) -> Array | None:
    """Another account as torch's numbers, or as whole ones, where it is nearer to these than its own rounding.

    Where torch has no number, whole ones alone.
    """
    if value is None or value.data is None:
        return value
    if torch is not None and (torch.data is None or value.shape != torch.shape):
        return value
    others = value.data if torch is None or torch.data is None else torch.data
    sizes = (abs(complex(one.re, one.im) if isinstance(one, Complex) else one) for one in others)
    tolerance = max(1e-9, 1e-6 * max((size for size in sizes if math.isfinite(size)), default=0.0))
    if torch is None:
        others = tuple(_whole(one) for one in others)
    data = tuple(_nearest(one, other, tolerance) for one, other in zip(value.data, others, strict=True))
    return msgspec.structs.replace(value, data=data)


def _whole(one: Scalar) -> Scalar:
    if isinstance(one, Complex):
        return Complex(*(float(round(part)) if math.isfinite(part) else part for part in (one.re, one.im)))
    return float(round(one)) if math.isfinite(one) else one


def _nearest(one: Scalar, other: Scalar, tolerance: float) -> Scalar:
    if isinstance(one, Complex) and isinstance(other, Complex):
        return Complex(_near(one.re, other.re, tolerance), _near(one.im, other.im, tolerance))
    return one if isinstance(one, Complex) or isinstance(other, Complex) else _near(one, other, tolerance)


def _near(one: float, other: float, tolerance: float) -> float:
    if not math.isfinite(one):
        return one
    return next((near for near in (other, float(round(one))) if abs(one - near) <= tolerance), one)


class Forward(Record, frozen=True):
    """What the forward of a torch.autograd.Function has for a slope, by central differences of that call alone."""

    pass_: int
    """Index into `trace.passes`."""
    edge: int
    """Index into `trace.edges`: to which of its inputs."""
    sent: Array
    """What that slope makes of what arrived; of the input's shape."""


class Differences(Record, frozen=True):
    """Central differences of one target in float64, from replays of the recorded program."""

    target: str
    central: Array | None = None
    """Detached values held fixed; of the target's shape."""
    uncut: Array | None = None
    """As if nothing had been cut; None where that is the same."""
    note: str | None = None
    """Why there are none, or why not to trust them here (a kink lies within the step), in a sentence."""
    wide: Array | None = None
    """Where torch's number is another: what the same passes give in float64."""
    forwards: tuple[Forward, ...] = ()
    """For the program's own torch.autograd.Functions on the way."""


class Repair(Record, frozen=True):
    """The smallest change of the program after which a target is a gradient, or an error is gone."""

    words: str
    """What to change, in a sentence or two."""
    lines: tuple[DiffLine, ...] = ()
    """The lines that change; none where it is left to the learner what to write."""
    confirmed: bool = False
    """torch ran the changed program to its end, and the target came out as it should. Else it is a suggestion."""
    value: Array | None = None
    """What the target is then, if it is a number."""
    later: int | None = None
    """The line that raises then, where the error is gone but another one comes."""


class ImaginedFormula(Record, frozen=True):
    """What a target's closed form would be if one rule of differentiation were otherwise, or one number put in."""

    tag: str
    """Constant, as in `mistakes`."""
    formula: Expr
    """In the leaves' names."""
    detail: str = ""
    """Where: the expression or the name, as a person would write it."""


class TargetExplanation(Record, frozen=True):
    """The whole account of one target."""

    target: str
    steps: tuple[Step, ...] = ()
    """In the engine's firing order, over all the passes that count for it."""
    repeats: tuple[Repeat, ...] = ()
    """Which of the steps may be told in one; in order, none overlaps another."""
    paths: tuple[Path, ...] = ()
    forward: tuple[TangentStep, ...] = ()
    """For a tangent (forward mode) how it came along, in the program's order."""
    before: Array | None = None
    """What .grad held before the last pass."""
    rewritten: bool = False
    """The program wrote to .grad after the last pass: steps and sum make up what it held before."""
    sum: str = ""
    """How the contributions and `before` add up, in numbers."""
    why: str = ""
    """The account of a None, a flag or an error in sentences, and of a number that is not what it seems; else empty."""
    repair: Repair | None = None
    """What would mend that."""
    formula: str | None = None
    """The closed form in the leaves' names, in Python's notation: `2*x*cos(x**2)`."""
    pretty: str | None = None
    """The same as a person would write it: `2·x·cos(x²)`."""
    no_formula: str | None = None
    """Why there is no closed form, in a sentence."""
    holds: str = ""
    """Where an operation is in pieces (relu, clamp, max): on which piece the closed form holds, in a sentence."""
    definitions: dict[str, str] = {}
    """Intermediate names in terms of the leaves, `{"y": "x**2"}`: a learner may use them in a formula."""
    inputs: dict[str, Array] = {}
    """The leaves' and constants' values by name, for evaluating `formula`."""
    witnesses: Witnesses = Witnesses()
    slips: tuple[ImaginedFormula, ...] = ()
    """What the closed form would be if one rule of differentiation were otherwise."""

    @property
    def witnessed(self) -> bool:
        """There is something to agree on: several accounts, or a derivative that torch alone gives."""
        derived = bool(self.steps or self.forward) and not self.rewritten
        return derived or len(self.witnesses.accounts) > 1 or bool(self.witnesses.disagreement)


def outline(one: TargetExplanation) -> Iterator[int | Repeat]:
    """The steps as a person reads them: by index, and each repeat in the place of its steps."""
    at = 0
    for repeat in one.repeats:
        yield from range(at, repeat.start)
        yield repeat
        at = repeat.end
    yield from range(at, len(one.steps))


class ImaginedPass(Record, frozen=True):
    """What a target would be if one element of the program or of the chain rule were otherwise.

    Computed by replaying the recorded program in torch with that one thing changed."""

    target: str
    tag: str
    """Constant: `inner-derivative-dropped`, `as-if-tracked`, `sign`…"""
    family: str
    """The taxonomy's letter and number: `L1`, `D1`, `S1`."""
    value: Array | None
    """None: the replay leaves .grad None."""
    nodes: tuple[int, ...] = ()
    """The nodes it points at, the most telling first."""
    edges: tuple[int, ...] = ()
    detail: str = ""
    """A name for the words: the operation dropped, the factor n forgotten, the pass kept."""
    also: ImaginedPass | None = None
    """A second slip made together with this one; its own value is None."""


class Problem(Record, frozen=True):
    """An error that a line raised."""

    words: str
    """Which line, and why, in a sentence or two."""
    caught: bool = False
    """The program caught it and went on; else it ended the program."""
    repair: Repair | None = None
    """What would mend it; not for one that was caught, which may well have been meant."""


class EmptyRead(Record, frozen=True):
    """A line of the program that read a `.grad` and found None."""

    line: int
    target: str
    """`w.grad`."""
    words: str
    """Why it was None at that moment, in a sentence or two that names the line."""


class Explanation(Record, frozen=True):
    """Everything but what SymPy adds."""

    targets: tuple[TargetExplanation, ...] = ()
    imagined: tuple[ImaginedPass, ...] = ()
    """In the order in which diagnosis should try them; none equals the truth or an earlier one."""
    problems: tuple[Problem, ...] = ()
    """The errors in order; one that ended the program is the last."""
    empty: tuple[EmptyRead, ...] = ()
    """In order, those that no target's account tells."""

    def of(self, target: str) -> TargetExplanation | None:
        """The account of one target."""
        return next((one for one in self.targets if one.target == target), None)

    def imagine(self, target: str) -> tuple[ImaginedPass, ...]:
        """The imagined passes for one target, in order."""
        return tuple(one for one in self.imagined if one.target == target)


class ClosedForm(Record, frozen=True):
    """What SymPy adds to one target's account."""

    target: str
    formula: str | None
    pretty: str | None
    no_formula: str | None
    definitions: dict[str, str]
    witnesses: Witnesses
    holds: str = ""
    slips: tuple[ImaginedFormula, ...] = ()


class ClosedForms(Record, frozen=True):
    """What SymPy adds, for all targets; the last thing a child sends."""

    targets: tuple[ClosedForm, ...] = ()


def complete(explanation: Explanation, forms: ClosedForms) -> Explanation:
    """`explanation` with the closed forms put in."""
    by_target = {form.target: form for form in forms.targets}

    def filled(one: TargetExplanation) -> TargetExplanation:
        form = by_target.get(one.target)
        if form is None:
            return one
        return msgspec.structs.replace(
            one,
            formula=form.formula,
            pretty=form.pretty,
            no_formula=form.no_formula,
            holds=form.holds,
            definitions=form.definitions,
            slips=form.slips,
            witnesses=form.witnesses,
        )

    return msgspec.structs.replace(explanation, targets=tuple(map(filled, explanation.targets)))
