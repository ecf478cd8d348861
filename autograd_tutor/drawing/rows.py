"""What jacrev, jacfwd and hessian do besides the program's function, in one unit before it and one after it."""

from __future__ import annotations

from itertools import groupby

from autograd_tutor.drawing.flow import Flow, Unit
from autograd_tutor.drawing.merge import Group, merged
from autograd_tutor.trace import GIVES, MAKES, STACKS, TAKES, Operation, Span, Trace

_BEFORE = frozenset({"new_zeros", "diagonal", "fill", "view", TAKES, MAKES})
"""One unit vector for each row or column, which a vmap takes apart."""
_AFTER = frozenset({GIVES, STACKS, "movedim", "split", "view", "unflatten"})
"""A vmap stacks the rows or columns, and they get the shape of a Jacobian."""
Place = tuple[Span, int]
"""A piece of source, and which of its runs."""


def together(trace: Trace, flow: Flow) -> Flow:
    """`flow` with what torch does around the function in one unit of kind `group` each."""
    made = {unit.id: trace.operations[unit.operation] for unit in flow.units if unit.operation is not None}
    units = [unit for unit in flow.units if unit.id in made]
    groups = []
    for place, run in groupby(units, key=lambda unit: _place(made[unit.id])):
        members = list(run)
        names = {made[unit.id].name for unit in members}
        if place is None or len(names) < 2:
            continue
        if STACKS in names:
            groups.append(_result(members, made[members[-1].id]))
        elif TAKES in names:
            groups.append(_directions(members, made[members[-1].id]))
    return merged(flow, groups)


def _place(operation: Operation) -> Place | None:
    """Where the program called the transform; None for all else."""
    inside = operation.pass_ is None and operation.text.startswith(f"{operation.name} in ")
    if operation.span is None or not inside or operation.name not in _BEFORE | _AFTER:
        return None
    return operation.span, operation.repeat


def _called(operation: Operation) -> str:
    return " ".join(operation.text.partition(" in ")[2].split())


def _directions(members: list[Unit], last: Operation) -> Group:
    """Where a dual number is made of each, the program's own tensor goes into it and keeps a box of its own."""
    title = f"{'dual numbers' if last.name == MAKES else 'unit vectors'} of {_called(last)}"
    return Group(members, title, title, own=True)


def _result(members: list[Unit], last: Operation) -> Group:
    """Named as the program names it: `J = jacrev(f)(x)`."""
    called, name = _called(last), members[-1].name
    named = name.isidentifier() and name != last.name
    return Group(members, f"{name} = {called}" if named else called, name if named else called, value=members[-1].value)
