"""Repairs: changes of a program that would give a missing gradient, or let a line go through that raised.

They are drafts, made of the trace and the source alone. Whether one mends the program, only torch can tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.calculus import places
from autograd_tutor.calculus.histories import hidden_leaf, hooked_away, last_write, reading, renamed_leaf
from autograd_tutor.calculus.repairs import backwards, leaves, raising, tracking, training, writes
from autograd_tutor.calculus.repairs.editor import Draft, Editor
from autograd_tutor.calculus.roots import cutting
from autograd_tutor.trace import Found, Raised, Tensor, Trace, named

__all__ = ["Draft", "drafts"]


def drafts(trace: Trace, target: str) -> Iterator[Draft]:
    """What may mend that `target` is None or False, or that the program raised; the likeliest first.

    Raises:
        SyntaxError: the program is none.
    """
    found = trace.find(target)
    editor = Editor(trace)
    if isinstance(trace.outcome, Raised):
        yield from _raised(editor, trace.outcome, found)
    elif found is None:
        return
    elif found.kind == "flag":
        yield from _flag(editor, found)
    elif found.is_grad and found.tensor is not None and found.kind == "tensor":
        yield from training.mended(editor, trace.tensors[found.tensor], places.owner(target))
    elif found.is_grad and found.tensor is not None and found.kind == "none":
        yield from _absent(editor, trace.tensors[found.tensor], places.owner(target))
    elif found.kind == "none":
        yield from _read(editor, target)


def _raised(editor: Editor, outcome: Raised, found: Found | None) -> Iterator[Draft]:
    if outcome.pass_ is None:
        yield from raising.mended(editor, outcome)
        return
    pass_ = editor.trace.passes[outcome.pass_]
    if pass_.error_kind == "modified in place":
        yield from writes.anew(editor, pass_)
        return
    wanted = editor.trace.tensors[found.tensor] if found is not None and found.tensor is not None else None
    yield from backwards.failed(editor, pass_, wanted)


def _flag(editor: Editor, found: Found) -> Iterator[Draft]:
    name, _, flag = found.target.strip().rpartition(".")
    tensor = named(editor.trace).get(name)
    if tensor is None or found.flag:
        return
    if flag == "requires_grad":
        yield from _tracked(editor, tensor)
    elif flag == "retains_grad" and tensor.requires_grad:
        yield from leaves.kept(editor, tensor, name)


def _tracked(editor: Editor, tensor: Tensor) -> Iterator[Draft]:
    ghost = cutting(editor.trace, tensor)
    if ghost is not None:
        yield from tracking.uncut(editor, ghost)
    elif tensor.operation is None or not editor.trace.operations[tensor.operation].inputs:
        yield from leaves.required(editor, tensor)
    yield from tracking.thawed(editor)


def _read(editor: Editor, target: str) -> Iterator[Draft]:
    """A name that was given a .grad which was None, or that autograd.grad gave None."""
    read = reading(editor.trace, target)
    if read is not None and read[1].absent is not None:
        yield from _absent(editor, read[1], read[2])
    elif read is not None:
        yield from backwards.read_later(editor, read[0], read[2])
    for pass_ in editor.trace.passes:
        if any(captured.result is None for captured in pass_.captured) and pass_.error is None:
            yield from backwards.zeros(editor, pass_)


def _absent(editor: Editor, tensor: Tensor, name: str) -> Iterator[Draft]:
    trace = editor.trace
    last = next((one for one in reversed(trace.passes) if one.error is None), None)
    match tensor.absent:
        case "no requires_grad":
            yield from tracking.thawed(editor)
            yield from leaves.required(editor, tensor)
        case "not a leaf":
            hidden, lost = hidden_leaf(trace, tensor), renamed_leaf(trace, tensor, name)
            if hidden is not None:
                yield from leaves.required_last(editor, tensor, hidden, name)
            elif lost is not None:
                yield from leaves.renamed(editor, tensor, name)
            else:
                yield from leaves.kept(editor, tensor, name)
        case "retained late":
            yield from leaves.retained_earlier(editor, tensor, name)
        case "no backward":
            ghost = next((node.id for node in trace.nodes if node.kind == "ghost"), None)
            yield from backwards.started(editor, tensor, name)
            yield from tracking.uncut(editor, ghost) if ghost is not None else ()
        case "cut" if tensor.cut is not None:
            yield from tracking.uncut(editor, tensor.cut)
        case "required late":
            yield from leaves.required(editor, tensor)
        case "frozen later":
            yield from tracking.thawed(editor)
        case "cleared" if hooked_away(trace, tensor) is not None:
            yield Draft(f"Leave out the hook that clears {name}.grad, or read it in there, before it does.")
        case "cleared":
            yield from backwards.cleared_before(editor, last_write(trace, tensor), name)
        case "grad returned":
            given = next((one for one in trace.passes if any(got.of == tensor.id for got in one.captured)), None)
            yield from backwards.filled(editor, given, name) if given is not None else ()
        case "left out" if last is not None and last.kind == "grad":
            yield from backwards.filled(editor, last, name)
        case "left out" if last is not None:
            yield from backwards.named(editor, last, name)
        case "unused":
            yield Draft(f"If {name} should matter, compute the result with it.")
        case "nothing arrived":
            yield Draft("Return a gradient there, and not None.")
        case "backward raised":
            failing = next((one for one in reversed(trace.passes) if one.error), None)
            yield from backwards.failed(editor, failing, tensor) if failing is not None else ()
