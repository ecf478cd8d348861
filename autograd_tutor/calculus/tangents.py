"""Forward mode: how a tangent came along, from `make_dual` or jvp to what `unpack_dual` gives back.

A dual number carries its value and how fast it changes along one direction. Each operation makes the tangent of
its output from those of its operands, J·v: for each operand the local derivative times the tangent, and the sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from autograd_tutor.calculus import calls, examples
from autograd_tutor.calculus.ink import ink
from autograd_tutor.calculus.local import FAILURES
from autograd_tutor.calculus.names import Names, tidy
from autograd_tutor.calculus.rule import written
from autograd_tutor.calculus.target import Target, gathered, moved_within, returned
from autograd_tutor.calculus.values import close, numbers, plain, precision
from autograd_tutor.calculus.workings import brief, ratio, small, terms
from autograd_tutor.explanation import TangentStep
from autograd_tutor.notation import array
from autograd_tutor.trace import GIVES, MAKES, Array, Operation, Trace

MOST_COLUMNS = 8
"""Of a Jacobian with more columns, the first are told."""


def tangents(trace: Trace, target: str, names: Names) -> tuple[TangentStep, ...]:
    """The operations that a tangent came through to `target`, in the program's order; none if it is no tangent."""
    tensor = _tangent_of(trace, target)
    last = None if tensor is None else unpacked(trace, tensor)
    if tensor is None or last is None or last.inputs[0].tensor is None:
        return ()
    way, batch = _way(trace, last.inputs[0].tensor), trace.tensors[tensor].batch
    if not batch:
        return tuple(_with_news(names, step) for step in _steps(trace, names, last, way))
    found: list[TangentStep] = []
    columns = list(examples.places(trace, batch))
    for index in columns[:MOST_COLUMNS]:
        one = examples.column(trace, index)
        of_column = [one.operations[operation.id] for operation in way]
        steps = list(_steps(one, names, one.operations[last.id], of_column))
        found += [_headed(_with_news(names, step), index, first=at == 0) for at, step in enumerate(steps)]
    if len(columns) > MOST_COLUMNS and found:
        rest = f"{found[-1].words} The other {len(columns) - MOST_COLUMNS} come about in the same way."
        found[-1] = msgspec.structs.replace(found[-1], words=rest)
    return tuple(found)


def _with_news(names: Names, step: TangentStep) -> TangentStep:
    return msgspec.structs.replace(step, words=" ".join([*names.news(re.sub(r"\bd(?=\w)", "", step.rule)), step.words]))


def _tangent_of(trace: Trace, target: str) -> int | None:
    """The tangent that `target` is; jacfwd puts the columns together."""
    found = trace.find(target)
    whole = set() if found is None or found.tensor is None else gathered(trace, found.tensor)
    return whole.pop() if len(whole) == 1 else None


def beneath(trace: Trace, target: str) -> Target | None:
    """For the tangent of a gradient, as in a Hessian: that gradient."""
    tensor = _tangent_of(trace, target)
    last = None if tensor is None else unpacked(trace, tensor)
    if last is None or last.inputs[0].tensor is None:
        return None
    place = returned(trace, target, last.inputs[0].tensor)
    return None if place is None else replace(place, moves=True)


def _headed(step: TangentStep, index: examples.Index, *, first: bool) -> TangentStep:
    """The first step of a column says which it is."""
    if not first:
        return step
    *outer, column = index.values()
    head = f"Column {column}" if not outer else f"Example {', '.join(map(str, outer))}, column {column}"
    return msgspec.structs.replace(step, words=f"{head}. {step.words}")


def unpacked(trace: Trace, tensor: int) -> Operation | None:
    """The operation that gave `tensor` as the tangent of a dual number."""
    made = trace.tensors[tensor].operation
    operation = trace.operations[made] if made is not None else None
    if operation is None or operation.name != GIVES or operation.outputs.index(tensor) != 1:
        return None
    return operation


def _way(trace: Trace, root: int) -> list[Operation]:
    """What made the dual number `root` of dual numbers, in order."""
    found: dict[int, Operation] = {}
    waiting = [root]
    while waiting:
        made = trace.tensors[waiting.pop()].operation
        if made is None or made in found:
            continue
        operation = found[made] = trace.operations[made]
        if operation.name != MAKES:
            operands = (one for operand in operation.inputs for one in (operand, *operand.items))
            waiting += [one.tensor for one in operands if one.tensor is not None and _tangent(trace, one.tensor)]
    return [found[made] for made in sorted(found)]


def _tangent(trace: Trace, tensor: int) -> Array | None:
    return trace.tensors[tensor].tangent


