"""Limits on wrong codes: enough to make guessing hopeless, too little to keep anyone out of their class."""

from __future__ import annotations

from collections import OrderedDict, deque

import msgspec

from autograd_tutor.classroom.names import same_as

_Times = OrderedDict[str, deque[float]]
"""When each name's, or address's, wrong codes came, oldest first; the one last heard of at the end."""


class Limits(msgspec.Struct, frozen=True):
    """How much is borne. Times are in seconds."""

    window: float = 600
    """Wrong codes older than this are forgotten."""
    free: int = 10
    """Wrong codes for one name, from anywhere, before its next tries have to wait."""
    first_wait: float = 0.5
    """The first wait for that name; each further wrong code doubles it."""
    longest_wait: float = 2
    """Short, since whoever guesses at alice's code keeps alice waiting too; codes are long enough to bear it."""
    each_address: int = 300
    """Wrong codes from one address within the window, before its next tries have to wait."""
    address_wait: float = 1
    """That wait. A class often shares one address: one student's guesses must not close the door to all."""
    slips: int = 3
    """Wrong codes that a name of the class may have had and still need not wait for what its address did."""
    remembered: int = 4096
    """Names, and addresses, that are kept in mind; those quiet for longest are forgotten first."""


class Throttle:
    """Counts tries by name and by address. It has no clock: `now` is in seconds and never goes back.

    Memory is bounded, whatever names are tried. Not to be shared between threads.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._names: _Times = OrderedDict()
        self._addresses: _Times = OrderedDict()

    def wait(self, name: str, address: str, now: float, *, own_code: bool = False) -> float:
        """Seconds until a code for this name, from this address, may be tried; 0 if at once.

        `own_code`: the name is one of the class's, with a code that nobody else has.
        """
        limits = self._limits
        own = self._recent(self._names, _key(name), now)
        shared = self._recent(self._addresses, address, now)
        waits = [0.0]
        if len(own) >= limits.free:
            doubled = limits.first_wait * 2.0 ** min(len(own) - limits.free, 60)
            waits.append(own[-1] + min(doubled, limits.longest_wait) - now)
        if len(shared) >= limits.each_address and not (own_code and len(own) < limits.slips):
            waits.append(shared[-1] + limits.address_wait - now)
        return max(waits)

    def allowed(self, name: str, address: str, now: float, *, own_code: bool = False) -> bool:
        """Whether a code may be tried now. If so the try counts as a wrong one until `succeeded` says otherwise.

        Counting first keeps a hundred connections at once from each having a try.
        """
        if self.wait(name, address, now, own_code=own_code) > 0:
            return False
        self._note(self._names, _key(name), now)
        self._note(self._addresses, address, now)
        return True

    def succeeded(self, name: str, address: str) -> None:
        """The try was right: the name's wrong codes are forgotten, and the address's count is as it was before it."""
        self._names.pop(_key(name), None)
        shared = self._addresses.get(address)
        if shared:
            shared.pop()

    def _recent(self, times: _Times, key: str, now: float) -> deque[float]:
        recent: deque[float] = times.get(key, deque())
        while recent and recent[0] <= now - self._limits.window:
            recent.popleft()
        return recent

    def _note(self, times: _Times, key: str, now: float) -> None:
        # No try is counted beyond a limit's reach, so no queue is longer than the larger limit.
        most = max(self._limits.free + 60, self._limits.each_address)
        times.setdefault(key, deque(maxlen=most)).append(now)
        times.move_to_end(key)
        while len(times) > self._limits.remembered:
            times.popitem(last=False)


def _key(name: str) -> str:
    return same_as(name.strip()[:64])
