"""Judges an answer against what torch did.

In this order: can it be read, its kind, its shape, its value, then the mistakes that would give it, then a
general word. What is invalid costs the learner nothing.
"""

from __future__ import annotations

import re

from autograd_tutor import notation
from autograd_tutor.course import model as course
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching import answers, derivations, formulas, labels, latex, shapes
from autograd_tutor.teaching.closeness import FEWEST, all_equal, same_shape, some_coarse
from autograd_tutor.teaching.diagnosis import again, diagnose, is_imagined
from autograd_tutor.teaching.kinds import mismatch
from autograd_tutor.teaching.model import Judgement, Mistake, Reading, Unreadable
from autograd_tutor.teaching.scene import Scene, called, line, root_of
from autograd_tutor.teaching.truth import truth
from autograd_tutor.trace import Array, Found, Raised, Stopped

FEW_DIGITS = "Give three digits, or write the number exactly, such as 2/3 or cos(16)."
_FLAG = re.compile(r"\.(requires_grad|is_leaf|retains_grad|is_inference\(\)|is_sparse)$|\bis (not )?None$")
_LINE = re.compile(r"(?:(?:at|in|on)\s+)?(?:line\s+)(\d+)", re.I)


def judge(text: str, run: Run, target: str, own: tuple[course.Mistake, ...] = ()) -> Judgement:
    """The verdict on `text` as a prediction of `target` in `run`; `own` are the lesson's own mistakes."""
    scene = Scene(run, target)
    found = scene.found
    if isinstance(run.trace.outcome, Stopped):
        return Judgement("invalid", "", f"There is nothing to judge by. {run.trace.outcome.message}")
    if found is not None and found.kind == "text" and scene.raised is None:
        return _text(text, found.text or "")
    names = formulas.scope(run, target)
    text = _unlabelled(text, scene)
    reading = answers.read(shapes.listed(text) if shapes.asked(target) else text, names.names)
    if isinstance(reading, Unreadable):
        return Judgement("invalid", "", reading.message)
    if scene.raised is None and (found is None or found.kind == "missing"):
        return Judgement("invalid", reading.read_as, f"{target} is not there at the program's end.")
    if _FLAG.search(target) and reading.kind not in ("flag", "raises"):
        return Judgement("invalid", reading.read_as, f"{target} is either so or not: answer yes, no, or raises.")
    if reading.kind == "flag" and (target.endswith(".grad") or _holds_no_flag(found)):
        message = f"{target} is no yes or no: answer with a number, a list, a formula, None, or raises."
        return Judgement("invalid", reading.read_as, message)
    found_out = _judged(reading, scene, names, own)
    if reading.doubt and found_out.verdict == "wrong":
        other = answers.read(reading.other, names.names)
        if isinstance(other, Unreadable) or _judged(other, scene, names, own).verdict != "wrong":
            return Judgement("invalid", "", reading.doubt)
    return found_out


def _holds_no_flag(found: Found | None) -> bool:
    value = found.value if found is not None else None
    return found is not None and (found.kind == "none" or (value is not None and value.dtype != "bool"))


def _unlabelled(text: str, scene: Scene) -> str:
    """`3` for `x.grad = 3` or `dy/dx = 3`, where that is what was asked."""
    label, rest = labels.parted(latex.plain(text))
    asked = {"".join(scene.target.split())}
    if scene.target == f"{scene.name}.grad":
        asked |= {f"{d}{scene.root}/{d}{scene.name}" for d in "d∂"}
    return rest if label in asked else text


def _judged(reading: Reading, scene: Scene, names: formulas.Scope, own: tuple[course.Mistake, ...]) -> Judgement:
    held = scene.found.value if scene.found is not None else None
    try:
        value = valued(reading, names, held)
    except Invalid as invalid:
        return Judgement("invalid", reading.read_as, str(invalid))
    if held is not None and _imaginary(value) and not held.dtype.startswith("complex"):
        return Judgement("invalid", reading.read_as, f"{scene.target} is real here: it has no imaginary part.")
    if scene.raised is not None and reading.kind == "raises":
        return _error(reading, scene.raised)
    outcome = _compared(reading, value, scene, names)
    if outcome is None:
        return _wrong(reading, value, scene, own, names)
    if outcome.verdict == "right" and scene.raised is not None:
        where = line(scene.raised.span)
        message = f"{scene.target} does hold that. But the program does not reach its end: {where} raises."
        kind = mismatch(reading, scene)
        return Judgement("partly", reading.read_as, message, (*again(scene), *(() if kind is None else (kind,))))
    return outcome


