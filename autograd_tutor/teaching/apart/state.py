"""How far a learner has come with taking a derivative apart: an immutable state machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from autograd_tutor import notation
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching import answers, formulas
from autograd_tutor.teaching.apart import asking, carry
from autograd_tutor.teaching.apart.model import Piece, Plan
from autograd_tutor.teaching.closeness import all_equal, some_coarse
from autograd_tutor.teaching.grading import FEW_DIGITS, Invalid, valued
from autograd_tutor.teaching.model import Attempt, Judgement, Reading, Unreadable
from autograd_tutor.trace import Array

TELL_AFTER = 2
"""Wrong answers to one question before it can be had told."""
Value = Array | bool | None


@dataclass(frozen=True, slots=True)
class Apart:
    """A plan, and what the learner has of it. Make one with `start`."""

    plan: Plan
    scope: formulas.Scope
    own: dict[int, Value] = field(default_factory=dict)
    """By piece: what was answered, right or not, or told."""
    told: frozenset[int] = frozenset()
    """Pieces that were told."""
    wrong: int = 0
    """Wrong answers to the question that is up."""
    pending: Array | None = None
    """The last of them, with which one may go on."""
    judgement: Judgement | None = None
    """On the last answer."""

    @property
    def at(self) -> int | None:
        """The piece that is asked for now; None when all are done."""
        return next((at for at in self.plan.asked if at not in self.own), None)

    @property
    def piece(self) -> Piece | None:
        """The same."""
        return None if self.at is None else self.plan.pieces[self.at]

    @property
    def question(self) -> str:
        """In words; empty when all is done."""
        return "" if self.at is None else asking.question(self.plan, self.at, self._value)

    @property
    def slips(self) -> tuple[int, ...]:
        """The pieces that the learner went on with though they were off of themselves, and not for an earlier slip."""
        return tuple(at for at, value in self.own.items() if not self._true(at, value) and not self._carried(at, value))

    @property
    def settles(self) -> bool:
        """The last answer is what the target holds."""
        last = self.plan.asked[-1]
        return self.at is None and not self.slips and self._true(last, self.own[last]) and self._is_answer_at(last)

    @property
    def may_keep(self) -> bool:
        """One may go on with what one answered, though it is wrong."""
        return self.pending is not None

    @property
    def may_tell(self) -> bool:
        """One may have this step told: of the last one, which is the answer, only the rule, and that once at a time."""
        if self.at is None or self.wrong < TELL_AFTER:
            return False
        piece = self.plan.pieces[self.at]
        if not self._is_answer(piece):
            return piece.kind != "grad"
        told = self.judgement is not None and self.judgement.message == _rule(piece)
        return piece.kind != "grad" and any(map(str.isalpha, piece.symbol)) and not told

    def answer(self, text: str) -> Apart:
        """After an answer to the question that is up; ValueError when there is none."""
        at = self._open()
        piece = self.plan.pieces[at]
        scope = replace(self.scope, values={**self.scope.values, **piece.inputs})
        reading = answers.read(text, scope.names)
        if isinstance(reading, Unreadable):
            return self._with(Judgement("invalid", "", reading.message))
        if not isinstance(piece.value, Array):
            return self._yes_or_no(at, piece, reading)
        try:
            value = _fitted(valued(reading, scope, piece.value), piece.value)
        except Invalid as invalid:
            return self._with(Judgement("invalid", reading.read_as, str(invalid)))
        if reading.doubt and value is not None and not (self._true(at, value) or self._carried(at, value)):
            return self._with(Judgement("invalid", "", reading.doubt))
        if value is None:
            kinds = "This step asks for a number, a list of them, or a formula in the program's names."
            return self._with(Judgement("invalid", reading.read_as, kinds))
        if value.shape != piece.value.shape:
            message = f"{notation.shape(value).capitalize()}, but {piece.title} is {notation.shape(piece.value)}."
            return self._with(Judgement("invalid", reading.read_as, message))
        return self._number(at, piece, reading, value, scope)

    def keep(self) -> Apart:
        """On with what was answered last; ValueError when that cannot be."""
        if self.pending is None:
            raise ValueError("there is nothing to go on with")
        at = self._open()
        last = at == self.plan.asked[-1]
        message = "On with that, then" + ("." if last else ": the steps after it are judged by what you have.")
        return self._next(at, self.pending, Judgement("invalid", notation.array(self.pending), message))

    def tell(self) -> Apart:
        """Have this step told; where its number is the whole answer, only its rule. ValueError when it may not be."""
        if not self.may_tell:
            raise ValueError("this step is not told")
        at = self._open()
        piece = self.plan.pieces[at]
        if self._is_answer(piece):
            return self._with(Judgement("invalid", "", _rule(piece)))
        value = self._worked(at) if isinstance(piece.value, Array) else piece.value
        if isinstance(value, bool):
            equation = f"{piece.question} {'Yes' if value else 'No'}"
        else:
            shown, text = piece.rule or piece.title, notation.array(value)
            equation = shown if shown.endswith(f"= {text}") else f"{shown} = {text}"
        after = self._next(at, value, Judgement("right", "", f"{equation}."))
        return replace(after, told=self.told | {at})

    def reopened(self) -> Apart:
        """Once more, without what was off: what was right stays."""
        if self.at is not None:
            return replace(self, judgement=None)
        own = {at: value for at, value in self.own.items() if self._true(at, value)}
        return replace(self, own=own, wrong=0, pending=None, judgement=None)

    def _open(self) -> int:
        if self.at is None:
            raise ValueError("all is answered")
        return self.at

    def _yes_or_no(self, at: int, piece: Piece, reading: Reading) -> Apart:
        if piece.kind == "fact" and reading.flag is None:
            return self._with(Judgement("invalid", reading.read_as, "Answer yes or no."))
        right = reading.flag == piece.value if piece.kind == "fact" else reading.kind == "none"
        if right:
            return self._next(at, piece.value, Judgement("right", reading.read_as, "Right."))
        return replace(
            self, wrong=self.wrong + 1, pending=None, judgement=Judgement("wrong", reading.read_as, piece.reason)
        )

    def _number(self, at: int, piece: Piece, reading: Reading, value: Array, scope: formulas.Scope) -> Apart:
        assert isinstance(piece.value, Array)
        follows = self._worked(at)
        each = reading.precision if len(reading.precision) == value.numel else reading.precision * value.numel
        if all_equal(value, piece.value, each):
            said = "Right."
            if follows is not None and not carry.same(follows, piece.value):
                said = f"Right, though it does not follow from what you had: {self._off(at)}."
            return self._next(at, value, Judgement("right", reading.read_as, said))
        if follows is not None and all_equal(value, follows, each):
            message = f"Right with what you had; {self._off(at)}."
            return self._next(at, value, Judgement("right", reading.read_as, message))
        if _cut_short(reading, value, each, piece.value) or _cut_short(reading, value, each, follows):
            return self._with(Judgement("invalid", reading.read_as, FEW_DIGITS))
        message = asking.nudge(self.plan, at, value, self._value, scope)
        return replace(
            self, wrong=self.wrong + 1, pending=value, judgement=Judgement("wrong", reading.read_as, message)
        )

    def _with(self, judgement: Judgement) -> Apart:
        return replace(self, judgement=judgement)

    def _next(self, at: int, value: Value, judgement: Judgement) -> Apart:
        return replace(self, own={**self.own, at: value}, wrong=0, pending=None, judgement=judgement)

    def _values(self) -> list[Array | None]:
        """What the learner has for every piece: given, or following from that, else torch's."""
        values: list[Array | None] = []
        for at, piece in enumerate(self.plan.pieces):
            mine = self.own.get(at)
            if not isinstance(mine, Array):
                mine = carry.follows(piece, self.plan.pieces, [values[part] for part in piece.parts])
            values.append(mine if mine is not None else piece.value if isinstance(piece.value, Array) else None)
        return values

    def _value(self, at: int) -> Array | None:
        return self._values()[at]

    def _worked(self, at: int) -> Array | None:
        """What a piece is if the learner's own parts are taken; torch's value where it has none."""
        piece = self.plan.pieces[at]
        values = self._values()
        follows = carry.follows(piece, self.plan.pieces, [values[part] for part in piece.parts])
        return follows if follows is not None else piece.value if isinstance(piece.value, Array) else None

    def _true(self, at: int, value: Value) -> bool:
        true = self.plan.pieces[at].value
        return carry.same(value, true) if isinstance(value, Array) and isinstance(true, Array) else value == true

    def _carried(self, at: int, value: Value) -> bool:
        return isinstance(value, Array) and carry.same(value, self._worked(at))

    def _off(self, before: int) -> str:
        """Which earlier step is off: `∂z/∂y was off`."""
        off = [at for at in self.slips if at < before]
        return f"{self.plan.pieces[off[0]].title} was off" if off else "an earlier step was off"

    def _is_answer_at(self, at: int) -> bool:
        return self._is_answer(self.plan.pieces[at]) or self.plan.pieces[at].value is self.plan.truth is None

    def _is_answer(self, piece: Piece) -> bool:
        return isinstance(piece.value, Array) and carry.same(piece.value, self.plan.truth)


