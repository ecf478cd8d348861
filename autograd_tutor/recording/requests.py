"""What a backward call asks for, whichever of its three spellings it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from autograd_tutor.recording.calls import Asked
from autograd_tutor.recording.wrappers import bare

Spelling = Literal["method", "function", "grad"]

EDGE: Any = getattr(torch.autograd.graph, "GradientEdge", ())
"""A place in the graph, that may stand where a tensor would: a node and which of its outputs."""

_PARAMETERS: dict[Spelling, tuple[str, ...]] = {
    "method": ("roots", "gradients", "retain_graph", "create_graph", "inputs"),
    "function": ("roots", "gradients", "retain_graph", "create_graph", "grad_variables", "inputs"),
    "grad": ("roots", "inputs", "gradients", "retain_graph", "create_graph"),
}
_ALIASES = {
    **{"self": "roots", "tensors": "roots", "outputs": "roots"},
    **{"gradient": "gradients", "grad_tensors": "gradients", "grad_outputs": "gradients"},
}


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of one backward() or autograd.grad()."""

    kind: Literal["backward", "grad"]
    roots: tuple[torch.Tensor, ...]
    gradients: tuple[torch.Tensor | None, ...]
    """One for each root."""
    inputs: tuple[torch.Tensor | None, ...] | None
    """None for an edge of which nobody knows the tensor."""
    retain_graph: bool
    create_graph: bool
    batched: bool = False
    """is_grads_batched: the gradients' first dimension counts passes, all of which run at once."""

    def seeds(self, gradients: tuple[torch.Tensor | None, ...]) -> tuple[torch.Tensor | None, ...]:
        """Where each root starts: what was given, without its wrappers, else one; None where torch refuses to start."""
        return tuple(_seed(root, given) for root, given in zip(self.roots, gradients, strict=True))


def read(asked: Asked, spelling: Spelling, tensor: Callable[[Any], torch.Tensor | None]) -> Request:
    """Sort the arguments out. `tensor` gives the one that a GradientEdge stands for."""
    given = dict(zip(_PARAMETERS[spelling], asked.args, strict=False))
    given |= {_ALIASES.get(key, key): value for key, value in asked.kwargs.items()}
    roots = [_meant(one, tensor) for one in _listed(given.get("roots"))]
    gradients = _listed(given.get("gradients"))
    padded = [*gradients, *[None] * len(roots)]
    pairs = [pair for pair in zip(roots, padded, strict=False) if isinstance(pair[0], torch.Tensor)]
    inputs = given.get("inputs")
    create = bool(given.get("create_graph"))
    retain = given.get("retain_graph")
    return Request(
        kind="grad" if spelling == "grad" else "backward",
        roots=tuple(root for root, _ in pairs),
        gradients=tuple(one if isinstance(one, torch.Tensor) else None for _, one in pairs),
        inputs=None if inputs is None else tuple([_meant(one, tensor) for one in _listed(inputs)]),
        retain_graph=create if retain is None else bool(retain),
        create_graph=create,
        batched=bool(given.get("is_grads_batched")),
    )


def _seed(root: torch.Tensor, given: torch.Tensor | None) -> torch.Tensor | None:
    if given is not None:
        return given.detach()
    return torch.ones_like(bare(root)).detach() if root.numel() == 1 else None


def _meant(value: Any, tensor: Callable[[Any], torch.Tensor | None]) -> torch.Tensor | None:
    if isinstance(value, EDGE):
        return tensor(value)
    return value if isinstance(value, torch.Tensor) else None


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    if isinstance(value, EDGE):
        return (value,)
    if isinstance(value, dict):  # inputs may have names
        return tuple(value.values())
    return value if isinstance(value, list | tuple) else (value,)
