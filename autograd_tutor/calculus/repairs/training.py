"""Repairs of a training loop: gradients cleared in each round, the optimizer made for the tensors that are trained."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.calculus.caveats import left_behind, uncleared
from autograd_tutor.calculus.repairs.editor import Draft, Editor
from autograd_tutor.program import Group
from autograd_tutor.trace import Tensor


def mended(editor: Editor, tensor: Tensor, name: str) -> Iterator[Draft]:
    """What would make of a gradient the one that a training loop wants."""
    last = uncleared(editor.trace, tensor)
    optimizer = _optimizer(editor)
    if last is not None:
        backward = editor.statement(last.span)
        clear = f"{optimizer[0]}.zero_grad()" if optimizer is not None else f"{name}.grad = None"
        if backward is not None:
            yield Draft("Clear the gradient in each round before backward().", (editor.before(backward, clear),))
    elif left_behind(editor.trace, tensor, name) is not None and optimizer is not None:
        made = editor.assignment(tensor, name)
        if made is not None and made.block == optimizer[1].block:
            words = f"Make the optimizer after {name} has its final tensor."
            yield Draft(words, editor.moved(optimizer[1], below=made))


def _optimizer(editor: Editor) -> tuple[str, Group] | None:
    """The name and the statement of the program's optimizer."""
    for one in editor.nodes(ast.Assign):
        group = editor.group(one.lineno)
        target = one.targets[0]
        if isinstance(one.value, ast.Call) and "optim." in editor.text(one.value.func) and group is not None:
            return (target.id, group) if isinstance(target, ast.Name) else None
    return None
