"""What a graph's picture shows of several passes, in sentences."""

from __future__ import annotations

from collections import defaultdict

from autograd_tutor.trace import Trace


def in_turn(trace: Trace) -> list[str]:
    """That what flowed into a leaf is of several passes, where some gave it to the program instead of adding it."""
    into: dict[int, set[int]] = defaultdict(set)
    along = [{at for at, sent in enumerate(edge.contributions) if sent is not None} for edge in trace.edges]
    for edge, flowed in zip(trace.edges, along, strict=True):
        if trace.nodes[edge.head].kind == "accumulate":
            into[edge.head] |= flowed
    met = sorted(set().union(*(passes for passes in into.values() if len(passes) > 1)))
    returned = [trace.passes[at] for at in met if trace.passes[at].kind == "grad"]
    lines = list(dict.fromkeys(one.span.line for one in returned if one.span is not None))
    if not lines or len(returned) == len(met):
        return []
    *first, last = map(str, lines)
    places = f"passes of lines {', '.join(first)} and {last}" if first else f"pass of line {last}"
    then = "Numbers with “then” between them flowed in one pass after the other. "
    return [
        f"{then if any(len(flowed & set(met)) > 1 for flowed in along) else ''}What flowed in the {places} is drawn "
        "too, but it was returned to the program, and added to no .grad."
    ]
