"""`doctor`: whether torch, the sandbox and the records work here, and what the terminal can do."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version

import msgspec

from autograd_tutor import __version__
from autograd_tutor.commands.common import Refusal, print_json, require_records
from autograd_tutor.trace import Finished

PROGRAM = "import torch\nx = torch.tensor(3.0, requires_grad=True)\n(x ** 2).backward()\n"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    ok: bool
    says: str


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(given: argparse.Namespace) -> int:
    """Look at everything, print what was found; 1 if something does not work."""
    findings = [*_versions(), _terminal(), _sandbox(), _confinement(), _lessons(), _records()]
    healthy = all(one.ok for one in findings)
    if given.json:
        print_json({"ok": healthy, "findings": msgspec.to_builtins(findings)})
    else:
        for one in findings:
            print(f"{'ok ' if one.ok else 'NOT'}  {one.name:<15} {one.says}")
        print("Everything works." if healthy else "Something does not work: see the lines that begin with NOT.")
    return 0 if healthy else 1


def _versions() -> list[Finding]:
    found = [Finding("autograd-tutor", True, f"{__version__} on Python {platform.python_version()}")]
    for name in ("torch", "sympy", "textual", "sqlalchemy", "numpy"):
        try:
            found.append(Finding(name, True, version(name)))
        except PackageNotFoundError:
            found.append(Finding(name, False, f"not installed: pip install {name}"))
    return found


def _terminal() -> Finding:
    columns, rows = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "unknown").lower()
    facts = [os.environ.get("TERM", "no TERM"), f"{columns}x{rows}", encoding]
    facts += [f"{name}={os.environ[name]}" for name in ("COLORTERM", "NO_COLOR") if name in os.environ]
    good = encoding.replace("-", "") == "utf8"
    advice = "" if good else "; set a UTF-8 locale, such as LANG=C.UTF-8, to see the graph's lines"
    return Finding("terminal", good, ", ".join(facts) + advice)


def _sandbox() -> Finding:
    from autograd_tutor.notation import array
    from autograd_tutor.sandbox.client import Sandbox
    from autograd_tutor.sandbox.protocol import Job

    with Sandbox() as sandbox:
        result = sandbox.run(Job(PROGRAM, targets=("x.grad",)))
    found = result.trace.find("x.grad")
    if not isinstance(result.trace.outcome, Finished) or found is None:
        message = getattr(result.trace.outcome, "message", "it gave no answer")
        return Finding("sandbox", False, f"a program of two lines did not run: {message}")
    complete = result.forms is not None
    says = f"ran x ** 2 at 3 on torch {result.trace.torch}: x.grad is {array(found.value)}"
    return Finding("sandbox", complete, says if complete else f"{says}, but the explanation is missing: {result.note}")


def _confinement() -> Finding:
    """What binds a lesson's code. A platform that lacks a layer is no fault: lessons are played there, too."""
    from autograd_tutor.sandbox.confinement import layers

    found = layers()
    there = [f"Landlock {found.landlock}"] * (found.landlock > 0) + ["seccomp"] * found.seccomp
    return Finding("confinement", True, " ".join([*there, *found.lacking]))


def _lessons() -> Finding:
    from autograd_tutor.course.load import BadLesson, lessons

    try:
        found = lessons()
    except BadLesson as bad:
        return Finding("lessons", False, str(bad))
    return Finding(
        "lessons", bool(found), f"{len(found)} lessons, {sum(len(one.exercises) for one in found)} exercises"
    )


def _records() -> Finding:
    from autograd_tutor.records.database import BadRecords

    try:
        records = require_records()
        return Finding("records", True, f"{records.count()} attempts in {records.where}")
    except (Refusal, BadRecords) as bad:
        return Finding("records", False, str(bad))
