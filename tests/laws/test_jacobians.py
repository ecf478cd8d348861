"""Laws of Jacobians: times what arrived each is what went on; torch has the same numbers; its structure is true."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from jacobian_laws import holds, product_is_what_goes_on
from op_samples import Sample, samples
from random_programs import Program, walk

from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.calculus.graph import Flow, Index
from autograd_tutor.calculus.jacobians import MOST, Jacobians
from autograd_tutor.calculus.names import Names
from autograd_tutor.calculus.ruled import Known
from autograd_tutor.calculus.steps import steps as of
from autograd_tutor.calculus.values import numbers
from autograd_tutor.course.jobs import job
from autograd_tutor.course.load import lessons
from autograd_tutor.course.variants import variant
from autograd_tutor.explanation import Jacobian, Step, outline
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Trace


def steps(trace: Trace) -> Iterator[Step]:
    """Those that are told one by one."""
    accounts = Accounts(trace)
    for found in trace.found:
        one = accounts.explain(found.target)
        yield from (one.steps[part] for part in outline(one) if isinstance(part, int))


def check(trace: Trace) -> int:
    """How many Jacobians the program's steps have; the laws hold of all."""
    count = 0
    for step in steps(trace):
        if step.jacobian is None:
            both_single = step.upstream is None or step.upstream.numel == step.contribution.numel == 1
            assert both_single or not step.ruled or not _finite(step), step
            continue
        count += 1
        small = max(step.jacobian.shape) <= MOST
        assert (step.jacobian.rows is not None) == small
        if small:
            product_is_what_goes_on(step)
            assert holds(step.jacobian.structure, np.asarray(numbers(step.jacobian.rows))), step
    return count


def _finite(step: Step) -> bool:
    parts = step.local, step.contribution, step.upstream
    return all(part is None or np.all(np.isfinite(numbers(part))) for part in parts)


def checked(examples: int) -> int:
    """How many Jacobians so many random programs have; the laws hold of all."""
    counts = []

    def each(program: Program) -> None:
        counts.append(check(record(Job(source=program.source, targets=program.targets)).trace))

    walk(range(examples), each)
    return sum(counts)


def test_the_product_with_what_arrived_is_what_goes_on() -> None:
    assert checked(25) > 25


@pytest.mark.battery
def test_the_product_with_what_arrived_is_what_goes_on_in_500_programs() -> None:
    assert checked(500) > 500


def test_it_is_so_in_the_lessons() -> None:
    count = 0
    for lesson in lessons():
        for exercise in lesson.exercises:
            count += check(record(job(variant(lesson, exercise, 0))).trace)
    assert count > 15


X, SQUARE, BATCH, CUBE = (
    "torch.arange(1., 5.)",
    "torch.arange(1., 10.).reshape(3, 3)",
    "torch.randn(5, 4)",
    "t(2, 3, 4)",
)
KINDS = [
    ("x.exp()", X, "diagonal"),
    ("x.relu()", "torch.tensor([-1., 2., -3., 4.])", "diagonal"),
    ("x * 0.5", X, "scaled identity"),
    ("x + torch.ones(5, 4)", BATCH, "identity"),
    ("x.reshape(2, 10)", BATCH, "identity"),
    ("x.sign()", X, "zero"),
    ("x.sum()", X, "one row"),
    ("x.mean()", BATCH, "one row"),
    ("x.max()", X, "one row"),
    ("x.prod()", X, "one row"),
    ("x[2]", X, "one row"),
    ("x.expand(4)", "torch.tensor(3.)", "one column"),
    ("x * torch.arange(1., 8.)", "torch.tensor(3.)", "one column"),
    ("torch.zeros(4).scatter(0, torch.tensor([2]), x)", "torch.tensor([3.])", "one column"),
    ("x * torch.arange(7.)", "torch.tensor(3.)", "one column"),
    ("torch.ones(5, 4) + x", X, "stretched"),
    ("torch.randn(5, 4) * x", X, "stretched"),
    ("x.expand(5, 4)", X, "stretched"),
    ("x.repeat(3)", X, "stretched"),
    ("torch.outer(x, torch.arange(1., 4.))", X, "stretched"),
    ("torch.randn(6, 5) @ x", BATCH, "block diagonal"),
    ("x @ torch.randn(4, 3)", BATCH, "block diagonal"),
    ("x @ torch.randn(2, 4, 3)", CUBE, "block diagonal"),
    ("torch.randn(5, 4) @ x", X, "dense"),
    ("x.softmax(1)", BATCH, "block diagonal"),
    ("x.softmax(0)", BATCH, "block diagonal"),
    ("x.softmax(0)", X, "dense"),
    ("x.sum(0)", BATCH, "block diagonal"),
    ("x.mean(1)", BATCH, "block diagonal"),
    ("x.cumsum(1)", BATCH, "block diagonal"),
    ("F.layer_norm(x, (4,))", BATCH, "block diagonal"),
    ("F.batch_norm(x, None, None, training=True)", BATCH, "block diagonal"),
    ("x.cumsum(0)", X, "lower triangular"),
    ("x.cumprod(0)", X, "lower triangular"),
    ("x.flip(0).cumsum(0)", X, "lower triangular + permutation"),
    ("x.t()", BATCH, "permutation"),
    ("x.flip(0)", X, "permutation"),
    ("x.roll(1)", X, "permutation"),
    ("x[[2, 0, 3, 1]]", X, "permutation"),
    ("x.sort(descending=True).values", X, "permutation"),
    ("x[1:3]", BATCH, "selection"),
    ("x[torch.tensor([0, 0, 2])]", X, "selection"),
    ("x.gather(1, torch.tensor([[0], [1], [3], [2], [0]]))", BATCH, "selection"),
    ("torch.cat([x, torch.ones(2, 4)])", BATCH, "placement"),
    ("torch.stack([torch.ones(4), x])", X, "placement"),
    ("F.pad(x, (1, 2))", X, "placement"),
    ("x.tril()", SQUARE, "diagonal"),
    ("F.conv2d(x, torch.randn(1, 1, 3, 3))", "torch.randn(1, 1, 7, 7)", "sparse"),
    ("F.conv1d(x, torch.randn(2, 1, 2))", "torch.randn(3, 1, 6)", "block diagonal"),
    ("F.avg_pool1d(x[None], 2)", "torch.arange(1., 9.)[None]", "sparse + identity"),
    ("torch.linalg.cholesky(x)", "torch.tensor([[2., 1.], [1., 3.]])", "block triangular"),
    ("torch.linalg.inv(x)", "torch.tensor([[2., 1., 0.5], [1., 3., 1.], [0.2, 1., 4.]])", "dense"),
    ("F.cross_entropy(x, torch.tensor([0, 1, 2, 3, 0]))", BATCH, "one row"),
    ("x @ x.t()", BATCH, "block diagonal + permutation"),
    ("x * x", X, "diagonal"),
]


