"""Repairs of a backward call: what it starts from, whether the graph is kept, and the order around it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autograd_tutor.calculus.histories import bare_gradient
from autograd_tutor.calculus.places import called
from autograd_tutor.calculus.repairs import leaves, tracking
from autograd_tutor.calculus.repairs.editor import Draft, Editor, without_keyword
from autograd_tutor.calculus.roots import cutting, inputs_of
from autograd_tutor.program import Edit
from autograd_tutor.trace import Event, Pass, Span, Tensor


def failed(editor: Editor, pass_: Pass, wanted: Tensor | None) -> Iterator[Draft]:
    """What would let a backward call go through that raised; `wanted` is whose gradient is asked for."""
    call = editor.call(pass_.span)
    match pass_.error_kind:
        case "untracked root":
            yield from _rooted(editor, pass_, wanted)
        case "not scalar":
            yield from _summed(editor, call, editor.trace.tensors[pass_.root[0]] if pass_.root else None)
        case "graph freed":
            yield from _retained(editor, pass_)
        case "unused input":
            words = "Say allow_unused=True to get None for it, or materialize_grads=True to get zeros."
            yield Draft(words, (editor.program.with_argument(call, "allow_unused=True"),) if call is not None else ())
        case "no derivative":
            yield Draft("Put an operation with a derivative in its place, or detach what goes into it.")
        case "other":
            yield from _other(editor, pass_, call)


def _rooted(editor: Editor, pass_: Pass, wanted: Tensor | None) -> Iterator[Draft]:
    trace = editor.trace
    root = trace.tensors[pass_.root[0]] if pass_.root else None
    ghost = cutting(trace, root)
    if ghost is not None:
        yield from tracking.uncut(editor, ghost)
        return
    if (gradient := bare_gradient(trace, root)) is not None:
        yield from _twice(editor, gradient[1])
        return
    sources = list(inputs_of(trace, root))
    if wanted is not None and wanted.is_leaf and not wanted.requires_grad:
        sources.insert(0, wanted)
    floats = [one for one in sources if one.value.dtype.startswith(("float", "complex"))]
    leaf = next((one for one in floats or sources if (one.names or one is wanted) and not one.requires_grad), None)
    if leaf is not None:
        yield from leaves.required(editor, leaf)
    late = next((one for one in sources if one.requires_grad and one.names), None)
    if late is not None:
        yield from leaves.required(editor, late)
    yield from tracking.stayed_everywhere(editor, "Stay in torch: keep tensors, and not the numbers that they hold.")


def _twice(editor: Editor, earlier: Pass) -> Iterator[Draft]:
    """A gradient with a history of its own."""
    call = editor.call(earlier.span)
    if call is not None and not earlier.create_graph:
        words = "Say create_graph=True there: then the gradient has a graph of its own."
        yield Draft(words, (editor.program.with_argument(call, "create_graph=True"),))
    for function in editor.nodes(ast.FunctionDef):
        for decorator in function.decorator_list:
            if editor.text(decorator).endswith("once_differentiable") and earlier.create_graph:
                start = editor.program.source.rindex("@", 0, editor.program.place(decorator)[0])
                end = editor.program.source.index("\n", start)
                line = editor.program.source.rindex("\n", 0, start)
                words = (
                    f"Leave out @once_differentiable on line {decorator.lineno}, if all that {function.name} does is "
                    f"made of operations that torch can differentiate."
                )
                yield Draft(words, (Edit(line, end, ""),))


def _summed(editor: Editor, call: ast.Call | None, started: Tensor | None) -> Iterator[Draft]:
    """A root of one number."""
    if started is not None and started.value.dtype.startswith("complex"):
        yield Draft("Start from a real number, as the square of its absolute value; or give backward a weight.")
        return
    words = "Start from one number, the sum; or give backward a weight for each element."
    if call is None:
        yield Draft(words)
        return
    receiver = editor.receiver(call)
    root = receiver if receiver is not None else call.args[0] if call.args else None
    if root is None:
        yield Draft(words)
        return
    yield Draft(words, editor.followed(root, ".sum()"))


def _retained(editor: Editor, pass_: Pass) -> Iterator[Draft]:
    """The graph kept by the call that freed it."""
    first = pass_.culprit or pass_.span
    call = editor.call(first)
    if call is None:
        yield Draft("Say retain_graph=True in the earlier call.")
        return
    line = first.line if first is not None else 0
    if pass_.span is not None and line == pass_.span.line and _updated(editor, pass_):
        yield Draft(
            "Detach what one round hands to the next, so that each has a graph of its own. (retain_graph=True would "
            "not help: the weights that the earlier graph was made with have been changed since.)"
        )
        return
    words = f"Say retain_graph=True on line {line}: then the graph can be gone through again."
    if pass_.span is not None and line == pass_.span.line:
        words += " Or detach what one round hands to the next, so that each has a graph of its own."
    elif pass_.root:
        words += f" Or compute {called(editor.trace.tensors[pass_.root[0]])} anew before this call."
    yield Draft(words, (editor.program.with_argument(call, "retain_graph=True"),))


def _updated(editor: Editor, pass_: Pass) -> bool:
    """Whether a leaf was written into between this pass and the one before."""
    trace, changed = editor.trace, False
    for event in trace.events:
        if event.kind == "backward":
            if event.ref == pass_.id:
                return changed
            changed = False
        elif event.kind == "operation" and event.ref is not None and trace.operations[event.ref].in_place:
            outputs = trace.operations[event.ref].outputs
            changed = changed or any(trace.tensors[one].is_leaf and trace.tensors[one].requires_grad for one in outputs)
    return changed


def _other(editor: Editor, pass_: Pass, call: ast.Call | None) -> Iterator[Draft]:
    message = pass_.error or ""
    if message.startswith("Mismatch in shape") and call is not None:
        receiver = editor.receiver(call)
        weights = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "gradient")]
        if receiver is not None and weights:
            words = "Give one weight for each element of the result."
            yield Draft(words, (editor.replaced(weights[0], f"{editor.torch}.ones_like({editor.text(receiver)})"),))
    elif counted := re.search(r"incorrect number of gradients \(expected (\d+), got (\d+)\)", message):
        yield from _padded(editor, int(counted[1]) - int(counted[2]))
    elif "returned an invalid gradient" in message:
        yield Draft("Return from backward a gradient of the same shape as the input it belongs to.")


def _padded(editor: Editor, missing: int) -> Iterator[Draft]:
    """None for the arguments that backward gives no gradient for."""
    words = "Return one gradient for each argument of forward, in their order; None for those that need none."
    for function in editor.nodes(ast.FunctionDef):
        for one in ast.walk(function):
            if function.name == "backward" and isinstance(one, ast.Return) and one.value is not None and missing > 0:
                end = editor.program.place(one.value)[1]
                yield Draft(words, (Edit(end, end, ", None" * missing),))
                return
    yield Draft(words)


def started(editor: Editor, tensor: Tensor, name: str, at: Span | None = None) -> Iterator[Draft]:
    """A backward call where there was none: before line `at`, else at the program's end."""
    computed = [one for one in editor.trace.tensors if one.names and not one.is_leaf and one.node is not None]
    root = next((one for one in reversed(computed) if one.value.numel == 1), None) or next(reversed(computed), None)
    if root is None:
        yield Draft(f"Compute something from {name} and call backward() on it.")
        return
    call = f"{called(root)}{'' if root.value.numel == 1 else '.sum()'}.backward()"
    words = f"Call {call}: that fills {name}.grad."
    group = editor.statement(at)
    if group is not None:
        yield Draft(words, (editor.before(group, call),))
        return
    source, newline = editor.program.source, editor.program.newline
    gap = "" if source.endswith(("\n", "\r")) else newline
    yield Draft(words, (Edit(len(source), len(source), f"{gap}{call}{newline}"),))