def _cut_short(reading: Reading, value: Array, each: Sequence[int | None], true: Array | None) -> bool:
    """Near `true`, but with too few digits to say; 1, 0 and −1 are meant as they stand: a factor left out."""
    if true is None or any(carry.even(value, number) for number in (1, 0, -1)):
        return False
    return some_coarse(value, true, each, whole="." not in reading.text)


def _fitted(value: Array | None, true: Array) -> Array | None:
    """One number stands for every element, where these are alike; brackets around a single number are no mistake."""
    if value is None or not value.data:
        return None
    alike = len(set(true.data or ())) == 1
    if value.numel == 1 and (alike or true.numel == 1):
        return Array(value.dtype, true.shape, value.data * true.numel)
    return value


def start(plan: Plan, run: Run) -> Apart:
    """At the first question."""
    return Apart(plan, formulas.scope(run, plan.target))


def resume(fresh: Apart, attempts: Iterable[Attempt], seed: int, question: int) -> Apart | None:
    """Where these attempts at the exercise, oldest first, left it; None if it was never begun since it was settled."""
    apart: Apart | None = None
    for one in attempts:
        if (one.seed, one.question) != (seed, question):
            continue
        if one.action in ("reveal", "skip") or (one.action == "answer" and one.verdict == "right"):
            apart = None
        elif one.action == "apart":
            apart = apart.reopened() if apart is not None else fresh
        elif apart is not None:
            apart = _moved(apart, one)
    return apart.reopened() if apart is not None else None


def _moved(apart: Apart, one: Attempt) -> Apart:
    if one.action == "step" and apart.at is not None:
        return apart.answer(one.answer)
    if one.action == "keep" and apart.may_keep:
        return apart.keep()
    return apart.tell() if one.action == "tell" and apart.may_tell else apart


def _rule(piece: Piece) -> str:
    return f"The rule is {piece.rule}. Put the numbers in yourself."
