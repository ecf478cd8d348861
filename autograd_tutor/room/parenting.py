"""What the front and the warm parent of the sessions say to each other: one MessagePack map to a packet."""

from __future__ import annotations

import msgspec

from autograd_tutor.room.rules import Seat
from autograd_tutor.trace import Record


class Open(Record, frozen=True, tag=True):
    """Fork a session; two descriptors come along: the pty's own end, and the session's end of its line."""

    seat: Seat


class Up(Record, frozen=True, tag=True):
    """The parent is warm."""

    processes: int


class Forked(Record, frozen=True, tag=True):
    """A session runs."""

    number: int
    pid: int


class Over(Record, frozen=True, tag=True):
    """A session has ended: its exit code; negative: the signal."""

    number: int
    code: int


ToParent = Open
FromParent = Up | Forked | Over

from_parent: msgspec.msgpack.Decoder[FromParent] = msgspec.msgpack.Decoder(FromParent)
to_parent: msgspec.msgpack.Decoder[ToParent] = msgspec.msgpack.Decoder(ToParent)
