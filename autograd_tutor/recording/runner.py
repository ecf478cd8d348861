"""Running the program: its namespace, its standard streams, statement by statement, and how it ended."""

from __future__ import annotations

import ast
import contextlib
import io
import math
import random
import sys
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch

from autograd_tutor.recording import names
from autograd_tutor.recording.drafts import State
from autograd_tutor.recording.mode import Watch
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Finished, Outcome, Raised, Span


@dataclass(frozen=True, slots=True)
class Ran:
    """How the program ended, and what it printed."""

    outcome: Outcome
    printed: str


def namespace(job: Job) -> dict[str, Any]:
    """A fresh `__main__`; for a lesson with torch, math, nn and F in it."""
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    if job.filename is not None:
        names["__file__"] = job.filename
    if job.prelude:
        names |= {"torch": torch, "math": math, "nn": torch.nn, "F": torch.nn.functional}
    return names


def seed(number: int) -> None:
    """The same numbers on every run."""
    random.seed(number)
    numpy.random.seed(number % (1 << 32))
    torch.manual_seed(number)


def run(state: State, space: dict[str, Any], job: Job) -> Ran:
    """Run the program to its end, or to the exception that ends it."""
    printed = _Printed(state)
    outcome: Outcome = Finished()
    path = [str(Path(job.filename).parent)] if job.filename is not None else []
    with (
        _import_from(path),
        _standard_input(),
        contextlib.redirect_stdout(printed),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("always")
        warnings.showwarning = _shown(state)
        try:
            tree = state.source.parse()
            for statement in tree.body:
                _step(state, space, statement)
        except SystemExit as left:
            outcome = _left(state, left)
        except BaseException as problem:
            outcome = _raised(state, problem)
    return Ran(outcome, printed.getvalue())


def _step(state: State, space: dict[str, Any], statement: ast.stmt) -> None:
    """One top-level statement, and the names it gave."""
    span = state.source.span(statement)
    state.event("statement", state.source.cut(span), span)
    code = compile(ast.Module([statement], []), state.source.filename, "exec", dont_inherit=True)
    before = dict(space)
    try:
        with Watch(state):
            exec(code, space)
    finally:
        names.assigned(state, before, space, span)


def _raised(state: State, problem: BaseException) -> Raised:
    failing = state.passes[-1] if state.passes and state.passes[-1].error is not None else None
    if isinstance(problem, SyntaxError):
        line = problem.lineno or 1
        column = max((problem.offset or 1) - 1, 0)
        return Raised(type(problem).__name__, problem.msg, Span(line, column, line, column + 1))
    span = None
    for frame, _ in traceback.walk_tb(problem.__traceback__):
        if frame.f_code.co_filename == state.source.filename:
            position = next((p for p in traceback.walk_tb(problem.__traceback__) if p[0] is frame), None)
            if position is not None:
                span = _span(state, problem)
    pass_ = failing.id if failing is not None and failing.error == str(problem) else None
    return Raised(type(problem).__name__, str(problem), span, pass_)


def _span(state: State, problem: BaseException) -> Span | None:
    span = None
    tb = problem.__traceback__
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == state.source.filename:
            span = state.source.span_at(tb.tb_frame.f_code, tb.tb_lasti) or span
        tb = tb.tb_next
    return span


def _left(state: State, left: SystemExit) -> Outcome:
    if left.code in (None, 0):
        return Finished()
    return Raised("SystemExit", str(left.code), _span(state, left))


class _Printed(io.StringIO):
    """Standard output, kept, told as events, and passed on: it is all that is known of a run that is killed."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._through = sys.stdout

    def write(self, text: str) -> int:
        if text.strip():
            user, _ = self._state.source.frame(sys._getframe(1))
            site = self._state.source.site(user) if user is not None else None
            self._state.event("print", text.rstrip("\n"), site.span if site else None)
        self._through.write(text)
        return super().write(text)


def _shown(state: State) -> Any:
    def show(message: Any, category: Any, filename: str, line: int, *_: Any) -> None:
        user, _inner = state.source.frame(sys._getframe(1))
        site = state.source.site(user) if user is not None else None
        state.event("warning", str(message), site.span if site else None)

    return show


@contextlib.contextmanager
def _standard_input() -> Any:
    held, sys.stdin = sys.stdin, io.StringIO()
    try:
        yield
    finally:
        sys.stdin = held


@contextlib.contextmanager
def _import_from(path: list[str]) -> Any:
    held = list(sys.path)
    sys.path[:0] = path
    try:
        yield
    finally:
        sys.path[:] = held
