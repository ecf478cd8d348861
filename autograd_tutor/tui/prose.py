"""Markdown of lessons as styled text. A small safe part of it: what is not understood stays as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual.content import Content

_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)"
    r"|(?<![\w*)\]])\*\*(?=\S)(?P<bold>.+?)(?<=\S)\*\*(?![\w(])"
    r"|(?<![\w*])[*](?=[^\s*])(?P<star>[^*]+?)(?<=\S)[*](?![\w*])"
    r"|(?<!\w)_(?=\S)(?P<low>[^_]+?)(?<=\S)_(?!\w)"
    r"|\[(?P<label>[^][]+)\]\((?P<url>https?://[^\s()]+)\)"
)
_ITEM = re.compile(r"(\s*)([-*+]|\d+[.)])\s+(.*)")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*")


def prose(markdown: str) -> Content:
    """Paragraphs, lists, headings, code, emphasis and links as one `Content` with newlines between."""
    return Content("\n").join(_blocks(markdown.strip("\n").split("\n")))


def inline(text: str) -> Content:
    """One paragraph: `code`, **bold**, *emphasis*, [label](url)."""
    parts: list[str | Content | tuple[str, str]] = []
    at = 0
    for match in _INLINE.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        if match["code"] is not None:
            parts.append((match["code"], "bold $accent"))
        elif match["bold"] is not None:
            parts.append(inline(match["bold"]).stylize("bold"))
        elif match["label"] is not None:
            parts.append((f"{match['label']} ({match['url']})", "underline"))
        else:
            parts.append(inline(match["star"] or match["low"]).stylize("italic"))
    parts.append(text[at:])
    return Content.assemble(*parts)


def _blocks(lines: list[str]) -> Iterator[Content]:
    paragraph: list[str] = []
    fenced = False

    def flush() -> Iterator[Content]:
        if paragraph:
            yield inline(" ".join(line.strip() for line in paragraph))
            paragraph.clear()

    for line in lines:
        item, heading = _ITEM.fullmatch(line), _HEADING.fullmatch(line)
        if line.lstrip().startswith("```"):
            yield from flush()
            fenced = not fenced
        elif fenced:
            yield Content(f"  {line}").stylize("bold $accent")
        elif not line.strip():
            yield from flush()
            yield Content("")
        elif item:
            yield from flush()
            bullet = "•" if item[2] in "-*+" else item[2]
            paragraph.append(f"{bullet} {item[3]}")
        elif heading:
            yield from flush()
            yield inline(heading[1]).stylize("bold")
        else:
            paragraph.append(line)
    yield from flush()