def jacobians(expression: str, value: str) -> tuple[list[Step], torch.Tensor]:
    """The steps of what makes `y` out of `x`, and the whole Jacobian as torch.autograd.functional has it."""
    made = value.replace("t(2, 3, 4)", "torch.randn(2, 3, 4)")
    source = f"torch.manual_seed(1)\nx = ({made}).double().requires_grad_()\ntorch.set_default_dtype(torch.float64)\n"
    source += f"torch.manual_seed(2)\ny = {expression}\ny.backward(torch.randn_like(y))\n"
    source += "torch.set_default_dtype(torch.float32)\n"
    trace = record(Job(source=source, prelude=True, targets=("x.grad",))).trace
    names: dict[str, object] = {"torch": torch, "F": torch.nn.functional}
    torch.manual_seed(1)
    x = eval(made, names).double()

    def function(x: torch.Tensor) -> torch.Tensor:
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(2)
        y: torch.Tensor = eval(expression, {**names, "x": x})
        torch.set_default_dtype(torch.float32)
        return y

    whole = torch.autograd.functional.jacobian(function, x)
    return [step for step in steps(trace) if step.edge is not None], whole.reshape(-1, x.numel())


@pytest.mark.parametrize(("expression", "value", "structure"), KINDS)
def test_structures_are_as_torch_has_them(expression: str, value: str, structure: str) -> None:
    told, whole = jacobians(expression, value)
    given = [step.jacobian for step in told]
    assert all(given), [step.rule for step in told]
    assert {one.structure for one in given if one} == set(structure.split(" + ")), given
    if len(given) == 1 and given[0] is not None:
        _as_torch(given[0], whole.numpy())


def _as_torch(given: Jacobian, whole: np.ndarray) -> None:
    assert given.shape == whole.shape
    assert holds(given.structure, whole), (given.words, whole)
    if given.rows is not None:
        assert np.allclose(numbers(given.rows), whole)


@pytest.mark.battery
@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("shard", range(4))
def test_structures_hold_of_torchs_own_samples(shard: int) -> None:
    """The first sample of every operation that makes one node of one leaf."""
    seen = 0
    for sample in samples(torch.float64, shard, 4, each=1):
        if len(sample.leaves) != 1 or not 0 < sample.leaves[0].numel() <= 200:
            continue
        try:
            whole = _whole(sample)
        except RuntimeError:
            continue
        told = [step for step in _one_operation(sample) if step.jacobian is not None]
        for step in told if whole is not None else ():
            assert step.jacobian is not None
            seen += 1
            _as_torch(step.jacobian, whole)
    assert seen > 20


def _whole(sample: Sample) -> np.ndarray | None:
    """Its Jacobian by one backward pass for each element of its only output."""
    sample.untraced()
    outputs, _ = sample.outputs_and_seeds()
    if len(outputs) != 1 or outputs[0].numel() > 200 or outputs[0].layout is not torch.strided:
        return None
    units = torch.eye(outputs[0].numel(), dtype=outputs[0].dtype).reshape(-1, *outputs[0].shape)
    rows = [torch.autograd.grad(outputs[0], sample.leaves, unit, retain_graph=True)[0] for unit in units]
    return torch.stack(rows).reshape(len(rows), -1).numpy() if rows else None


def _one_operation(sample: Sample) -> list[Step]:
    trace = sample.traced()
    sample.taken()
    recorded = [one for one in trace.operations if one.nodes]
    if len(recorded) != 1:
        return []
    names, known = Names(trace), Known()
    flow = Flow(trace, trace.passes[0], trace.passes[0].leaves[0].node, None, Index(trace))
    return list(map(Jacobians(trace, names, known).put, list(of(trace, flow, names, known))))


def test_a_column_tells_how_many_elements_see_the_number() -> None:
    told, _ = jacobians("x * torch.arange(7.)", "torch.tensor(3.)")
    assert [one.jacobian.words for one in told if one.jacobian] == [
        "The Jacobian, 7 outputs × 1 input, is one column: 6 of the 7 elements of y see the one number x,"
        " so what arrives is summed, each times its entry."
    ]
