"""The face's way to ask SymPy whether two formulas are the same; SymPy itself is in another process."""

from __future__ import annotations

import subprocess
import sys

import msgspec

from autograd_tutor.formula import Expr

PATIENCE = 10.0
"""Seconds for starting SymPy and for its answer, which is limited there: on a busy machine starting takes longer."""


def prove(left: Expr, right: Expr) -> bool | None:
    """Whether they are the same by algebra; None if SymPy can't say, or not in time."""
    question = msgspec.msgpack.encode((left, right))
    command = [sys.executable, "-P", "-m", "autograd_tutor.sandbox.prover"]
    try:
        answer = subprocess.run(command, input=question, capture_output=True, timeout=PATIENCE, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return None
    return {b"same": True, b"different": False}.get(answer.stdout.strip())
