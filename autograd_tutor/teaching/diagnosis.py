"""Which mistakes would give just this answer: a match against the imagined passes, and the words for it."""

from __future__ import annotations

from autograd_tutor.course import model as course
from autograd_tutor.explanation import ImaginedPass
from autograd_tutor.mistakes import KINDS
from autograd_tutor.teaching.closeness import Digits, all_equal, some_coarse
from autograd_tutor.teaching.kinds import mismatch, small_integer
from autograd_tutor.teaching.model import Mistake, Reading
from autograd_tutor.teaching.scene import Scene
from autograd_tutor.teaching.words import WORDS, Words
from autograd_tutor.trace import Array

MOST = 3
"""More mistakes than these at once help nobody."""
OWN = "own"


def diagnose(
    reading: Reading, value: Array | None, scene: Scene, own: tuple[course.Mistake, ...]
) -> tuple[Mistake, ...]:
    """The mistakes behind a wrong answer, the likeliest first.

    Args:
        reading: the answer.
        value: its value; for a formula, that at the program's numbers.
        scene: the run and the target.
        own: the lesson's own mistakes, whose answers are among the imagined passes.
    """
    kind = mismatch(reading, scene)
    matching = [one for one in _imagined(scene) if _gives(one, reading, value)]
    families = {_family(one) for one in matching}
    certain = len(families) == 1 and (reading.kind == "none" or not small_integer(value))
    found = [_worded(one, scene, own, certain=certain) for one in matching[:MOST]]
    return tuple([*found, kind] if kind is not None else found)


def too_short(value: Array, digits: tuple[Digits, ...], scene: Scene) -> bool:
    """Whether the answer is some mistake's value cut to fewer than three digits, so that it can't be told which."""
    return any(
        one.value is not None and some_coarse(value, one.value, digits) and not _blurred_by_chance(value)
        for one in _imagined(scene)
    )


def is_imagined(value: Array, scene: Scene) -> bool:
    """Whether some mistake gives exactly this value."""
    return any(one.value is not None and all_equal(value, one.value) for one in _imagined(scene))


def _blurred_by_chance(value: Array) -> bool:
    return small_integer(value)


def _imagined(scene: Scene) -> tuple[ImaginedPass, ...]:
    return scene.run.whole.imagine(scene.target)


def _gives(one: ImaginedPass, reading: Reading, value: Array | None) -> bool:
    if reading.kind == "none":
        return one.value is None
    if value is None or one.value is None:
        return False
    return all_equal(value, one.value, _digits(reading)) and value.shape == one.value.shape


def _digits(reading: Reading) -> tuple[Digits, ...]:
    return reading.each if reading.kind == "tensor" else (reading.digits,)


def _family(one: ImaginedPass) -> str:
    return OWN if one.family == OWN else one.family[:1]


def _worded(one: ImaginedPass, scene: Scene, own: tuple[course.Mistake, ...], *, certain: bool) -> Mistake:
    words = next((mistake.words for mistake in own if mistake.tag == one.tag), None)
    return Mistake(
        tag=one.tag,
        family=_family(one),
        words=words or sentence(one, scene, certain=certain),
        nodes=one.nodes,
        edges=one.edges,
        certain=certain,
    )


def sentence(one: ImaginedPass, scene: Scene, *, certain: bool) -> str:
    """A mistake in words: said outright if certain, else asked."""
    words = WORDS.get(one.tag) or _plain(one)
    facts = {
        "node": scene.node(one.nodes[0]) if one.nodes else one.detail or "one operation",
        "nodes": scene.nodes(one.nodes) if one.nodes else one.detail or "one operation",
        "name": scene.name,
        "target": scene.target,
        "root": scene.root,
        "detail": one.detail or "another tensor",
    }
    rest, nudge = (text.format_map(facts) for text in (words.rest, words.nudge))
    belief = f"It looks as if you {words.past} {rest}." if certain else f"Did you {words.verb} {rest}?"
    return f"{belief} {nudge}".strip()


def _plain(one: ImaginedPass) -> Words:
    """For a tag without words of its own."""
    meaning = KINDS[one.tag].meaning.partition(";")[0] if one.tag in KINDS else one.tag.replace("-", " ")
    return Words("think of", "thought of", f"this: {meaning.replace('{', '').replace('}', '')}")
