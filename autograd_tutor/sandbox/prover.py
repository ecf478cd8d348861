"""A process for one question to SymPy: whether the two formulas on standard input are the same.

It answers in one word on standard output, or not at all: SymPy can take any time and memory, so both are limited.
Its only input is plain data, and no program runs here.
"""

from __future__ import annotations

import signal
import sys

import msgspec

from autograd_tutor.calculus.equality import same
from autograd_tutor.formula import Expr
from autograd_tutor.sandbox import limits
from autograd_tutor.sandbox.protocol import Limits

SECONDS = 1.0
"""Wall-clock time for the answer."""
MEMORY = 1 << 29
"""Bytes."""


def main() -> None:
    """Answer the question."""
    left, right = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=tuple[Expr, Expr])
    limits.apply(Limits(seconds=SECONDS, explain_seconds=0.0, memory=MEMORY))
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
    verdict = same(left, right)
    print({True: "same", False: "different", None: "unknown"}[verdict])


if __name__ == "__main__":
    main()
