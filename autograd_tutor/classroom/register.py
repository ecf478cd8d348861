"""Who may come in, and as whom: the one place that the front asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from autograd_tutor.classroom import teachers as teaching_staff
from autograd_tutor.classroom.codes import NOBODYS, hashed, plain, verify
from autograd_tutor.classroom.files import BadFile
from autograd_tutor.classroom.keys import KeyFolder
from autograd_tutor.classroom.names import BadName, login_name, same_as
from autograd_tutor.classroom.roster import Issued, Student
from autograd_tutor.classroom.watched import Watched

SHORTEST_CLASS_CODE = 6


class BadRegister(Exception):
    """The class can't be set up so: one sentence that says what to change."""


class Who(msgspec.Struct, frozen=True):
    """Someone the class knows, or in an open class anyone with a proper name."""

    name: str
    """The one spelling under which everything of theirs is kept."""
    role: Literal["student", "teacher"]
    full: str = ""
    kept: bool = True
    """Whether their attempts are kept."""


class Register:
    """A class's students and teachers. Whoever is asked about may be anyone: names come as they were typed.

    Every method but `check` is quick. All may be called from several threads.
    """

    fresh: tuple[Issued, ...]
    """Codes that were made for new teachers: to show once."""

    def __init__(
        self,
        data: Path,
        *,
        teachers: Iterable[str] = (teaching_staff.USUAL,),
        roster: Path | None = None,
        keys: Path | None = None,
        open_code: str | None = None,
    ) -> None:
        """Read the class; teachers that have no code yet get one.

        Args:
            data: the class's data folder, which is there; it keeps the teachers' codes and, in `keys/`, their keys.
            teachers: names that are the teachers' and no student's.
            roster: a class with personal codes.
            keys: a class with SSH keys, one authorized_keys file for each name.
            open_code: a class in which anyone with this code takes part under a name for the hour; nothing is kept.

        Raises:
            BadRegister: none or several of the three kinds, a bad or taken name, a class code that is too short,
                or a file that can't be read or written.
        """
        if [roster, keys, open_code].count(None) != 2:
            raise BadRegister("Say who may come: one of --roster FILE, --keys FOLDER and --open CODE.")
        if open_code is not None and len(plain(open_code)) < SHORTEST_CLASS_CODE:
            raise BadRegister(
                f"The class code is too short to be a secret: take {SHORTEST_CLASS_CODE} letters or more."
            )
        if keys is not None and not keys.is_dir():
            raise BadRegister(f"{keys} is no folder: give one with an authorized_keys file for each student's name.")
        self._open = None if open_code is None else hashed(open_code)
        self._keys = None if keys is None else KeyFolder(keys)
        self._teachers_keys = KeyFolder(data / teaching_staff.KEYS)
        try:
            self._reserved = {same_as(name): name for name in map(login_name, teachers)}
            self._students = None if roster is None else Watched(roster)
            for name, student in self._enrolled().items():
                if name in self._reserved:
                    raise BadRegister(
                        f"{roster}: {student.name} is the teacher's name: give that student another, "
                        "or the teacher with --teacher NAME."
                    )
            self.fresh = tuple(teaching_staff.codes_for_new(data, self._reserved.values()))
            self._teachers = Watched(data / teaching_staff.FILE)
        except (BadFile, BadName) as bad:
            raise BadRegister(str(bad)) from None

    def who(self, typed: str) -> Who | None:
        """Whom this name means; None if it is nobody's."""
        try:
            name = login_name(typed)
        except BadName:
            return None
        if (reserved := self._reserved.get(same_as(name))) is not None:
            return Who(reserved, "teacher")
        if self._open is not None:
            return Who(name, "student", kept=False)
        if (student := self._enrolled().get(same_as(name))) is not None:
            return Who(student.name, "student", student.full)
        spelled = self._keys.name(name) if self._keys else None
        return Who(spelled, "student") if spelled else None

    def check(self, typed: str, code: str) -> bool:
        """Whether this is the code of that name. Blocks for about 13 ms, for a name that is nobody's as well."""
        who = self.who(typed)
        stored = None
        if who is not None and who.role == "teacher":
            teacher = self._teachers.current().get(same_as(who.name))
            stored = teacher.code if teacher else None
        elif who is not None:
            student = self._enrolled().get(same_as(who.name))
            stored = student.code if student else self._open
        return verify(code, stored or NOBODYS)

    def authorized_keys(self, typed: str) -> str | None:
        """The SSH keys of that name, in authorized_keys' format, as they are on disk now; None if there are none."""
        who = self.who(typed)
        if who is None:
            return None
        folders = [self._keys, self._teachers_keys if who.role == "teacher" else None]
        texts = [text for folder in folders if folder and (text := folder.keys_of(who.name))]
        return "\n".join(texts) or None

    def names(self) -> tuple[str, ...]:
        """The class's students, for "31 here of 34"; () in an open class."""
        if self._keys is not None:
            class_names = self._keys.names()
        else:
            class_names = {key: student.name for key, student in self._enrolled().items()}
        return tuple(name for key, name in class_names.items() if key not in self._reserved)

    @property
    def problem(self) -> str | None:
        """Why a file that was changed since can't be used, in a sentence for the log; what was read before holds."""
        files = [self._teachers, *([self._students] if self._students else [])]
        return next((file.problem for file in files if file.problem), None)

    def _enrolled(self) -> Mapping[str, Student]:
        return self._students.current() if self._students else {}
