"""What the face and the sandbox's processes say to each other, as plain data (MessagePack)."""

from __future__ import annotations

from typing import Literal

import msgspec

from autograd_tutor.explanation import ClosedForm, ClosedForms, Explanation, complete
from autograd_tutor.trace import Record, Trace


class Limits(Record, frozen=True):
    """What one run may use."""

    seconds: float = 5.0
    """Wall-clock time for the program itself."""
    explain_seconds: float = 10.0
    """Wall-clock time for all that follows the trace: imagined passes, differences, SymPy."""
    memory: int = 2 << 30
    """Bytes of address space beyond what the warm parent has."""
    processes: int = 0
    """Further processes or threads' worth of fork that the program may start."""
    output: int = 1 << 20
    """Characters of standard output and standard error kept; more stops the run."""


class Mutation(Record, frozen=True):
    """A lesson's own mistake: an edit of the code, run in torch, whose answer is the wrong one."""

    tag: str
    source: str
    """The whole program with the mistake in it."""


class Job(Record, frozen=True):
    """One program to run, and what to find out about it."""

    source: str
    filename: str | None = None
    """A file of the user's own: runs as `__main__` with its folder first on sys.path.
    None: a lesson's code, or standard input."""
    prelude: bool = False
    """Lesson code: `torch`, `math`, `nn` and `F` are there without an import."""
    targets: tuple[str, ...] = ()
    """Expressions to evaluate at the program's end; none: `.grad` of every named leaf that requires grad."""
    explain: bool = True
    """Also the explanation (with differences and, if `imagine`, the imagined passes)."""
    imagine: bool = True
    closed_forms: bool = True
    mutations: tuple[Mutation, ...] = ()
    seed: int = 0
    """For torch.manual_seed, random.seed and numpy before the program runs."""
    limits: Limits = Limits()
    own: bool = False
    """A lesson's own code, unchanged: whoever asks for the same job may be given the same run."""
    confined: bool = False
    """A lesson's code: under the kernel's confinement where there is any."""
    layers: tuple[Literal["landlock", "seccomp"], ...] = ("landlock", "seccomp")
    """Of that confinement; each can be proved alone."""
    gated: bool = False
    """A class's edited code: refused before it runs if it uses what the gate does not let through."""


class Run(Record, frozen=True):
    """What became of a job. `trace` is always there; the rest may be missing."""

    trace: Trace
    explanation: Explanation | None = None
    forms: ClosedForms | None = None
    note: str | None = None
    """Why something is missing, in a sentence."""

    @property
    def whole(self) -> Explanation:
        """The explanation with the closed forms in it, empty where there is none."""
        explanation = self.explanation or Explanation()
        return complete(explanation, self.forms) if self.forms else explanation


class Ready(Record, frozen=True):
    """A worker is warm and waits for its job."""

    pid: int
    """The supervisor's process id."""
    versions: dict[str, str] = {}
    """Of `python`, `torch`, `sympy` and `numpy`."""


class End(Record, frozen=True):
    """How a run ended, in plain facts; `endings` puts them into words."""

    cause: Literal["done", "exit", "time", "processes", "output", "garbled", "too large"]
    """done: the child sent all it had. exit: it ended before that. The others: its supervisor ended it."""
    code: int | None = None
    """The child's exit code; negative: the signal that ended it."""
    printed: str = ""
    """What the program wrote to its standard streams."""


UNFIT_TO_FORK = 3
"""Exit code of a warm parent that must not fork, since it has threads: fresh workers have to serve."""

FRAME_LIMIT = 64 << 20
"""Bytes of one reply; a larger one is refused with `Stopped(reason='too large')`."""

encoder = msgspec.msgpack.Encoder()

# Made before there are threads: two that let msgspec look at the same type for the first time crash the process.
decode_job = msgspec.msgpack.Decoder(Job).decode
decode_ready = msgspec.msgpack.Decoder(Ready).decode
decode_end = msgspec.msgpack.Decoder(End).decode
decode_trace = msgspec.msgpack.Decoder(Trace).decode
decode_explanation = msgspec.msgpack.Decoder(Explanation).decode
decode_form = msgspec.msgpack.Decoder(ClosedForm).decode
