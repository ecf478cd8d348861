"""From a trace to the account of one target: steps, paths and sums, or why there is no gradient."""

from __future__ import annotations

from autograd_tutor.calculus.graph import Flow
from autograd_tutor.calculus.inputs import inputs
from autograd_tutor.calculus.names import Names
from autograd_tutor.calculus.phrases import ARRIVED
from autograd_tutor.calculus.repeats import repeats
from autograd_tutor.calculus.steps import steps
from autograd_tutor.calculus.sums import held
from autograd_tutor.calculus.tangents import tangents
from autograd_tutor.calculus.target import locate
from autograd_tutor.calculus.why import why
from autograd_tutor.explanation import Differences, Path, Step, TargetExplanation, Witnesses
from autograd_tutor.trace import Trace

MOST_PASSES = 20
"""Of more passes into one gradient, the first and the last are told step by step."""


def explain(trace: Trace, target: str, differences: Differences | None) -> TargetExplanation:
    """The account of `target`: for a gradient its steps, paths and sum; for None, a flag or an error the reason.

    Never raises for what a program did: where no rule accounts for a step, it tells torch's own numbers.
    """
    place = locate(trace, target)
    found = trace.find(target)
    witnesses = Witnesses(
        torch=found.value if found is not None and found.kind == "tensor" else None,
        differences=differences.central if differences is not None else None,
        uncut=differences.uncut if differences is not None else None,
    )
    if place is None:
        return TargetExplanation(
            target,
            forward=tangents(trace, target),
            why=why(trace, target),
            inputs=inputs(trace),
            witnesses=witnesses,
        )
    names = Names(trace)
    account = held(trace, place)
    if account.changed is not None:  # what the program wrote there is no derivative
        witnesses = Witnesses(torch=witnesses.torch)
    all_steps: list[Step] = []
    paths: list[Path] = []
    flows = account.flows
    told = flows if len(flows) <= MOST_PASSES else (*flows[: MOST_PASSES // 2], *flows[-MOST_PASSES // 2 :])
    for flow in told:
        made = tuple(steps(trace, flow, names))
        all_steps += made
        paths += _paths(flow, made)
    return TargetExplanation(
        target=target,
        steps=tuple(all_steps),
        repeats=repeats(trace, all_steps, flows[0], names.of(place.tensor).text) if flows else (),
        paths=tuple(paths),
        before=account.before,
        sum=" ".join(part for part in (account.words(trace, names), _left_out(len(told), len(flows))) if part),
        why=why(trace, target),
        inputs=inputs(trace),
        witnesses=witnesses,
    )


def _left_out(told: int, passes: int) -> str:
    """That a long training loop is not told step by step."""
    if told == passes:
        return ""
    return f"The steps tell the first {told // 2} and the last {told // 2} of these {passes} passes."


def _paths(flow: Flow, made: tuple[Step, ...]) -> list[Path]:
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
