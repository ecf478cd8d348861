"""Laws that hold of every program the recorder runs."""

from __future__ import annotations

import contextlib
import io
import warnings

import msgspec
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from random_programs import Program, programs, walk

from autograd_tutor.recording.record import record
from autograd_tutor.recording.values import array
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Array, Finished, Pass, Raised, Trace, encode

FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def tensor(value: Array) -> torch.Tensor:
    assert value.data is not None
    return torch.tensor(value.data, dtype=getattr(torch, value.dtype)).reshape(value.shape)


def bits(value: Array | None) -> object:
    """Equal for equal bits only: nan is nan, and 0.0 is not -0.0."""
    return None if value is None else (value.dtype, value.shape, repr(value.data))


def untraced(program: Program) -> tuple[dict[str, object], str | None]:
    """Every leaf's .grad after the program ran in plain Python, and the error that ended it."""
    space: dict[str, object] = {}
    error = None
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            exec(compile(program.source, "<plain>", "exec"), space)
        except RuntimeError as problem:
            error = str(problem)
    grads = {leaf: space[leaf].grad for leaf in program.leaves}
    return {leaf: bits(array(grad)) if grad is not None else None for leaf, grad in grads.items()}, error


def added(trace: Trace, one: Pass, node: int) -> torch.Tensor:
    """The contributions into a leaf's node, from the trace alone: summed in the engine's firing order."""
    total = None
    flows = [(seed.gradient, -1) for seed in one.seeds if seed.node == node]
    for position, tail in enumerate(one.order):
        edges = sorted((edge for edge in trace.edges if edge.tail == tail and not edge.ghost), key=lambda e: e.input)
        flows += [(edge.contributions[one.id], position) for edge in edges if edge.head == node]
    for flow, _ in flows:
        if flow is not None:
            total = tensor(flow) if total is None else total + tensor(flow)
    assert total is not None
    return total


def check(program: Program) -> None:
    grads, error = untraced(program)
    trace = record(Job(program.source, targets=program.targets)).trace
    assert encode(msgspec.msgpack.decode(encode(trace), type=Trace)) == encode(trace)

    # The recorder changes nothing: the same gradients, bit for bit, and the same end.
    assert isinstance(trace.outcome, Finished | Raised)
    assert (trace.outcome.message if isinstance(trace.outcome, Raised) else None) == error
    assert {found.target.removesuffix(".grad"): bits(found.value) for found in trace.found} == grads
    assert trace.notes == ()

    # What the trace says flowed along the edges is what was added to every leaf, bit for bit.
    for one in trace.passes:
        for leaf in one.leaves:
            assert leaf.exact, leaf
            total = added(trace, one, leaf.node)
            assert bits(array(total)) == bits(leaf.added)
            after = total if leaf.before is None else tensor(leaf.before) + total
            assert bits(array(after)) == bits(leaf.after)

    # Ids are positions, every edge joins known nodes, every node that fired is real.
    for kind in (trace.operations, trace.tensors, trace.nodes, trace.edges, trace.passes):
        assert [thing.id for thing in kind] == list(range(len(kind)))
    for edge in trace.edges:
        assert 0 <= edge.tail < len(trace.nodes)
        assert 0 <= edge.head < len(trace.nodes)
        assert len(edge.contributions) == len(trace.passes)
        ghostly = "ghost" in (trace.nodes[edge.tail].kind, trace.nodes[edge.head].kind)
        assert edge.ghost or not ghostly
    for one in trace.passes:
        assert all(trace.nodes[id_].kind != "ghost" for id_ in one.order)

    # A ghost has a reason, one that lies downstream points at the cut, and a missing gradient has its reason too.
    for node in trace.nodes:
        assert (node.kind == "ghost") == (node.reason is not None)
        assert (node.reason == "downstream") == (node.cut is not None)
        assert node.cut is None or trace.nodes[node.cut].reason not in (None, "downstream")
    assert all((one.grad is None) == (one.absent is not None) for one in trace.tensors)
    assert all((one.absent == "cut") == (one.cut is not None) for one in trace.tensors)


@FEW
@given(programs())
def test_the_laws_hold_of_random_programs(program: Program) -> None:
    check(program)


@pytest.mark.battery
@pytest.mark.parametrize("first", [0, 2500])
def test_the_laws_hold_of_five_thousand_random_programs(first: int) -> None:
    walk(range(first, first + 2500), check, most=12)
