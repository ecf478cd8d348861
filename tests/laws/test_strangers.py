"""Programs as strangers write them: recorded or not, they do the same, and each missing gradient has its reason."""

from __future__ import annotations

import contextlib
import io
import random
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
import yaml

from autograd_tutor.recording.record import record
from autograd_tutor.recording.values import same
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Raised, named

PROGRAMS = yaml.safe_load((Path(__file__).parent / "strangers.yaml").read_text(encoding="utf-8"))


def untraced(source: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], tuple[str, str] | None, str]:
    """The program in plain Python: its names at the end, the error that ended it, what it printed."""
    module = types.ModuleType("__main__")
    printed, error = io.StringIO(), None
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    with monkeypatch.context() as patch, warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(printed):
        patch.setitem(sys.modules, "__main__", module)
        patch.setattr(sys, "argv", [""])
        try:
            exec(compile(source, "<plain>", "exec"), module.__dict__)
        except Exception as problem:
            error = (type(problem).__name__, str(problem))
        finally:
            torch.set_grad_enabled(True)
    return module.__dict__, error, printed.getvalue()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program["name"])
def test_a_recorded_program_does_what_it_does_unrecorded(program: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    space, error, printed = untraced(program["code"], monkeypatch)
    recording = record(Job(program["code"]))
    trace = recording.trace
    ended = (trace.outcome.type, trace.outcome.message) if isinstance(trace.outcome, Raised) else None
    assert (ended, trace.printed) == (error, printed)
    assert not any("could not be recorded" in note for note in trace.notes)
    tensors = named(trace)
    for name in tensors:
        alone, seen = eval(name, space), eval(name, recording.namespace)
        assert same(alone.detach(), seen.detach()), name
        assert alone.requires_grad == seen.requires_grad, name
        with warnings.catch_warnings(action="ignore"):
            assert same(alone.grad, seen.grad), name
    for name, reason in program.get("absent", {}).items():
        assert tensors[name].absent == reason, name
