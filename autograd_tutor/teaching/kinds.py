"""Answers of the wrong kind: a number where there is none, None where there is a number, an error where none is.

The reason is read off the trace. Each sentence points at the belief and the lines behind it, and leaves
the answer to the learner.
"""

from __future__ import annotations

import math

from autograd_tutor.teaching import flags
from autograd_tutor.teaching.closeness import real
from autograd_tutor.teaching.model import Mistake, Reading
from autograd_tutor.teaching.scene import Scene, line
from autograd_tutor.trace import Array, Complex, Tensor


def mismatch(reading: Reading, scene: Scene) -> Mistake | None:
    """What is wrong with the kind of this answer; None if the kind is right."""
    if scene.raised is not None:
        return None if reading.kind == "raises" else _in_vain(reading, scene)
    found = scene.found
    if reading.kind == "raises":
        return _kind("raises-for-value", _no_error(scene))
    if found is not None and found.kind == "flag":
        return flags.mistaken(reading, scene)
    if found is None or found.kind not in ("tensor", "none"):
        return None
    if found.kind == "none":
        return None if reading.kind == "none" else _for_none(reading, scene)
    if reading.kind == "none":
        return _kind("none-for-number", _arrives(scene))
    return _not_finite(reading, found.value, scene)


def _kind(tag: str, words: str, nodes: tuple[int, ...] = (), *, certain: bool = True) -> Mistake:
    return Mistake(tag, "N", words, nodes=nodes, certain=certain)


def _is_zero(reading: Reading) -> bool:
    return reading.value is not None and bool(reading.value.data) and not any(reading.value.data or ())


def _for_none(reading: Reading, scene: Scene) -> Mistake:
    nodes = (scene.tensor.cut,) if scene.tensor is not None and scene.tensor.cut is not None else ()
    if _is_zero(reading):
        start = "0 would be a slope that backward() worked out and stored."
        return _kind("zero-for-none", f"{start} {_absence(scene)}", nodes, certain=False)
    put = f"be put into {scene.target} by" if scene.target.endswith(".grad") else "come from"
    start = f"A number would have to {put} some backward pass."
    return _kind("number-for-none", f"{start} {_absence(scene)}", nodes, certain=not small_integer(reading.value))


def _absence(scene: Scene) -> str:
    """Where to look for the reason of a None."""
    name, tensor = scene.name, scene.tensor
    made = line(tensor.span if tensor is not None else None)
    match tensor.absent if tensor is not None else None:
        case "no requires_grad":
            return f"Look at {made}: was torch asked to track {name}?"
        case "not a leaf":
            return f"{name} is computed, on {made}: for which tensors does backward() keep the gradient?"
        case "retained late":
            return f"Look at the order of the lines: when is torch told to keep the gradient of {name}?"
        case "no backward":
            return "Which line of the program runs backward?"
        case "unused":
            return f"Follow the arrows back from {scene.root}: do they lead to {name}?"
        case "nothing arrived":
            return f"Follow the arrows back from {scene.root} to {name}: does every operation pass something on?"
        case "cut":
            return f"Follow the arrows back from {scene.root} towards {name}: {_cut(scene, tensor)}"
        case "required late":
            return f"Look at the order of the lines: did {name} require grad when it was used?"
        case "frozen later":
            return f"Look at what becomes of {name} after it was used and before backward() runs."
        case "cleared":
            return f"What does the line that clears {scene.target} leave behind?"
        case "grad returned":
            return "What does the call that works the gradient out do with it?"
        case "left out":
            return "Which tensors does the call that works gradients out name?"
        case "backward raised":
            return "Look at the call that was to fill it: does it get that far?"
    if not scene.target.endswith(".grad"):
        return f"Look at the line that makes {scene.target}: has anything put a number there by then?"
    return "Which line of the program puts something there?"


def _cut(scene: Scene, tensor: Tensor | None) -> str:
    if tensor is None or tensor.cut is None:
        return "is every operation between them recorded?"
    return f"is {scene.node(tensor.cut)} recorded?"


