"""What a vmap did for all at once, in sentences: examples, a Jacobian's rows or its columns."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.trace import GIVES, STACKS, TAKES, Batch, Trace

_ENDS = frozenset({TAKES, STACKS, GIVES})


def at_once(trace: Trace) -> list[str]:
    """A sentence for each line whose values, gradients or tangents are those of many at once."""
    return list(dict.fromkeys(_sentences(trace)))


def _sentences(trace: Trace) -> Iterator[str]:
    if not trace.batches:
        return
    inside = {
        batch
        for operation in trace.operations
        if operation.name not in _ENDS
        for output in operation.outputs
        for batch in trace.tensors[output].batch
    }
    rows = {batch for one in trace.passes for batch in one.batch}
    columns = {batch for one in trace.tensors if one.tangent is not None for batch in one.spread}
    for one in trace.batches:
        if one.id in inside:
            yield (
                f"{_line(one)}: inside the vmap every value is that of all {one.size} examples at once. Its first "
                f"dimension counts them; the program sees the others."
            )
        elif one.id in rows and one.size > 1:
            yield (
                f"{_line(one)}: one pass goes back for {one.size} rows at once. The first dimension of what flows "
                f"in it counts them."
            )
        elif one.id in columns and one.size > 1:
            yield f"{_line(one)}: each value carries {one.size} tangents at once, one for each column."


def _line(batch: Batch) -> str:
    return "In a vmap" if batch.span is None else f"Line {batch.span.line}"
