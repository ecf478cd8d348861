"""What a teacher does with the class after a word with a box or a list: ask all, lead, limit the time, end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_tutor.room.messages import EndClass, Follow, OpenPoll, Set
from autograd_tutor.room.rules import Lead
from autograd_tutor.tui.room.ask import AskScreen
from autograd_tutor.tui.room.prompt import Confirm, Prompt

if TYPE_CHECKING:
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.room.ask import Asked

LONGEST = 600
"""Minutes that a time limit may have."""


def ask_all(app: TutorApp, exercise: str, note: str) -> None:
    """Choose a question and put it to the class; `exercise` is offered first, `note` says why."""

    def opened(asked: Asked | None) -> None:
        if asked is not None:
            app.tell(OpenPoll(asked.place.key, asked.seed, asked.question, asked.target, asked.seconds))

    app.push_screen(AskScreen("Ask the class", exercise, note), opened)


def lead(app: TutorApp, exercise: str, note: str) -> None:
    """Choose an exercise, take everyone there, and open it here: from now on they go where this screen goes."""

    def led(asked: Asked | None) -> None:
        if asked is not None:
            app.tell(Follow(Lead(asked.place.key, asked.seed)))
            app.action_to_and_fro()
            app.play(asked.place, asked.seed)

    app.push_screen(AskScreen("Lead the class", exercise, note, poll=False), led)


def limit(app: TutorApp) -> None:
    """Minutes for free play, from now."""

    def set_(text: str | None) -> None:
        if text is not None:
            app.tell(Set(minutes=minutes(text)))

    app.push_screen(Prompt("Time limit", "Minutes from now, such as 10 or 2.5; 0: no limit.", _no_minutes), set_)


def end_class(app: TutorApp, here: int) -> None:
    """Ask once, then end the lesson."""

    def ended(sure: bool | None) -> None:
        if sure:
            app.tell(EndClass())

    question = f"End the class? {here} are here. All their work is saved, and their screens say that it is over."
    app.push_screen(Confirm(question, "end the class"), ended)


def minutes(text: str) -> float | None:
    """A number of minutes from 0 to `LONGEST`; None: it is not that."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return number if 0 <= number <= LONGEST else None


def _no_minutes(text: str) -> str | None:
    return None if minutes(text) is not None else f"Type a number of minutes from 0 to {LONGEST}."