def _arrives(scene: Scene) -> str:
    """For None where there is a number."""
    target, name = scene.target, scene.name
    if not target.endswith(".grad"):
        return f"{target} holds something at the end: look at the line that makes it."
    cuts = [node.id for node in scene.trace.nodes if node.kind == "ghost" and node.reason != "downstream"]
    start = f"None would mean that no backward pass ever reached {name}."
    if cuts:
        return f"{start} {scene.node(cuts[0])} is not recorded, but is that the only way from {scene.root} to {name}?"
    return f"{start} Follow the arrows back from {scene.root}: where do they end?"


def _no_error(scene: Scene) -> str:
    """For an error where the program ends well."""
    caught = next((event for event in scene.trace.events if event.kind == "caught"), None)
    if caught is not None:
        return f"There is an error, on {line(caught.span)}, but the program catches it and goes on: what is there then?"
    if len([one for one in scene.trace.passes if one.error is None]) > 1:
        return "No line raises: each backward() here finds what it needs. What does each of them do?"
    if scene.found is not None and scene.found.kind == "none":
        return f"No line raises, and reading {scene.target} is allowed. {_absence(scene)}"
    return "No line raises. Look again at the one you suspect: torch has an answer there too."


def _in_vain(reading: Reading, scene: Scene) -> Mistake:
    """For a value where the program raises."""
    tag = {"none": "none-for-raises"}.get(reading.kind, "zero-for-raises" if _is_zero(reading) else "number-for-raises")
    certain = reading.kind == "none" or not (_is_zero(reading) or small_integer(reading.value))
    return _kind(tag, failure(scene), certain=certain)


def failure(scene: Scene) -> str:
    """Where to look for the reason of an error."""
    raised, last = scene.raised, scene.last
    where = line(raised.span if raised is not None else None)
    kind = last.error_kind if raised is not None and raised.pass_ is not None and last is not None else None
    match kind:
        case "untracked root":
            return f"Look at {where}: is there a graph behind {scene.root} for backward() to walk?"
        case "not scalar":
            return f"Look at {where}: {scene.root} has several elements. From which of them would backward() start?"
        case "graph freed":
            return f"Look at {where}: is what backward() needs still there after the pass before?"
        case "modified in place":
            culprit = line(last.culprit if last is not None else None)
            return f"Compare {culprit} with {where}: is a value that backward() needs still the one it was?"
        case "no derivative":
            culprit = line(last.culprit if last is not None else None)
            return f"Look at {culprit}: does torch know a slope for what is done there?"
        case "unused input":
            return f"Look at {where}: does what it asks for appear in the graph of {scene.root}?"
    return f"Look at {where}: does torch allow what it asks for?"


def _not_finite(reading: Reading, truth: Array | None, scene: Scene) -> Mistake | None:
    """For nan or inf where there is a plain number, and the other way round."""
    typed = reading.value.data if reading.value is not None else None
    if not typed or truth is None or not truth.data or any(isinstance(one, Complex) for one in truth.data):
        return None
    odd = [real(one) for one in typed if not math.isfinite(real(one))]
    true = [real(one) for one in truth.data if not math.isfinite(real(one))]
    if odd and all(map(math.isnan, odd)) and len(odd) == len(typed) and len(true) < len(truth.data):
        words = "nan in every place would need each of them to meet a nan on the way. Which elements do?"
        return _kind("not-finite-for-number", words, certain=False)
    if bool(odd) == bool(true) and any(map(math.isnan, odd)) == any(map(math.isnan, true)):
        return None
    if not true:
        named = "nan" if math.isnan(odd[0]) else "inf"
        words = (
            f"{named} would need a division by 0, an overflow or a log of 0 on the way. Look for the line that has it."
        )
        return _kind("not-finite-for-number", words)
    words = f"Follow the numbers from {scene.root} back as floating point has them: what meets what on the way?"
    return _kind("number-for-not-finite", words, certain=False)


SMALL = 100
"""Whole numbers up to this size are small."""


def small_integer(value: Array | None) -> bool:
    """A value that too many mistakes give by chance: a small whole number, or the same one in every place."""
    if value is None or not value.data:
        return False
    numbers = {real(one) for one in value.data}
    return len(numbers) == 1 and all(abs(one) <= SMALL and one == math.trunc(one) for one in numbers)
