"""What an exception means that is no matter of the graph alone: in the learner's names, else in torch's own words."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable

from autograd_tutor.calculus import places
from autograd_tutor.trace import Pass, Raised, Tensor, Trace, named

_LEAF_WRITTEN = "leaf Variable that requires grad is being used in an in-place"
_OLD = "but its old value is what the gradient is taken at."
_MEANINGS = (
    (
        f"a view of a {_LEAF_WRITTEN}",
        f"part of {{it}}, a leaf that requires grad, would change in place while torch records: {_OLD}",
    ),
    (
        _LEAF_WRITTEN,
        f"{{it}}, a leaf that requires grad, would change in place while torch records: {_OLD}",
    ),
    (
        "can't retain_grad on Tensor that has requires_grad=False",
        "there will be no gradient to keep, since {it} does not require grad.",
    ),
    (
        "Can't call numpy() on Tensor that requires grad",
        "{it} requires grad, and numpy keeps no history: what numpy computes would be lost for the gradient.",
    ),
    (
        "can't optimize a non-leaf Tensor",
        "{it} is not a leaf: it was computed, so no gradient stays there that an optimizer could use.",
    ),
    (
        "support the deepcopy protocol",
        "{it} is not a leaf: it was computed and has a graph behind it, which deepcopy does not copy.",
    ),
    (
        "you can only change requires_grad flags of leaf",
        "{it} was computed from something that requires grad, so it does as well. Only on a leaf can that be turned "
        "off.",
    ),
    (
        "Inference tensors cannot be saved for backward",
        "{inference} was made in inference mode, where torch keeps no account of versions: such a tensor can't be "
        "saved for backward.",
    ),
)
"""What torch says, and what it means; `{it}` is the tensor on that line."""


_SIZE = r"(?:torch\.Size\()?(\[[\d, ]*\])\)?"
_IN_BACKWARD = (
    (
        re.compile(rf"grad_output\[\d+\] has a shape of {_SIZE} and output\[\d+\] has a shape of {_SIZE}"),
        "the argument of backward is a weight for each element of {root}: its shape is {0}, and that of {root} is {1}.",
    ),
    (
        re.compile(r"function (\w+)Backward returned an incorrect number of gradients \(expected (\d+), got (\d+)\)"),
        "{0}.forward takes {1} arguments, and each wants a gradient; the number that {0}.backward returned is {2}.",
    ),
    (
        re.compile(rf"Function (\w+)Backward returned an invalid gradient at index \d+ - got {_SIZE} but .* {_SIZE}"),
        "{0}.backward returned a gradient of shape {1} for an input of shape {2}. A gradient has one number for each "
        "element of its input.",
    ),
)
"""What torch says of a backward call, and what it means; `{root}` is what it was called on."""


_NO_GRAPH = "does not require grad and does not have a grad_fn"
_BARE = "What runs within a backward pass is recorded only if that was called with create_graph=True."

_SHAPES = re.compile(
    r"size mismatch|must match the size|shapes cannot be multiplied|inconsistent tensor size|same size"
)
_DTYPES = re.compile(r"same dtype|scalar type|but got (Double|Float|Long)")


def reason(trace: Trace, outcome: Raised) -> str:
    """Why a line raised that is no backward call."""
    message = outcome.message
    line = places.source_line(trace, outcome.span.line) if outcome.span is not None else ""
    if "floating point and complex dtype can require" in message or "floating point dtype can require" in message:
        return "only floating-point tensors can require grad, and this one holds whole numbers."
    if many := re.search(r"a Tensor with (\d+) elements cannot be converted to Scalar", message):
        return f"only a tensor of one element becomes a plain number, and {_it(trace, line)} has {many[1]}."
    if "NoneType" in message and ".grad" in line:
        return _no_gradient(trace, line, outcome)
    if "'float' object has no attribute 'backward'" in message:
        left = next((node for node in trace.nodes if node.reason == "left torch"), None)
        why = f": {places.cut(trace, left.id)}" if left is not None else ""
        return f"backward() was called on a plain Python number, which has no graph{why}."
    it = named(trace).get(_it(trace, line))
    if _LEAF_WRITTEN in message and it is not None and not it.is_leaf:
        return f"{_it(trace, line)} is a view of a leaf that requires grad, and would change it in place: {_OLD}"
    for words, meaning in _MEANINGS:
        if words in message:
            return meaning.format(it=_it(trace, line), inference=_inferred(trace, line))
    return f"{_plain(outcome)}{_unlike(trace, line, message, steady=not outcome.type)}"


def in_backward(trace: Trace, pass_: Pass) -> str:
    """Why a backward call raised, where that is of no kind of its own."""
    message = pass_.error or "an error without a message"
    for pattern, meaning in _IN_BACKWARD:
        if found := pattern.search(message):
            root = places.called(trace.tensors[pass_.root[0]]) if pass_.root else "the result"
            return meaning.format(*found.groups(), root=root)
    if pass_.culprit is None:
        return first_sentence(message)
    call = "backward()" if pass_.kind == "backward" else "autograd.grad"
    where = f"line {pass_.culprit.line} ({places.short(places.source_line(trace, pass_.culprit.line))})"
    why = f" {_BARE}" if _NO_GRAPH in message and not pass_.create_graph else ""
    return f"{where} ran within the {call}{places.on(pass_.span)}, and raised: {first_sentence(message)}{why}"


def _no_gradient(trace: Trace, line: str, outcome: Raised) -> str:
    """A use of `.grad` that was still None, or is None for good."""
    for name, tensor in named(trace).items():
        if f"{name}.grad" not in line or tensor.grad is not None:
            continue
        if not tensor.is_leaf:
            made = f": it was computed{places.on(tensor.span)}" if tensor.span is not None else ""
            return f"{name}.grad is None there, since {name} is not a leaf{made}."
        return f"{name}.grad is still None there, since no backward() has filled it."
    return _plain(outcome)


def _it(trace: Trace, line: str) -> str:
    """The tensor that a line is about, by the first name of one that stands in it."""
    tensor = _first(trace, line, lambda one: True)
    return tensor or "the tensor"


def _inferred(trace: Trace, line: str) -> str:
    """The tensor on a line that was made in inference mode."""
    inside, made = False, set[int]()
    for event in trace.events:
        if event.text == "inference_mode" and event.kind in ("enter", "leave"):
            inside = event.kind == "enter"
        elif event.kind == "operation" and event.ref is not None and inside:
            made.update(trace.operations[event.ref].outputs)
    return _first(trace, line, lambda one: one.id in made) or "a tensor"


def _unlike(trace: Trace, line: str, message: str, *, steady: bool) -> str:
    """The shapes or dtypes of the tensors on a line, where the message is about either; empty elsewhere.

    `steady`: the program went on, so that a name that was given twice may stand for something else by now.
    """
    here = {name: one for name, one in named(trace).items() if name.isidentifier() and _first(trace, line, one.__eq__)}
    if steady:
        once = _once(ast.parse(trace.source))
        here = {name: one for name, one in here.items() if name in once}
    if _DTYPES.search(message):
        told = [f"{name} is {one.value.dtype}" for name, one in here.items()]
    elif _SHAPES.search(message):
        told = [f"{name} has shape {list(one.value.shape)}" for name, one in here.items()]
    else:
        return ""
    return f" Here {', '.join(told)}." if told else ""


def _once(program: ast.Module) -> set[str]:
    """The names that are given once in a program, and not in a loop."""
    loops = [one for one in ast.walk(program) if isinstance(one, ast.For | ast.While)]
    again = {name for loop in loops for name in _stored(loop)}
    return {name for name, times in Counter(_stored(program)).items() if times == 1} - again


def _stored(tree: ast.AST) -> list[str]:
    return [one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]


def _first(trace: Trace, line: str, wanted: Callable[[Tensor], bool]) -> str:
    found = []
    for name, tensor in named(trace).items():
        match = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", line)
        if match and wanted(tensor):
            found.append((match.start(), -len(name), name))
    return min(found)[2] if found else ""


def _plain(outcome: Raised) -> str:
    """The exception's type, if it is known, and its first sentence."""
    if not outcome.message.strip():
        return f"{outcome.type}."
    said = first_sentence(outcome.message)
    return f"{outcome.type}, {said}" if outcome.type else said


def first_sentence(message: str) -> str:
    """The first sentence of what torch says, on one line. (After `out=...` it goes on.)"""
    text = " ".join(message.split())
    first, *rest = re.split(r"(?<!\.\.)\. ", text, maxsplit=1)
    return f"{first}." if rest or not first.endswith(".") else first
