"""A bound on what a compressed packet may grow to: asyncssh has none, and 250 KB of zeros would be 250 MB."""

from __future__ import annotations

import zlib

from asyncssh.compression import Decompressor, get_compressor, register_compression_alg

_NAME = b"zlib@openssh.com"
_MOST = 1 << 18
"""Bytes of a packet; a client's longest ones hold 32 KB."""


class _Inflate(Decompressor):
    """As asyncssh's own, up to the bound."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()

    def decompress(self, data: bytes) -> bytes | None:
        """The packet; None ends the connection."""
        try:
            packet = self._stream.decompress(data, _MOST)
        except zlib.error:
            return None
        return None if self._stream.unconsumed_tail else packet


def bound_inflation() -> None:
    """Let all of asyncssh's connections in this process inflate so."""
    register_compression_alg(_NAME, lambda: get_compressor(b"zlib"), _Inflate, after_auth=True, default=True)
