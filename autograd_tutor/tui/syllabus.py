"""The lessons as the screens need them: found by key, one after another, with their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_tutor.course.model import Exercise, Lesson

WORDS = {
    "new": "· new",
    "started": "◐ begun",
    "solved": "✓ solved",
    "revealed": "○ shown",
    "skipped": "» skipped",
    "due": "↻ due again",
}
"""A state in a symbol and a word: colour never says it alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """One exercise in its lesson."""

    lesson: Lesson
    exercise: Exercise
    number: int
    """Its place in the lesson, from 1."""

    @property
    def key(self) -> str:
        """`lesson/exercise`."""
        return f"{self.lesson.id}/{self.exercise.id}"


@dataclass(frozen=True, slots=True)
class Syllabus:
    """All lessons in order, with the learner's progress."""

    lessons: Sequence[Lesson] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    """The variant of each exercise that was open last."""
    last: str | None = None
    """The exercise played last."""

    @property
    def places(self) -> list[Place]:
        """Every exercise in the course's order."""
        return [Place(lesson, one, at) for lesson in self.lessons for at, one in enumerate(lesson.exercises, 1)]

    def state(self, key: str) -> str:
        """`new` if it was never opened."""
        return self.states.get(key, "new")

    def find(self, key: str) -> Place | None:
        """The exercise `lesson/exercise`, or for `lesson` alone its first that is not solved."""
        if "/" in key:
            return next((place for place in self.places if place.key == key), None)
        of_lesson = [place for place in self.places if place.lesson.id == key]
        unsolved = (place for place in of_lesson if self.state(place.key) != "solved")
        return next(unsolved, of_lesson[0] if of_lesson else None)

    def after(self, key: str) -> Place | None:
        """The exercise that follows, None after the last."""
        keys = [place.key for place in self.places]
        at = keys.index(key) + 1 if key in keys else 0
        return self.places[at] if at < len(keys) else None

    def resume(self) -> Place | None:
        """Where to go on: the exercise played last if it is unfinished, else the next one not solved."""
        here = self.find(self.last) if self.last else None
        while here is not None and self.state(here.key) == "solved":
            here = self.after(here.key)
        unsolved = (place for place in self.places if self.state(place.key) != "solved")
        return here or next(unsolved, None)

    def solved(self, lesson: Lesson) -> int:
        """How many of a lesson's exercises are solved."""
        return sum(self.state(f"{lesson.id}/{one.id}") == "solved" for one in lesson.exercises)
