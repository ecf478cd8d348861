"""Which mistakes would give just this answer: a match against the imagined passes, and the words for it."""

from __future__ import annotations

import math
from typing import NamedTuple

from autograd_tutor.course import model as course
from autograd_tutor.explanation import ImaginedPass
from autograd_tutor.mistakes import KINDS
from autograd_tutor.teaching import flags, shapes
from autograd_tutor.teaching.closeness import all_equal, equal, real, same_shape, some_coarse
from autograd_tutor.teaching.kinds import mismatch, small_integer
from autograd_tutor.teaching.model import Mistake, Reading
from autograd_tutor.teaching.scene import Scene, called, line
from autograd_tutor.teaching.words import WORDS, Words
from autograd_tutor.trace import Array, Complex, Scalar

MOST = 6
"""More mistakes than these at once help nobody; one of each family comes first."""
LONGEST = 60
"""Characters; a longer list of operations is not spelled out."""
OWN = "own"


class Diagnosis(NamedTuple):
    """What is behind a wrong answer."""

    mistakes: tuple[Mistake, ...]
    """The likeliest first."""
    message: str
    """What to tell the learner; empty if no mistake is known."""


def diagnose(reading: Reading, value: Array | None, scene: Scene, own: tuple[course.Mistake, ...]) -> Diagnosis:
    """The mistakes that would give just this answer.

    Args:
        reading: the answer.
        value: its value; for a formula, that at the program's numbers.
        scene: the run and the target.
        own: the lesson's own mistakes, whose answers are among the imagined passes.
    """
    kind = mismatch(reading, scene)
    every = [one for one in _imagined(scene) if _gives(one, reading, value)]
    pairs = [one for one in every if one.also is not None]
    if pairs and len(pairs) == len(every) and kind is None:
        return _both(pairs[0], scene)
    matching = _varied(_telling([one for one in every if one.also is None], kind))[:MOST]
    families = list(dict.fromkeys(map(_family, matching)))
    chance = value is not None and (
        small_integer(value) or any(_cut_short(reading, value, one.value) for one in matching)
    )
    certain = len(families) == 1 and not chance
    mistakes = [_worded(one, scene, own, certain=certain) for one in matching]
    mistakes += [
        one for one in (kind, *shapes.mistaken(value, scene), *flags.beside(reading, scene)) if one is not None
    ]
    if len(families) > 1 and OWN not in families:
        told = [family for family in families if family != "N" or "D" not in families]  # a cut says why nothing arrives
        if kind is not None and told[0] == "D":
            told = told[:1]
        others = [next(one for one in matching if _family(one) == family) for family in told[:2]]
        if len(others) == 1:
            return Diagnosis(tuple(mistakes), sentence(others[0], scene, certain=False))
        return Diagnosis(tuple(mistakes), either(others[0], others[1], scene))
    return Diagnosis(tuple(mistakes), mistakes[0].words if mistakes else "")


def _both(one: ImaginedPass, scene: Scene) -> Diagnosis:
    """Two slips that give the answer together: never said as certain."""
    slips = [one] if one.also is None else [one, one.also]
    first, second = (_filled(slip, scene) for slip in (slips[0], slips[-1]))
    words = f"Two slips at once? Did you {first.verb} {first.rest}, and {second.verb} {second.rest}? {first.nudge}"
    mistakes = [Mistake(slip.tag, _family(slip), words.strip(), slip.nodes, slip.edges) for slip in slips]
    return Diagnosis(tuple(mistakes), mistakes[0].words)


def _telling(matching: list[ImaginedPass], kind: Mistake | None) -> list[ImaginedPass]:
    """Without those that only say the same in other words.

    Of two that point at one operation (its slope left out, or the gradient just above it given) the first says
    more. And where there is no gradient at all, what cut it off comes first.
    """
    told: list[ImaginedPass] = []
    for one in matching:
        same = one.nodes and _family(one) == "V" and any(one.nodes[0] in other.nodes[:1] for other in told)
        if not same:
            told.append(one)
    if kind is None:
        return told
    cuts = [one for one in told if _family(one) in ("D", OWN)]
    return cuts + [one for one in told if one not in cuts and _family(one) != "N"]


def _varied(matching: list[ImaginedPass]) -> list[ImaginedPass]:
    """The first of each family, then the second of each."""
    before: list[str] = []
    ranked = []
    for one in matching:
        ranked.append((before.count(_family(one)), one))
        before.append(_family(one))
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]


def is_imagined(value: Array, scene: Scene, *, exactly: bool = False) -> bool:
    """Whether some mistake gives this value; `exactly`: but for float32's rounding."""
    single = [one.value for one in _imagined(scene) if one.also is None and one.value is not None]
    given = [one for one in single if same_shape(value, one)]
    if not exactly:
        return any(all_equal(value, one) for one in given)
    return any(all(map(_rounded, value.data or (), one.data or ())) for one in given)


