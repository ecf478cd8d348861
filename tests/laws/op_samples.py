"""The samples of torch's own operator database, as programs for the recorder."""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import torch

from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Raised, Trace

PROGRAM = """\
import op_sample
torch.autograd.backward(*op_sample.outputs_and_seeds())
"""


@dataclass
class Sample:
    """One call of one operator."""

    name: str
    """The operator's name, with its variant: `norm.nuc`."""
    number: int
    call: Any
    leaves: list[torch.Tensor] = field(default_factory=list)

    def outputs_and_seeds(self) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Call it: what came out and can be differentiated, and an upstream gradient for each, the same each time."""
        outputs = [one for one in _tensors(self.call()) if one.requires_grad]
        chance = torch.Generator().manual_seed(self.number)
        with torch.no_grad():
            return outputs, [_seed(one, chance) for one in outputs]

    def untraced(self) -> list[torch.Tensor | None]:
        """Every leaf's .grad after the same program without a recorder; raises what torch raises."""
        torch.manual_seed(0)
        torch.autograd.backward(*self.outputs_and_seeds())
        return self.taken()

    def traced(self) -> Trace:
        """The program's trace."""
        module: Any = types.ModuleType("op_sample")
        module.outputs_and_seeds = self.outputs_and_seeds
        sys.modules["op_sample"] = module
        try:
            return record(Job(PROGRAM, prelude=True, seed=0)).trace
        finally:
            del sys.modules["op_sample"]

    def refused(self, message: str) -> bool:
        """Under the recorder the program ends with the same error."""
        outcome = self.traced().outcome
        return isinstance(outcome, Raised) and outcome.message == message

    def taken(self) -> list[torch.Tensor | None]:
        """Every leaf's .grad, which is None afterwards."""
        grads = [leaf.grad for leaf in self.leaves]
        for leaf in self.leaves:
            leaf.grad = None
        return grads


def samples(dtype: torch.dtype, shard: int, shards: int, each: int | None = None) -> Iterator[Sample]:
    """Every sample, or the first `each`, of every operator of this shard that has a gradient in `dtype`."""
    with warnings.catch_warnings(action="ignore"):
        from torch.testing._internal.common_methods_invocations import op_db

    for info in op_db[shard::shards]:
        if not (info.supports_autograd and info.supports_dtype(dtype, "cpu")):
            continue
        name = f"{info.name}.{info.variant_test_name}" if info.variant_test_name else info.name
        torch.manual_seed(0)
        for number, one in enumerate(islice(info.sample_inputs("cpu", dtype, requires_grad=True), each)):
            given = [one.input, one.args, one.kwargs]
            found = {id(tensor): tensor for tensor in _tensors(given) if tensor.requires_grad and tensor.is_leaf}
            yield Sample(name, number, _calling(info, one), list(found.values()))


def _calling(info: Any, sample: Any) -> Any:
    def call() -> Any:
        return sample.output_process_fn_grad(info(sample.input, *sample.args, **sample.kwargs))

    return call


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _tensors(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _tensors(one)


def _seed(output: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
    if output.layout is not torch.strided:
        return torch.ones_like(output)
    return torch.randn(output.shape, dtype=output.dtype, generator=chance)
