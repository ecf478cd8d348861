"""What a name that someone logs in with may be. Everything else about a person's name is free text elsewhere."""

from __future__ import annotations

import unicodedata

LONGEST = 32
_MARKS = "._-"
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks by Unicode's tables that no screen shows."""


class BadName(ValueError):
    """A name that nobody can log in with: one sentence that says what may stand there."""


def login_name(text: str) -> str:
    """The name as it is kept: without blanks around it, composed (NFC).

    Raises:
        BadName: it is empty, too long, begins with a mark, or holds anything but letters, digits, `.`, `_`, `-`.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if not name:
        raise BadName("An empty name is no name: write one that its owner can type after ssh.")
    if len(name) > LONGEST:
        raise BadName(f"{quoted(name)} is longer than {LONGEST} characters: choose a shorter login name.")
    if not (name[0] == "_" or unicodedata.category(name[0])[0] in "LN") or not all(map(_may_stand, name)):
        raise BadName(
            f"{quoted(name)} can't be a login name: use letters, digits, . _ - (a letter or a digit first), "
            "as in `alice, Alice Adams`."
        )
    return name


def _may_stand(character: str) -> bool:
    category = unicodedata.category(character)
    seen = character not in _INVISIBLE and not "\ufe00" <= character <= "\ufe0f"
    return character in _MARKS or (seen and (category[0] == "L" or category in ("Mn", "Mc", "Nd")))


def same_as(name: str) -> str:
    """A key under which two names that people would take for one (alice, Alice) are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def quoted(text: str) -> str:
    """Someone's text in a sentence: on one line, short, its control characters escaped."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
