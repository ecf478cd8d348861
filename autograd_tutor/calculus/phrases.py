"""The sentences of a step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tutor.calculus.axes import listed
from autograd_tutor.calculus.broadcasting import stretched_axes
from autograd_tutor.calculus.calls import CHECKPOINT, Call, slots
from autograd_tutor.calculus.graph import Flow
from autograd_tutor.calculus.ink import ink
from autograd_tutor.calculus.inner import Inner
from autograd_tutor.calculus.local import FAILURES, Local
from autograd_tutor.calculus.names import MODULE_HOOK, Names
from autograd_tutor.calculus.rules import find
from autograd_tutor.calculus.values import alike, close, numbers, plain, precision
from autograd_tutor.calculus.workings import added, brief, capital, even, factors, same, small, terms
from autograd_tutor.explanation import Step
from autograd_tutor.notation import array
from autograd_tutor.trace import OUT_OF_SIGHT, Array, Node, Operation, Pass, Trace, when

MOST_ARRIVALS = 3
"""Of more outputs the gradients that arrived are not listed one by one."""
FEW = 6
"""Numbers that a sentence may repeat from the arithmetic above it."""
COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
HOOKED = "A hook changed what arrived"
MODULE_HOOKED = "A backward hook of"
MAY_BE = "A hook on the node or on what it had saved can do that, and so can a write where autograd does not look"
"""What may have changed what a node sends: nothing of it is recorded."""
ARRIVED = "G"
"""How rules that are no product with a slope write the upstream gradient."""


def seed(root: str, gradient: Array, ones: bool) -> str:
    """Where backward starts."""
    if ones and not gradient.shape:
        return f"Backward starts at {root} with 1: {root} changes one for one with itself."
    if ones:
        return f"Backward starts at {root} with ones: each of its elements counts once."
    return (
        f"The start was given here: v, {brief(gradient)}, says how much each element of {root} counts in their sum, L."
    )


def entered(trace: Trace, pass_: Pass) -> str:
    """Where a pass comes to what an earlier one has computed."""
    asked = " (create_graph=True)" if "create_graph" in trace.source else ""
    return (
        f"Here the way enters the pass of {when(trace, pass_) or 'an earlier call'}, whose own steps torch "
        f"recorded{asked}: they are differentiated like any others."
    )


def meeting(names: Names, flow: Flow, call: Call, upstreams: tuple[Array | None, ...]) -> str:
    """Where several paths came together at an operation's outputs, their sums; and what hooks made of them."""
    found = []
    for output, slot, arrived in zip(call.operation.outputs, slots(flow, call), upstreams, strict=True):
        if arrived is not None:
            found.append(met(names.of(output).text, flow, slot, arrived))
    return " ".join(one for one in found if one)


def met(output: str, flow: Flow, slot: tuple[int, int], arrived: Array) -> str:
    """Where several paths came together at one output, their sum; and what a hook made of it."""
    seeds = [seed.gradient for seed in flow.pass_.seeds if (seed.node, seed.output) == slot]
    parts = seeds + [sent for edge in flow.into(*slot) if (sent := flow.sent(edge)) is not None]
    total = added(parts)
    if total is None:
        return ""
    if not close(numbers(total), numbers(arrived), precision(arrived.dtype)):
        return f"{HOOKED} at {output}: {brief(total)} came in, {brief(arrived)} goes on."
    if seeds or len(parts) == 1 or not small(*parts):
        return ""
    count = COUNTED[len(parts)] if len(parts) < len(COUNTED) else str(len(parts))
    return f"{count.capitalize()} paths met at {output}: {terms(parts)} = {brief(total)}."


def reason(names: Names, call: Call, position: int) -> str:
    """The rule's own words, about the learner's tensors."""
    operand = ink(names.operand(call.operands[position])).text
    return call.slope(position).words.format_map({**call.places(names), "it": operand})


def step(
    names: Names,
    call: Call,
    position: int,
    symbol: str,
    local: Local,
    upstreams: tuple[Array | None, ...],
    sent: Array,
) -> str:
    """Why the gradient changes here."""
    upstream = next(one for one in upstreams if one is not None)
    target = ink(names.operand(call.operands[position])).text
    places = call.places(names)
    if ARRIVED in symbol:
        told = local.factors and small(*factors(local, sent), sent)  # the arithmetic has the numbers
        here = f"; {ARRIVED} is what arrives" if told else f"; {_given(names, call, upstreams)}"
    else:
        here = _here(names, call, symbol, local, upstream, sent, target)
    sentences = [f"{reason(names, call, position)}{here}."]
    if local.stretched:
        shape = np.shape(call.numbers()[position] if call.mapped else local.contribution)
        sentences.append(_stretched(target, places["y"], shape, np.shape(call.output())))
    sentences += _complex(symbol, local, call.output(), target)
    as_it_came = here.endswith("as it came")
    sentences += [note for note in (_note(call), "" if as_it_came else _nothing(local, upstream, sent)) if note]
    return " ".join(sentences)


