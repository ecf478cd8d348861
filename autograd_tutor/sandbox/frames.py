"""Frames: how plain data crosses a pipe. One letter of kind, four bytes of length, the payload."""

from __future__ import annotations

import struct
from typing import IO

from autograd_tutor.sandbox.protocol import FRAME_LIMIT

READY = b"R"
"""A worker is warm (`Ready`)."""
JOB = b"J"
"""What to run (`Job`)."""
BEGUN = b"B"
"""The child begins the program: its time counts from now."""
TRACE = b"T"
EXPLANATION = b"E"
FORMS = b"C"
NOTE = b"N"
"""Why an instalment is missing: a sentence as text."""
DONE = b"D"
"""A child's last frame."""
END = b"X"
"""How the run ended (`End`), the supervisor's last frame."""

KINDS = frozenset({READY, JOB, BEGUN, TRACE, EXPLANATION, FORMS, NOTE, DONE, END})
_HEADER = struct.Struct(">cI")


class BadFrame(Exception):
    """What arrived is no frame; `too_large`: it is one, beyond `FRAME_LIMIT`."""

    def __init__(self, too_large: bool = False) -> None:
        super().__init__("the frame is too large" if too_large else "no frame")
        self.too_large = too_large


def write(stream: IO[bytes], kind: bytes, payload: bytes = b"") -> None:
    """Send one frame. Raises OSError where nobody reads any more."""
    stream.write(_HEADER.pack(kind, len(payload)))
    stream.write(payload)
    stream.flush()


def read(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next frame's kind and payload; None at the end of the stream. Raises BadFrame, OSError."""
    header = stream.read(_HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise BadFrame
    kind, length = _HEADER.unpack(header)
    if kind not in KINDS:
        raise BadFrame
    if length > FRAME_LIMIT:
        raise BadFrame(too_large=True)
    payload = stream.read(length)
    if len(payload) < length:
        raise BadFrame
    return kind, payload