def filled(editor: Editor, pass_: Pass, name: str) -> Iterator[Draft]:
    """backward() in place of an autograd.grad whose result is not wanted in a name of its own."""
    call, group = editor.call(pass_.span), editor.statement(pass_.span)
    words = f"Call backward() for a gradient in {name}.grad."
    if call is None or group is None or not call.args:
        yield Draft(words)
        return
    yield Draft(words, (editor.instead(group, f"{editor.whole(call.args[0])}.backward()"),))


def read_later(editor: Editor, line: int, name: str) -> Iterator[Draft]:
    """A .grad read after the backward that fills it."""
    reading = editor.group(line)
    backward = editor.statement(next((one.span for one in editor.trace.passes if one.error is None), None))
    if reading is not None and backward is not None and reading.block == backward.block:
        yield Draft(f"Read {name}.grad after backward().", editor.moved(reading, below=backward))


def zeros(editor: Editor, pass_: Pass) -> Iterator[Draft]:
    """Zeros from autograd.grad, for what the result does not depend on."""
    call = editor.call(pass_.span)
    if call is not None:
        taken = without_keyword(editor, call, "allow_unused")
        made = editor.program.with_argument(call, "materialize_grads=True")
        words = "To get zeros where there is no path, say materialize_grads=True."
        yield Draft(words, (made,) if taken is None else (taken, made))


def named(editor: Editor, pass_: Pass, name: str) -> Iterator[Draft]:
    """No inputs=… that leaves a tensor out."""
    call = editor.call(pass_.span)
    edit = without_keyword(editor, call, "inputs") if call is not None else None
    yield Draft(f"Add {name} to inputs, or leave inputs out.", (edit,) if edit is not None else ())


def cleared_before(editor: Editor, write: Event | None, name: str) -> Iterator[Draft]:
    """The gradient cleared before backward, and not after it."""
    passes = [one for one in editor.trace.passes if one.span is not None and one.error is None]
    group = editor.statement(write.span) if write is not None else None
    backward = editor.statement(passes[-1].span) if passes else None
    words = f"Clear {name}.grad before backward() and not after it; or read it before it is cleared."
    if group is None or backward is None or group.block != backward.block or group.start < backward.start:
        yield Draft(words)
        return
    yield Draft(words, editor.moved(group, above=backward))