def _rounded(typed: Scalar, imagined: Scalar) -> bool:
    return math.isclose(real(typed), real(imagined), rel_tol=1e-6, abs_tol=1e-9)


def _imagined(scene: Scene) -> tuple[ImaginedPass, ...]:
    return scene.run.whole.imagine(scene.target)


def _gives(one: ImaginedPass, reading: Reading, value: Array | None) -> bool:
    """Whether a mistake gives this answer, or this answer is its value cut to two digits."""
    if reading.kind == "none":
        return one.value is None
    if value is None or one.value is None:
        return False
    if _everywhere(value, one.value):
        return all(equal(real((value.data or ())[0]), number) for number in one.value.data or (math.inf,))
    return all_equal(value, one.value, reading.precision) or _cut_short(reading, value, one.value)


def _everywhere(value: Array, imagined: Array) -> bool:
    """A lone 0 or nan for a tensor of several elements: it is meant of each."""
    alone = (value.data or ())[0] if value.numel == 1 and value.data else 1.0
    return imagined.numel > 1 and not isinstance(alone, Complex) and (alone == 0 or math.isnan(alone))


def _cut_short(reading: Reading, value: Array, imagined: Array | None) -> bool:
    if imagined is None:
        return False
    decimal = "." in reading.text and all(digits is None or digits >= 2 for digits in reading.precision)
    return decimal and some_coarse(value, imagined, reading.precision, whole=True)


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


def again(scene: Scene) -> tuple[Mistake, ...]:
    """A2: where a further backward() found its graph freed, what was left taken for what that one brought."""
    if (
        scene.raised is None
        or scene.raised.pass_ is None
        or scene.last is None
        or scene.last.error_kind != "graph freed"
    ):
        return ()
    told = ImaginedPass(scene.target, "last-pass-only", "A2", None)
    return (Mistake("last-pass-only", "A", sentence(told, scene, certain=False)),)


def sentence(one: ImaginedPass, scene: Scene, *, certain: bool) -> str:
    """A mistake in words: said outright if certain, else asked."""
    words = _filled(one, scene)
    belief = f"It looks as if you {words.past} {words.rest}." if certain else f"Did you {words.verb} {words.rest}?"
    return f"{belief} {words.nudge}".strip()


def either(one: ImaginedPass, other: ImaginedPass, scene: Scene) -> str:
    """Two mistakes that give the same answer, as one question."""
    first, second = _filled(one, scene), _filled(other, scene)
    return f"Did you {first.verb} {first.rest}, or {second.verb} {second.rest}? {first.nudge}".strip()


def _filled(one: ImaginedPass, scene: Scene) -> Words:
    words = WORDS.get(one.tag) or _plain(one)
    named = one.detail if 0 < len(one.detail) <= LONGEST else "some operations"
    facts = {
        "node": scene.node(one.nodes[0]) if one.nodes else named,
        "nodes": scene.nodes(one.nodes) if one.nodes else named,
        "name": _variable(scene),
        "used": _used(one, scene),
        "target": scene.target,
        "held": scene.target if scene.target.endswith(".grad") else f"{scene.target}.grad",
        "root": "the result" if " in " in scene.root else scene.root,
        "detail": _other(one, scene),
    }
    return words._replace(rest=words.rest.format_map(facts), nudge=words.nudge.format_map(facts))


def _other(one: ImaginedPass, scene: Scene) -> str:
    """Another tensor: of two with one name, the line tells which."""
    tensor = scene.trace.nodes[one.nodes[0]].tensor if one.nodes else None
    span = None if tensor is None else scene.trace.tensors[tensor].span
    if one.tag == "gradient-of-other" and one.detail == scene.name and span is not None:
        return f"the {one.detail} of {line(span)}"
    return one.detail or "another tensor"


def _used(one: ImaginedPass, scene: Scene) -> str:
    """The operand that is used several times: where the mistake lies at an edge, what the edge leads to."""
    head = next((edge.head for edge in scene.trace.edges if edge.id in one.edges), None)
    tensor = None if head is None else scene.trace.nodes[head].tensor
    return _variable(scene) if tensor is None else called(scene.trace.tensors[tensor])


def _variable(scene: Scene) -> str:
    """What is differentiated by: `x` for `x.grad`, and for what autograd.grad returned; "the input" of a Jacobian."""
    tensor = scene.tensor
    if tensor is None or scene.target.endswith(".grad") or (tensor.is_leaf and tensor.requires_grad):
        return scene.name
    captured = [one.of for each in scene.trace.passes for one in each.captured if one.result == tensor.id]
    return called(scene.trace.tensors[captured[0]]) if captured else "the input"


def _plain(one: ImaginedPass) -> Words:
    """For a tag without words of its own."""
    meaning = KINDS[one.tag].meaning.partition(";")[0] if one.tag in KINDS else one.tag.replace("-", " ")
    return Words("think of", "thought of", f"this: {meaning.replace('{', '').replace('}', '')}")
