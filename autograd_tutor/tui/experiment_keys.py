"""The keys of the experiment screen, and when each of them acts."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from autograd_tutor.tui.trial import Trial

KEYS: list[BindingType] = [
    Binding("enter", "go", "choose", tooltip="choose a change; each has a key of its own too"),
    Binding("up", "move(-1)", "move"),
    Binding("down", "move(1)", "move"),
    Binding("w", "write", "write your own", tooltip="change the program freely, predict, and compare"),
    Binding("enter", "answer", "answer", tooltip="type a prediction"),
    Binding("r", "run", "run it", tooltip="see what the change does, without a prediction"),
    Binding("r", "retry", "try again", tooltip="run the program again, when that failed"),
    Binding("up", "graphs(-1)", "scroll", tooltip="scroll the graphs"),
    Binding("down", "graphs(1)", "scroll", tooltip="scroll the graphs"),
    Binding("g", "graph", "other graph", tooltip="below 100 columns: as it was, or with the change"),
    Binding("n", "more", "another change", tooltip="change one thing more"),
    Binding("u", "undo", "undo", tooltip="take the last change back"),
    Binding("pageup", "scroll(-1)", "more words", tooltip="the words, where they are longer than their room"),
    Binding("pagedown", "scroll(1)", "more words", tooltip="the words, where they are longer than their room"),
    Binding("question_mark", "app.help", "help", tooltip="this page"),
    Binding("escape", "back", "back", tooltip="to the list of changes, then to the exercise"),
]


def acts(action: str, trial: Trial, wide: bool) -> bool:
    """Whether the key does something now."""
    match action:
        case "go" | "move":
            return trial.phase == "choosing" and bool(trial.offers)
        case "write":
            return trial.phase in ("choosing", "seen")
        case "answer" | "run":
            return trial.phase == "predicting" and trial.trouble is None
        case "retry":
            return trial.trouble is not None
        case "graph":
            return trial.phase == "seen" and not wide
        case "more":
            return trial.phase == "seen"
        case "undo":
            return bool(trial.tried) and trial.phase in ("choosing", "seen")
    return True
