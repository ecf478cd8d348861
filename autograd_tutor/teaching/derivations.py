"""Wrong formulas: which slip in the derivation gives just this one, and where it can be seen that it is wrong.

The formulas that slips give are the explanation's; they are matched as functions, at many points.
"""

from __future__ import annotations

import math

from autograd_tutor import notation
from autograd_tutor.explanation import ImaginedFormula, ImaginedPass
from autograd_tutor.formula import Expr
from autograd_tutor.mistakes import KINDS
from autograd_tutor.teaching.closeness import all_equal, real
from autograd_tutor.teaching.diagnosis import sentence
from autograd_tutor.teaching.formulas import Scope, Unvalued
from autograd_tutor.teaching.kinds import small_integer
from autograd_tutor.teaching.model import Mistake, Reading
from autograd_tutor.teaching.sameness import compare
from autograd_tutor.teaching.scene import Scene
from autograd_tutor.trace import Array

VAGUE = frozenset({"constant-factor-lost"})
"""What these say, a mistake of torch's own that gives the same numbers says better: a mean's count forgotten."""


def slip(formula: Expr, scope: Scope, scene: Scene, by_value: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    """The mistake of which this formula is the result, or one of each family; nothing if none is known.

    `by_value` are the mistakes that give the formula's value at the program's numbers: where the same one is
    among them, it knows its place in the program, and is preferred. Those of other families come last.
    """
    one = scene.run.whole.of(scene.target)
    if one is None or not scope.speaks_of(formula):
        return ()
    definitions = dict(scope.definitions)
    same = [imagined for imagined in one.slips if compare(formula, imagined.formula, scope.here, definitions).same]
    first = {KINDS[imagined.tag].family[0]: imagined for imagined in reversed(same)}
    ranked = [imagined for imagined in same if imagined in first.values()]
    others = tuple(mistake for mistake in by_value if same and mistake.family not in first)
    found: list[Mistake] = []
    for imagined in ranked:
        placed = [mistake for mistake in by_value if mistake.tag == imagined.tag or imagined.tag in VAGUE]
        if len(ranked) > 1 and any(mistake.certain for mistake in placed):
            placed = []
        found += placed or [_worded(imagined, scene, certain=len(ranked) == 1 and not others)]
    return (*found, *others)


def slip_of_value(value: Array, reading: Reading, scope: Scope, scene: Scene) -> tuple[Mistake, ...]:
    """The same for a number or a list: the slip whose formula has this value at the program's numbers."""
    one = scene.run.whole.of(scene.target)
    for imagined in one.slips if one is not None else ():
        try:
            given = scope.value(imagined.formula, value.shape)
        except Unvalued:
            continue
        if all_equal(value, given, reading.precision):
            return (_worded(imagined, scene, certain=not small_integer(value)),)
    return ()


def _worded(imagined: ImaginedFormula, scene: Scene, *, certain: bool) -> Mistake:
    family = KINDS[imagined.tag].family
    told = ImaginedPass(scene.target, imagined.tag, family, None, detail=imagined.detail)
    return Mistake(imagined.tag, family[:1], sentence(told, scene, certain=certain), certain=certain)


def counterexample(formula: Expr, scope: Scope, scene: Scene) -> str:
    """Where the formula is wrong, without what is right there; empty if nothing is known to compare it with."""
    found = scope.against_closed_form(formula)
    if found.same is not False or found.left is None or not math.isfinite(float(found.left)):
        return ""
    at, left = _here(formula, scope, scene) or (found.at, float(found.left))
    place = ", ".join(f"{name} = {notation.number(value)}" for name, value in at.items())
    given = notation.number(left)
    if not scene.target.endswith(".grad"):
        return f"At {place} your formula gives {given}, and {scene.target} is not that there."
    move = f"move {scene.name} a little and see what {scene.root} does"
    return f"At {place} your formula gives {given}, and the slope there is not that: {move}."


def _here(formula: Expr, scope: Scope, scene: Scene) -> tuple[dict[str, float], float] | None:
    """The program's own numbers, and what the formula gives there; None where they are not single numbers."""
    truth = scene.found.value if scene.found is not None else None
    if truth is None or truth.shape or any(scope.values[one].shape for one in scope.inputs if one in scope.values):
        return None
    try:
        value = scope.value(formula, ())
    except Unvalued:
        return None
    if not value.data or all_equal(value, truth) or not math.isfinite(real(value.data[0])):
        return None
    return scope.here, real(value.data[0])
