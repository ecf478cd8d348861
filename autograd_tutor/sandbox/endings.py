"""How a run that gave no answer is told: one sentence for each way to overstep or to break off."""

from __future__ import annotations

import signal

from autograd_tutor.sandbox.protocol import End, Job, Limits
from autograd_tutor.trace import Raised, Stopped, Trace

_CRASHES = {
    "SIGSEGV": "it touched memory that is not its own (a segmentation fault)",
    "SIGBUS": "it touched memory that does not exist (a bus error)",
    "SIGFPE": "it divided whole numbers by zero in machine code",
    "SIGILL": "it ran into machine code that this processor does not know",
    "SIGABRT": "a library in it gave up (abort)",
    "SIGTRAP": "it ran into a breakpoint",
    "SIGSYS": "it asked the system for something that is not allowed",
}
_NO_MEMORY = ("can't allocate memory", "not enough memory", "std::bad_alloc", "Cannot allocate memory")


def overstepped(trace: Trace, limits: Limits) -> Stopped | None:
    """Which limit a program overstepped that came to its end all the same; None if it kept to them."""
    outcome = trace.outcome
    flooded = isinstance(outcome, Stopped) and outcome.reason == "output"
    if flooded or len(trace.printed) > limits.output:
        return output(limits)
    if not isinstance(outcome, Raised):
        return None
    if outcome.type != "MemoryError" and not any(sign in outcome.message for sign in _NO_MEMORY):
        return None
    where = f"Line {outcome.span.line}" if outcome.span else "The program"
    return memory(limits, where)


def memory(limits: Limits, where: str = "The program") -> Stopped:
    """Memory ran out."""
    return Stopped("memory", f"{where} asked for more memory than the {_size(limits.memory)} that a run may use.")


def output(limits: Limits) -> Stopped:
    """It printed too much."""
    return Stopped("output", f"The program printed more than {limits.output:,} characters and was stopped.")


def processes(limits: Limits) -> Stopped:
    """It started, or tried to start, others beside itself."""
    some = f"more than {limits.processes} other processes" if limits.processes else "another process"
    return Stopped("processes", f"The program tried to start {some}, which a run may not do, and was stopped.")


def stopped(end: End, job: Job) -> Stopped:
    """What became of a program that handed over no trace."""
    limits = job.limits
    match end.cause:
        case "time":
            return Stopped("time", f"The program was still running after {_seconds(limits.seconds)} and was stopped.")
        case "processes":
            return processes(limits)
        case "output":
            return output(limits)
        case "too large":
            return Stopped("too large", "What the run recorded is too large to hand over; use smaller tensors.")
        case "garbled":
            return Stopped("crashed", "The program wrote into the channel that carries its result, so there is none.")
        case "done" | "exit":
            return _ended(end, limits)


def _ended(end: End, limits: Limits) -> Stopped:
    """It ended by itself: by a signal, or by an exit that nothing can record."""
    code = end.code or 0
    if code >= 0:
        return Stopped(
            "exited",
            f"The program ended its process at once (exit code {code}), so nothing of it could be recorded;"
            " os._exit does that, and closing files that are not one's own.",
        )
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    if name == "SIGSYS" and limits.processes == 0:
        return processes(limits)
    if name == "SIGKILL":
        return Stopped("memory", "The program was killed from outside, most likely because memory ran out.")
    if "std::bad_alloc" in end.printed:
        return memory(limits)
    if name == "SIGSEGV" and "Stack overflow" in end.printed:
        return Stopped("crashed", "The program crashed: it called itself until the stack was used up.")
    return Stopped("crashed", f"The program crashed: {_CRASHES.get(name, f'the signal {name} ended it')}.")


LOST = Stopped("crashed", "The program ended the process that watches over it, so there is no result.")
"""The supervisor is gone or silent."""

GARBLED = Stopped("crashed", "What the program sent as its result can't be read, so there is none.")
"""A frame that is none, or that does not fit its schema."""


def note(end: End, job: Job, missing: str) -> str | None:
    """Why an instalment after the trace is missing, in a sentence; None if nothing went wrong."""
    match end.cause:
        case "done":
            return None
        case "time":
            return f"{missing} took longer than {_seconds(job.limits.explain_seconds)} and was stopped."
        case _:
            return f"{missing} broke off: {stopped(end, job).message}"


def _seconds(seconds: float) -> str:
    return "1 second" if seconds == 1 else f"{seconds:g} seconds"


def _size(size: int) -> str:
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
