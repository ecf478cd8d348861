"""`roster new | add | reset | list`: a class's names and codes. A code is shown once, when it is made."""

from __future__ import annotations

import argparse
import io
import socket
import sys
from pathlib import Path

from autograd_tutor.classroom import teachers
from autograd_tutor.classroom.enrol import add, new_roster, reset
from autograd_tutor.classroom.files import BadFile, create_file, refuse_existing
from autograd_tutor.classroom.names import BadName, login_name
from autograd_tutor.classroom.roster import FILE, Issued, one_line, read_roster
from autograd_tutor.classroom.slips import USUAL_PORT, slips
from autograd_tutor.commands.common import USUAL_CLASS, Refusal, class_directory


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="new | add | reset | list")

    new = verbs.add_parser("new", help="make a roster from a list of names")
    new.add_argument("names", metavar="NAMES", type=Path, help="one `name` or `name, Full Name` a line; or a CSV")
    _class_options(new, "--out")
    _slip_options(new)

    more = verbs.add_parser("add", help="add students, also while the class runs")
    more.add_argument("names", metavar="NAME", nargs="+", help="`name`, or 'name, Full Name'")
    _class_options(more)
    _slip_options(more)

    again = verbs.add_parser("reset", help="make new codes for lost ones, also while the class runs")
    again.add_argument("names", metavar="NAME", nargs="+")
    again.add_argument("--teachers", action="store_true", help="the names are teachers, not students")
    _class_options(again)
    _slip_options(again)

    _class_options(verbs.add_parser("list", help="who is in a roster"))


def _class_options(parser: argparse.ArgumentParser, file: str = "--roster") -> None:
    usual = "(default: the one that serve takes for the class)"
    parser.add_argument(file, dest="roster", metavar="FILE", type=Path, help=f"the roster {usual}")
    parser.add_argument("--class", dest="group", metavar="NAME", default=USUAL_CLASS, help="the class, as for serve")
    parser.add_argument("--data", metavar="FOLDER", type=Path, help="the class's folder, as for serve")


def _slip_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--slips", metavar="FILE", type=Path, help="also write slips of paper to print and cut")
    parser.add_argument("--host", default=socket.gethostname(), help="the server's name, for the slips")
    parser.add_argument("--port", type=int, default=USUAL_PORT, help="its port, for the slips")


def run(given: argparse.Namespace) -> int:
    """Do what the verb says; print the codes that were made, once."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A code is shown once: a terminal that lacks some letter of a name must not take it away.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        path = _path(given)
        if given.verb == "list":
            return _list(path)
        if given.slips:
            _refuse_bad_slips(given.slips, path)
        _show(_issue(given, path), path, given)
    except (BadFile, BadName) as bad:
        raise Refusal(str(bad)) from None
    return 0


def _path(given: argparse.Namespace) -> Path:
    if given.roster:
        return Path(given.roster)
    folder = class_directory(given.data, login_name(given.group))
    if given.verb == "new":
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Refusal(f"The class's folder {folder} can't be made ({error.strerror}): say --out FILE.") from None
    return folder / (teachers.FILE if given.verb == "reset" and given.teachers else FILE)


def _refuse_bad_slips(slips: Path, roster: Path) -> None:
    refuse_existing(slips)
    if slips.resolve() == roster.resolve():
        raise Refusal(f"{slips} can't be both the roster and the slips: name another file for the slips.")
    if not slips.resolve().parent.is_dir():
        raise Refusal(f"There is no folder for {slips}: name a file in one that is there. Nothing was changed.")


def _issue(given: argparse.Namespace, path: Path) -> list[Issued]:
    if given.verb == "new":
        return new_roster(given.names, path)
    return add(path, given.names) if given.verb == "add" else reset(path, given.names)


def _show(issued: list[Issued], path: Path, given: argparse.Namespace) -> None:
    width = max(len(one.name) for one in issued)
    for one in issued:
        print(f"{one.name:<{width}}  {one.code}  {one.full}".rstrip())
    print(f"Codes are shown this once: {path} keeps only their hashes.", flush=True)
    if given.slips:
        create_file(given.slips, slips(issued, one_line(given.host), given.port).encode())


def _list(path: Path) -> int:
    students = read_roster(path).students
    width = max((len(one.name) for one in students), default=0)
    for one in students:
        print(f"{one.name:<{width}}  {one.full or ('' if one.code else '(no code yet)')}".rstrip())
    print(f"{len(students)} students." if len(students) != 1 else "1 student.")
    return 0
