"""The keys of the exercise screen, and when each of them acts."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from autograd_tutor.course.variants import count
from autograd_tutor.tui.scene import Scene

KEYS: list[BindingType] = [
    Binding("enter", "go", "answer", tooltip="type an answer"),
    Binding("left", "step(-1)", "step", tooltip="a step of the backward pass, back or on"),
    Binding("right", "step(1)", "step", tooltip="a step of the backward pass, back or on"),
    Binding("up", "along(-1)", "along the graph", tooltip="another node of the graph, with its line and its step"),
    Binding("down", "along(1)", "along the graph", tooltip="another node of the graph, with its line and its step"),
    Binding("up", "look(-1)", "scroll", tooltip="the code or the graph, where it is longer than its box"),
    Binding("down", "look(1)", "scroll", tooltip="the code or the graph, where it is longer than its box"),
    Binding("tab", "target", "other target", tooltip="the backward pass that led to the other question's target"),
    Binding("h", "hint", "hint", tooltip="the next hint"),
    Binding("t", "apart", "take apart", tooltip="after a wrong answer: the derivative, each step asked of you"),
    Binding("r", "run", "run it", tooltip="see what torch does, without an answer; recorded as shown"),
    Binding("r", "retry", "try again", tooltip="run the program again, when that failed"),
    Binding("s", "skip", "skip", tooltip="leave this question"),
    Binding("g", "graph", "graph", tooltip="below 100 columns: the graph in the code's place, and back"),
    Binding("j", "matrix", "Jacobian", tooltip="the step's Jacobian as a matrix, where it is small, or not"),
    Binding("e", "experiment", "experiment", tooltip="change one thing, predict, and compare"),
    Binding("n", "next", "next", tooltip="the next question, or the next exercise"),
    Binding("v", "variant", "another like this", tooltip="the same exercise with other numbers"),
    Binding("pageup", "scroll(-1)", "more words", tooltip="the words, where they are longer than their room"),
    Binding("pagedown", "scroll(1)", "more words", tooltip="the words, where they are longer than their room"),
    Binding("question_mark", "app.help", "help", tooltip="this page"),
    Binding("escape", "leave", "lessons", tooltip="back to the lessons"),
]
_PLAYING = ("hint", "apart", "run", "skip", "experiment", "next", "variant", "leave")
TOGETHER: list[BindingType] = [
    key for key in KEYS if isinstance(key, Binding) and key.action.partition("(")[0] not in _PLAYING
]
"""Where the whole class does one thing: to answer and to look around."""
APART: list[BindingType] = [
    Binding("enter", "go", "answer", tooltip="type an answer to the step"),
    Binding("enter", "back", "to the question", tooltip="when all steps are done"),
    Binding(
        "n", "keep", "go on with mine", tooltip="after a wrong answer: go on with it; later steps are judged by it"
    ),
    Binding("s", "tell", "tell this step", tooltip="after two wrong answers: have this step told"),
    Binding("up", "look(-1)", "scroll", tooltip="the code or the graph, where it is longer than its box"),
    Binding("down", "look(1)", "scroll", tooltip="the code or the graph, where it is longer than its box"),
    Binding("g", "graph", "graph", tooltip="below 100 columns: the graph in the code's place, and back"),
    Binding("pageup", "scroll(-1)", "more words", tooltip="the steps so far, where they are longer than their room"),
    Binding("pagedown", "scroll(1)", "more words", tooltip="the steps so far, where they are longer than their room"),
    Binding("question_mark", "app.help", "help", tooltip="this page"),
    Binding("escape", "back", "to the question", tooltip="back to the question; what you have of the steps is kept"),
]
"""While the derivative is taken apart."""


def acts(action: str, scene: Scene, wide: bool) -> bool:
    """Whether the key does something now."""
    apart = scene.apart
    predicting, done = scene.play.phase == "predicting", scene.done
    match action:
        case "go":
            return scene.asking
        case "hint":
            return predicting and scene.play.hints < len(scene.play.clues)
        case "apart":
            return predicting and apart is not None and not scene.locked
        case "keep":
            return apart is not None and apart.may_keep
        case "tell":
            return apart is not None and apart.may_tell
        case "run" | "skip":
            return predicting and scene.trouble is None and not scene.locked
        case "retry":
            return scene.trouble is not None
        case "step":
            return len(scene.stops) > 1
        case "along":
            return done and scene.run is not None and len(scene.run.trace.nodes) > 1
        case "look":
            return not done
        case "target":
            return done and len(scene.targets) > 1
        case "graph":
            return not wide and scene.run is not None
        case "matrix":
            return scene.has_matrix
        case "experiment":
            return done
        case "next":
            return scene.play.phase == "settled" or (done and scene.following is not None)
        case "variant":
            return count(scene.place.exercise) > 1
        case _:
            return True


def idle(action: str, scene: Scene, wide: bool) -> str:
    """Why the key does nothing now; empty where there is nothing to say."""
    predicting, target = scene.play.phase == "predicting", scene.play.question.target
    if scene.locked and action in ("apart", "run", "skip", "experiment", "step"):
        return "The teacher has locked this for now."
    if scene.run is None and action in ("apart", "graph", "step", "matrix", "experiment"):
        return "The program has not run yet."
    match action:
        case "keep":
            return "You can go on with an answer once it was judged wrong."
        case "tell":
            return "A step can be told after two wrong answers, but for the last one, which is the answer."
        case "hint" | "apart" | "run" | "skip" if not predicting:
            return "Every question is settled." if scene.done else "This question is settled; n goes on to the next."
        case "hint":
            return "There is no further hint."
        case "apart" if not scene.play.may_take_apart:
            return "First predict: then the derivative can be taken apart."
        case "apart":
            return f"{target} is no gradient that can be taken apart."
        case "step" | "along" | "matrix" | "experiment" if not scene.done:
            return "First predict, or run it: this comes after the last question."
        case "step" | "along":
            return "There is no backward pass to walk through."
        case "matrix":
            return _no_matrix(scene)
        case "target":
            return "There is no other target." if scene.done else ""
        case "graph" if wide:
            return "The graph stands beside the code."
        case "next":
            return "First predict, run it or skip it." if predicting else "This is the last exercise."
        case "variant":
            return "This exercise has only these numbers."
    return ""


def _no_matrix(scene: Scene) -> str:
    at = scene.stops[scene.stop] if scene.stops else None
    if at is not None and at.jacobian is not None:
        return "This step's Jacobian is too large to draw; the words say what it is like."
    if at is not None and at.kind == "edge" and at.sent is not None and not at.sent.shape:
        return "This step has no matrix to draw: what it passes on is a single number."
    return "This step has no matrix to draw."
