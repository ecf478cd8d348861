"""Repairs where the graph was cut: what keeps a tensor's history."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.calculus.places import on, origin, short
from autograd_tutor.calculus.repairs.editor import BARE, Draft, Editor, attribute
from autograd_tutor.program import Edit, Group, holds_long_string
from autograd_tutor.trace import Node

_OFF = frozenset({"no_grad", "inference_mode", "set_grad_enabled"})
_LEAVING = frozenset({"item", "numpy", "tolist"})
_MATH = frozenset(
    {"sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "sinh", "cosh", "atan", "asin", "acos", "log2", "log10"}
)
_SMOOTH = {
    "argmax": "The position of the largest value jumps. softmax gives weights that change smoothly in its place.",
    "argmin": "The position of the smallest value jumps. softmax of the negative values changes smoothly in its place.",
}


def uncut(editor: Editor, ghost: int) -> Iterator[Draft]:
    """What would let a gradient through where the graph was cut."""
    node = origin(editor.trace, ghost)
    match node.reason:
        case "no_grad" | "inference_mode":
            yield from _recorded(editor, node)
        case "detach":
            yield from _undetached(editor, node)
        case "data":
            yield from _undetached(editor, node)
        case "frozen":
            yield from thawed(editor)
        case "left torch":
            yield from _stayed(editor, node)
        case "not differentiable":
            yield Draft(_SMOOTH.get(node.name) or _stand_in(node))


def _stand_in(node: Node) -> str:
    if any(sign in node.text for sign in "<>=!") or node.name in ("gt", "lt", "ge", "le", "eq", "ne"):
        return (
            "A comparison is 0 or 1 and jumps in between. To train through it, put something smooth in its place, "
            "as torch.sigmoid of the difference."
        )
    return "For a gradient, something smooth would have to stand in its place."


def _recorded(editor: Editor, node: Node) -> Iterator[Draft]:
    """Gradients on for an operation that ran with them off."""
    if node.name == "checkpointfunction":
        for call in editor.within(node.span, ast.Call):
            for keyword in call.keywords:
                if keyword.arg == "use_reentrant":
                    words = "Say use_reentrant=False: such a checkpoint looks at the weights too."
                    yield Draft(words, (editor.replaced(keyword.value, "False"),))
        return
    for call in editor.within(node.span, ast.Call):
        if attribute(call) == "sample" and (receiver := editor.receiver(call)) is not None:
            words = "Say rsample(): it draws noise apart from the parameters, and computes the sample from both."
            yield Draft(words, (editor.replaced(call.func, f"{editor.text(receiver)}.rsample"),))
    line = node.span.line if node.span is not None else 0
    blocks = sorted(_blocks(editor), key=lambda one: not one.lineno <= line <= (one.end_lineno or 0))
    for block in blocks:
        edit = _dedented(editor, block)
        if edit is not None:
            off = short(editor.text(block.items[0].context_expr))
            yield Draft(f"Take what needs a gradient out of the {off} block{_at(block)}.", (edit,))
    for function in editor.nodes(ast.FunctionDef):
        for decorator in function.decorator_list:
            if _turns_off(decorator):
                words = f"Leave out the decorator @{editor.text(decorator)}{_at(decorator)}."
                start, end = editor.program.place(decorator)
                newline = editor.program.source.index(editor.program.newline, end) + len(editor.program.newline)
                yield Draft(words, (Edit(editor.program.source.rindex("@", 0, start), newline, ""),))
    for call in editor.nodes(ast.Call):
        group = editor.group(call.lineno)
        if attribute(call) == "set_grad_enabled" and _turns_off(call) and group is not None and _alone(group, call):
            yield Draft(f"Leave out {editor.text(call)}{_at(call)}.", (editor.without(group),))


def _at(node: ast.expr | ast.stmt) -> str:
    return f" on line {node.lineno}"


def _alone(group: Group, call: ast.Call) -> bool:
    match group.statements:
        case (ast.Expr(value=value),):
            return value is call
    return False


def _blocks(editor: Editor) -> Iterator[ast.With]:
    for block in editor.nodes(ast.With):
        if len(block.items) == 1 and _turns_off(block.items[0].context_expr):
            yield block


def _turns_off(expression: ast.expr) -> bool:
    """Whether it is `torch.no_grad()`, `torch.inference_mode()`, `torch.set_grad_enabled(False)`."""
    if not isinstance(expression, ast.Call) or attribute(expression) not in _OFF:
        return isinstance(expression, ast.Attribute) and expression.attr in _OFF
    arguments = [*expression.args, *(one.value for one in expression.keywords)]
    wants = attribute(expression) == "set_grad_enabled"
    off = any(isinstance(one, ast.Constant) and one.value is False for one in arguments)
    return off if wants else not off


def _dedented(editor: Editor, block: ast.With) -> Edit | None:
    """A block's statements without its header."""
    group = editor.group(block.lineno)
    first = block.body[0]
    if group is None or group.statements != (block,) or holds_long_string(block):
        return None
    if first.lineno == block.lineno:
        start = editor.program.place(first)[0]
        return Edit(group.start, start, group.indent)
    body = editor.group(first.lineno)
    if body is None:
        return None
    start = editor.program.source.rfind("\n", 0, body.start) + 1
    lines = editor.program.source[start : group.end].split(editor.program.newline)
    deeper = len(body.indent) - len(group.indent)
    return Edit(group.start, group.end, editor.program.newline.join(
        line[deeper:] if line.startswith(body.indent) else line for line in lines
    ))  # fmt: skip


