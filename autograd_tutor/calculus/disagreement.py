"""Why torch, SymPy and central differences differ on a gradient, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd_tutor.calculus import calls
from autograd_tutor.calculus.algebra import evaluate
from autograd_tutor.calculus.extremes import SHARED
from autograd_tutor.calculus.graph import Flow, Index, needed
from autograd_tutor.calculus.interfered import other_number
from autograd_tutor.calculus.local import FAILURES
from autograd_tutor.calculus.phrases import HOOKED, MODULE_HOOKED, met
from autograd_tutor.calculus.places import listed, on, short
from autograd_tutor.calculus.sums import held
from autograd_tutor.calculus.target import locate
from autograd_tutor.calculus.values import alike, numbers
from autograd_tutor.calculus.workings import brief, small
from autograd_tutor.explanation import NOT_PLAIN, TargetExplanation
from autograd_tutor.notation import array, number
from autograd_tutor.trace import WITHIN, Array, Trace, when

if TYPE_CHECKING:
    from autograd_tutor.calculus.derive import Derived

_DIGITS = {"float16": "three", "bfloat16": "two", "float32": "seven"}
_MOST_TEXTS = 3
"""Of more calls with the same kink the first are named."""
_NEAR = 0.2
"""Differences that are off by no more are on the right way."""


def reason(trace: Trace, one: TargetExplanation, symbolic: Array | None, derived: Derived | None) -> str:
    """What made them differ: a hook, a write, a backward of the program's own, lost digits, a kink."""
    finite = _finite(one.witnesses.torch)
    kink = _kink(trace, one)
    lost = _lost(trace, one, derived) if derived is not None and not (finite and kink) else None
    if lost and not finite and _finite(symbolic) and small(symbolic):
        lost += f" In float64 the formula gives {array(symbolic)}."
    return (
        _hook(trace, one)
        or _hook_unseen(trace, one)
        or _own_backward(trace, one)
        or _before_softmax(trace, one)
        or other_number(trace, one)
        or lost
        or kink
        or _spoiled(trace, one)
        or _infinite(trace, one)
        or _grown(one)
        or _mirrored(one)
        or _flat(one)
        or _rough(one)
        or _drawn(trace, one)
        or _out_of_sight(trace, one)
        or _aside(one, symbolic)
        or "They differ by more than rounding explains. torch's number is what your program gets."
    )


def _finite(value: Array | None) -> bool:
    found = numbers(value)
    return found is not None and bool(np.all(np.isfinite(found)))


def _hook(trace: Trace, one: TargetExplanation) -> str | None:
    place = locate(trace, one.target)
    notes = [
        share.accumulation.note
        for share in (held(trace, place, Index(trace)).shares if place is not None else ())
        if share.accumulation is not None and share.accumulation.note
    ]
    if WITHIN in notes:
        return "What ran within the pass, out of sight, is followed by torch alone: the differences do not see it."
    if notes:
        return f"{NOT_PLAIN}: {notes[0]}."
    changed = next((step.words for step in one.steps if HOOKED in step.words), None)
    return f"{NOT_PLAIN}. {HOOKED}{changed.partition(HOOKED)[2].partition('. ')[0]}." if changed else None


def _hook_unseen(trace: Trace, one: TargetExplanation) -> str | None:
    """A hook at a node that no rule told of; or in an earlier pass, of which the result is differentiated once more."""
    told, index = {(step.pass_, step.node) for step in one.steps}, Index(trace)
    last = max((step.pass_ for step in one.steps), default=-1)
    own = {pass_ for pass_, _ in told}
    for pass_ in trace.passes[: last + 1]:
        earlier = pass_.create_graph and pass_.id not in own
        for arrival in pass_.arrivals:
            if not earlier and (pass_.id, arrival.node) not in told:
                continue
            flow, text = Flow(trace, pass_, arrival.node, None, index), short(trace.nodes[arrival.node].text)
            for output, arrived in enumerate(arrival.gradients):
                words = met(text, flow, (arrival.node, output), arrived) if arrived is not None else ""
                if words.startswith(HOOKED):
                    where = f" That was in the pass of {when(trace, pass_) or 'an earlier call'}." if earlier else ""
                    return f"{NOT_PLAIN}. {words}{where}"
    return None


def _own_backward(trace: Trace, one: TargetExplanation) -> str | None:
    """A torch.autograd.Function of the program's own, or torch's for a module's hooks: its backward is believed."""
    hooked = next((step.words for step in one.steps if step.words.startswith(MODULE_HOOKED)), None)
    if hooked is not None:
        return f"{NOT_PLAIN}. {hooked}"
    for step in one.steps:
        node = trace.nodes[step.node]
        operation = trace.operations[node.operation] if node.operation is not None else None
        if step.edge is None or not node.own or operation is None or operation.inside:
            continue
        if step.forward is not None and step.contribution is not None and alike(step.contribution, step.forward):
            continue
        slope = "" if step.forward is None else f": there that comes to {brief(step.forward)}"
        gave = "" if step.forward is None else f" It gave {brief(step.contribution)}."
        return (
            f"{node.text}{on(node.span)} has a backward of its own, which torch takes as it is.{gave} The differences "
            f"follow the slope of its forward{slope}."
        )
    return None


