"""Why a target is no number, or not the one that was wanted: the account of a None, a flag, an error, a trap."""

from __future__ import annotations

from autograd_tutor.calculus import errors, flags, places
from autograd_tutor.calculus.absent import absent
from autograd_tutor.calculus.caveats import caveat
from autograd_tutor.calculus.histories import last_pass, reading
from autograd_tutor.calculus.places import called, on
from autograd_tutor.calculus.results import unmoved
from autograd_tutor.trace import Raised, Stopped, Trace

_TOLD = frozenset({"backward raised", "no backward", "required late", "no requires_grad", "cut", None})
"""Reasons why .grad is None that the account of the error holds already."""


def why(trace: Trace, target: str) -> str:
    """The reason in sentences that name lines and variables; empty for a number that has no trap in it."""
    found = trace.find(target)
    if isinstance(trace.outcome, Stopped):
        return trace.outcome.message
    error = errors.raised(trace, trace.outcome) if isinstance(trace.outcome, Raised) else ""
    held = f"{error} {errors.afterwards(trace, found)}".strip() if error else ""
    if found is None or found.kind in ("tensor", "text"):
        return held or ("" if found is None else caveat(trace, found, places.owner(target)) or unmoved(trace, found))
    if found.kind == "missing":
        return held or f"{target} can't be evaluated at the program's end: {found.text}."
    if found.kind == "flag":
        return f"{error} {flags.account(trace, target, bool(found.flag))}".strip()
    if found.is_grad and found.tensor is not None:
        tensor = trace.tensors[found.tensor]
        if error and tensor.absent in _TOLD:
            return held
        return f"{error} {absent(trace, tensor, places.owner(target))}".strip()
    return held or _read(trace, target) or _unused(trace, target) or f"{target} is None at the program's end."


def _read(trace: Trace, target: str) -> str:
    """The account of a name that was given what `.grad` held at that moment."""
    found = reading(trace, target)
    if found is None:
        return ""
    line, tensor, owner = found
    reason = f" {absent(trace, tensor, owner)}" if tensor.absent else ""
    if tensor.grad is not None:
        reason = f" backward(){on(last_pass(trace))} filled it only later."
    return f"{target} got what {owner}.grad held on line {line}, and that was None.{reason}"


def _unused(trace: Trace, target: str) -> str:
    """The account of a None that autograd.grad returned, if it returned just one."""
    empty = [(one, captured.of) for one in trace.passes for captured in one.captured if captured.result is None]
    if len(empty) != 1 or empty[0][0].error:
        return ""
    pass_, of = empty[0]
    name = called(trace.tensors[of])
    return f"{target} is None: torch.autograd.grad{on(pass_.span)} found no path back to {name}, and None is not 0."
