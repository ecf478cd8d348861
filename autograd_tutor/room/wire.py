"""How messages cross a stream socket: four bytes of length, then MessagePack."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from autograd_tutor.room.messages import encoder

LIMIT = 64 << 20
"""Bytes of one message; a run's trace is the largest."""
_LENGTH = struct.Struct(">I")


class BadMessage(Exception):
    """What arrived is no message."""


def pack(message: msgspec.Struct) -> bytes:
    """The message as it goes out."""
    payload = encoder.encode(message)
    return _LENGTH.pack(len(payload)) + payload


class Unpacker:
    """Puts messages together from what arrives, in whatever pieces."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole now. Raises BadMessage for one beyond the limit."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > self._limit:
                raise BadMessage
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            message = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            yield message
