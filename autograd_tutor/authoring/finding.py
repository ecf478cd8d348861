"""What the checks of one variant find, before it has a file and a line."""

from __future__ import annotations

from typing import NamedTuple

from autograd_tutor.course.document import Place


class Finding(NamedTuple):
    """Something to put right in an exercise."""

    place: Place
    """Relative to the exercise."""
    problem: str
    fix: str
    offset: int | None = None
    """The line inside the text at `place`, from 0."""