def _imaginary(value: Array | None) -> bool:
    return value is not None and value.dtype.startswith("complex")


class Invalid(Exception):
    """An answer that can be read but not judged; costs nothing."""


def valued(reading: Reading, names: formulas.Scope, held: Array | None) -> Array | None:
    """The answer's value: a formula's at the program's numbers, in the shape of what is held, if anything is."""
    if reading.formula is None:
        return reading.value
    formula = formulas.read(reading.formula, names.names)
    if formula is None:
        raise Invalid("I cannot read this formula here.")
    if unknown := names.unknown(formula):
        known = [name for name in sorted(names.names) if "[" not in name and "." not in name]
        use = f" A formula may use {', '.join(known)}." if known else ""
        raise Invalid(f"I do not know {' and '.join(unknown)} here.{use}")
    try:
        return names.value(formula, held.shape if held is not None else names.shape(formula))
    except formulas.Unvalued as unvalued:
        raise Invalid(f"A formula with {unvalued} has no single value here: write the numbers out.") from None


def _compared(reading: Reading, value: Array | None, scene: Scene, names: formulas.Scope) -> Judgement | None:
    """Right or invalid; None if it is wrong."""
    found = scene.found
    if found is None or found.kind == "missing":
        return None
    if found.kind == "none" or reading.kind == "none":
        same = found.kind == "none" and reading.kind == "none"
        return Judgement("right", reading.read_as, "Right.") if same else None
    if found.kind == "flag" or reading.kind == "flag":
        same = reading.flag is not None and reading.flag == _flag(found)
        return Judgement("right", reading.read_as, "Right.") if same else None
    if value is None or found.value is None:
        return None
    if found.value.data is None:
        return Judgement("invalid", reading.read_as, f"{scene.target} has too many elements to be judged here.")
    if all_equal(value, found.value, reading.precision):
        return _formula(reading, names, scene) if reading.formula else Judgement("right", reading.read_as, "Right.")
    if reading.formula is None and _too_short(reading, value, scene, found.value):
        return Judgement("invalid", reading.read_as, FEW_DIGITS)
    return None


def _flag(found: Found) -> bool | None:
    """The truth as yes or no, also that of a tensor which is one: `y > 3`."""
    value = found.value
    if value is not None and value.dtype == "bool" and not value.shape and value.data:
        return bool(value.data[0])
    return found.flag


def _too_short(reading: Reading, value: Array, scene: Scene, truth: Array) -> bool:
    """Near the truth, but with too few digits to say; what some mistake gives exactly is meant as it stands."""
    whole = "." not in reading.text
    if not some_coarse(value, truth, reading.precision, whole=whole):
        return False
    return not is_imagined(value, scene, exactly=not whole) or (not whole and _rounding(reading, value, truth))


def _rounding(reading: Reading, value: Array, truth: Array) -> bool:
    """The truth to two digits: 6.7 for 6.6918."""
    enough = all(digits is None or digits >= FEWEST - 1 for digits in reading.precision)
    return enough and some_coarse(value, truth, reading.precision, whole=True)


