"""The server's own key: made at the first serve, kept, and known by its fingerprint."""

from __future__ import annotations

import os
from pathlib import Path

import asyncssh

FILE = "host_key"


class BadHostKey(Exception):
    """The host key can't be read or kept: one sentence that says where and what to do."""


def host_key(data: Path) -> asyncssh.SSHKey:
    """The key in the class's data folder (ed25519, mode 0600), made if there is none.

    Raises:
        BadHostKey: the file is damaged, or can't be written.
    """
    file = data / FILE
    try:
        if not file.exists():
            _keep(file, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        return asyncssh.read_private_key(file)
    except (OSError, asyncssh.KeyImportError) as problem:
        raise BadHostKey(
            f"The host key {file} can't be used ({problem}): mend the folder, or move the file away; a new key is "
            "made then, and students have to accept its fingerprint once."
        ) from None


def _keep(file: Path, key: bytes) -> None:
    """Whole or not at all: a key cut off by a crash would lock the class out."""
    new = file.with_suffix(".new")
    descriptor = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(key)
        stream.flush()
        os.fsync(stream.fileno())
    new.rename(file)
