"""The sentences of a step, and its arithmetic."""

from __future__ import annotations

from autograd_tutor.calculus.calls import Call
from autograd_tutor.calculus.ink import ink
from autograd_tutor.calculus.local import FAILURES
from autograd_tutor.calculus.names import Names
from autograd_tutor.notation import array, shape
from autograd_tutor.trace import Array, Node, Operation, Pass

LARGEST = 12
"""A tensor of more elements is not written out in a sentence."""


def brief(value: Array | None) -> str:
    """A tensor in a sentence: its numbers if they are few, else its shape."""
    if value is None:
        return "nothing"
    return array(value) if value.data is not None and len(value.data) <= LARGEST else shape(value)


def _small(*values: Array | None) -> bool:
    return all(value is not None and value.data is not None and len(value.data) <= LARGEST for value in values)


def seed(root: str, gradient: Array, ones: bool, pass_: Pass) -> str:
    """Where backward starts."""
    call = f"{root}.backward()" if pass_.kind == "backward" else f"autograd.grad of {root}"
    if ones and not gradient.shape:
        return f"Backward starts at {root}: measured by itself, {root} changes one for one."
    if ones:
        return f"{call} starts from ones: every element of {root} counts once."
    return f"Here the start was given: each element of {root} counts as much as {brief(gradient)} says."


def _factor(value: Array) -> str:
    text = array(value)
    return f"({text})" if text.startswith("−") else text


def product(upstream: Array | None, local: Array | None, sent: Array | None, stretched: bool) -> str:
    """`−0.9577 · 8 = −7.6613`; empty where there is no such product or it would be too long."""
    if upstream is None or local is None or sent is None or not _small(upstream, local, sent):
        return ""
    text = f"{array(upstream)} · {_factor(local)}"
    return f"sum of {text} = {array(sent)}" if stretched else f"{text} = {array(sent)}"


def step(
    names: Names,
    call: Call,
    position: int,
    symbol: str,
    local: Array | None,
    upstream: Array,
    sent: Array,
    stretched: bool,
) -> str:
    """Why the gradient changes here, and into what."""
    slope = call.rule.slope(position)
    reason = slope.words.format_map(call.places(names))
    target = ink(names.operand(call.operands[position])).text
    sentences = [f"{reason}{_outcome(target, symbol, local, upstream, sent)}."]
    if stretched:
        sentences.append(f"{target} was stretched to fit, so the gradients of all its copies are summed.")
    note = _note(call)
    if note:
        sentences.append(note)
    return " ".join(sentences)


def _outcome(target: str, symbol: str, local: Array | None, upstream: Array, sent: Array) -> str:
    single = local is not None and local.data is not None and not local.shape
    if single and local is not None and local.data is not None and local.data[0] == 1 and upstream.shape == sent.shape:
        return f": {target} gets {brief(upstream)} as it came"
    if single and local is not None and local.data is not None and local.data[0] == 0:
        return f": here that is 0, so none of the {brief(upstream)} reaches {target}"
    if local is not None and _small(local, upstream, sent):
        here = array(local)
        said = "" if here == symbol else f"; here {here}"
        return f"{said}, so {array(upstream)} becomes {array(sent)} for {target}"
    return f"; {target} gets {brief(sent)}"


def _note(call: Call) -> str:
    if call.rule.where is None:
        return ""
    try:
        return call.rule.where(*call.numbers(), **call.options)
    except FAILURES:
        return ""


def numeric(node: Node, operation: Operation | None, upstream: Array | None, sent: Array | None) -> str:
    """What torch recorded where there is no rule to explain it."""
    what = f"{operation.name} ({node.name})" if operation is not None else node.name
    return (
        f"There is no rule here for {what}, so these are torch's own numbers: "
        f"{brief(upstream)} arrived and {brief(sent)} went on."
    )
