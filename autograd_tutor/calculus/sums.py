"""How a gradient adds up: over the ways that meet, over the passes, on top of what .grad held."""

from __future__ import annotations

from dataclasses import dataclass

from autograd_tutor.calculus.graph import Flow, Index
from autograd_tutor.calculus.names import Names
from autograd_tutor.calculus.phrases import COUNTED
from autograd_tutor.calculus.places import short, source_line
from autograd_tutor.calculus.target import Target
from autograd_tutor.calculus.workings import added, brief, capital, same, terms
from autograd_tutor.trace import Accumulation, Array, Pass, Trace, when

ENDS = 3
"""Of many passes, so many at each end have a sentence of their own."""


@dataclass(frozen=True)
class Share:
    """What one pass added."""

    flow: Flow
    accumulation: Accumulation | None
    """None for a result of autograd.grad, which adds to nothing."""


@dataclass(frozen=True)
class Held:
    """The passes that make up a target, the first first."""

    target: Target
    shares: tuple[Share, ...]
    """None of them, if no pass left anything there."""
    changed: Accumulation | None = None
    """The last pass's doing, if the program changed or cleared .grad after it: then the passes had made that up."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The passes as flows into the target."""
        return tuple(share.flow for share in self.shares)

    @property
    def before(self) -> Array | None:
        """What .grad held before the last pass."""
        last = self.shares[-1].accumulation if self.shares else None
        return last.before if last is not None else None

    def rewriting(self, trace: Trace, names: Names) -> str:
        """That what the target holds now is no gradient, but what the program wrote there; empty if it did not."""
        now = trace.tensors[self.target.tensor].grad
        if self.changed is None or now is None:
            return ""
        return _rewritten(trace, self.target, self.changed.after, now, names.of(self.target.tensor).text)

    def words(self, names: Names) -> str:
        """How it all adds up, in numbers; empty when there is nothing to add."""
        name = names.of(self.target.tensor).text
        became = "becomes" if self.changed is None else "became"
        lines = [line for share in self.shares if (line := self._line(share, name, became))]
        if len(lines) > 2 * ENDS + 1:
            between = f"… {len(lines) - 2 * ENDS} more passes add to it in the same way …"
            lines = [*lines[:ENDS], between, *lines[-ENDS:]]
        return " ".join(lines)

    def _line(self, share: Share, name: str, became: str) -> str:
        """What one pass did; with its line where there are several."""
        text = " ".join(part for part in (_meeting(share, name), _adding(share, name, became)) if part)
        where = when(share.flow.trace, share.flow.pass_)
        return f"{capital(where)}: {text}" if text and where and len(self.shares) > 1 else text


def held(trace: Trace, target: Target, index: Index) -> Held:
    """The passes whose contributions are in the target now: all since .grad was last cleared."""
    if target.node is None:
        return Held(target, ())
    if target.pass_ is not None:
        passes = [(target.pass_, target.node), *target.further]
        shares = [Share(_flow(index, trace, trace.passes[one], target, node), None) for one, node in passes]
        return Held(target, tuple(shares))
    now = trace.tensors[target.tensor].grad
    found: list[Share] = []
    changed: Accumulation | None = None
    for pass_ in reversed(trace.passes):
        one = next((leaf for leaf in pass_.leaves if leaf.tensor == target.tensor), None)
        if one is None or (one.added is None and not one.note):
            continue
        if not found and not same(one.after, now):
            changed = one
        later = found[-1].accumulation if found else None
        if later is not None and not same(one.after, later.before):
            break
        found.append(Share(_flow(index, trace, pass_, target, one.node), one))
        if one.before is None:
            break
    return Held(target, tuple(reversed(found)), changed)


def _flow(index: Index, trace: Trace, pass_: Pass, target: Target, node: int | None = None) -> Flow:
    at = target.node if node is None else node
    assert at is not None
    return Flow(trace, pass_, at, None if trace.nodes[at].kind == "accumulate" else target.output, index)


def _rewritten(trace: Trace, target: Target, left: Array | None, now: Array, name: str) -> str:
    writes = [
        one.span.line
        for one in trace.events
        if one.kind == "write" and one.ref == target.tensor and one.span is not None
    ]
    where = f"line {writes[-1]} ({short(source_line(trace, writes[-1]))})" if writes else "the program"
    cleared = now.data is not None and not any(now.data)
    did = "cleared it" if cleared else "changed that"
    return f"{name}.grad is {brief(now)}: backward left {brief(left)} there, and then {where} {did}."


def _meeting(share: Share, name: str) -> str:
    parts = [sent for edge in share.flow.entering if (sent := share.flow.sent(edge)) is not None]
    if len(parts) < 2:
        return ""
    total = share.accumulation.added if share.accumulation is not None else added(parts)
    count = COUNTED[len(parts)] if len(parts) < len(COUNTED) else str(len(parts))
    result = f" = {brief(total)}" if total is not None else ""
    each = terms(parts) if len(parts) < len(COUNTED) else "all their contributions"
    return f"{count.capitalize()} paths meet at {name}: {each}{result}."


def _adding(share: Share, name: str, became: str) -> str:
    one = share.accumulation
    if one is None or one.after is None:
        return ""
    if one.added is None:
        before = "None" if one.before is None else brief(one.before)
        return f"{name}.grad was {before}, and {became} {brief(one.after)}: {one.note}."
    if one.note:
        return f"The contributions sum to {brief(one.added)}, but {name}.grad became {brief(one.after)}: {one.note}."
    if one.before is None:
        return f"{name}.grad was None, and {became} {brief(one.after)}."
    total = f"{terms([one.before, one.added])} = {brief(one.after)}"
    return f"{name}.grad held {brief(one.before)}, and backward adds: {total}."
