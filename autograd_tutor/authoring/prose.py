"""Whether the words shown before an answer tell it, and whether the code fits on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_tutor.authoring.finding import Finding
from autograd_tutor.course.document import Place
from autograd_tutor.course.model import Variant
from autograd_tutor.teaching.closeness import equal, real
from autograd_tutor.trace import Found

WIDEST = 72
"""Characters of a line of code, so that it stands whole on a terminal of 80 columns."""
LONGEST = 12
"""Lines of code, so that it stands whole on a terminal of 24 rows."""

_ANSWERS = frozenset({"yes", "no", "raises", "None", "nan", "inf", "True", "False"})
"""What a learner may be told to type."""

_NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]?\d)")


def fits(variant: Variant) -> Iterator[Finding]:
    """Lines of code that are too wide, or too many."""
    lines = variant.code.splitlines()
    for offset, line in enumerate(lines):
        if len(line) > WIDEST:
            problem = f"This line of code has {len(line)} characters with its numbers put in."
            yield Finding(("code",), problem, f"Break it, to {WIDEST} at most.", offset)
    if len(lines) > LONGEST:
        yield Finding(("code",), f"The code has {len(lines)} lines.", f"Shorten it to {LONGEST} at most.")


def strangers(variant: Variant) -> Iterator[Finding]:
    """Names in the prose, between backticks, that the code does not have."""
    known = set(re.findall(r"\w+", variant.code)) | _ANSWERS
    for offset, line in enumerate(variant.prose.splitlines()):
        for name in re.findall(r"`([A-Za-z_]\w*)`", line):
            if name not in known:
                fix = "Name what is there, or leave the backticks out."
                yield Finding(("prose",), f"The prose speaks of {name}, which is not in the code.", fix, offset)


def tells(variant: Variant, found: Found) -> Iterator[Finding]:
    """Where the prose, a question or a hint names the answer."""
    for place, text in _shown_before(variant):
        for offset, line in enumerate(text.splitlines()):
            if _names(line, found):
                fix = "Say it without the answer."
                yield Finding(place, f"This tells the answer to {found.target}: “{line.strip()[:60]}”.", fix, offset)


def _shown_before(variant: Variant) -> Iterator[tuple[Place, str]]:
    yield ("title",), variant.exercise.title
    yield ("prose",), variant.prose
    for at, question in enumerate(variant.questions):
        yield ("questions", at, "ask"), question.ask or ""
    for at, hint in enumerate(variant.hints):
        yield ("hints", at), hint


def _names(line: str, found: Found) -> bool:
    if found.kind == "none":
        return re.search(r"\bNone\b", line) is not None
    if found.kind != "tensor" or found.value is None or not found.value.data:
        return False
    numbers = [float(text.replace("−", "-")) for text in _NUMBER.findall(line)]
    return all(any(equal(real(element), number) for number in numbers) for element in found.value.data)
