"""`roster new | add | reset | list`: a class's names and codes. A code is shown once, when it is made."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

from autograd_tutor.classroom import teachers
from autograd_tutor.classroom.enrol import add, new_roster, refuse_existing, reset
from autograd_tutor.classroom.roster import Issued, one_line, read_roster
from autograd_tutor.classroom.slips import USUAL_PORT, slips
from autograd_tutor.classroom.table import BadTable, replace_file
from autograd_tutor.commands.common import Refusal, data_directory


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="new | add | reset | list")

    new = verbs.add_parser("new", help="make a roster from a list of names")
    new.add_argument("names", metavar="NAMES", type=Path, help="one `name` or `name, Full Name` a line; or a CSV")
    new.add_argument("--out", metavar="FILE", type=Path, required=True, help="the roster to make")
    _slip_options(new)

    more = verbs.add_parser("add", help="add students, also while the class runs")
    more.add_argument("names", metavar="NAME", nargs="+", help="`name`, or 'name, Full Name'")
    more.add_argument("--roster", metavar="FILE", type=Path, required=True)
    _slip_options(more)

    again = verbs.add_parser("reset", help="make new codes for lost ones, also while the class runs")
    again.add_argument("names", metavar="NAME", nargs="+")
    whose = again.add_mutually_exclusive_group(required=True)
    whose.add_argument("--roster", metavar="FILE", type=Path, help="the names are students of this roster")
    whose.add_argument("--teachers", action="store_true", help="the names are teachers")
    again.add_argument("--data", metavar="FOLDER", type=Path, help="the class's data folder, as for serve")
    _slip_options(again)

    listing = verbs.add_parser("list", help="who is in a roster")
    listing.add_argument("--roster", metavar="FILE", type=Path, required=True)


def _slip_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--slips", metavar="FILE", type=Path, help="also write slips of paper to print and cut")
    parser.add_argument("--host", default=socket.gethostname(), help="the server's name, for the slips")
    parser.add_argument("--port", type=int, default=USUAL_PORT, help="its port, for the slips")


def run(given: argparse.Namespace) -> int:
    """Do what the verb says; print the codes that were made, once."""
    try:
        if given.verb == "list":
            return _list(given.roster)
        if given.slips:
            refuse_existing(given.slips)
        issued = _issue(given)
        _show(issued, str(given.out if given.verb == "new" else given.roster or "the data folder"))
        if given.slips:
            replace_file(given.slips, slips(issued, one_line(given.host), given.port).encode())
    except BadTable as bad:
        raise Refusal(str(bad)) from None
    return 0


def _issue(given: argparse.Namespace) -> list[Issued]:
    if given.verb == "new":
        return new_roster(given.names, given.out)
    if given.verb == "add":
        return add(given.roster, given.names)
    return reset(given.roster or (given.data or data_directory()) / teachers.FILE, given.names)


def _show(issued: list[Issued], where: str) -> None:
    width = max(len(one.name) for one in issued)
    for one in issued:
        print(f"{one.name:<{width}}  {one.code}  {one.full}".rstrip())
    print(f"Codes are shown this once: {where} keeps only their hashes.")


def _list(path: Path) -> int:
    students = read_roster(path).students
    width = max((len(one.name) for one in students), default=0)
    for one in students:
        print(f"{one.name:<{width}}  {one.full or ('' if one.code else '(no code yet)')}".rstrip())
    print(f"{len(students)} students." if len(students) != 1 else "1 student.")
    return 0
