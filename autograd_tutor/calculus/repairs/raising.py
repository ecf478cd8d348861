"""Repairs of what raised on the way forward, before any backward call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autograd_tutor.calculus.repairs import backwards, leaves, tracking, writes
from autograd_tutor.calculus.repairs.editor import Draft, Editor, attribute
from autograd_tutor.calculus.roots import inputs_of
from autograd_tutor.program import Edit
from autograd_tutor.trace import Raised, Span, Tensor, named


def mended(editor: Editor, outcome: Raised) -> Iterator[Draft]:
    """What would let the line go through."""
    for words, repair in _BY_MESSAGE:
        if words in outcome.message:
            yield from repair(editor, outcome.span)
            return


def _leaf_written(editor: Editor, span: Span | None) -> Iterator[Draft]:
    yield from writes.unrecorded(editor, span)


def _whole_numbers(editor: Editor, span: Span | None) -> Iterator[Draft]:
    yield from leaves.whole_numbers(editor, editor.call(span))


def _not_retained(editor: Editor, span: Span | None) -> Iterator[Draft]:
    call = editor.call(span)
    receiver = editor.receiver(call) if call is not None else None
    tensor = named(editor.trace).get(editor.text(receiver)) if receiver is not None else None
    leaf = next((one for one in inputs_of(editor.trace, tensor) if one.names), None)
    if leaf is not None:
        yield from leaves.required(editor, leaf)


def _detached(editor: Editor, span: Span | None) -> Iterator[Draft]:
    words = "Detach it first: numpy gets the numbers, and the graph stays with torch."
    for call in editor.within(span, ast.Call):
        receiver = editor.receiver(call)
        if attribute(call) == "numpy" and receiver is not None:
            yield Draft(words, editor.followed(receiver, ".detach()"))
        elif attribute(call) in ("array", "asarray") and call.args:
            yield Draft(words, editor.followed(call.args[0], ".detach()"))
    yield from tracking.stayed_everywhere(editor, "Stay in torch: it has the same functions, and records them.")


def _one_number(editor: Editor, span: Span | None) -> Iterator[Draft]:
    for call in editor.within(span, ast.Call):
        receiver = editor.receiver(call)
        if attribute(call) == "item" and receiver is not None:
            yield Draft("Make one number of them first, as their mean.", editor.followed(receiver, ".mean()"))
        elif attribute(call) in ("float", "int") and call.args:
            yield Draft("Make one number of them first, as their mean.", editor.followed(call.args[0], ".mean()"))


def _copied(editor: Editor, span: Span | None) -> Iterator[Draft]:
    for call in editor.within(span, ast.Call):
        if attribute(call) == "deepcopy" and call.args:
            words = "Copy the value without its history."
            yield Draft(words, editor.followed(call.args[0], ".detach()"))


def _cut_off(editor: Editor, span: Span | None) -> Iterator[Draft]:
    """A computed tensor whose requires_grad was to be turned off."""
    group = editor.statement(span)
    statement = group.statements[0] if group is not None and len(group.statements) == 1 else None
    match statement:
        case (
            ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))))
            | ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name))])
        ):
            assert group is not None
            words = f"Take the value of {name} without its history."
            yield Draft(words, (editor.instead(group, f"{name} = {name}.detach()"),))


def _no_inference(editor: Editor, span: Span | None) -> Iterator[Draft]:
    words = "Use no_grad in place of inference_mode: what it makes are ordinary tensors."
    for one in editor.nodes(ast.Attribute):
        if one.attr == "inference_mode":
            end = editor.program.place(one)[1]
            yield Draft(words, (Edit(end - len("inference_mode"), end, "no_grad"),))


def _nothing_there(editor: Editor, span: Span | None) -> Iterator[Draft]:
    """A use of .grad that is None."""
    for one in editor.within(_line(span), ast.Attribute):
        tensor = named(editor.trace).get(editor.text(one.value)) if one.attr == "grad" else None
        if tensor is not None and tensor.grad is None:
            yield from _filled(editor, tensor, editor.text(one.value), span)


def _filled(editor: Editor, tensor: Tensor, name: str, span: Span | None) -> Iterator[Draft]:
    if not tensor.is_leaf:
        yield from leaves.renamed(editor, tensor, name)
        return
    group = editor.statement(span)
    zeroed = f"{name}.grad.zero_()"
    if group is not None and editor.program.source[group.start : group.end].strip() == zeroed:
        words = f"Clear it with {name}.grad = None: that works whether there is one yet or not."
        yield Draft(words, (editor.instead(group, f"{name}.grad = None"),))
    else:
        yield from backwards.started(editor, tensor, name, span)


def _line(span: Span | None) -> Span | None:
    return Span(span.line, 0, span.end_line, 1 << 20) if span is not None else None


def _no_number(editor: Editor, span: Span | None) -> Iterator[Draft]:
    yield from tracking.stayed_everywhere(editor, "Keep the tensor, and not the number in it.")


_BY_MESSAGE: tuple[tuple[str, Callable[[Editor, Span | None], Iterator[Draft]]], ...] = (
    ("leaf Variable that requires grad is being used in an in-place", _leaf_written),
    ("floating point and complex dtype can require", _whole_numbers),
    ("floating point dtype can require", _whole_numbers),
    ("can't retain_grad on Tensor", _not_retained),
    ("Can't call numpy() on Tensor that requires grad", _detached),
    ("cannot be converted to Scalar", _one_number),
    ("support the deepcopy protocol", _copied),
    ("you can only change requires_grad flags of leaf", _cut_off),
    ("Inference tensors cannot be saved", _no_inference),
    ("NoneType", _nothing_there),
    ("'float' object has no attribute", _no_number),
)
"""What torch or Python says, and who mends it."""
