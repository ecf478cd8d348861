"""Pictures for terminals without UTF-8: every cell keeps its place, only its character changes."""

from __future__ import annotations

from autograd_tutor.drawing.canvas import arms, dash
from autograd_tutor.drawing.cells import Picture, Segment, columns

_SIGNS = str.maketrans("▲╳▸⋮…−·→×≠∂⁻⁰¹²³⁴⁵⁶⁷⁸⁹①②③④⑤⑥⑦⑧⑨", "^X>:~-*>x!d-0123456789123456789")


def ascii_only(picture: Picture) -> Picture:
    """The same picture in ASCII: `-` `|` `+` for lines, `=` `#` for heavy ones, `.` `:` for broken ones."""
    rows = tuple(
        tuple(Segment(_text(segment.text), segment.role, segment.ref) for segment in row) for row in picture.rows
    )
    return Picture(rows, picture.style, picture.placed)


def _text(text: str) -> str:
    return "".join(map(_sign, text.translate(_SIGNS)))


def _sign(character: str) -> str:
    if character.isascii():
        return character
    north, east, south, west = arms(character)
    if not any((north, east, south, west)):
        return "?" * columns(character)
    broken, heavy = dash(character) != "solid", max(north, east, south, west) > 1
    if (north or south) and (east or west):
        return "#" if heavy else "+"
    if north or south:
        return ":" if broken else "#" if heavy else "|"
    return "." if broken else "=" if heavy else "-"
