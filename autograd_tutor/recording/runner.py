"""Running the program: its namespace, statement by statement, and how it ended."""

from __future__ import annotations
import __future__

import ast
import contextlib
import math
import random
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import torch

from autograd_tutor.recording import (
    batches,
    compiled,
    context,
    functions,
    modules,
    names,
    packing,
    stand_ins,
    threads,
    transforms,
)
from autograd_tutor.recording.mode import Watch
from autograd_tutor.recording.source import Source
from autograd_tutor.recording.state import State
from autograd_tutor.recording.streams import Printed, caught
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Finished, Outcome, Raised, Span, Stopped

_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
_REACHING = ("global", "__future__")
"""Words of a statement that matters for how others compile."""


def run(state: State, job: Job) -> tuple[dict[str, Any], Outcome, str]:
    """Run the program to its end, or to what ends it: its names then, how it ended, what it printed."""
    module = _main(job)
    printed = Printed(state, job.limits.output)
    _seed(job.seed)
    with (
        _instead(module, job),
        caught(state, printed),
        functions.shown(),
        batches.noticed(state),
        threads.noticed(state),
        modules.noticed(state),
        packing.noticed(state),
        compiled.left_out(state),
        stand_ins.noticed(state),
    ):
        outcome = _outcome(state, module.__dict__, job)
    if printed.over:  # also where a bare `except:` of the program has swallowed it
        outcome = Stopped("output", f"The program printed more than {job.limits.output} characters.")
    if isinstance(outcome, Finished):
        state.caught()
    state.raised = None
    state.source.forget()
    return module.__dict__, outcome, printed.getvalue()


def _outcome(state: State, space: dict[str, Any], job: Job) -> Outcome:
    try:
        tree = state.source.parse()
        watch = Watch(state)
        for statement, code in zip(tree.body, _compiled(state.source, tree), strict=True):
            _step(state, watch, space, statement, code)
    except SystemExit as left:
        if left.code in (None, 0):
            return Finished()
        return Raised("SystemExit", str(left.code), state.source.raised_at(left))
    except BaseException as problem:
        return _raised(state, problem)
    return Finished()


def _compiled(source: Source, tree: ast.Module) -> list[types.CodeType]:
    """The code of each statement. What Python finds wrong in compiling, it finds before the program begins."""

    def each(flags: int) -> list[types.CodeType]:
        return [compile(ast.Module([one], []), source.filename, "exec", flags, dont_inherit=True) for one in tree.body]

    if not any(word in source.text for word in _REACHING):
        try:
            return each(0)
        except SyntaxError:
            pass  # of several, the first that Python finds in the whole program is to be told
    return each(compile(tree, source.filename, "exec", dont_inherit=True).co_flags & _FUTURES)


def _step(state: State, watch: Watch, space: dict[str, Any], statement: ast.stmt, code: types.CodeType) -> None:
    """One statement of the top level, and the names it gave."""
    span = state.source.span(statement)
    state.event("statement", state.source.cut(span), span)
    before = dict(space)
    try:
        with watch:
            exec(code, space)
    finally:
        context.look(state)
        transforms.undress(state)
        names.assigned(state, before, space, span)


def _raised(state: State, problem: BaseException) -> Raised:
    kind = type(problem).__name__
    if isinstance(problem, SyntaxError) and problem.filename == state.source.filename:
        return Raised(kind, problem.msg, _syntax(problem))
    pass_ = None
    if state.raised is not None and state.raised[0] is problem:
        pass_ = state.raised[1]
    return Raised(kind, _message(problem), state.source.raised_at(problem), pass_)


def _syntax(problem: SyntaxError) -> Span:
    """Python counts the columns of a syntax error from 1, and may leave out where it ends."""
    line, column = problem.lineno or 1, max((problem.offset or 1) - 1, 0)
    end_line, end_column = problem.end_lineno or line, max((problem.end_offset or 0) - 1, 0)
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    return Span(line, column, end_line, end_column)


def _message(problem: BaseException) -> str:
    try:
        return str(problem)
    except Exception:
        return ""


def _main(job: Job) -> types.ModuleType:
    """A fresh `__main__`; for a lesson with torch, math, nn and F in it."""
    module = types.ModuleType("__main__")
    if job.filename is not None:
        module.__file__ = job.filename
    if job.prelude:
        module.__dict__.update(torch=torch, math=math, nn=torch.nn, F=torch.nn.functional)
    return module


def _seed(number: int) -> None:
    random.seed(number)
    numpy.random.seed(number % (1 << 32))
    if torch.cuda.is_available():
        torch.manual_seed(number)
    else:  # torch.manual_seed asks after every kind of device there might be: that takes longer than most programs
        torch.default_generator.manual_seed(number)


@contextlib.contextmanager
def _instead(module: types.ModuleType, job: Job) -> Iterator[None]:
    """While this lasts, `module` is the main program and grad mode is as at a program's start."""
    main, path, argv = sys.modules.get("__main__"), list(sys.path), sys.argv
    sys.modules["__main__"] = module
    sys.argv = [job.filename or ""]
    if job.filename is not None:
        sys.path.insert(0, str(Path(job.filename).resolve().parent))
    try:
        with torch.set_grad_enabled(True):
            yield
    finally:
        sys.path[:], sys.argv = path, argv
        if main is not None:
            sys.modules["__main__"] = main
