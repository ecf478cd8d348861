"""`autograd-tutor [LESSON[/EXERCISE]]`: the tutor itself."""

from __future__ import annotations

import argparse
import os
import sys
import time

from autograd_tutor.commands.common import Refusal, require_exercises, require_lessons, require_records


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "place",
        metavar="LESSON[/EXERCISE]",
        nargs="?",
        help="where to begin (default: home, with a way back to where you left off); or a command, see below",
    )


def run(given: argparse.Namespace) -> int:
    """Open the tutor on the terminal.

    Raises:
        Refusal: there is no terminal, or no such exercise.
    """
    if given.place is not None:
        lesson, exercise = require_exercises(given.place)[0]
        given.place = f"{lesson.id}/{exercise.id}"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refusal(
            "The tutor needs a terminal (over ssh: `ssh -t`); without one, use `autograd-tutor play --plain LESSON`."
        )
    if os.environ.get("TERM", "dumb") == "dumb" and os.name != "nt":
        raise Refusal("This terminal can't draw (TERM is dumb or unset): use `autograd-tutor play --plain LESSON`.")

    from autograd_tutor.sandbox.client import Sandbox
    from autograd_tutor.tui.app import run_tutor
    from autograd_tutor.tui.services import Services

    return run_tutor(Services(Sandbox(), require_lessons, require_records, time.monotonic), given.place)
