"""A roster file that others may change while the class runs."""

from __future__ import annotations

from pathlib import Path

from autograd_tutor.classroom.files import BadFile
from autograd_tutor.classroom.names import same_as
from autograd_tutor.classroom.roster import Student, read_roster


class Watched:
    """The students in a file, read again when the file has changed. Safe to ask from several threads."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            BadFile: it can't be read as a roster.
        """
        self.path = path
        self.problem: str | None = None
        """Why the file as it is now can't be used, in a sentence: the class goes on with what was read before."""
        self._seen = _stamp(path)
        self._students = _by_name(path)

    def current(self) -> dict[str, Student]:
        """The students, each under `names.same_as` of their name, in the file's order."""
        stamp = _stamp(self.path)
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._students = _by_name(self.path)
                self.problem = None
            except BadFile as bad:
                self.problem = str(bad)
        return self._students


def _by_name(path: Path) -> dict[str, Student]:
    return {same_as(student.name): student for student in read_roster(path).students}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What differs when the file was replaced or written to; None while it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
