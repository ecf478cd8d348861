"""`autograd-tutor serve`: the classroom over SSH, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autograd_tutor.classroom.roster import FILE as ROSTER
from autograd_tutor.commands.common import USUAL_CLASS, Refusal, class_directory, require_lessons

if TYPE_CHECKING:
    from autograd_tutor.classroom.front import Plan
    from autograd_tutor.room.rules import Assignment

_DESCRIPTORS = 16_384


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--class", dest="group", metavar="NAME", default=USUAL_CLASS, help="the class's name")
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--roster", metavar="FILE", type=Path, help=f"students with codes (default: {ROSTER} in the class's folder)"
    )
    who.add_argument("--keys", metavar="FOLDER", type=Path, help="students with SSH keys, one file for each name")
    who.add_argument("--open", metavar="CODE", help="anyone who knows this code, under any name; nothing is kept")
    parser.add_argument("--teacher", metavar="NAME", action="append", help="a teacher's name; may repeat")
    parser.add_argument("--listen", metavar="ADDRESS", action="append", help="an address; may repeat (default: all)")
    parser.add_argument("--port", type=int, default=2222, help="0: a free one (default: 2222)")
    parser.add_argument("--data", metavar="FOLDER", type=Path, help="where the class's records are kept")
    parser.add_argument("--assignment", metavar="FILE", type=Path, help="exercises to do, with a date")
    parser.add_argument(
        "--editing",
        choices=("off", "gated", "open"),
        default="gated",
        help="students may change code freely: not at all, through the gate (default), without it",
    )
    parser.add_argument("--card", action="store_true", help="also print a card for the board")
    parser.add_argument(
        "--insist", action="store_true", help="free editing in an open class even where the kernel can't confine it"
    )


def run(given: argparse.Namespace) -> int:
    """Open the class and keep it open.

    Raises:
        Refusal: it can't be opened so; the sentence says why, and what to do.
    """
    from autograd_tutor.sandbox.confinement import layers

    lacking = layers().lacking
    if lacking and given.open and given.editing == "open" and not given.insist:
        raise Refusal(
            "An open class with free editing needs a kernel that can confine what strangers write: "
            "use --editing gated, or say --insist."
        )
    if not 0 <= given.port <= 65535:
        raise Refusal(f"{given.port} is no port: give one from 1 to 65535, or 0 for a free one.")
    plan = _plan(given)
    _room_for_descriptors()
    try:
        return asyncio.run(_serve(plan, given, lacking))
    finally:
        plan.keeper.close()


def _room_for_descriptors() -> None:
    """Each student takes three of them; the usual soft limit of 1024 is too few for a large class."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _plan(given: argparse.Namespace) -> Plan:
    from autograd_tutor.classroom.front import Plan
    from autograd_tutor.classroom.hostkey import BadHostKey, host_key
    from autograd_tutor.classroom.keeper import Keeper
    from autograd_tutor.classroom.log import keep_log
    from autograd_tutor.classroom.names import BadName, login_name
    from autograd_tutor.classroom.register import BadRegister, Register
    from autograd_tutor.classroom.teachers import USUAL
    from autograd_tutor.records.classes import ClassRecords
    from autograd_tutor.records.database import BadRecords

    try:
        group = login_name(given.group)
        data = class_directory(given.data, group)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_log(data)
        roster = given.roster
        if roster is None and given.keys is None and given.open is None and (data / ROSTER).exists():
            roster = data / ROSTER
        register = Register(
            data, teachers=given.teacher or [USUAL], roster=roster, keys=given.keys, open_code=given.open
        )
        key = host_key(data)
        keeper = Keeper(partial(ClassRecords.forgetful, group) if given.open else partial(ClassRecords.at, data, group))
        keeper.check()
    except (BadName, BadRegister, BadHostKey, BadRecords) as bad:
        raise Refusal(str(bad)) from None
    except OSError as error:
        raise Refusal(f"The class's folder can't be used ({error}): name another with --data.") from None
    exercises, assignment = _course(given.assignment)
    return Plan(
        group,
        data,
        register,
        keeper,
        listen=given.listen or [""],
        port=given.port,
        host_key=key,
        exercises=exercises,
        assignment=assignment,
        editing=given.editing,
    )


def _course(path: Path | None) -> tuple[frozenset[str], Assignment | None]:
    """All exercises, and those that the class is given."""
    from autograd_tutor.course.assignment import BadAssignment, read_assignment
    from autograd_tutor.room.rules import Assignment

    lessons = require_lessons()
    exercises = frozenset(f"{lesson.id}/{exercise.id}" for lesson in lessons for exercise in lesson.exercises)
    if path is None:
        return exercises, None
    try:
        found = read_assignment(path, lessons)
    except BadAssignment as bad:
        raise Refusal(str(bad)) from None
    return exercises, Assignment(found.title, found.exercises, found.due.timestamp() if found.due else None)


def _on_signals(stop: asyncio.Future[None]) -> None:
    """Complete `stop` at the first signal to end."""

    def end() -> None:
        if not stop.done():
            stop.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, end)


async def _serve(plan: Plan, given: argparse.Namespace, lacking: Sequence[str]) -> int:
    from autograd_tutor.classroom import card
    from autograd_tutor.classroom.front import Front
    from autograd_tutor.classroom.teachers import USUAL

    assert plan.host_key is not None
    stop = asyncio.get_running_loop().create_future()
    _on_signals(stop)
    front = Front(plan)
    try:
        listening = await front.start()
    except OSError as error:
        await front.close()
        raise Refusal(
            f"Port {plan.port} can't be listened on ({error.strerror or error}): "
            "give another --port, or another address with --listen."
        ) from None
    print(card.opening(listening, plan.group, plan.host_key, given.teacher or [USUAL], bool(given.open)), flush=True)
    print(card.codes(plan.register.fresh), flush=True)
    if given.card:
        shown = card.card(*listening[0], plan.group, plan.host_key, code=given.open, by_keys=bool(given.keys))
        print(shown, flush=True)
    for sentence in lacking:
        print(sentence, flush=True)
    ready = asyncio.ensure_future(front.ready())
    await asyncio.wait({ready, stop}, return_when=asyncio.FIRST_COMPLETED)
    if not stop.done():
        print("Ready. Ctrl+C closes the class.", flush=True)
    await stop
    ready.cancel()
    print("Closing: everyone's work is saved.", flush=True)
    await front.close()
    return 0
