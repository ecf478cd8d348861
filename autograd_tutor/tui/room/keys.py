"""The keys of the teacher's room, and when each of them acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

if TYPE_CHECKING:
    from autograd_tutor.room.view import RoomView

KEYS: list[BindingType] = [
    Binding("enter", "look_in", "look in", tooltip="the attempts of the student under the cursor, and their screen"),
    Binding("o", "ask", "ask all", tooltip="put one question to the whole class"),
    Binding("t", "step('talk')", "end the vote, talk", tooltip="of a question to all: no more votes; they discuss"),
    Binding("v", "step('again')", "vote again", tooltip="of a question to all: the second vote"),
    Binding("r", "step('shown')", "reveal", tooltip="of a question to all: everyone sees torch run, and why"),
    Binding("x", "step('over')", "close the question", tooltip="of a question to all: back to free play"),
    Binding("b", "beliefs", "beliefs", tooltip="what the class believes in the chosen student's exercise"),
    Binding("c", "cover", "cover the bars", tooltip="hide the beliefs, when the class sees this screen; and back"),
    Binding("m", "message", "message", tooltip="a message to the student under the cursor"),
    Binding("M", "message_all", "to all", tooltip="a message to everyone"),
    Binding("f", "follow", "follow me", tooltip="everyone's screen goes where yours goes; and free again"),
    Binding("p", "pause", "pause", tooltip="everyone's screen waits; and on again"),
    Binding("k", "lock", "lock solutions", tooltip="nobody can run a program before it is solved; and unlock"),
    Binding("e", "editing", "editing", tooltip="editing of the code: off, gated (a safe part of Python), open"),
    Binding("T", "limit", "time limit", tooltip="minutes for free play"),
    Binding("up", "move(-1)", show=False),
    Binding("down", "move(1)", show=False),
    Binding("pageup", "page(-1)", show=False),
    Binding("pagedown", "page(1)", show=False),
    Binding("home", "move(-9999)", show=False),
    Binding("end", "move(9999)", show=False),
    Binding("s", "sort", "sort", tooltip="by name, by need (stuck first), by idle time, by exercise"),
    Binding("tab", "only", "here/stuck/all", tooltip="who is listed: those here, those stuck, everyone"),
    Binding("slash", "search", "search", tooltip="a part of a name; enter on nothing lists all again"),
    Binding("x", "end_class", "end the class", tooltip="everyone is told; you see what the lesson came to"),
    Binding("question_mark", "app.help", "help", tooltip="this page"),
    Binding("q", "app.quit", "quit", tooltip="leave; the class goes on"),
]

_STEPS = {"vote": ("talk", "shown", "over"), "talk": ("again", "shown", "over"), "again": ("shown", "over")}
"""Where a question may go from each phase."""


def acts(action: str, parameters: tuple[object, ...], view: RoomView | None, rows: int) -> bool:
    """Whether the key does something now; `rows` students are listed."""
    if view is None:
        return action.startswith("app.")
    poll = view.poll
    match action:
        case "step":
            return poll is not None and parameters[0] in _STEPS.get(poll.phase, ("over",))
        case "ask" | "limit" | "end_class" | "follow":
            return poll is None
        case "beliefs":
            return poll is None and (rows > 0 or view.spread is not None)
        case "cover":
            return view.spread is not None
        case "look_in" | "message":
            return rows > 0
        case "sort":
            return rows > 1
        case _:
            return True