def _undetached(editor: Editor, node: Node) -> Iterator[Draft]:
    """A value used with its history: no detach(), no .data, no Parameter made of it."""
    for call in editor.within(node.span, ast.Call):
        start, end = editor.program.place(call)
        if attribute(call) in ("detach", "detach_") and (receiver := editor.receiver(call)) is not None:
            words = f"Leave out the {attribute(call)}(){on(node.span)}."
            yield Draft(words, (Edit(_dot(editor, receiver), end, ""),))
        elif attribute(call) == "Parameter" and call.args:
            words = "Use the result itself, and not a Parameter made of it."
            yield Draft(words, (editor.replaced(call, editor.text(call.args[0])),))
        elif attribute(call) == "detach" and call.args:
            yield Draft(f"Leave out the detach(){on(node.span)}.", (Edit(start, end, editor.text(call.args[0])),))
    for bare in editor.within(node.span, ast.Attribute):
        if bare.attr == "data":
            words = f"Use {short(editor.text(bare.value))} itself, and not its .data."
            yield Draft(words, (Edit(_dot(editor, bare.value), editor.program.place(bare)[1], ""),))


def _dot(editor: Editor, receiver: ast.expr) -> int:
    """Where the dot stands after an expression, and after its brackets if it has some."""
    return editor.program.source.index(".", editor.program.place(receiver)[1])


def thawed(editor: Editor) -> Iterator[Draft]:
    """requires_grad not turned off."""
    for call in editor.nodes(ast.Call):
        off = next((one for one in call.args if isinstance(one, ast.Constant) and one.value is False), None)
        if attribute(call) == "requires_grad_" and off is not None:
            yield from _unfrozen(editor, editor.text(call), call.lineno, off)
    for assign in editor.nodes(ast.Assign):
        target, value = assign.targets[0], assign.value
        flag = isinstance(target, ast.Attribute) and target.attr == "requires_grad"
        if flag and isinstance(value, ast.Constant) and value.value is False:
            yield from _unfrozen(editor, editor.text(assign), assign.lineno, value)


def _unfrozen(editor: Editor, text: str, line: int, flag: ast.expr) -> Iterator[Draft]:
    group = editor.group(line)
    if group is not None and group.block == 0 and editor.program.source[group.start : group.end].strip() == text:
        yield Draft(f"Leave out line {line}, {short(text)}.", (editor.without(group),))
    else:
        yield Draft(f"Do not turn requires_grad off on line {line}.", (editor.replaced(flag, "True"),))


def _stayed(editor: Editor, node: Node) -> Iterator[Draft]:
    """A number kept in torch: at this place, or else at every one."""
    here = [edit for one in editor.within(node.span, ast.Call) for edit in _in_torch(editor, one)]
    words = "Stay in torch: use the tensor itself, and torch's own functions."
    calls = list(editor.within(node.span, ast.Call))
    if any(attribute(one) in ("tensor", "as_tensor") for one in calls):
        listed = any(one.args and isinstance(one.args[0], ast.List | ast.Tuple) for one in calls)
        words = (
            f"{'Put tensors together with torch.stack' if listed else 'Use the result as it is'}: its history stays."
        )
    if here:
        yield Draft(words, tuple(here))
    yield from stayed_everywhere(editor, words)


def stayed_everywhere(editor: Editor, words: str) -> Iterator[Draft]:
    """Every number of the program kept in torch."""
    every = [edit for one in editor.nodes(ast.Call) for edit in _in_torch(editor, one)]
    if every:
        yield Draft(words, tuple(every))


def _in_torch(editor: Editor, call: ast.Call) -> Iterator[Edit]:
    """Edits that keep the value of one call in torch; none overlaps those of a call inside it."""
    _, end = editor.program.place(call)
    name = attribute(call)
    function = call.func
    if isinstance(function, ast.Attribute) and name in _LEAVING and not call.args:
        yield Edit(_dot(editor, function.value), end, "")
    elif isinstance(function, ast.Name) and name == "float" and call.args and not _literal(call.args[0]):
        yield from _unwrapped(editor, call)
    elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        module = function.value.id
        if module in ("math", "np", "numpy") and name in _MATH and not all(map(_literal, call.args)):
            yield editor.replaced(function.value, editor.torch)
        elif module == editor.torch and name in ("tensor", "as_tensor") and call.args and not _literal(call.args[0]):
            inside = call.args[0]
            if isinstance(inside, ast.List | ast.Tuple):
                yield editor.replaced(function, f"{editor.torch}.stack")
                if call.keywords:
                    yield Edit(editor.program.place(inside)[1], end - 1, "")
            else:
                yield from _unwrapped(editor, call)


def _unwrapped(editor: Editor, call: ast.Call) -> Iterator[Edit]:
    """`f(x)` made `x`, with its brackets where they are needed."""
    start, end = editor.program.place(call)
    inner = editor.program.place(call.args[0])
    group = editor.group(call.lineno)
    alone = any(isinstance(one, ast.Assign) and one.value is call for one in (group.statements if group else ()))
    if alone or isinstance(call.args[0], BARE):
        yield Edit(start, inner[0], "")
        yield Edit(inner[1], end, "")
    else:
        yield Edit(start, inner[0], "(")
        yield Edit(inner[1], end, ")")


def _literal(node: ast.expr) -> bool:
    """Whether it is written out in numbers: `3.`, `[[1, 2], [3, 4]]`, `-1`."""
    return not any(isinstance(one, ast.Name | ast.Call | ast.Attribute) for one in ast.walk(node))
