"""Names that stand for learners in a report that is passed on: always the same, and not to be turned back."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path

FILE = "pseudonyms.key"
_BYTES = 32
_LETTERS = 8


class BadKey(Exception):
    """The key can't be read or made: one sentence."""


def pseudonym(name: str, key: bytes) -> str:
    """What `name` is called under this key. Without the key nobody can tell, not even by trying all names."""
    digest = hmac.digest(key, name.encode("utf-8", "replace"), "sha256")
    return "student-" + base64.b32encode(digest).decode("ascii")[:_LETTERS].lower()


def key_in(directory: Path) -> bytes:
    """The key kept in `directory`, made at the first use, for its owner alone (0600).

    Raises:
        BadKey: it can't be read or written, or is not one of ours.
    """
    file = directory / FILE
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = file.read_bytes()
        else:
            key = secrets.token_bytes(_BYTES)
            with os.fdopen(descriptor, "wb") as new:
                new.write(key)
    except OSError as error:
        raise BadKey(f"The key of the pseudonyms, {file}, can't be used ({error.strerror}).") from None
    if len(key) != _BYTES:
        raise BadKey(f"{file} is no key of pseudonyms: move it away, and a new one is made.")
    return key
