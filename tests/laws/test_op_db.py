"""torch's own operator database under the recorder: every sample of every operator that has a gradient."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from op_samples import samples

from autograd_tutor.recording import values
from autograd_tutor.trace import Array, Complex, Finished, Pass, Trace

pytestmark = pytest.mark.battery

SHARDS = 4
NOTHING_TO_DIFFERENTIATE = {"normal.number_mean"}
"""torch says that they have a gradient; they return nothing that requires grad."""
REFUSED = {(torch.complex128, "to_sparse"): "does not support automatic differentiation for outputs with complex dtype"}
"""torch raises in the forward call, with the recorder as without it."""
LEAVES = {torch.float64: 18_050, torch.complex128: 6_919}
"""With the torch that constraints.txt names."""


@pytest.fixture(autouse=True)
def whole_values(monkeypatch: pytest.MonkeyPatch, one_thread: None) -> None:
    """The trace keeps tensors themselves as its data, so that large ones are compared too."""
    monkeypatch.setattr(values, "_read", lambda tensor, dtype, shape: Array(dtype, shape, dense(tensor).clone()))


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("dtype", LEAVES, ids=str)
def test_every_leaf_holds_the_sum_of_what_flowed_into_it(dtype: torch.dtype, shard: int) -> None:
    wrong, refused, without, leaves = {}, {}, set(), 0
    for sample in samples(dtype, shard, SHARDS):
        try:
            grads = sample.untraced()
        except RuntimeError as error:
            refused[dtype, sample.name] = str(error)
            if not sample.refused(str(error)):
                wrong[sample.name, sample.number] = ["ends otherwise than without the recorder"]
            continue
        trace = sample.traced()
        problems = list(differences(trace, grads, sample.taken()))
        if not trace.passes:
            without.add(sample.name)
        elif problems:
            wrong[sample.name, sample.number] = problems
        leaves += sum(grad is not None for grad in grads)
    assert wrong == {}
    assert without <= NOTHING_TO_DIFFERENTIATE
    assert all(REFUSED[key] in message for key, message in refused.items())
    assert leaves > LEAVES[dtype] / SHARDS / 2


def differences(trace: Trace, grads: list[torch.Tensor | None], traced: list[torch.Tensor | None]) -> Iterator[str]:
    """What is not as the laws say."""
    if trace.outcome != Finished() or trace.notes:
        yield f"{trace.outcome} {trace.notes}"
    if not all(values.same(one, other) for one, other in zip(grads, traced, strict=True)):
        yield ".grad is another than without the recorder"
    for one in trace.passes:
        sums = sent(trace, one)
        for arrival in one.arrivals:
            for output, arrived in enumerate(arrival.gradients):
                if not values.same(read(arrived), sums.get((arrival.node, output))):
                    yield f"{trace.nodes[arrival.node].name} got something else than was sent to it"
        fed = [sums.get((leaf.node, 0)) for leaf in one.leaves]
        for grad in (dense(grad) for grad in grads if grad is not None):
            if not any(values.same(grad, total) for total in fed):
                yield "no leaf was sent what its .grad holds"
        if sum(grad is not None for grad in grads) != len(fed):
            yield f"{len(fed)} leaves were fed"


def sent(trace: Trace, one: Pass) -> dict[tuple[int, int], torch.Tensor]:
    """What flowed to each output of each node, summed in the engine's firing order."""
    edges: dict[int, list[tuple[int, int, Array]]] = {}
    for edge in sorted(trace.edges, key=lambda edge: edge.input):
        flow = edge.contributions[one.id]
        if flow is not None:
            edges.setdefault(edge.tail, []).append((edge.head, edge.output, flow))
    flows = [(seed.node, seed.output, seed.gradient) for seed in one.seeds]
    flows += [flow for node in one.order for flow in edges.get(node, ())]
    sums: dict[tuple[int, int], torch.Tensor] = {}
    for node, output, flow in flows:
        number = read(flow)
        assert number is not None
        sums[node, output] = sums[node, output] + number if (node, output) in sums else number
    return sums


def read(value: Array | None) -> torch.Tensor | None:
    if value is None:
        return None
    if isinstance(value.data, torch.Tensor):
        return value.data
    assert value.data is not None
    numbers = [complex(one.re, one.im) if isinstance(one, Complex) else one for one in value.data]
    return torch.tensor(numbers, dtype=getattr(torch, value.dtype)).reshape(value.shape)


def dense(grad: torch.Tensor) -> torch.Tensor:
    return grad if grad.layout is torch.strided else grad.to_dense()
