"""Personal codes: made of characters that can't be taken for each other, kept only as slow hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata

ALPHABET = "2345679ABCDEFGHJKMNPQRTVWXY"
"""27 characters, 4.75 bits each: of 0 and O, 1 and I and L, 2 and Z, 5 and S, 8 and B, U and V at most one is here."""
GROUPS, GROUP = 3, 4
"""Twelve characters are 57 bits: at 100 tries a second, twenty million years to find one by chance."""

_COST, _BLOCK, _LANES = 12, 8, 1
"""scrypt's log2(N), r and p: 4 MB and about 13 ms for each try."""
_COSTLIEST = 1 << 28
"""Bytes that a stored hash may ask for: a file that was tampered with must not stop the class."""
_LONGEST = 128
_SALT, _DIGEST = 16, 32


def new_code() -> str:
    """A code that nobody can guess, as `K7FQ-M2TD-9XRC`."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


def plain(code: str) -> str:
    """A code as it counts: whatever the case, the dashes and the blanks it was typed with."""
    folded = unicodedata.normalize("NFKC", code[:_LONGEST]).upper()
    return "".join(character for character in folded if _counts(unicodedata.category(character)))


def _counts(category: str) -> bool:
    return category != "Pd" and category[0] not in "ZC"


def hashed(code: str) -> str:
    """The code's hash, as it is stored: `scrypt$12$8$1$salt$digest`. Takes about 13 ms."""
    salt = secrets.token_bytes(_SALT)
    return _written(salt, _digest(code, salt, _COST, _BLOCK, _LANES))


def verify(code: str, stored: str) -> bool:
    """Whether this code has that hash. Blocks for about 13 ms, whatever the code; False if the hash is unreadable."""
    read = _read(stored)
    if read is None:
        return False
    cost, block, lanes, salt, digest = read
    return hmac.compare_digest(_digest(code, salt, cost, block, lanes), digest)


def is_hash(stored: str) -> bool:
    """Whether `hashed` could have written that."""
    return _read(stored) is not None


def _digest(code: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(
        plain(code).encode(), salt=salt, n=1 << cost, r=block, p=lanes, maxmem=_COSTLIEST + (1 << 20), dklen=_DIGEST
    )


def _written(salt: bytes, digest: bytes) -> str:
    texts = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join(("scrypt", str(_COST), str(_BLOCK), str(_LANES), *texts))


def _read(stored: str) -> tuple[int, int, int, bytes, bytes] | None:
    parts = stored.split("$")
    if len(parts) != 6 or parts[0] != "scrypt" or not all(part.isascii() and part.isdigit() for part in parts[1:4]):
        return None
    if any(len(part) > 2 for part in parts[1:4]):
        return None
    cost, block, lanes = map(int, parts[1:4])
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[4:])
    except (binascii.Error, ValueError):
        return None
    sensible = cost >= 1 and block >= 1 and lanes == 1 and 128 * block << cost <= _COSTLIEST
    return (cost, block, lanes, salt, digest) if sensible and salt and len(digest) == _DIGEST else None


NOBODYS = _written(bytes(_SALT), bytes(_DIGEST))
"""A hash that no code has. Checking against it takes as long as checking against someone's."""
