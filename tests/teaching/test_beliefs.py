"""Every mistake that can be recognised has a short name, and no two the same."""

import re
from pathlib import Path

from autograd_tutor import teaching
from autograd_tutor.mistakes import KINDS
from autograd_tutor.room.view import RIGHT, UNKNOWN
from autograd_tutor.teaching.beliefs import BELIEFS, LONGEST, belief


def _made_in(module: str) -> set[str]:
    """The tags that a module gives to mistakes that it finds itself, read from its source."""
    source = (Path(teaching.__file__).parent / module).read_text(encoding="utf-8")
    return set(re.findall(r'"((?:[a-z]+-)+(?:for-[a-z-]+|by-[a-z]+))"', source))


def test_every_tag_has_a_name_and_no_other():
    found = _made_in("kinds.py") | _made_in("grading.py")
    assert len(found) > 8
    assert set(BELIEFS) == {RIGHT, UNKNOWN} | (set(KINDS) - {"own"}) | found


def test_names_are_short_and_tell_mistakes_apart():
    assert all(0 < len(words) <= LONGEST for words in BELIEFS.values())
    assert len(set(BELIEFS.values())) == len(BELIEFS)


def test_a_lessons_own_mistake_is_read_as_it_is_written():
    assert belief("half-lost") == "half lost"
    assert belief("") == ""
