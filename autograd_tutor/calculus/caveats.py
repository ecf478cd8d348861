"""What to mind of a gradient that is a number, but perhaps not the one that was wanted."""

from __future__ import annotations

from autograd_tutor.calculus.histories import renamed_leaf
from autograd_tutor.calculus.places import on
from autograd_tutor.trace import Array, Complex, Found, Operation, Pass, Tensor, Trace


def caveat(trace: Trace, found: Found, name: str) -> str:
    """Of `name`.grad: that it holds earlier rounds too, that the optimizer has another tensor, or what it is of a
    complex number; else empty."""
    if found.kind != "tensor" or not found.is_grad or found.tensor is None:
        return ""
    tensor = trace.tensors[found.tensor]
    if _unaccounted(trace, tensor):
        return f"What put this into {name}.grad is not recorded: no pass that was seen did, and no line of the program."
    if (last := uncleared(trace, tensor)) is not None:
        return (
            f"{name} was updated between the rounds, but {name}.grad was not cleared: each backward(){on(last.span)} "
            f"adds its gradient to those of the rounds before."
        )
    if (before := left_behind(trace, tensor, name)) is not None:
        return (
            f"The optimizer was made for the {name}{on(before.span)}. {_capital(on(tensor.span))} the name went to "
            f"another tensor, so step() leaves this {name} as it is."
        )
    if tensor.value.dtype.startswith("complex"):
        return (
            f"{name} is complex. torch's {name}.grad holds the slope along its real part, plus j times that along "
            f"its imaginary part (twice the conjugate Wirtinger derivative)."
        )
    return ""


def _unaccounted(trace: Trace, tensor: Tensor) -> bool:
    """Whether neither a recorded pass nor a line of the program left what its .grad holds."""
    passed = any(leaf.tensor == tensor.id for pass_ in trace.passes for leaf in pass_.leaves)
    return not passed and not any(one.kind == "write" and one.ref == tensor.id for one in trace.events)


def uncleared(trace: Trace, tensor: Tensor) -> Pass | None:
    """The last pass of a training loop that added to what an earlier round, with another value, had left."""
    filled = [
        (pass_, leaf)
        for pass_ in trace.passes
        for leaf in pass_.leaves
        if leaf.tensor == tensor.id and pass_.span is not None and pass_.error is None
    ]
    if len(filled) < 2 or not tensor.version:
        return None
    (before, _), (last, leaf) = filled[-2:]
    updated = any(one.in_place and _writes(trace, one, tensor) for one in trace.operations)
    return last if before.span == last.span and _holds(leaf.before) and updated else None


def _holds(before: Array | None) -> bool:
    """Whether a .grad held more than zeros."""
    if before is None:
        return False
    if before.data is None:
        return before.summary is None or (before.summary.min, before.summary.max) != (0, 0)
    return any(one not in (0, Complex(0, 0)) for one in before.data)


def _writes(trace: Trace, operation: Operation, tensor: Tensor) -> bool:
    """Whether an operation in place writes into a tensor."""
    return any(trace.tensors[one].storage == tensor.storage for one in operation.outputs)


def left_behind(trace: Trace, tensor: Tensor, name: str) -> Tensor | None:
    """The earlier leaf of this name that the program's optimizer was given."""
    before = renamed_leaf(trace, tensor, name) if tensor.is_leaf else None
    if before is None or before.span is None or tensor.span is None or tensor.version:
        return None
    between = trace.source.splitlines()[before.span.line : tensor.span.line - 1]
    made = any("optim." in line and name in line for line in between)
    return before if made and ".step(" in trace.source else None


def _capital(text: str) -> str:
    return text.strip().capitalize() or "Later"
