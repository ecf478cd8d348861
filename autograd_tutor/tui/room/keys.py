"""The keys of the teacher's room, and when each of them acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

if TYPE_CHECKING:
    from autograd_tutor.room.view import RoomView, Row

KEYS: list[BindingType] = [
    Binding("enter", "look_in", "look in", tooltip="the chosen student's attempts, and from there their screen"),
    Binding("o", "ask", "ask all", tooltip="put one question to the whole class"),
    Binding("t", "step('talk')", "end the vote, talk", tooltip="of a question to all: no more votes; they discuss"),
    Binding("v", "step('again')", "vote again", tooltip="of a question to all: the second vote"),
    Binding("r", "step('shown')", "reveal", tooltip="of a question to all: everyone sees torch run, and why"),
    Binding("b", "beliefs", "beliefs", tooltip="what the class believes in the chosen student's exercise; and away"),
    Binding(
        "c", "cover(True)", "cover", tooltip="hide what anybody believes while the class sees this screen; and back"
    ),
    Binding(
        "c", "cover(False)", "uncover", tooltip="hide what anybody believes while the class sees this screen; and back"
    ),
    Binding("m", "message", "message", tooltip="a message to the chosen student"),
    Binding("M", "message_all", "to all", tooltip="a message to everyone"),
    Binding("f", "follow(True)", "follow me", tooltip="everyone's screen goes where yours goes; and free again"),
    Binding("f", "follow(False)", "let them go", tooltip="everyone's screen goes where yours goes; and free again"),
    Binding("p", "pause(True)", "pause", tooltip="everyone's screen waits; and on again"),
    Binding("p", "pause(False)", "go on", tooltip="everyone's screen waits; and on again"),
    Binding("k", "lock(True)", "lock", tooltip="nobody sees a solution before you unlock them"),
    Binding("k", "lock(False)", "unlock", tooltip="nobody sees a solution before you unlock them"),
    Binding("e", "editing", "editing", tooltip="editing of the code: off, gated (a safe part of Python), open"),
    Binding("T", "limit", "time limit", tooltip="minutes for free play"),
    Binding(
        "g", "open_here", "open it", tooltip="open the question to all, or the chosen student's exercise, yourself"
    ),
    Binding("s", "sort", "sort", tooltip="sort by name, by need (stuck first), by idle time, by exercise"),
    Binding("w", "only", "who", tooltip="whom to list: those here, those stuck, everyone"),
    Binding("slash", "search", "search", tooltip="search for a part of a name; enter on nothing lists all again"),
    Binding("x", "step('over')", "close it", tooltip="of a question to all: back to free play"),
    Binding("x", "end_class", "end class", tooltip="everyone is told; you see what the lesson came to"),
    Binding("up", "move(-1)", show=False),
    Binding("down", "move(1)", show=False),
    Binding("pageup", "page(-1)", show=False),
    Binding("pagedown", "page(1)", show=False),
    Binding("home", "move(-9999)", show=False),
    Binding("end", "move(9999)", show=False),
    Binding("question_mark", "app.help", "help", tooltip="this page"),
    Binding("q", "app.quit", "quit", tooltip="leave; the class goes on"),
]

_STEPS = {"vote": ("talk", "shown", "over"), "talk": ("again", "shown", "over"), "again": ("shown", "over")}
"""Where a question may go from each phase; from the last it is only closed."""


def acts(action: str, parameters: tuple[object, ...], view: RoomView | None, row: Row | None, covered: bool) -> bool:
    """Whether the key does something now; `row` is the chosen student."""
    if view is None:
        return action.startswith("app.")
    poll, rules = view.poll, view.rules
    wanted = parameters[0] if parameters else None
    match action:
        case "step":
            return poll is not None and wanted in _STEPS.get(poll.phase, ("over",))
        case "ask" | "limit" | "end_class":
            return poll is None
        case "beliefs":
            return poll is None and (view.spread is not None or (row is not None and bool(row.exercise)))
        case "open_here":
            return poll is not None or (row is not None and bool(row.exercise))
        case "cover":
            return wanted is not covered
        case "follow":
            return poll is None and wanted is (rules.lead is None)
        case "pause":
            return wanted is not rules.paused
        case "lock":
            return wanted is not rules.locked
        case "look_in" | "message" | "sort":
            return row is not None
        case _:
            return True


def situation(view: RoomView | None, row: Row | None, covered: bool) -> tuple[object, ...]:
    """All that `acts` looks at: while it is the same, the same keys act."""
    if view is None:
        return ()
    rules, poll = view.rules, view.poll
    held = (poll and poll.phase, rules.paused, rules.locked, rules.lead is None, view.spread is None, covered)
    return (*held, row is None, row is not None and bool(row.exercise))
