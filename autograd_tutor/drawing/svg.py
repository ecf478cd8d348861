"""A picture as SVG: lines as paths, so that no font decides whether they meet; words as text."""

from __future__ import annotations

from collections import defaultdict
from html import escape

from autograd_tutor.drawing.canvas import Dash, arms, dash
from autograd_tutor.drawing.cells import Picture, Role, Segment, columns
from autograd_tutor.drawing.picture import picture as pictured
from autograd_tutor.trace import Trace

COLUMNS = 140
"""At most, for a trace."""
WIDTH, HEIGHT = 9, 18
"""Of one cell, in pixels."""
MARGIN = 12
_COLOURS: dict[Role, tuple[str, str]] = {
    "plain": ("#1f2328", "#e6edf3"),
    "leaf": ("#0a5c36", "#7ee2a8"),
    "constant": ("#636c76", "#9198a1"),
    "value": ("#1f2328", "#e6edf3"),
    "wire": ("#57606a", "#9198a1"),
    "gradient": ("#0550ae", "#79c0ff"),
    "label": ("#57606a", "#9198a1"),
    "ghost": ("#8a4600", "#e3b341"),
    "cut": ("#a40e26", "#ff9492"),
    "dim": ("#636c76", "#9198a1"),
    "selected": ("#6639ba", "#d2a8ff"),
}
"""On light and on dark ground."""
_BROKEN: dict[Dash, str] = {"solid": "", "dashed": ' stroke-dasharray="5 4"', "dotted": ' stroke-dasharray="1.5 4"'}


def svg(drawn: Picture | Trace, title: str = "A computation graph", description: str = "") -> str:
    """One `<svg>` element, readable on light and dark ground, with a title and a description for screen readers.

    A trace is drawn with all its gradients.
    """
    picture = pictured(drawn, width=COLUMNS, phase="after") if isinstance(drawn, Trace) else drawn
    width, height = picture.width * WIDTH + 2 * MARGIN, picture.height * HEIGHT + 2 * MARGIN
    lines: dict[tuple[Role, int, Dash], list[str]] = defaultdict(list)
    words: list[str] = []
    for at, row in enumerate(picture.rows):
        column = 0
        for segment in row:
            _segment(segment, MARGIN + column * WIDTH, MARGIN + at * HEIGHT, lines, words)
            column += columns(segment.text)
    paths = [
        f'<path class="{role}" stroke-width="{1.4 if weight == 1 else 3}"{_BROKEN[broken]} d="{"".join(pieces)}"/>'
        for (role, weight, broken), pieces in lines.items()
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{_safe(title)}</title>',
            f'<desc id="desc">{_safe(description or _described(picture))}</desc>',
            f"<style>{_style()}</style>",
            *paths,
            *words,
            "</svg>\n",
        ]
    )


def _segment(
    segment: Segment, x: int, y: int, lines: dict[tuple[Role, int, Dash], list[str]], words: list[str]
) -> None:
    """Adds a segment's line characters to `lines` and its words to `words`."""
    word, start = "", x
    for character in [*segment.text, " "]:
        weights = arms(character)
        if any(weights) or (character == " " and (not word or word.endswith(" "))):
            _word(word, start, y, segment.role, words)
            word = ""
            _strokes(character, weights, x, y, segment.role, lines)
        else:
            start = start if word else x
            word += character
        x += columns(character) * WIDTH
    _word(word, start, y, segment.role, words)


def _word(word: str, x: int, y: int, role: Role, words: list[str]) -> None:
    text = word.rstrip()
    if text:
        length = columns(text) * WIDTH
        words.append(
            f'<text class="{role}" x="{x}" y="{y + HEIGHT * 0.72:g}" textLength="{length}" '
            f'lengthAdjust="spacingAndGlyphs">{_safe(text)}</text>'
        )


def _strokes(
    character: str,
    weights: tuple[int, int, int, int],
    x: int,
    y: int,
    role: Role,
    lines: dict[tuple[Role, int, Dash], list[str]],
) -> None:
    """From the cell's middle to each side that the character reaches; a round corner as one curve."""
    middle, centre = x + WIDTH / 2, y + HEIGHT / 2
    ends = ((middle, y), (x + WIDTH, centre), (middle, y + HEIGHT), (x, centre))
    if character in "╭╮╰╯":
        (x1, y1), (x2, y2) = (end for end, weight in zip(ends, weights, strict=True) if weight)
        lines[role, 1, "solid"].append(f"M{x1:g} {y1:g}Q{middle:g} {centre:g} {x2:g} {y2:g}")
        return
    for (to_x, to_y), weight in zip(ends, weights, strict=True):
        if weight:
            lines[role, weight, dash(character)].append(f"M{middle:g} {centre:g}L{to_x:g} {to_y:g}")


def _style() -> str:
    light = "".join(f".{role}{{--ink:{colour}}}" for role, (colour, _) in _COLOURS.items())
    dark = "".join(f".{role}{{--ink:{colour}}}" for role, (_, colour) in _COLOURS.items())
    return (
        "text{font:15px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--ink);white-space:pre}"
        "path{stroke:var(--ink);fill:none;stroke-linecap:round}.cut,.selected{font-weight:bold}"
        f"{light}@media(prefers-color-scheme:dark){{{dark}}}"
    )


def _described(picture: Picture) -> str:
    """The graph in a sentence for each box: what it is and what it is computed from."""
    sentences = []
    for one in picture.placed:
        sources = ", ".join(dict.fromkeys(picture.placed[source].name for source in one.inputs))
        sentences.append(f"{one.name}, computed from {sources}." if sources else f"{one.name}.")
    return " ".join(sentences) or picture.text()


def _safe(text: str) -> str:
    return escape("".join(character if character.isprintable() else " " for character in text))