def _before_softmax(trace: Trace, one: TargetExplanation) -> str | None:
    """A loss whose backward does log_softmax's part, too."""
    for step in one.steps:
        node = trace.nodes[step.node]
        if node.name.startswith("CtcLoss"):
            return (
                f"{NOT_PLAIN}. {node.text}{on(node.span)} sends back what belongs to the scores before log_softmax, "
                "which log_softmax then passes on unchanged: for log-probabilities alone it is another number."
            )
    return None


def _out_of_sight(trace: Trace, one: TargetExplanation) -> str | None:
    """What `.grad` held came from no pass that was recorded."""
    place = locate(trace, one.target)
    account = held(trace, place, Index(trace)) if place is not None else None
    first = account.shares[0].accumulation if account is not None and account.shares else None
    if first is None or first.before is None or not any("thread" in note for note in trace.notes):
        return None
    return (
        f"{one.target} held {brief(first.before)} before the passes told here; a thread can have left that, and what "
        f"runs in one is not recorded."
    )


def _kink(trace: Trace, one: TargetExplanation) -> str | None:
    """The places on the way where an operation has no derivative, and what torch does there.

    Equal shares are what the differences see too, so they are told only where there is nothing else.
    """
    nodes = {step.node for step in one.steps}
    found: dict[str, list[str]] = {}
    for operation in trace.operations:
        if nodes.isdisjoint(operation.nodes):
            continue
        try:
            call = calls.call(trace, operation)
            note = call.rule.where(*call.numbers(), **call.options) if call is not None and call.rule.where else ""
        except FAILURES:
            continue
        if note and operation.text not in found.setdefault(note, []):
            found[note].append(operation.text)
    uneven = {note: texts for note, texts in found.items() if note != SHARED} or found
    return " ".join(f"In {_few(texts)} there is no one slope. {note}" for note, texts in uneven.items()) or None


def _few(texts: list[str]) -> str:
    """The first calls by their text, and how many more there are."""
    if len(texts) > _MOST_TEXTS:
        return f"{', '.join(texts[:_MOST_TEXTS])} and {len(texts) - _MOST_TEXTS} more"
    return listed(texts)


def _lost(trace: Trace, one: TargetExplanation, derived: Derived) -> str | None:
    """The first operation whose result in few digits is far from its value in float64.

    Where the gradient is no number, the first of those that the step which spoiled it was computed from.
    """
    algebra = derived.algebra
    behind = _behind(trace, one)
    last = {output: operation.id for operation in trace.operations for output in operation.outputs}
    for operation in trace.operations:
        if operation.id not in derived.operations or not operation.outputs or not operation.inputs:
            continue
        output = operation.outputs[0]
        if last[output] != operation.id or trace.tensors[output].is_leaf:  # written into later: that is what it became
            continue
        if behind is not None and operation.id not in behind:
            continue
        recorded = numbers(operation.values[0])
        elements = algebra.tensors.get(operation.outputs[0])
        dtype = operation.values[0].dtype
        if recorded is None or elements is None or dtype not in _DIGITS or np.shape(recorded) != elements.shape:
            continue
        for place in np.ndindex(elements.shape):
            with np.errstate(all="ignore"):
                true = evaluate(algebra.meant(elements[place]), algebra.values)
            if abs(float(recorded[place]) - true) > 1e-3 * abs(true):
                if operation.name == "data":
                    return (
                        f"{operation.text}{on(operation.span)} wrote other numbers where autograd does not look: "
                        f"backward takes them as if they had been computed."
                    )
                limit = (
                    "holds no number so large" if np.isinf(recorded[place]) else f"keeps about {_DIGITS[dtype]} digits"
                )
                return (
                    f"{dtype} {limit}: there {operation.text} comes out as {number(float(recorded[place]))}, though it "
                    f"is {number(true)}."
                )
    return None


def _grown(one: TargetExplanation) -> str | None:
    """Every rule gives torch's number from the numbers recorded there, but the same passes give another in float64."""
    value, wide = one.witnesses.torch, one.witnesses.wide
    if value is None or wide is None or value.dtype not in _DIGITS or alike(value, wide):
        return None
    if not one.steps or not all(step.ruled for step in one.steps):
        return None
    return (
        f"Each step is right for its numbers, but {value.dtype} keeps about {_DIGITS[value.dtype]} digits, and what is "
        f"lost grows from step to step: in float64 the program comes to {brief(wide)}."
    )


