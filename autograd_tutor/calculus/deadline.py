"""How long SymPy may work, and what is said where it comes to nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass

SLOW = "SymPy did not find a closed form in the time it has."


class NoForm(Exception):
    """There is no closed form; the message says why, in a sentence."""


@dataclass
class Deadline:
    """The moment, of this process's processor time, at which SymPy's work is given up: other processes take none."""

    at: float

    @classmethod
    def within(cls, seconds: float) -> Deadline:
        """So many seconds of processor time from now."""
        return cls(time.process_time() + seconds)

    @property
    def left(self) -> float:
        """Seconds of processor time until then; negative afterwards."""
        return self.at - time.process_time()

    def check(self) -> None:
        """Raise `NoForm` when the time is over."""
        if self.left < 0:
            raise NoForm(SLOW)
