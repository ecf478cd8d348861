"""The words for what a vmap does for all examples at once, and jacrev for all rows."""

from __future__ import annotations

import numpy as np

from autograd_tutor.calculus import examples
from autograd_tutor.calculus.graph import Flow
from autograd_tutor.calculus.names import Names
from autograd_tutor.calculus.target import Target
from autograd_tutor.calculus.values import numbers
from autograd_tutor.calculus.workings import brief
from autograd_tutor.trace import Captured, Pass, Seed, Trace


def started(flow: Flow, seed: Seed, root: str) -> str:
    """That a pass goes back for many at once; empty for an ordinary one."""
    batch = flow.pass_.batch
    if not batch:
        return ""
    trace = flow.trace
    rows = _rows(trace, flow.pass_, seed)
    if rows == 1:
        return "jacrev goes back once for each row, here once: the first dimension of every gradient here counts rows."
    if rows:
        return (
            f"Row i of it is 1 at element i of {root} and 0 elsewhere: all {rows} rows go back at once (vmap), "
            f"so row i of what arrives is the derivative of that element."
        )
    return (
        f"{_everyone(trace, seed, batch)}: the first {_dimensions(batch)} of every gradient here {_count(batch)} them."
    )


def put_together(trace: Trace, place: Target, names: Names) -> str:
    """How a result is made of what passes in a vmap returned; empty for one that a pass returned as it is."""
    pass_ = None if place.pass_ is None else trace.passes[place.pass_]
    if pass_ is None or not (place.gathered or place.moves or pass_.batch):
        return ""
    name = names.of(place.tensor).text
    captured = next(one for one in pass_.captured if one.of == place.tensor)
    root = names.of(pass_.root[0]).text
    if place.moves:
        return _moving(trace, place, name, captured, pass_.batch)
    if place.further:
        return f"{place.text} is put together of what these {len(place.further) + 1} passes returned, in their order."
    if pass_.seeds and _rows(trace, pass_, pass_.seeds[0]):
        return f"Row i of {place.text} is how element i of {root} answers to {name}."
    if pass_.batch and not _ours(trace, pass_.seeds[0], pass_.batch):
        return f"Entry i of {place.text} is what arrived at {name} from entry i of the start."
    if pass_.batch:
        return f"{place.text} is the stack of all examples: its entry i is the gradient by {name} for example i."
    return ""


def _moving(trace: Trace, place: Target, name: str, captured: Captured, batch: tuple[int, ...]) -> str:
    """How the tangent of a gradient tells a second derivative."""
    found, gradient = trace.find(place.text), captured.value
    whole = found.value if found is not None else None
    columns = whole is not None and gradient is not None and len(whole.shape) > len(gradient.shape) - len(batch)
    which = f"its tangent for column j is column j of {place.text}" if columns else f"its tangent is {place.text}"
    return (
        f"The steps before the tangents give the gradient by {name}, {brief(gradient)}. {place.text} tells how it "
        f"moves in turn: the gradient is a dual number here, and {which}. torch carried its tangents through its own "
        f"backward pass, whose steps are not recorded one by one."
    )


def shared(name: str) -> str:
    """Where a vmap stands in a function that autograd records from outside."""
    return f"All examples of the vmap share {name}, so what each of them sends is summed."


def _everyone(trace: Trace, seed: Seed, batch: tuple[int, ...]) -> str:
    """`This is done for all 5 examples at once (vmap)`."""
    count = "·".join(map(str, examples.sizes(trace, batch)))
    return f"This is done for all {count} {'examples' if _ours(trace, seed, batch) else 'starts'} at once (vmap)"


def _ours(trace: Trace, seed: Seed, batch: tuple[int, ...]) -> bool:
    """Whether what a pass starts from is another number in each example, not only the start itself."""
    return seed.tensor is None or set(batch) <= set(trace.tensors[seed.tensor].batch)


def _dimensions(batch: tuple[int, ...]) -> str:
    return "dimension" if len(batch) == 1 else f"{len(batch)} dimensions"


def _count(batch: tuple[int, ...]) -> str:
    return "counts" if len(batch) == 1 else "count"


def _rows(trace: Trace, pass_: Pass, seed: Seed) -> int:
    """How many rows of the identity a pass starts from at once; 0 if it does not start from these."""
    given = numbers(seed.gradient)
    batch = pass_.batch
    own = trace.tensors[seed.tensor].batch if seed.tensor is not None else ()
    free = [at for at, one in enumerate(batch) if one not in own]
    if given is None or len(free) != 1 or len(pass_.seeds) != 1:
        return 0
    rows = np.moveaxis(given, free[0], len(batch) - 1)
    length = rows.shape[len(batch) - 1]
    flat = rows.reshape(-1, length, int(np.prod(rows.shape[len(batch) :])))
    return length if flat.shape[1] == flat.shape[2] and bool((flat == np.eye(length)).all()) else 0