def _complex(symbol: str, local: Local, output: Any, target: str) -> list[str]:
    """What is special of complex numbers, where the step has any."""
    if "ᴴ" in symbol:
        return ["ᴴ: transposed and, as the numbers are complex, conjugated."]
    if local.factor is None or not np.iscomplexobj(local.factor):
        return []
    if np.isrealobj(output):
        return ["The sign of a complex number is its direction, the number divided by its size."]
    real = [f"{target} is real, so only the real part goes on."] if np.isrealobj(local.contribution) else []
    return ["Of a complex slope torch takes the conjugate.", *real]


def _stretched(target: str, output: str, shape: tuple[int, ...], stretched: tuple[int, ...]) -> str:
    """That broadcasting sums over the axes it stretched, and which they are."""
    if math.prod(shape) == 1:
        return (
            f"{target} was used for each of {math.prod(stretched)} elements, so what arrives at all of them is summed."
        )
    over = listed(stretched_axes(shape, stretched))
    return (
        f"{target}, {shape}, was stretched to {stretched} for {output}: its copies' gradients are summed over {over}."
    )


def _given(names: Names, call: Call, upstreams: tuple[Array | None, ...]) -> str:
    return f"{ARRIVED}, what arrives, is {_arrivals(names, call, upstreams)}"


def _arrivals(names: Names, call: Call, upstreams: tuple[Array | None, ...]) -> str:
    """The upstream gradient; of several outputs, where each arrived."""
    if len(upstreams) == 1:
        return brief(upstreams[0])
    came = [(names.of(call.operation.outputs[at]).text, one) for at, one in enumerate(upstreams) if one is not None]
    if len(came) > MOST_ARRIVALS:
        return f"a gradient at each of {len(came)} of its {len(upstreams)} parts"
    return " and ".join(f"{brief(one)} at {output}" for output, one in came)


def _here(names: Names, call: Call, symbol: str, local: Local, upstream: Array, sent: Array, target: str) -> str:
    """What the rule comes to with the numbers of this run."""
    if local.factor is None:
        return ""
    value = plain(local.factor, upstream.dtype)
    if even(value) and value.data and value.data[0] == 1 and not local.stretched:
        if upstream.shape and upstream.shape != value.shape:
            return ""
        chance = "{" not in symbol and any(letter.isalpha() for letter in symbol)
        why = f"{symbol} = 1, so " if chance else ""
        return f": {why}{target} gets {brief(upstream)} as it came"
    if even(value) and value.data and value.data[0] == 0:
        return f": here that is 0, so 0 goes on to {target}" if not np.any(numbers(sent)) else ": here that is 0"
    shown = _slope(value)
    if not any(letter.isalpha() for letter in symbol):
        return "" if "1" in symbol else f": {symbol}"
    if "{" in symbol:
        return f": here its {'slope is' if even(value) else 'slopes are'} {shown}"
    if value.numel > FEW:  # the arithmetic has them
        return f": {symbol}"
    return f": {symbol} = {shown}{_at(names, call, symbol)}"


def _slope(value: Array) -> str:
    """A local derivative in a sentence; the same everywhere as a single number."""
    return array(Array(value.dtype, (), value.data[:1])) if even(value) and value.data else brief(value)