def _formula(reading: Reading, names: formulas.Scope, scene: Scene) -> Judgement:
    """A formula that is right at the program's numbers: is it right elsewhere too?"""
    formula = formulas.read(reading.formula or "", names.names)
    same = names.against_closed_form(formula).same if formula is not None else None
    if same is None:
        message = "Right at the program's numbers; there is no closed form to compare it with elsewhere."
        return Judgement("right", reading.read_as, message)
    if same:
        return Judgement("right", reading.read_as, "Right, also at other numbers than the program's.")
    one = scene.run.whole.of(scene.target)
    if one is not None and one.holds:
        return Judgement("right", reading.read_as, f"Right at the program's numbers. {one.holds}")
    words = "With these numbers the formula fits, but with others it does not. What would it be for any input?"
    chance = Mistake("fits-by-chance", "O", words, certain=True)
    known = derivations.slip(formula, names, scene, ()) if formula is not None else ()
    return Judgement("wrong", reading.read_as, (*known, chance)[0].words, (*known, chance))


def _error(reading: Reading, raised: Raised) -> Judgement:
    said = " ".join(reading.raises.split()).casefold()
    if place := _LINE.fullmatch(said):
        if raised.span is not None and raised.span.line == int(place.group(1)):
            return Judgement("right", reading.read_as, "Right.")
        return Judgement("wrong", reading.read_as, "An error, yes, but not on that line.")
    whole = " ".join(f"{raised.type}: {raised.message}".split()).casefold()
    if all(part in whole for part in (said.partition(":") if ":" in said else (said,))):
        return Judgement("right", reading.read_as, "Right.")
    return Judgement("wrong", reading.read_as, "An error, yes, but not that one. What does torch miss there?")


def _wrong(
    reading: Reading, value: Array | None, scene: Scene, own: tuple[course.Mistake, ...], names: formulas.Scope
) -> Judgement:
    mistakes, message = diagnose(reading, value, scene, own)
    message = message or _general(reading, value, scene)
    formula = formulas.read(reading.formula, names.names) if reading.formula else None
    if formula is not None:
        known = derivations.slip(formula, names, scene, mistakes)
        if known:
            mistakes, message = known, known[0].words
        message = f"{message} {derivations.counterexample(formula, names, scene)}".strip()
    elif value is not None and not mistakes:
        mistakes = derivations.slip_of_value(value, reading, names, scene)
        message = mistakes[0].words if mistakes else message
    return Judgement("wrong", reading.read_as, message, mistakes)


def _general(reading: Reading, value: Array | None, scene: Scene) -> str:
    """When no mistake is known that gives this answer."""
    held = scene.found.value if scene.found is not None else None
    if reading.kind == "flag":
        return f"Look at the lines that make {scene.name}, and at what they make it from."
    if value is not None and held is not None and not same_shape(value, held):
        return f"{notation.shape(value).capitalize()}, but {_sizes(held, scene)}"
    return _where_to_begin(scene)


def _where_to_begin(scene: Scene) -> str:
    """A way to work the target out: along the pass that filled it, or along the lines that made it."""
    one = scene.run.whole.of(scene.target)
    if one is None or not one.steps:
        return f"Go through the lines that lead to {scene.target} one by one, with the numbers that they are given."
    if one.rewritten:
        return f"What do the lines after the backward pass make of {scene.target}?"
    last = one.steps[-1]
    root = root_of(scene.trace, scene.trace.passes[last.pass_])
    end = scene.trace.nodes[scene.trace.edges[last.edge].head if last.edge is not None else last.node].tensor
    name = called(scene.trace.tensors[end]) if end is not None else scene.name
    return f"Start at {root} and go back to {name} one operation at a time."


def _sizes(held: Array, scene: Scene) -> str:
    size = notation.shape(held)
    of = "has" if len(held.shape) == 1 else "is"
    if scene.target.endswith(".grad"):
        return f"{scene.name} {of} {size}, and a gradient has the shape of its tensor."
    return f"{scene.target} {of} {size}."


def _text(text: str, truth: str) -> Judgement:
    """For targets that are neither numbers nor flags: the same text, but for blanks, quotes and capitals."""

    def bare(one: str) -> str:
        return re.sub(r"[\s'\"]|^torch\.", "", one.strip()).casefold()

    if not text.strip():
        return Judgement("invalid", "", "Type what it is, as Python would print it.")
    right = bare(text) == bare(truth)
    return Judgement("right" if right else "wrong", text.strip(), "Right." if right else "Not that.")


__all__ = ["judge", "truth"]
