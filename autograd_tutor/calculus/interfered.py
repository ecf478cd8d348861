"""Where torch sent on another number than the operation's rule gives: something was written over, or a hook did it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from autograd_tutor.calculus import calls
from autograd_tutor.calculus.calls import Call
from autograd_tutor.calculus.local import FAILURES, local
from autograd_tutor.calculus.values import close, few, numbers, plain, precision
from autograd_tutor.calculus.workings import brief
from autograd_tutor.explanation import NOT_PLAIN, Step, TargetExplanation
from autograd_tutor.trace import Array, Operand, Trace

_SAME = frozenset({"data", "detach"})
"""They hand out the same memory."""


def other_number(trace: Trace, one: TargetExplanation) -> str | None:
    """The first step on which torch sent on another number than the operation's rule gives."""
    for step in one.steps:
        operation = trace.nodes[step.node].operation
        if step.ruled or step.edge is None or operation is None:
            continue
        try:
            call = calls.call(trace, trace.operations[operation])
            said = _said(call, step) if call is not None else []
            if call is not None and said:
                return _overwritten(trace, call, step) or _changed(call, step, said)
        except FAILURES:
            continue
    return None


def _said(call: Call, step: Step) -> list[Any]:
    """What the rule sends to each operand that takes part in the gradient."""
    positions = [at for at, operand in enumerate(call.operands) if operand.requires_grad]
    return [local(call, position, numbers(step.upstream)).contribution for position in positions]


def _overwritten(trace: Trace, call: Call, step: Step) -> str | None:
    """With the number that an operand got after the operation ran, the rule gives what torch sent."""
    for operand in call.operands:
        for now in _later(trace, call, operand):
            later = msgspec.structs.replace(operand, value=now)
            changed = replace(call, operands=tuple(later if one is operand else one for one in call.operands))
            if any(_sent(step, one) for one in _said(changed, step)):
                return (
                    f"When {call.operation.text} ran, {operand.text} was {brief(operand.value)}; then the program "
                    f"wrote {brief(now)} into it where autograd does not look (through .data, say), and backward used "
                    f"that."
                )
    return None


def _later(trace: Trace, call: Call, operand: Operand) -> Iterator[Array]:
    """What an operand held after the call: at the end, and what was written into it through `.data` or detach()."""
    if operand.tensor is None:
        return
    values, same = [trace.tensors[operand.tensor].value], {operand.tensor}
    for one in trace.operations:
        if one.name in _SAME and one.inputs and one.inputs[0].tensor in same:
            same.update(one.outputs)
        elif one.in_place and one.id > call.operation.id and not same.isdisjoint(one.outputs):
            values += one.values
    for value in values:
        if few(value) is not None and value != operand.value and operand.value and value.shape == operand.value.shape:
            yield value


def _sent(step: Step, said: Any) -> bool:
    sent = step.contribution
    return sent is not None and close(said, numbers(sent), precision(sent.dtype))


def _changed(call: Call, step: Step, said: list[Any]) -> str | None:
    """Something on the node itself, or on what it saved, changed what it sends."""
    if step.contribution is None or any(_sent(step, one) for one in said):
        return None
    rule = plain(said[0], step.contribution.dtype)
    both = f"its rule gives {brief(rule)}, but torch sent {brief(step.contribution)} on"
    told = both if len(said) == 1 else f"torch sent {brief(step.contribution)} on, which is not what its rule gives"
    how = "a hook on the node or on what it had saved, or a write where autograd does not look"
    return f"{NOT_PLAIN}. At {call.operation.text} {told}: something changed it, {how}."