def _at(names: Names, call: Call, symbol: str) -> str:
    """` at y = 16`, for the operand that the symbol is about."""
    operand = call.operands[0]
    name = ink(names.operand(operand)).text
    known = operand.tensor is not None and operand.value is not None and not operand.value.shape and not call.mapped
    if not known or symbol == name or not (f"({name})" in symbol or symbol.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹").endswith(name)):
        return ""
    return f" at {name} = {array(operand.value)}"


def first(sent: Array) -> str:
    """That torch computes the operation in several nodes, each of which sends a part of the gradient."""
    return f"torch sends it in parts, of which {brief(sent)} is the first."


def further(target: str, sent: Array) -> str:
    """A part after the first."""
    return f"And {brief(sent)} is one more part of what goes to {target}."


def through(view: str, base: str, sent: Array) -> str:
    """That the call wrote into the base of a view."""
    return f"{view} lies within {base}, whose other elements pass on what arrives as it came: {brief(sent)} goes on."


def _note(call: Call) -> str:
    """What is special at these numbers."""
    if call.rule.where is None or call.mapped:
        return ""
    try:
        return call.rule.where(*call.numbers(), **call.options)
    except FAILURES:
        return ""


def _nothing(local: Local, upstream: Array, sent: Array) -> str:
    """What becomes of a 0 that arrives, and where a nan comes from."""
    if upstream.data is None or sent.data is None or local.factor is None:
        return ""
    before: Any = np.concatenate([np.ravel(local.factor), np.ravel(numbers(upstream))])
    if any(isinstance(one, float) and math.isnan(one) for one in sent.data) and not np.isnan(before).any():
        return "In floating point 0 times inf is not 0 but nan."
    if not np.any(numbers(upstream)) and np.any(np.asarray(local.factor) != 0):
        return "But 0 arrives, so whatever the slope, 0 goes on."
    return ""


def _again(operation: Operation) -> str:
    return f"What backward kept of {operation.text} was used again, so this pass comes into the middle of it:"


def numeric(
    node: Node,
    operation: Operation | None,
    upstream: Array | None,
    sent: Array | None,
    *,
    differs: bool,
    within: bool,
    mapped: bool = False,
) -> str:
    """What torch recorded where there is no rule to explain it, or where it differs from what the rule gives.

    `within`: the pass came in at an inner node of the operation, about which its rule says nothing.
    """
    went = f"torch's own numbers are all there is to tell: {brief(upstream)} arrived and {brief(sent)} went on."
    if node.unseen:
        return f"{node.name} was made {OUT_OF_SIGHT}; {went}"
    if operation is None and node.name == "AddBackward0" and same(upstream, sent):
        return (
            f"In the backward pass that was itself recorded (create_graph) paths met here and were added, and a sum "
            f"passes on what arrives: {brief(upstream)}."
        )
    if operation is None:
        return f"{node.name} is part of a backward pass that was itself recorded (create_graph); {went}"
    if node.own:
        return _function(operation, upstream, sent)
    if within:
        return f"{_again(operation)} {went}"
    if differs and any(one is not None and one.dtype.startswith("complex") for one in (upstream, sent)):
        return f"There is no rule here for {operation.name} of complex numbers ({node.name}), so {went}"
    if differs and not mapped:
        return (
            f"{capital(brief(upstream))} arrived and {brief(sent)} went on, which is not what the rule for "
            f"{operation.text} gives. {MAY_BE}."
        )
    if mapped:
        return f"What {operation.text} does here for all at once is not taken apart ({node.name}): {went}"
    involved = (upstream, sent, *operation.values, *(one.value for one in operation.inputs))
    if find(operation) is not None and any(one is not None and one.data is None for one in involved):
        return f"Here are too many numbers to hold the rule for {operation.text} against ({node.name}), so {went}"
    return f"There is no rule here for {operation.name} ({node.name}), so {went}"


def inside(
    operation: Operation | None, node: Node, known: Inner, upstream: Array | None, sent: Array | None, *, within: bool
) -> str:
    """One node of an operation that has no rule as a whole: what its kind does. `within`: as for `numeric`."""
    said = known.symbol.endswith(("= 1", "= −1"))
    slope = "" if known.local is None or said else f" (here {_slope(known.local)})"
    where = f"Inside {operation.text}" if operation is not None else "In the recorded backward pass"
    if node.unseen:
        where = f"Made {OUT_OF_SIGHT}"
    elif within and operation is not None:
        where = f"{_again(operation)} inside it"
    came = f"{capital(brief(upstream))} arrived"
    if ARRIVED in known.symbol.partition(" = ")[2]:
        came = f"{ARRIVED}, what arrived, is {brief(upstream)}"
    words = f"{known.words[:1].lower()}{known.words[1:]}"
    if known.several:
        return f"{where}, {node.name}: {words}{slope}. {capital(brief(sent))} goes on."
    return f"{where}, {node.name}: {words}{slope}. {came}, {brief(sent)} goes on."


def _function(operation: Operation, upstream: Array | None, sent: Array | None) -> str:
    """What the backward of a torch.autograd.Function did: of the program's own, or of one that torch puts in."""
    came, left = brief(upstream), brief(sent)
    call = operation.text.partition(" in ")[2]
    if operation.name == MODULE_HOOK:
        if same(upstream, sent):
            return f"Here {call} has a place for its backward hooks, which let {came} through as it came."
        return f"{MODULE_HOOKED} {call} changed it: {came} came in, {left} goes on."
    if operation.name == CHECKPOINT:
        return (
            f"{call} kept nothing of what it computed: backward ran that again, recorded it this time, and went back "
            f"through it. {came} arrived, and {left} went on."
        )
    if operation.inside:
        return f"{operation.text} has a backward of its own: it got {came}, and gave {left}."
    return f"{operation.text} is a Function of the program's own: its backward got {came}, and gave {left}."


def checked(step: Step) -> str:
    """The words of such a step, with what the slope of its forward would send."""
    if step.forward is None or step.contribution is None:
        return step.words
    if alike(step.contribution, step.forward):
        return f"{step.words} The slope of its forward, by differences, gives the same."
    return f"{step.words} The slope of its forward, by differences, would give {brief(step.forward)}."


_TIMES = ("", "", "a second", "a third", "a fourth", "a fifth", "a sixth", "a seventh", "an eighth", "a ninth")


def again(words: str, times: int) -> str:
    """The same sentence, said the `times`-th time in a row."""
    if times < 2:
        return words
    count = f"{_TIMES[times]} time" if times < len(_TIMES) else f"for the {times}th time"
    return f"The same {count}. {words}"
