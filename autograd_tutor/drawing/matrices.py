"""A small Jacobian as a matrix: what arrives stands before its rows, and what goes on below its columns."""

from __future__ import annotations

from dataclasses import dataclass

from autograd_tutor.explanation import Jacobian
from autograd_tutor.notation import number
from autograd_tutor.trace import Array

ZERO = "·"
"""So that what is not 0 leaps to the eye."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How spaciously it is drawn."""

    row: int
    column: int
    """Names of rows and columns up to so long are written out; for longer ones all are told by their index alone."""
    gap: str
    arrives: str
    goes_on: str


_FORMS = (
    _Form(18, 9, "  ", "G arrives", "G·J goes on"),
    _Form(5, 5, "  ", "G arrives", "G·J goes on"),
    _Form(5, 5, " ", "G", "G·J"),
)
"""The first that is narrow enough is taken."""


def matrix(jacobian: Jacobian, contribution: Array | None, width: int) -> list[str]:
    """The lines; none where it is too large to draw, or would be wider than `width`.

    The last line is the vector-Jacobian product: each column's numbers times what arrived, summed.
    """
    rows, came = jacobian.rows, jacobian.upstream
    if rows is None or rows.data is None or came is None or came.data is None:
        return []
    if contribution is None or contribution.data is None:
        return []
    for form in _FORMS:
        lines = _lines(
            form,
            [number(one) for one in came.data],
            _names(jacobian.outputs, form.row),
            _names(jacobian.inputs, form.column if jacobian.shape[1] > 1 else form.row),
            [number(one) if one else ZERO for one in rows.data],
            [number(one) for one in contribution.data],
        )
        if max(map(len, lines)) <= width:
            return lines
    return []


def _names(names: tuple[str, ...], most: int) -> list[str]:
    """As they are, or where one is too long, all by their indices: `[0,1]`; a single number has none."""
    if max(map(len, names)) <= most:
        return list(names)
    return [name[name.rindex("[") :] if name.endswith("]") and len(names) > 1 else _cut(name, most) for name in names]


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _lines(
    form: _Form, came: list[str], names: list[str], heads: list[str], entries: list[str], sums: list[str]
) -> list[str]:
    """Columns of one width, the matrix between bars."""
    wide = max(map(len, (*heads, *entries, *sums)))
    arrives, name = max(map(len, (form.arrives, *came))), max(map(len, names))
    left = max(arrives + len(form.gap) + name, len(form.goes_on))

    def line(label: str, cells: list[str], bar: str) -> str:
        return f"{label} {bar} {form.gap.join(cell.rjust(wide) for cell in cells)} {bar}".rstrip()

    rows = [entries[at : at + len(heads)] for at in range(0, len(entries), len(heads))]
    return [
        line(form.arrives.rjust(arrives).ljust(left), heads, " "),
        *(
            line(f"{arrived.rjust(arrives)}{its.rjust(left - arrives)}", row, "│")
            for arrived, its, row in zip(came, names, rows, strict=True)
        ),
        line(form.goes_on.rjust(left), sums, " "),
    ]
