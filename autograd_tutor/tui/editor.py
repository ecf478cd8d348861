"""Where a program is changed freely: a text of several lines that knows as much of Python as its indentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from autograd_tutor.teaching.experiments.offers import LONGEST

if TYPE_CHECKING:
    from textual.events import Paste

STEP = 4
"""Blanks of one level of indentation."""


class Editor(TextArea):
    """All keys are typed but those below; undo and redo are ctrl+z and ctrl+y."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "submit", "try it", tooltip="predict and run the program as it stands; also f5"),
        Binding("f5", "submit", show=False),
        Binding("tab", "indent", "indent", tooltip="to the next level of indentation"),
        Binding("enter", "newline", show=False, priority=True),
        Binding("ctrl+z", "undo", "undo", tooltip="take the last thing typed back"),
        Binding("ctrl+y", "redo", show=False),
    ]

    class Given(Message):
        """The learner wants to see what this program does."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def __init__(self) -> None:
        super().__init__(show_line_numbers=True, compact=True)
        self.cursor_blink = False

    def begin(self, program: str, unfinished: str | None) -> None:
        """Start from `program`, or from what was made of it: then undoing that leads back to `program`."""
        self.load_text(program)
        if unfinished is not None:
            self.replace(unfinished, self.document.start, self.document.end)
            self.move_cursor((0, 0))

    def on_paste(self, event: Paste) -> None:
        """No more than can be tried: a book that was pasted by mistake would only make the screen slow."""
        event.text = event.text[:LONGEST]

    def action_submit(self) -> None:
        """Try it."""
        self.post_message(self.Given(self.text))

    def action_indent(self) -> None:
        """Blanks up to the next level; of several lines that are selected, each one level deeper."""
        start, end = sorted((self.selection.start, self.selection.end))
        if start[0] == end[0]:
            self.insert(" " * (STEP - start[1] % STEP))
        else:
            lines = self.text.split("\n")[start[0] : end[0] + 1]
            deeper = "\n".join(" " * STEP + line if line.strip() else line for line in lines)
            self.replace(deeper, (start[0], 0), (end[0], len(lines[-1])))

    def action_newline(self) -> None:
        """As deep as the line before; after a colon one level deeper."""
        row, column = self.selection.end
        before = self.document.get_line(row)[:column]
        depth = len(before) - len(before.lstrip(" "))
        self.insert("\n" + " " * (depth + (STEP if before.rstrip().endswith(":") else 0)))
