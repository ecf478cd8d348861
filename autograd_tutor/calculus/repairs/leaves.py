"""Repairs at the place where a tensor is made: who requires grad, and who keeps one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.calculus.places import called, on, short
from autograd_tutor.calculus.repairs.editor import Draft, Editor, attribute, without_keyword
from autograd_tutor.program import Edit
from autograd_tutor.trace import Tensor

_FACTORIES = frozenset(
    {"tensor", "zeros", "ones", "full", "empty", "rand", "randn", "arange", "linspace", "eye", "logspace"}
    | {"zeros_like", "ones_like", "full_like", "rand_like", "randn_like"}
)
"""Of torch: they take requires_grad."""
_CONVERSIONS = frozenset({"to", "double", "float", "half", "cuda", "cpu", "type"})


def required(editor: Editor, tensor: Tensor) -> Iterator[Draft]:
    """requires_grad=True where the tensor is made."""
    name = called(tensor) if tensor.names else short(tensor.label)
    call = editor.call(tensor.span)
    group = editor.assignment(tensor, name)
    floats = _floats(editor, call) if tensor.value.dtype.startswith(("int", "uint")) else ()
    if floats is None:
        return
    words = f"Create {name} with requires_grad=True{on(tensor.span)}{', from numbers with a point' if floats else ''}."
    if call is not None and _is_factory(editor, call):
        asked = next((one.value for one in call.keywords if one.arg == "requires_grad"), None)
        turned = editor.replaced(asked, "True") if asked else editor.program.with_argument(call, "requires_grad=True")
        yield Draft(words, (*floats, turned))
    elif group is not None and name.isidentifier() and not floats:
        words = f"Turn requires_grad on as soon as {name} is there."
        yield Draft(words, (editor.after(group, f"{name}.requires_grad_()"),))


def whole_numbers(editor: Editor, call: ast.Call | None) -> Iterator[Draft]:
    """A leaf of whole numbers made one with a point."""
    if call is None:
        return
    receiver = editor.receiver(call)
    if receiver is not None:  # w.requires_grad_()
        made = _made(editor, editor.text(receiver))
        if made is None:
            return
        call = made
    floats = _floats(editor, call)
    if floats:
        yield Draft("Write the numbers with a point, as floating-point numbers.", floats)
    else:
        dtype = f"dtype={editor.torch}.float32"
        yield Draft("Ask for floating-point numbers.", (editor.program.with_argument(call, dtype),))


def _made(editor: Editor, name: str) -> ast.Call | None:
    """The call that a name was given the result of."""
    for one in editor.nodes(ast.Assign):
        if isinstance(one.value, ast.Call) and any(isinstance(to, ast.Name) and to.id == name for to in one.targets):
            return one.value
    return None


def _is_factory(editor: Editor, call: ast.Call) -> bool:
    return attribute(call) in _FACTORIES and editor.text(call.func).startswith(f"{editor.torch}.")


def _floats(editor: Editor, call: ast.Call | None) -> tuple[Edit, ...] | None:
    """A point behind every whole number of a literal; None if it has none."""
    if call is None or not call.args:
        return None
    whole = [one for one in ast.walk(call.args[0]) if isinstance(one, ast.Constant) and type(one.value) is int]
    return tuple(Edit(end, end, ".") for _, end in map(editor.program.place, whole)) or None


def kept(editor: Editor, tensor: Tensor, name: str) -> Iterator[Draft]:
    """retain_grad() right after a computed tensor is there."""
    group = editor.assignment(tensor, name)
    words = f"To keep the gradient of {name}, call {name}.retain_grad() before backward()."
    yield Draft(words, (editor.after(group, f"{name}.retain_grad()"),)) if group is not None else Draft(words)


def retained_earlier(editor: Editor, tensor: Tensor, name: str) -> Iterator[Draft]:
    """A retain_grad() that came too late, taken to the place where its tensor is made."""
    words = f"Call {name}.retain_grad() before backward()."
    late = next((call for call in editor.nodes(ast.Call) if _retains(editor, call, name)), None)
    here = editor.group(late.lineno) if late is not None else None
    made = editor.assignment(tensor, name)
    yield Draft(words, editor.moved(here, below=made)) if here is not None and made is not None else Draft(words)


def _retains(editor: Editor, call: ast.Call, name: str) -> bool:
    receiver = editor.receiver(call)
    return attribute(call) == "retain_grad" and receiver is not None and editor.text(receiver) == name


def required_last(editor: Editor, tensor: Tensor, leaf: Tensor, name: str) -> Iterator[Draft]:
    """requires_grad for what has the name, and not for the nameless tensor it was computed from."""
    if "Parameter(" in leaf.label:
        yield Draft(f"Make the Parameter last: of all that {name} is computed from, so that {name} is the Parameter.")
        return
    words = f"Set requires_grad last, when {name} has its final form."
    call = editor.call(leaf.span)
    group = editor.statement(leaf.span)
    value = _value(editor, leaf)
    taken = without_keyword(editor, call, "requires_grad") if call is not None else None
    if taken is None or value is None or group is None:
        yield Draft(words)
        return
    yield Draft(words, (taken, *editor.followed(value, ".requires_grad_()")))


def _value(editor: Editor, tensor: Tensor) -> ast.expr | None:
    group = editor.statement(tensor.span)
    statement = group.statements[0] if group is not None and len(group.statements) == 1 else None
    return statement.value if isinstance(statement, ast.Assign) else None


def renamed(editor: Editor, tensor: Tensor, name: str) -> Iterator[Draft]:
    """A leaf that lost its name to a result: updated in place, or made a leaf again."""
    value = _value(editor, tensor)
    group = editor.statement(tensor.span)
    if value is None or group is None:
        yield Draft(f"Give the result a name of its own, and {name} stays the leaf.")
        return
    if isinstance(value, ast.Call) and attribute(value) in _CONVERSIONS:
        words = f"Make the converted {name} a leaf of its own: detach it, then turn requires_grad on."
        yield Draft(words, editor.followed(value, ".detach().requires_grad_()"))
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub | ast.Add) and editor.text(value.left) == name:
        sign = "-" if isinstance(value.op, ast.Sub) else "+"
        right = value.right
        lines = (f"with {editor.torch}.no_grad():", f"    {name} {sign}= {editor.text(right)}")
        yield Draft(f"Update {name} in place under no_grad: then it stays the leaf.", (editor.instead(group, *lines),))
    else:
        words = "To take the result as the new leaf, detach it and turn requires_grad on."
        yield Draft(words, editor.followed(value, ".detach().requires_grad_()"))
