"""A page of text, for a terminal or as Markdown."""

from __future__ import annotations

import shutil

NARROWEST, WIDTH, WIDEST = 40, 100, 140


def columns() -> int:
    """As many as the terminal has, within reason; `WIDTH` where the page goes elsewhere."""
    return min(max(shutil.get_terminal_size((WIDTH, 0)).columns, NARROWEST), WIDEST)


class Page:
    """Collects headings, text and verbatim blocks, for a terminal or as Markdown."""

    def __init__(self, markdown: bool, width: int = WIDTH) -> None:
        self.markdown = markdown
        self.width = width
        self.parts: list[str] = []

    @property
    def lines(self) -> int:
        """How many there are so far."""
        return sum(part.count("\n") + 2 for part in self.parts)

    def heading(self, text: str) -> None:
        """A heading."""
        self.parts.append(f"## {text}" if self.markdown else f"{text}\n{'─' * min(len(text), self.width)}")

    def text(self, text: str) -> None:
        """A paragraph; nothing for an empty one."""
        if text:
            self.parts.append(_escaped(text) if self.markdown else text)

    def verbatim(self, text: str, language: str = "") -> None:
        """Lines as they are; `language` is for Markdown."""
        if text:
            fence = "`" * max(3, _longest_run(text, "`") + 1)
            self.parts.append(f"{fence}{language}\n{text}\n{fence}" if self.markdown else text)

    def done(self) -> str:
        """The whole page."""
        return "\n\n".join(self.parts) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in text)


def _longest_run(text: str, sign: str) -> int:
    longest = run = 0
    for one in text:
        run = run + 1 if one == sign else 0
        longest = max(longest, run)
    return longest
