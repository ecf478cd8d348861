"""A run as the JSON document of `explain --json`: a pure function of plain data."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import astuple

from autograd_tutor.explanation import (
    Jacobian,
    Problem,
    Repair,
    Repeat,
    Step,
    TangentStep,
    TargetExplanation,
    Witnesses,
)
from autograd_tutor.jsonable import Json, plain
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.trace import (
    Edge,
    Found,
    ModuleCall,
    Node,
    Outcome,
    Pass,
    Raised,
    Span,
    Stopped,
    Tensor,
    Trace,
    module_call,
    named,
)

FORMAT = 1


def document(run: Run) -> dict[str, Json]:
    """The whole run, in the keys that others rely on."""
    trace, explanation = run.trace, run.whole
    accounts = {one.target: one for one in explanation.targets}
    return {
        "format": FORMAT,
        "torch": trace.torch,
        "source": trace.source,
        "outcome": outcome(trace.outcome),
        "warnings": [{"message": event.text, "line": line_of(event.span)} for event in trace.warnings],
        "problems": [_problem(one) for one in explanation.problems],
        "printed": trace.printed,
        "read_as_none": [{"line": one.line, "target": one.target, "why": one.words} for one in explanation.empty],
        "tensors": {name: _tensor(tensor) for name, tensor in named(trace).items()},
        "modules": [_module(call) for call in trace.calls],
        "batches": [{"size": one.size, "line": line_of(one.span)} for one in trace.batches],
        "nodes": [_node(node, module_call(trace, node)) for node in trace.nodes],
        "edges": [_edge(edge) for edge in trace.edges],
        "passes": [_pass(one, trace) for one in trace.passes],
        "targets": {found.target: _target(found, accounts.get(found.target), trace) for found in trace.found},
        "notes": [*trace.notes, *([run.note] if run.note else [])],
    }


def line_of(span: Span | None) -> int | None:
    """The line where a span starts."""
    return span.line if span else None


def outcome(given: Outcome) -> dict[str, Json]:
    """How the program ended."""
    if isinstance(given, Raised):
        return {"kind": "raised", "type": given.type, "message": given.message, "line": line_of(given.span)}
    if isinstance(given, Stopped):
        return {"kind": "stopped", "reason": given.reason, "message": given.message}
    return {"kind": "finished"}


def _tensor(tensor: Tensor) -> dict[str, Json]:
    return {
        "value": plain(tensor.value),
        "shape": list(tensor.value.shape),
        "dtype": tensor.value.dtype,
        "requires_grad": tensor.requires_grad,
        "is_leaf": tensor.is_leaf,
        "grad": plain(tensor.grad),
        "absent": tensor.absent,
    }


def _module(call: ModuleCall) -> dict[str, Json]:
    return {"module": call.module, "kind": call.kind, "parent": call.parent, "repeat": call.repeat}


def _node(node: Node, call: ModuleCall | None) -> dict[str, Json]:
    return {
        "id": node.id,
        "name": node.name,
        "operation": node.text,
        "kind": node.kind,
        "reason": node.reason,
        "span": list(astuple(node.span)) if node.span else None,
        "cut": node.cut,
        "module": call.module if call else None,
        "call": call.id if call else None,
    }


def _edge(edge: Edge) -> dict[str, Json]:
    return {
        "from": edge.tail,
        "to": edge.head,
        "input": edge.input,
        "output": edge.output,
        "ghost": edge.ghost,
        "contributions": [plain(one) for one in edge.contributions],
    }


def _pass(one: Pass, trace: Trace) -> dict[str, Json]:
    return {
        "line": line_of(one.span),
        "kind": one.kind,
        "error": one.error,
        "order": list(one.order),
        "batch": list(one.batch),
        "returned": [{"of": _name(trace.tensors[each.of]), "value": plain(each.value)} for each in one.captured],
        "leaves": {
            _name(trace.tensors[leaf.tensor]): {
                "before": plain(leaf.before),
                "added": plain(leaf.added),
                "after": plain(leaf.after),
                "exact": leaf.exact,
                "note": leaf.note,
            }
            for leaf in one.leaves
        },
    }


def _name(tensor: Tensor) -> str:
    return tensor.names[0] if tensor.names else tensor.label


def value_of(found: Found) -> Json:
    """What a target was, as one JSON value; None both for a None and for what could not be evaluated."""
    if found.kind == "tensor":
        return plain(found.value)
    return found.flag if found.kind == "flag" else found.text if found.kind == "text" else None


def _target(found: Found, account: TargetExplanation | None, trace: Trace) -> dict[str, Json]:
    account = account or TargetExplanation(found.target)
    witnesses = account.witnesses
    return {
        "value": value_of(found),
        "kind": found.kind,
        "missing": found.text if found.kind == "missing" else None,
        "formula": account.formula,
        "pretty": account.pretty,
        "no_formula": account.no_formula,
        "witnesses": _witnesses(found, witnesses),
        "agree": witnesses.agree,
        "disagreement": witnesses.disagreement,
        "uncut": plain(witnesses.uncut),
        "steps": [_step(step) for step in account.steps],
        "repeats": [_repeat(one, account.steps[one.start : one.end]) for one in account.repeats],
        "forward": [_carried(step, trace) for step in account.forward],
        "sum": account.sum,
        "why": account.why,
        "repair": _repair(account.repair),
    }


def _problem(given: Problem) -> Json:
    return {"words": given.words, "caught": given.caught, "repair": _repair(given.repair)}


def _repair(given: Repair | None) -> Json:
    if given is None:
        return None
    return {
        "words": given.words,
        "lines": [{"sign": line.sign, "line": line.number, "text": line.text} for line in given.lines],
        "confirmed": given.confirmed,
        "value": plain(given.value),
        "later": given.later,
    }


def _witnesses(found: Found, witnesses: Witnesses) -> dict[str, Json]:
    return {
        "torch": plain(witnesses.torch) if witnesses.torch else value_of(found),
        "symbolic": plain(witnesses.symbolic),
        "differences": plain(witnesses.differences),
    }


def _carried(step: TangentStep, trace: Trace) -> dict[str, Json]:
    operation = trace.operations[step.operation]
    return {
        "operation": operation.text,
        "span": list(astuple(operation.span)) if operation.span else None,
        "rule": step.rule,
        "tangent": plain(step.tangent),
        "arithmetic": step.arithmetic,
        "words": step.words,
    }


def _repeat(one: Repeat, steps: Sequence[Step]) -> dict[str, Json]:
    return {
        "start": one.start,
        "end": one.end,
        "period": one.period,
        "times": one.times,
        "nodes": list(dict.fromkeys(step.node for step in steps)),
        "upstream": plain(one.upstream),
        "product": plain(one.product),
        "passed": plain(one.passed),
        "added": plain(one.added),
        "words": one.words,
    }


def _step(step: Step) -> dict[str, Json]:
    return {
        "pass": step.pass_,
        "node": step.node,
        "edge": step.edge,
        "rule": step.rule,
        "local": plain(step.local),
        "upstream": plain(step.upstream),
        "contribution": plain(step.contribution),
        "words": step.words,
        "ruled": step.ruled,
        "jacobian": _jacobian(step.jacobian),
    }


def _jacobian(given: Jacobian | None) -> Json:
    """`rows`, what arrived at them (`upstream`) and the names of both sides only where it is small."""
    if given is None:
        return None
    return {
        "shape": list(given.shape),
        "structure": given.structure,
        "words": given.words,
        "rows": plain(given.rows),
        "upstream": plain(given.upstream),
        "outputs": list(given.outputs),
        "inputs": list(given.inputs),
    }
