"""`list`: lessons and exercises, with the learner's progress."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from autograd_tutor.commands.common import print_json, require_lessons, require_records
from autograd_tutor.course.model import Lesson

SIGNS = {"new": "·", "started": "…", "solved": "✓", "revealed": "○", "skipped": "–", "due": "↻"}


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(given: argparse.Namespace) -> int:
    """Print every lesson and where each of its exercises stands."""
    lessons = require_lessons()
    states = require_records().progress()
    if given.json:
        print_json({"lessons": [_lesson(one, states) for one in lessons]})
        return 0
    for lesson in lessons:
        print(f"{lesson.number:>3}  {lesson.title}  ({lesson.id})")
        for exercise in lesson.exercises:
            key = f"{lesson.id}/{exercise.id}"
            state = states.get(key, "new")
            print(f"     {SIGNS[state]} {state:<9} {key:<44} {exercise.title}")
    return 0


def _lesson(lesson: Lesson, states: Mapping[str, str]) -> dict[str, object]:
    return {
        "id": lesson.id,
        "title": lesson.title,
        "number": lesson.number,
        "exercises": [
            {"id": one.id, "title": one.title, "state": states.get(f"{lesson.id}/{one.id}", "new")}
            for one in lesson.exercises
        ],
    }
