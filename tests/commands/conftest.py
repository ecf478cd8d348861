"""The commands as others call them: exit codes, what they print, what they complain about."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple

import pytest

from autograd_tutor.cli import main


class Finished(NamedTuple):
    """What a finished command left: its exit code, its output, its complaint."""

    code: int
    out: str
    complaint: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output, read strictly: no bare NaN."""

        def refuse(name: str) -> None:
            raise AssertionError(f"{name} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


Command = Callable[..., Finished]


@pytest.fixture
def tutor(monkeypatch, capsys, tmp_path_factory, sandbox) -> Command:
    """Runs `autograd-tutor` in this process, with standard input and records of its own."""
    monkeypatch.setenv("AUTOGRAD_TUTOR_DATA", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setattr("autograd_tutor.sandbox.client.Sandbox", lambda: nullcontext(sandbox))
    for name in ("explain", "diagnose", "play", "check"):
        monkeypatch.setattr(f"autograd_tutor.commands.{name}.Sandbox", lambda: nullcontext(sandbox))

    def run(*arguments: str, stdin: str = "") -> Finished:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            code = main(list(arguments))
        except SystemExit as end:  # argparse's way to say that it was used wrongly
            code = int(end.code or 0)
        return Finished(code, *capsys.readouterr())

    return run


@pytest.fixture
def process(tmp_path_factory) -> Command:
    """Runs `autograd-tutor` as a process of its own, with a sandbox of its own."""
    environment = {**os.environ, "AUTOGRAD_TUTOR_DATA": str(tmp_path_factory.mktemp("data"))}

    def run(*arguments: str, stdin: str = "") -> Finished:
        command = [sys.executable, "-m", "autograd_tutor", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, env=environment)
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


SINE = """import torch
x = torch.tensor(4.0, requires_grad=True)
y = x ** 2
z = torch.sin(y)
z.backward()
"""

DETACHED = """import torch
x = torch.tensor(2.0, requires_grad=True)
z = x.detach()
y = x ** 2
y1 = z ** 2
y.backward()
y1.backward()
"""


@pytest.fixture
def sine(tmp_path) -> str:
    """A file with z = sin(x²) at 4."""
    path = tmp_path / "sine.py"
    path.write_text(SINE)
    return str(path)


@pytest.fixture
def detached(tmp_path) -> str:
    """A file whose second backward raises, after the first left 4."""
    path = tmp_path / "detached.py"
    path.write_text(DETACHED)
    return str(path)
