"""`check [PATH…]`: check lesson files, every variant."""

from __future__ import annotations

import argparse
from pathlib import Path

from msgspec import to_builtins

from autograd_tutor.authoring.check import check
from autograd_tutor.commands.common import Refusal, print_json
from autograd_tutor.course.load import files, shipped
from autograd_tutor.sandbox.client import Sandbox


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("paths", metavar="PATH", nargs="*", help="lesson files or folders (default: the course)")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(given: argparse.Namespace) -> int:
    """Check every variant of every exercise; 1 if there is any problem."""
    paths = [Path(path) for path in given.paths] or [shipped()]
    every = [file for path in paths for file in _files(path)]
    with Sandbox() as sandbox:
        report = check(every, sandbox)
    if given.json:
        print_json(to_builtins(report))
    else:
        for one in report.problems:
            where = f" ({one.exercise})" if one.exercise else ""
            print(f"{one.file}:{one.line}{where}: {one.problem} {one.fix}".rstrip())
        found = _counted(len(report.problems), "problem") if report.problems else "no problem"
        counts = ((report.lessons, "lesson"), (report.exercises, "exercise"), (report.variants, "variant"))
        print(f"{', '.join(_counted(*one) for one in counts)}: {found}.")
    return 1 if report.problems else 0


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise Refusal(f"There is no {path}: give a lesson file or a folder of them.")
    found = files(path)
    if not found:
        raise Refusal(f"{path} holds no .yaml file: give a lesson file or a folder of them.")
    return found
