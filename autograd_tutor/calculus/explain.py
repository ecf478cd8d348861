"""From a trace to the account of one target: steps, paths and sums, or why there is no gradient."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from autograd_tutor.calculus.graph import Flow, Index
from autograd_tutor.calculus.inputs import inputs
from autograd_tutor.calculus.jacobians import Jacobians
from autograd_tutor.calculus.names import Names
from autograd_tutor.calculus.phrases import ARRIVED, checked
from autograd_tutor.calculus.repeats import repeats
from autograd_tutor.calculus.ruled import Known
from autograd_tutor.calculus.settled import settled
from autograd_tutor.calculus.steps import steps
from autograd_tutor.calculus.sums import held
from autograd_tutor.calculus.tangents import beneath, tangents
from autograd_tutor.calculus.target import locate
from autograd_tutor.calculus.together import put_together
from autograd_tutor.calculus.why import why
from autograd_tutor.explanation import Differences, Path, Repeat, Step, TargetExplanation, Witnesses, level
from autograd_tutor.trace import Array, Trace

MOST_PASSES = 20
"""Of more passes into one gradient, the first and the last are told step by step."""
_BROKEN_OFF = "There was no time to tell the steps after these."
_BEFORE = "The steps tell how backward had come to it."
_NO_STEPS = "There was no time left to tell the steps."


class Accounts:
    """The accounts of one trace's targets. What they share is worked out once: names, and the rules' numbers."""

    def __init__(self, trace: Trace, until: float = math.inf) -> None:
        """`until`: the moment (of time.monotonic) after which no more steps are told."""
        self._trace = trace
        self._until = until
        self._names = Names(trace)
        self._index = Index(trace)
        self._inputs = inputs(trace)
        self._known: Known = {}
        self._jacobians = Jacobians(trace, self._names, self._known)
        self._written: set[str] = set()
        """Targets that the program wrote to: what it wrote there is no derivative."""

    def explain(self, target: str) -> TargetExplanation:
        """The account of `target`: for a gradient its steps, paths and sum; for None, a flag or an error the reason.

        Never raises for what a program did: where no rule accounts for a step, it tells torch's own numbers.
        """
        trace = self._trace
        self._names.begin()
        place, forward = locate(trace, target), tangents(trace, target, self._names)
        if place is None and forward:
            place = beneath(trace, target)
        found = trace.find(target)
        witnesses = Witnesses(torch=found.value if found is not None and found.kind == "tensor" else None)
        if place is None:
            why_not = why(trace, target)
            given = TargetExplanation(target, forward=forward, why=why_not, inputs=self._inputs, witnesses=witnesses)
            return settled(given, self._names.settle)
        account = held(trace, place, self._index)
        if account.changed is not None:
            self._written.add(target)
        flows = account.flows
        told = flows if len(flows) <= MOST_PASSES else (*flows[: MOST_PASSES // 2], *flows[-MOST_PASSES // 2 :])
        all_steps, paths, whole = self._steps(told)
        notes = (
            account.words(self._names),
            put_together(trace, place, self._names),
            _left_out(len(told), len(flows)),
            "" if whole else _BROKEN_OFF if all_steps else _NO_STEPS,
        )
        reasons = (
            why(trace, target),
            account.rewriting(trace, self._names),
            _BEFORE if account.changed is not None and all_steps else "",
        )
        folded = repeats(trace, all_steps, flows[0], self._names.of(place.tensor).text) if flows else ()
        whole_account = TargetExplanation(
            target=target,
            steps=tuple(self._with_jacobians(all_steps, folded)),
            repeats=folded,
            paths=tuple(paths),
            forward=forward,
            before=account.before,
            rewritten=account.changed is not None,
            sum=" ".join(filter(None, notes)),
            why=" ".join(filter(None, reasons)),
            inputs=self._inputs,
            witnesses=witnesses,
        )
        return settled(whole_account, self._names.settle)

    def witnessed(self, told: TargetExplanation, differences: Differences) -> TargetExplanation:
        """An account of these, with the word of the central differences."""
        if told.target in self._written:
            return told
        witnesses = msgspec.structs.replace(
            told.witnesses,
            differences=differences.central,
            uncut=differences.uncut,
            wide=differences.wide,
            disagreement=differences.note if differences.central is None else None,
        )
        sent: dict[tuple[int, int | None], Array] = {(one.pass_, one.edge): one.sent for one in differences.forwards}
        steps = tuple(_checked(step, sent.get((step.pass_, step.edge))) for step in told.steps) if sent else told.steps
        return msgspec.structs.replace(told, witnesses=witnesses, steps=steps)

    def _with_jacobians(self, found: list[Step], folded: tuple[Repeat, ...]) -> Iterator[Step]:
        """The steps that are told one by one with their Jacobians, as long as there is time."""
        hidden = {at for one in folded for at in range(one.start, one.end)}
        for at, step in enumerate(found):
            yield step if at in hidden or time.monotonic() >= self._until else self._jacobians.put(step)

    def _steps(self, flows: Iterable[Flow]) -> tuple[list[Step], list[Path], bool]:
        """The steps and ways of these passes, and whether there was time for all."""
        found: list[Step] = []
        paths: list[Path] = []
        for flow in flows:
            made: list[Step] = []
            for step in steps(self._trace, flow, self._names, self._known):
                if time.monotonic() >= self._until:
                    return [*found, *made], paths, False
                made.append(step)
            found += made
            paths += _paths(flow, made)
        return found, paths, True


def _checked(step: Step, forward: Array | None) -> Step:
    """A step of a torch.autograd.Function beside the slope of its forward."""
    if forward is None:
        return step
    found = msgspec.structs.replace(step, forward=level(forward, step.contribution))
    return msgspec.structs.replace(found, words=checked(found))


def _left_out(told: int, passes: int) -> str:
    """That a long training loop is not told step by step."""
    if told == passes:
        return ""
    return f"The steps tell the first {told // 2} and the last {told // 2} of these {passes} passes."


def _paths(flow: Flow, made: Sequence[Step]) -> list[Path]:
    """The ways to the target, each with the product of the symbols along it."""
    symbols = {step.edge: step for step in made if step.edge is not None}
    found = []
    for way in flow.paths():
        along = [symbols[edge] for edge in way if edge in symbols]
        whole = all(step.ruled and ARRIVED not in step.symbol for step in along)
        found.append(Path(way, flow.pass_.id, _product([step.symbol for step in along]) if whole else ""))
    return found


def _product(symbols: list[str]) -> str:
    factors = [symbol for symbol in symbols if symbol != "1"]
    if len(factors) > 1:
        factors = [symbol if _factor(symbol) else f"({symbol})" for symbol in factors]
    return "·".join(factors) or "1"


def _factor(symbol: str) -> bool:
    """Whether it can stand in a product without parentheses."""
    depth = 0
    for at, letter in enumerate(symbol):
        depth += (letter in "([{") - (letter in ")]}")
        if not depth and ((letter in "+−" and (at or letter == "−")) or letter == "/"):
            return False
    return True
