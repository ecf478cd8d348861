"""What the home screen lists, as plain rows, and how a row is painted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.content import Content

from autograd_tutor.room.screen import harmless
from autograd_tutor.tui.class_words import due
from autograd_tutor.tui.syllabus import WORDS, Place, Syllabus

if TYPE_CHECKING:
    from autograd_tutor.room.rules import Assignment

_LONGEST_BAR = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One line that the cursor can stand on."""

    kind: Literal["continue", "assignment", "lesson", "exercise"]
    key: str
    """The exercise to open, or the lesson to unfold."""
    text: str
    state: str
    """In words: `✓ solved`; for a lesson `3/7`."""
    bar: str = ""
    note: str = ""


def rows(
    syllabus: Syllabus, unfolded: str | None, search: str = "", assignment: Assignment | None = None, now: float = 0.0
) -> list[Row]:
    """A class's assignment, the continue line, the lessons, under the unfolded one its exercises.

    With a search, all that match instead. `now` is in UTC seconds.
    """
    if search:
        return _matches(syllabus, search.casefold().split())
    listed = list(_assigned(syllabus, assignment, now)) if assignment is not None else []
    resume = syllabus.resume()
    if resume is not None:
        verb = "continue" if syllabus.last else "start"
        listed.append(Row("continue", resume.key, f"{resume.lesson.title} › {resume.exercise.title}", verb))
    longest = max((len(lesson.title) for lesson in syllabus.lessons), default=0)
    for lesson in syllabus.lessons:
        count, solved = len(lesson.exercises), syllabus.solved(lesson)
        needs = [title for title in lesson.needs if not _complete(syllabus, title)]
        note = f"after {' and '.join(_number(syllabus, one) for one in needs)}" if needs and not solved else ""
        text = f"{lesson.number:>2}  {lesson.title:<{longest}}"
        listed.append(Row("lesson", lesson.id, text, f"{solved}/{count}", _bar(solved, count), note))
        if lesson.id == unfolded:
            for number, exercise in enumerate(lesson.exercises, 1):
                listed.append(_exercise(syllabus, Place(lesson, exercise, number)))
    return listed


def _assigned(syllabus: Syllabus, assignment: Assignment, now: float) -> Iterator[Row]:
    """What the class is asked to do, and each exercise of it; the first row opens the first that is not solved."""
    places = [place for key in assignment.exercises if (place := syllabus.find(key)) is not None]
    unsolved = [place.key for place in places if syllabus.state(place.key) != "solved"]
    if places:
        count = f"{len(places) - len(unsolved)} of {len(places)} solved"
        when = due(assignment.due, now) if assignment.due is not None else ""
        yield Row("assignment", (unsolved or [places[0].key])[0], harmless(assignment.title, 80), count, note=when)
    for place in places:
        yield _exercise(syllabus, place)


def _exercise(syllabus: Syllabus, place: Place) -> Row:
    name = f"{place.lesson.number}.{place.number}  {place.exercise.title}"
    return Row("exercise", place.key, name, WORDS[syllabus.state(place.key)])


def paint(row: Row, chosen: bool, width: int) -> Content:
    """One line of `width` cells; the chosen one has ▸ before it."""
    mark = "▸ " if chosen else "  "
    if row.kind == "continue":
        line = Content.assemble(mark, (f"{row.state}  ", "bold $accent"), row.text)
    elif row.kind == "assignment":
        end = Content.assemble(f"  {row.state}", (f"  {row.note}", "$text-warning"))
        title = Content.styled(row.text, "bold $accent").truncate(max(width - 2 - end.cell_length, 10), ellipsis=True)
        line = Content.assemble(mark, title, end)
    elif row.kind == "exercise":
        line = Content.assemble(
            mark, "     ", _padded(row.text, min(width - 20, 60)), (row.state, _COLOURS.get(row.state[0], ""))
        )
    else:
        named = _padded(row.text, min(len(row.text) + 3, width - 19))
        note = (f"   {row.note}", "$muted")
        line = Content.assemble(mark, (named, "bold"), (row.bar, "$accent"), f" {row.state:>5}", note)
    line = line.truncate(width, ellipsis=True, pad=True)
    return line.stylize("reverse") if chosen else line


_COLOURS = {"✓": "$text-success", "◐": "$text-warning", "○": "$muted", "»": "$muted", "↻": "$text-warning"}


def _padded(text: str, width: int) -> str:
    if len(text) >= width:
        return text[: width - 2] + "… "
    return text.ljust(width)


def _bar(solved: int, count: int) -> str:
    cells = min(count, _LONGEST_BAR)
    full = solved * cells // count
    return ("█" * full + "▒" * (cells - full)).ljust(_LONGEST_BAR)


def _complete(syllabus: Syllabus, lesson_id: str) -> bool:
    return all(
        syllabus.solved(lesson) == len(lesson.exercises) for lesson in syllabus.lessons if lesson.id == lesson_id
    )


def _number(syllabus: Syllabus, lesson_id: str) -> str:
    return next((str(lesson.number) for lesson in syllabus.lessons if lesson.id == lesson_id), lesson_id)


def _matches(syllabus: Syllabus, words: list[str]) -> list[Row]:
    return [
        _exercise(syllabus, place)
        for place in syllabus.places
        if all(word in f"{place.lesson.title} {place.exercise.title} {place.key}".casefold() for word in words)
    ]
