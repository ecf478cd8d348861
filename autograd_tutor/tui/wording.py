"""What the exercise screen says in its heading, its question and its feedback."""

from __future__ import annotations

from textual.content import Content

from autograd_tutor.course.variants import count
from autograd_tutor.teaching.experiments.compare import shown
from autograd_tutor.tui import apart_words
from autograd_tutor.tui.prose import inline
from autograd_tutor.tui.scene import Scene

_VERDICTS = {
    "right": ("✓ ", "bold $text-success"),
    "wrong": ("✗ ", "bold $text-warning"),
    "partly": ("◐ ", "bold $text-warning"),
}


def heading(scene: Scene, width: int) -> Content:
    """Lesson and exercise on the left, where one is on the right."""
    place, play = scene.place, scene.play
    variants = count(place.exercise)
    right = f"{place.number} of {len(place.lesson.exercises)}"
    right += f" · variant {scene.variant.seed + 1} of {variants}" if variants > 1 else ""
    if scene.taking_apart and scene.apart is not None:
        right = apart_words.progress(scene.apart)
    elif len(scene.stops) > 1:
        right = f"step {scene.stop + 1} of {len(scene.stops)} ◂ ▸ · {right}"
    elif len(play.questions) > 1:
        right = f"question {play.index + 1} of {len(play.questions)} · {right}"
    return title_line(place.lesson.title, place.exercise.title, right, width)


def title_line(where: str, title: str, right: str, width: int) -> Content:
    """`where › title` and on the right `right`, in `width` cells; short of room, the title alone."""
    room = max(width - len(right) - 2, 10)
    left = Content.assemble((f"{where} › ", "$muted"), (title, "bold"))
    if left.cell_length > room:
        left = Content.styled(title, "bold")
    return Content.assemble(left.truncate(room, ellipsis=True, pad=True), "  ", (right, "$muted"))


def question(scene: Scene) -> Content:
    """What is asked."""
    if scene.taking_apart and scene.apart is not None:
        return apart_words.asked(scene.apart)
    return Content.assemble(("? ", "bold $accent"), inline(scene.play.question.ask or scene.play.question.target))


def feedback(scene: Scene) -> list[Content]:
    """What to say now: the hints taken, the verdict, or that the program still runs."""
    if scene.taking_apart and scene.apart is not None:
        return apart_words.verdict(scene.apart, _VERDICTS)
    said = list(scene.told or ()) if scene.done else [*(scene.told or ()), *_answered(scene), *_hints(scene)]
    judgement, settled = scene.play.judgement, scene.play.standing.settled
    if scene.waiting:
        return [*said, Content.styled("… running", "$muted")]
    if scene.trouble:
        return [*said, Content.assemble(("! ", "bold $text-warning"), scene.trouble, " (esc, then r: try again)")]
    if scene.told is not None:
        return said
    if judgement is not None:
        said.append(Content.assemble(_VERDICTS.get(judgement.verdict, ("· ", "$muted")), inline(judgement.message)))
        if judgement.verdict in ("wrong", "partly"):
            others = ["h hint"] if scene.play.hints < len(scene.play.clues) else []
            others += ["t take apart"] if scene.apart is not None and not scene.locked else []
            others += [] if scene.locked else ["r run it"]
            then = f"; esc, then {', '.join(others)}" if others else ""
            said.append(Content.styled(f"  Try again{then}.", "$muted"))
    if scene.apart is not None and not scene.done and (had := apart_words.had(scene.apart)).plain:
        said.append(had)
    if settled == "revealed":
        said.append(Content.assemble(("○ ", "bold"), "Shown: recorded as shown, not as solved."))
    elif settled == "skipped":
        said.append(Content.assemble(("» ", "bold"), "Skipped."))
    if scene.locked and scene.play.phase == "done":
        said.append(Content("  The explanation opens when the teacher unlocks it."))
    elif scene.play.may_show_answer and not scene.done:
        said.append(Content.assemble(("  torch says  ", "$muted"), torch_says(scene, scene.play.question.target)))
    return said


def torch_says(scene: Scene, target: str) -> Content:
    """`x.grad = 6`, the truth about one target; the caller sees to it that it may be shown."""
    found = scene.run.trace.find(target) if scene.run is not None else None
    return Content.styled(f"{target} = {shown(found)}", "bold")


def _answered(scene: Scene) -> list[Content]:
    """The earlier questions of this exercise that were answered right."""
    play = scene.play
    if scene.run is None:
        return []
    answered = [
        question.target
        for at, (question, standing) in enumerate(zip(play.questions, play.standings, strict=True))
        if standing.settled == "answered" and at != play.index
    ]
    return [Content.assemble(("✓ ", "bold $text-success"), torch_says(scene, target)) for target in answered]


def _hints(scene: Scene) -> list[Content]:
    count = len(scene.play.clues)
    return [
        Content.assemble((f"hint {at} of {count}  ", "$muted"), inline(hint))
        for at, hint in enumerate(scene.play.shown_hints, 1)
    ]
