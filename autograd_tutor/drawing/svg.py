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
_GROUND = "#ffffff", "#0d1117"
Pen = tuple[Role, int, Dash]
Stroke = tuple[tuple[float, float], tuple[float, float]]
"""A straight line, down or to the right."""
_BROKEN: dict[Dash, str] = {"solid": "", "dashed": ' stroke-dasharray="5 4"', "dotted": ' stroke-dasharray="1.5 4"'}


def svg(drawn: Picture | Trace, title: str = "A computation graph", description: str = "") -> str:
    """One `<svg>` element, readable on light and dark ground, with a title and a description for screen readers.

    A trace is drawn with all its gradients.
    """
    picture = pictured(drawn, width=COLUMNS, phase="after") if isinstance(drawn, Trace) else drawn
    width, height = picture.width * WIDTH + 2 * MARGIN, picture.height * HEIGHT + 2 * MARGIN
    lines: dict[Pen, list[Stroke]] = defaultdict(list)
    curves: dict[Pen, list[str]] = defaultdict(list)
    words: list[str] = []
    for at, row in enumerate(picture.rows):
        column = 0
        for segment in row:
            _segment(segment, MARGIN + column * WIDTH, MARGIN + at * HEIGHT, lines, curves, words)
            column += columns(segment.text)
    paths = [
        f'<path class="{role}" stroke-width="{1.4 if weight == 1 else 3}"{_BROKEN[broken]} d="{"".join(pieces)}"/>'
        for role, weight, broken in dict.fromkeys([*lines, *curves])
        if (pieces := [*_joined(lines[role, weight, broken]), *curves[role, weight, broken]])
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{_safe(title)}</title>',
            f'<desc id="desc">{_safe(description or _described(picture))}</desc>',
            f"<style>{_style()}</style>",
            f'<rect class="ground" width="{width}" height="{height}" rx="6"/>',
            *paths,
            *words,
            "</svg>\n",
        ]
    )


def _segment(
    segment: Segment,
    x: int,
    y: int,
    lines: dict[Pen, list[Stroke]],
    curves: dict[Pen, list[str]],
    words: list[str],
) -> None:
    """Adds a segment's line characters to `lines` and its words to `words`."""
    word, start = "", x
    for character in [*segment.text, " "]:
        weights = arms(character)
        if any(weights) or (character == " " and (not word or word.endswith(" "))):
            _word(word, start, y, segment.role, words)
            word = ""
            _strokes(character, weights, x, y, segment.role, lines, curves)
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
    lines: dict[Pen, list[Stroke]],
    curves: dict[Pen, list[str]],
) -> None:
    """From the cell's middle to each side that the character reaches; a round corner as one curve."""
    middle, centre = x + WIDTH / 2, y + HEIGHT / 2
    ends = ((middle, y), (x + WIDTH, centre), (middle, y + HEIGHT), (x, centre))
    if character in "╭╮╰╯":
        (x1, y1), (x2, y2) = (end for end, weight in zip(ends, weights, strict=True) if weight)
        curves[role, 1, "solid"].append(f"M{x1:g} {y1:g}Q{middle:g} {centre:g} {x2:g} {y2:g}")
        return
    for end, weight in zip(ends, weights, strict=True):
        if weight:
            start, stop = sorted(((middle, centre), end))
            lines[role, weight, dash(character)].append((start, stop))


def _joined(strokes: list[Stroke]) -> list[str]:
    """Those that go on from each other as one, so that its dashes are as even as the line is long."""
    level = {start: end for start, end in strokes if start[1] == end[1]}
    upright = {start: end for start, end in strokes if start[1] != end[1]}
    drawn = []
    for known in (level, upright):
        while known:
            start = min(known)
            end = known.pop(start)
            while end in known:
                end = known.pop(end)
            drawn.append(f"M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}")
    return drawn


def _style() -> str:
    """The light colours are plain rules, which every converter understands; those of a dark screen come after."""
    return (
        "text{font-family:'DejaVu Sans Mono',ui-monospace,Menlo,Consolas,monospace;font-size:15px;white-space:pre}"
        "path{fill:none;stroke-linecap:round}text.cut,text.selected{font-weight:bold}"
        f"{_colours(0)}@media (prefers-color-scheme:dark){{{_colours(1)}}}"
    )


def _colours(ground: int) -> str:
    inks = "".join(
        f"text.{role}{{fill:{ink[ground]}}}path.{role}{{stroke:{ink[ground]}}}" for role, ink in _COLOURS.items()
    )
    return f"rect.ground{{fill:{_GROUND[ground]}}}{inks}"


def _described(picture: Picture) -> str:
    """The graph in a sentence for each box: what it is and what it is computed from."""
    sentences = []
    for one in picture.placed:
        sources = ", ".join(dict.fromkeys(picture.placed[source].name for source in one.inputs))
        sentences.append(f"{one.name}, computed from {sources}." if sources else f"{one.name}.")
    return " ".join(sentences) or picture.text()


def _safe(text: str) -> str:
    return escape("".join(character if character.isprintable() else " " for character in text))
