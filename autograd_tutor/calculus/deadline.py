"""How long SymPy may work, and what is said where it comes to nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass

SLOW = "SymPy did not find a closed form in the time it has."


class NoForm(Exception):
    """There is no closed form; the message says why, in a sentence."""


@dataclass
class Deadline:
    """The moment at which SymPy's work is given up."""

    at: float

    @classmethod
    def within(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    def check(self) -> None:
        """Raise `NoForm` when the time is over."""
        if time.monotonic() > self.at:
            raise NoForm(SLOW)
