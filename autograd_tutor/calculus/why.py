"""Why a target is no number: the account of a None, a flag or an error, with the smallest repair."""

from __future__ import annotations

from autograd_tutor.calculus.target import Target
from autograd_tutor.trace import Trace


def why(trace: Trace, target: str, place: Target | None) -> str:
    """The reason in sentences that name lines and variables; empty for a number."""
    return ""
