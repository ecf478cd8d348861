"""The closed form of a target, and whether the three witnesses agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy

from autograd_tutor.calculus import printing
from autograd_tutor.calculus.algebra import Expr, evaluate
from autograd_tutor.calculus.deadline import Deadline, NoForm
from autograd_tutor.calculus.derive import Derivations, Derived
from autograd_tutor.calculus.inputs import constants, identifier
from autograd_tutor.calculus.lengths import TOO_LONG
from autograd_tutor.calculus.mistaken import slips
from autograd_tutor.calculus.simplify import shortest
from autograd_tutor.calculus.symbols import Algebra
from autograd_tutor.calculus.values import plain
from autograd_tutor.calculus.witnesses import judged
from autograd_tutor.explanation import ClosedForm, TargetExplanation
from autograd_tutor.trace import Array, Trace

SECONDS = 2.0
"""The most that SymPy may take for one target."""
LONGEST = 200
"""A longer formula helps nobody."""
DIVIDES = "There is no closed form: in symbols it divides by 0 or is no number, whatever the leaves are."
FEW = 4
"""Elements of which each can be shown with a formula of its own."""


def close(derivations: Derivations, one: TargetExplanation, deadline: Deadline, imagine: bool = True) -> ClosedForm:
    """What SymPy adds to the account of one target: the closed form, its value in float64, and the verdict.

    If `imagine`, also the formulas that slips would give.
    """
    trace = derivations.trace
    try:
        derived = derivations.derive(one.target, deadline)
    except NoForm as error:
        return unclosed(trace, one, str(error))
    if any(formula.has(sympy.zoo, sympy.nan) for formula in derived.formulas):
        return unclosed(trace, one, DIVIDES)
    witnesses = judged(trace, one, _evaluated(derived), derived)
    definitions = _definitions(trace, derived)
    try:
        form = shortest(_single(derived.algebra, derived.elements, deadline), deadline)
    except NoForm as error:
        return ClosedForm(one.target, None, None, str(error), definitions, witnesses)
    text = printing.formula(form)
    if len(text) > LONGEST:
        return ClosedForm(one.target, None, None, TOO_LONG, definitions, witnesses)
    return ClosedForm(
        one.target,
        text,
        printing.pretty(form),
        None,
        definitions,
        witnesses,
        _holds(derived.algebra),
        slips(derived, form, deadline) if imagine else (),
    )


def unclosed(trace: Trace, one: TargetExplanation, reason: str) -> ClosedForm:
    """The same where there is no closed form, for that reason: torch and the differences stand."""
    return ClosedForm(one.target, None, None, reason, {}, judged(trace, one, None, None))


def _evaluated(derived: Derived) -> Array:
    with np.errstate(all="ignore"):
        values = [evaluate(element, derived.algebra.values) for element in derived.elements.flat]
    return plain(np.array(values).reshape(derived.elements.shape), "float64")


def _single(algebra: Algebra, elements: Any, deadline: Deadline) -> Expr:
    """One formula for all elements, in the learner's names; raises `NoForm` if they differ in more than place."""
    if not elements.size:
        raise NoForm("It has no elements.")
    forms = {algebra.placed(elements[place], place, elements.shape) for place in np.ndindex(elements.shape)}
    if None not in forms and len(forms) == 1:
        return forms.pop()
    if not any(one.free_symbols for one in elements.flat):
        raise NoForm("No name is left in its formula: each element is a plain number.")
    if elements.size > FEW:
        raise NoForm(f"Each of its {elements.size} elements has a formula of its own: too many to write out.")
    written = [shortest(_indexed(algebra, one), deadline) for one in elements.flat]
    single = elements.size == 1
    if not single and len(set(written)) == 1 and len(alike := printing.listed(written[:1])) <= LONGEST:
        raise NoForm(f"Every element has the same formula, in single elements: {alike}.")
    shown = printing.listed(written)
    if len(shown) > LONGEST:
        raise NoForm(TOO_LONG if single else "Each element has a formula of its own, and they are too long to read.")
    raise NoForm(
        f"{'Closed form, in single elements' if single else 'Each element has a formula of its own'}: {shown}."
    )


def _indexed(algebra: Algebra, element: Expr) -> Expr:
    """An element's expression with places as subscripts: x₀, W₁₂."""
    digits = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

    def name(symbol: Expr) -> str:
        return str(symbol.name) + "".join(map(str, algebra.places[symbol])).translate(digits)

    return element.xreplace({one: sympy.Symbol(name(one), real=True) for one in element.free_symbols})


def _definitions(trace: Trace, derived: Derived) -> dict[str, str]:
    """Named intermediates in terms of the leaves."""
    algebra = derived.algebra
    found = {name: str(value.data[0]) for name, value in constants(trace).items() if value.data}
    for operation in trace.operations:
        if operation.id not in derived.operations:
            continue
        tensor = trace.tensors[operation.outputs[0]] if operation.outputs else None
        if tensor is None or not tensor.names or not operation.inputs or tensor.id not in algebra.tensors:
            continue
        elements = algebra.tensors[tensor.id]
        try:
            forms = {
                algebra.placed(algebra.meant(elements[at]), at, elements.shape) for at in np.ndindex(elements.shape)
            }
        except NoForm:
            continue
        if len(forms) == 1 and None not in forms:
            text = printing.formula(forms.pop())
            if len(text) <= LONGEST and text != (name := identifier(tensor.names[0])):
                found[name] = text
    return found


def _holds(algebra: Algebra) -> str:
    if not algebra.pieces:
        return ""
    pieces = " and ".join(algebra.pieces)
    verb = "is" if len(algebra.pieces) == 1 else "are"
    return f"{pieces} {verb} made of pieces; the formula is for the piece that these numbers are on."
