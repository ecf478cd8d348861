"""The compact form: one line for each unit, and the gradients on lines between them."""

from __future__ import annotations

from autograd_tutor.drawing.annotate import Notes, UnitNote, brief
from autograd_tutor.drawing.cells import Picture, Placed, Ref, Role, Segment, clip, columns
from autograd_tutor.drawing.flow import Flow, Unit, Wire

MOST_ROWS = 400
Row = tuple[Segment, ...]


def listing(flow: Flow, notes: Notes, width: int, selected: frozenset[Ref]) -> Picture:
    """The flow as lines of at most `width` columns, inputs first used first."""
    titles = max((columns(unit.title) for unit in flow.units), default=0)
    title_width = min(titles, max(width // 2, width - 24))
    rows: list[Row] = []
    placed: list[Placed] = []
    into: dict[int, list[Wire]] = {unit.id: [] for unit in flow.units}
    for wire in flow.wires:
        into[wire.target].append(wire)
    for unit in flow.units:
        note = notes.units[unit.id]
        previous = flow.units[unit.id - 1].id if unit.id else None
        for wire in into[unit.id]:
            rows += _wire_rows(flow, notes, wire, previous if len(into[unit.id]) == 1 else None, width, selected)
        placed.append(Placed(note.ref, 0, len(rows), width, 1, name=unit.title))
        rows.append(_unit_row(unit, note, title_width, width, note.ref in selected))
    return Picture(tuple(rows), "list", tuple(placed))


def _wire_rows(
    flow: Flow, notes: Notes, wire: Wire, previous: int | None, width: int, selected: frozenset[Ref]
) -> list[Row]:
    note = notes.wires[wire.id]
    where = "" if wire.source == previous else f" to {flow.units[wire.source].title.split(' = ')[0]}"
    role: Role = "selected" if note.ref in selected else "gradient"
    if note.state == "fired":
        mark = "▲" if role == "gradient" else "▲▲"
        return [(Segment(clip(f"  {mark} {note.label}{where}", width), role, note.ref),)]
    if note.state == "quiet":
        return [(Segment(clip(f"  ┊ did not fire{where}", width), "dim", note.ref),)]
    return []


def _unit_row(unit: Unit, note: UnitNote, title_width: int, width: int, selected: bool) -> Row:
    role: Role = "selected" if selected else {"ghost": "ghost", "data": "constant"}.get(note.state, "plain")  # type: ignore[assignment]
    mark = "▸ " if selected else "┆ " if note.state == "ghost" else "  "
    title = clip(unit.title, title_width)
    parts: list[tuple[str, Role]] = [(mark + title, role)]
    used = columns(title) + 2
    for text, its_role in ((brief(unit.value, 14), "value"), (note.name, "label"), (note.grad, "gradient")):
        if not text:
            continue
        gap = " " * (title_width + 2 - used + 2) if len(parts) == 1 else "  "
        if used + columns(gap) + 4 > width:
            break
        text = clip(text, width - used - columns(gap))
        parts.append((gap + text, its_role))  # type: ignore[arg-type]
        used += columns(gap) + columns(text)
    return tuple(Segment(text, its_role, note.ref) for text, its_role in parts)