def _steps(trace: Trace, names: Names, last: Operation, way: list[Operation]) -> Iterator[TangentStep]:
    uses = {operand.tensor: operand.text for operation in reversed(way) for operand in operation.inputs}
    for operation in way:
        if moved_within(operation):
            continue
        tangent = _tangent(trace, operation.outputs[0]) if operation.outputs else None
        if tangent is None:
            continue
        name = names.of(operation.outputs[0], uses.get(operation.outputs[0], "")).text
        if operation.name == MAKES:
            words = f"The tangent of {name} was given: {brief(tangent)} says how fast {name} moves along the direction."
            yield TangentStep(operation.id, _moved(name), tangent, words, brief(tangent))
        else:
            yield _ruled(trace, names, operation, tangent, name) or _plain(operation, tangent, name)
    root = last.inputs[0]
    assert root.tensor is not None
    name, tangent = names.of(root.tensor, root.text).text, trace.tensors[last.outputs[1]].value
    gradient = returned(trace, "", root.tensor)
    if gradient is not None:
        of = names.of(gradient.tensor, _used(trace, gradient.tensor)).text
        words = f"The gradient by {of} moves by {brief(tangent)} along the direction: that is its tangent."
        yield TangentStep(last.id, f"d(∂/∂{of})", tangent, words, brief(tangent))
    else:
        by = last.text.partition(" in ")[2].partition("(")[0]
        words = f"unpack_dual gives back {name} without its tangent, and the tangent, {brief(tangent)}, beside it."
        if last.inside and by:
            words = f"{by} hands out this tangent, {brief(tangent)}."
        if _tangent(trace, root.tensor) is None:
            words += " How it came about, in a forward-mode transform inside another, is not recorded."
        yield TangentStep(last.id, _moved(name), tangent, words, brief(tangent))


def _used(trace: Trace, tensor: int) -> str:
    """What the source calls a tensor where it is first used."""
    operands = (operand for operation in trace.operations for operand in operation.inputs)
    return next((one.text for one in operands if one.tensor == tensor), "")


def _ruled(trace: Trace, names: Names, operation: Operation, tangent: Array, name: str) -> TangentStep | None:
    """By the operation's rule, where it gives what torch gave."""
    try:
        call = calls.call(trace, operation)
        if call is None:
            return None
        operands, output = call.numbers(), call.output()
        inks = [names.operand(one) for one in call.operands]
        places = call.places(names)
        parts: list[Array] = []
        products: list[str] = []
        rule, words = [], []
        for position, operand in enumerate(call.operands):
            moved = _tangent(trace, operand.tensor) if operand.tensor is not None else None
            if moved is None:
                continue
            slope = call.slope(position)
            symbol = written(slope, names.of(operation.outputs[0]), inks, places, **call.options)
            local, part = _pushed(call, position, operands, output, numbers(moved))
            parts.append(plain(part, tangent.dtype))
            products.append(ratio(moved, None if local is None else plain(local, tangent.dtype), parts[-1]))
            places["it"] = ink(inks[position]).text
            moved_by = _moved(places["it"])
            if slope.local is None:
                rule.append(_applied(call, position, moved_by))
            else:
                rule.append(f"{_factor(symbol)}·{moved_by}" if symbol != "1" else moved_by)
            words.append(_reason(call, slope.words.format_map(places), linear=slope.local is None))
        total = sum(numbers(part) for part in parts)
    except FAILURES:
        return None
    if not parts or not close(total, numbers(tangent), precision(tangent.dtype)):
        return None
    sums = brief(tangent)
    if small(tangent):
        sums = f"{terms(parts)} = {sums}" if len(parts) > 1 else products[0] or sums
    said = " ".join(dict.fromkeys(words))
    if len(parts) > 1:
        said += " What the operands pass on is added."
    return TangentStep(operation.id, f"{_moved(name)} = {' + '.join(rule)}", tangent, said, sums)


def _applied(call: calls.Call, position: int, moved_by: str) -> str:
    """A linear operation, done to a tangent: `W @ dx`, `dx.sum()`."""
    operation, text = call.operation, re.escape(call.operands[position].text)
    alike = [at for at, one in enumerate(call.operands) if one.text == call.operands[position].text]
    places = list(re.finditer(rf"\({text}\)(?=\.)|(?<![\w.]){text}(?!\w)", operation.text))
    if operation.inside or len(places) != len(alike):
        return f"{operation.name}({moved_by})"
    place = places[alike.index(position)]
    return tidy(f"{operation.text[: place.start()]}{moved_by}{operation.text[place.end() :]}")


def _pushed(call: calls.Call, position: int, operands: list[Any], output: Any, moved: Any) -> tuple[Any, Any]:
    """The local derivative, if it has that form, and J·v: the derivative times the tangent.

    A linear operation does to a tangent what it does to the value. (One that is not linear is found out by torch's.)
    """
    slope = call.slope(position)
    with np.errstate(all="ignore"):
        if slope.local is not None:
            value = np.asarray(slope.local(output, *operands, **call.options))
            return value, np.broadcast_to(value * moved, np.shape(output))
        others = [np.zeros_like(one) for one in operands] if call.rule.lists else operands
        linear = [moved if at == position else one for at, one in enumerate(others)]
        found = call.rule.forward(*linear, **call.options)
        return None, found[0] if isinstance(found, tuple) else found


def _reason(call: calls.Call, words: str, *, linear: bool) -> str:
    """The rule's words are about gradients; where numbers are only moved or added up, a tangent goes with them."""
    if call.rule.moves:
        return "Numbers are only moved here, and the tangent goes where they go."
    return "This is linear: what it does to the numbers, it does to the tangent." if linear else f"{words}."


def _moved(name: str) -> str:
    """The differential of what has this name: a tangent is one, along the direction."""
    return f"d{name}" if re.fullmatch(r"[^\W⁰¹²³⁴⁵⁶⁷⁸⁹]+", name) else f"d({name})"


def _factor(symbol: str) -> str:
    return f"({symbol})" if any(sign in symbol for sign in "+−/") else symbol


def _plain(operation: Operation, tangent: Array, name: str) -> TangentStep:
    """By torch's number alone."""
    words = f"torch carries the tangent through {operation.text}: {name} moves by {array(tangent)}."
    return TangentStep(operation.id, _moved(name), tangent, words, brief(tangent))
