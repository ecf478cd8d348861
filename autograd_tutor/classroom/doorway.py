"""Connections that have not logged in yet: how many may stand in the doorway, and who goes when it is full."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

MOST = 400
"""More than a class that joins at once."""

Connection = TypeVar("Connection")


class Doorway(Generic[Connection]):
    """The connections on their way in. When there is no more room, someone who stands there long makes it.

    A login takes a second, an idle connection stays: so turning away the oldest, from the address that has most
    of them, keeps the door open for a class even while one machine opens connections without end.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._standing: dict[str, OrderedDict[Connection, None]] = {}

    def enter(self, address: str, connection: Connection) -> Connection | None:
        """A connection came; returns the one to close in its place, None while there is room."""
        self._standing.setdefault(address, OrderedDict())[connection] = None
        if len(self) <= self._most:
            return None
        fullest = max(self._standing, key=lambda address: len(self._standing[address]))
        turned_away = next(iter(self._standing[fullest]))
        self.leave(fullest, turned_away)
        return turned_away

    def leave(self, address: str, connection: Connection) -> None:
        """A connection logged in, or ended."""
        standing = self._standing.get(address)
        if standing is None:
            return
        standing.pop(connection, None)
        if not standing:
            del self._standing[address]

    def __len__(self) -> int:
        return sum(map(len, self._standing.values()))