def _spoiled(trace: Trace, one: TargetExplanation) -> str | None:
    """The first step that sent a nan on, though numbers arrived."""
    chosen = any(operation.name == "where" for operation in trace.operations)
    for step in one.steps:
        operation = trace.nodes[step.node].operation
        if operation is None or not _finite(step.upstream) or not _has_nan(step.contribution):
            continue
        what, where = trace.operations[operation].text, on(trace.nodes[step.node].span)
        return (
            f"At {what}{where}, {brief(step.upstream)} arrived and {brief(step.contribution)} went on: the slope there "
            f"is no number, and a sum with nan in it is nan{', even where another branch was taken' if chosen else ''}."
        )
    return None


def _infinite(trace: Trace, one: TargetExplanation) -> str | None:
    """What made a nan of infinite gradients: a slope of 0, or a sum of both infinities."""
    for step in one.steps:
        if _has_nan(step.contribution) and not _has_nan(step.upstream):
            node = trace.nodes[step.node]
            went = f"{brief(step.upstream)} arrived and {brief(step.contribution)} went on"
            return (
                f"At {node.text}{on(node.span)}, {went}: 0 times inf is no number. Where slopes are multiplied in "
                f"symbols first, it does not come to that."
            )
    if _has_nan(one.witnesses.torch) and not any(_has_nan(step.contribution) for step in one.steps):
        return "inf and −inf meet in a sum, which is no number, so torch has nan there."
    return None


def _has_nan(value: Array | None) -> bool:
    found = numbers(value)
    return found is not None and bool(np.isnan(found).any())


def _apart(one: TargetExplanation) -> bool:
    """Whether it is the differences that torch does not agree with."""
    torch, other = one.witnesses.torch, one.witnesses.differences
    return torch is not None and other is not None and not alike(torch, other)


def _mirrored(one: TargetExplanation) -> str | None:
    """An operation reads a matrix as symmetric: what two mirrored elements get is shared between them."""
    if not _apart(one):
        return None
    value, other = numbers(one.witnesses.torch), numbers(one.witnesses.differences)
    if value is None or other is None or value.ndim != 2 or value.shape[0] != value.shape[1]:
        return None
    if not np.allclose(value + value.T, other + other.T, rtol=1e-3, atol=1e-5):
        return None
    return (
        "The program reads the matrix as symmetric. torch shares the gradient of two mirrored elements between them; "
        "the differences change one of them alone. For each such pair the sums are the same."
    )


def _flat(one: TargetExplanation) -> str | None:
    """The program's numbers do not move, yet a gradient comes back."""
    value, other = numbers(one.witnesses.torch), numbers(one.witnesses.differences)
    if value is None or other is None or not _finite(one.witnesses.torch) or not _apart(one):
        return None
    apart = ~np.isclose(value, other, rtol=1e-2, atol=0)
    if not np.any(apart) or np.any(other[apart]):
        return None
    what = "some differences are" if np.any(other) else "the differences are"
    return (
        "Small changes here change nothing in what the program computes (it rounds, it picks, or they are lost beside "
        f"larger numbers), so {what} 0. The gradient goes past that."
    )


def _rough(one: TargetExplanation) -> str | None:
    """The same passes give torch's number in float64, too, and the differences come near it."""
    torch, wide = one.witnesses.torch, one.witnesses.wide
    if torch is None or wide is None or not alike(torch, wide) or not _apart(one):
        return None
    exact, other = numbers(wide), numbers(one.witnesses.differences)
    if exact is None or other is None or not np.allclose(other, exact, rtol=_NEAR, atol=0):
        return None
    return (
        f"In float64 torch comes to {brief(wide)}, so rounding is not the reason: the slope changes so fast "
        f"here that the differences, which look a little to each side, are only rough."
    )


def _aside(one: TargetExplanation, symbolic: Array | None) -> str | None:
    """The differences stand alone against both others."""
    torch = one.witnesses.torch
    if torch is None or symbolic is None or not alike(torch, symbolic):
        return None
    return (
        "torch and SymPy agree. The differences look a little to each side, where the function has turned by then, or "
        "its changes are lost to rounding."
    )


def _drawn(trace: Trace, one: TargetExplanation) -> str | None:
    """What random numbers are drawn with has no slope for torch, though what is drawn moves with it."""
    for step in one.steps:
        node = trace.nodes[step.node]
        operation = trace.operations[node.operation] if node.operation is not None else None
        if operation is not None and operation.name == "normal" and step.edge is not None:
            return (
                f"{node.text}{on(node.span)} draws at random: for torch what it draws are constants, and 0 goes back "
                f"to what they are drawn with. A mean plus a scale times torch.randn_like(…) would have a slope."
            )
    return None


def _behind(trace: Trace, one: TargetExplanation) -> frozenset[int] | None:
    """What the first step that sent inf or nan on, though a number arrived, was computed from; None if none did."""
    for step in one.steps:
        operation = trace.nodes[step.node].operation
        if operation is not None and _finite(step.upstream) and not _finite(step.contribution):
            operands = trace.operations[operation].inputs
            return needed(trace, [one.tensor for one in operands if one.tensor is not None]) | {operation}
    return None
