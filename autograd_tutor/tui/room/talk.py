"""A word from the teacher to one student, or to all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_tutor.room.messages import Tell
from autograd_tutor.tui.room.prompt import Prompt
from autograd_tutor.tui.room.rows import safe

if TYPE_CHECKING:
    from autograd_tutor.tui.app import TutorApp


def write_to(app: TutorApp, name: str) -> None:
    """Ask for the text and send it; the empty `name` is everyone."""

    def send(text: str | None) -> None:
        if text and text.strip():
            app.tell(Tell(name, text.strip()))
            app.notify(f"Sent to {safe(name) if name else 'everyone'}.", timeout=2, markup=False)

    title = f"Message to {safe(name)}" if name else "Message to everyone"
    app.push_screen(Prompt(title, "It is shown at once, with your name."), send)
