"""The vector-Jacobian products of one call that was made with gradients on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch

Gradients = list[torch.Tensor | None]


class Pullback:
    """What goes back from a call's outputs to its leaves, as often as it is asked for."""

    def __init__(self, leaves: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor]) -> None:
        self.leaves = leaves
        self.outputs = outputs
        self._wanted = [use for use, leaf in enumerate(leaves) if leaf.requires_grad]
        self._node, self._uses = _single(leaves, outputs)

    def __call__(self, upstream: Gradients) -> Gradients:
        """For each leaf, the vector-Jacobian product with `upstream`; None where none goes.

        ValueError if `upstream` has not one for each output.
        """
        pairs = [
            (output, gradient)
            for output, gradient in zip(self.outputs, upstream, strict=True)
            if gradient is not None and output.requires_grad and gradient.shape == output.shape
        ]
        passed: Gradients = [None] * len(self.leaves)
        if not pairs or not self._wanted:
            return passed
        if self._node is not None and self._straight(pairs[0], passed):
            return passed
        found = _run([self.leaves[use] for use in self._wanted], pairs)
        for use, gradient in zip(self._wanted, found, strict=True):
            passed[use] = gradient
        return passed

    def _straight(self, pair: tuple[torch.Tensor, torch.Tensor], passed: Gradients) -> bool:
        """The one node called without the engine, a sixth of the work; False if it gives what the engine would mend."""
        output, gradient = pair
        assert self._node is not None
        with torch.no_grad():
            given = self._node(gradient.to(output.dtype))
            for use, one in zip(self._uses, given if isinstance(given, tuple) else (given,), strict=True):
                if use is None or one is None:
                    continue
                leaf = self.leaves[use]
                if one.dtype != leaf.dtype or one.layout != leaf.layout:
                    return False
                passed[use] = one if one.shape == leaf.shape else one.sum_to_size(leaf.shape)
        return True


def pulled(leaves: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor], upstream: Gradients) -> Gradients:
    """For each leaf, the vector-Jacobian product with `upstream`, one for each output."""
    return Pullback(leaves, outputs)(upstream)


def _single(leaves: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor]) -> tuple[Any, tuple[int | None, ...]]:
    """The only node between the leaves and the one output, and the leaf behind each of its edges; else None."""
    node: Any = outputs[0].grad_fn if len(outputs) == 1 else None
    own = isinstance(node, torch.autograd.function.BackwardCFunction)  # the program's: may write into what arrives
    if node is None or own or len(getattr(node, "_input_metadata", ())) != 1:
        return None, ()
    uses: list[int | None] = []
    for behind, _ in node.next_functions:
        variable = getattr(behind, "variable", None)
        use = next((at for at, leaf in enumerate(leaves) if leaf is variable), None)
        if (behind is None) != (use is None) or (use is not None and use in uses):
            return None, ()
        uses.append(use)
    return node, tuple(uses)


Pair = tuple[torch.Tensor, torch.Tensor]
"""An output, and what arrives at it."""


def _run(wanted: list[torch.Tensor], pairs: list[Pair]) -> Sequence[torch.Tensor | None]:
    """By torch's engine, which is private to it: where it can't be called, by `torch.autograd.grad`."""
    if not _callable():
        return _by_product(wanted, pairs)
    found: tuple[torch.Tensor | None, ...] = _engine(wanted, pairs)
    return found


def _engine(wanted: list[torch.Tensor], pairs: list[Pair]) -> Any:
    outputs = tuple(output for output, _ in pairs)
    # A copy, since a backward of the program's own may write into what arrives.
    arrived = tuple(gradient.to(output.dtype, copy=True) for output, gradient in pairs)
    engine = torch.autograd.Variable._execution_engine
    return engine.run_backward(outputs, arrived, True, False, tuple(wanted), True, accumulate_grad=False)


@cache
def _callable() -> bool:
    """Whether this torch's engine takes what we give it."""
    try:
        x = torch.ones((), requires_grad=True)
        (found,) = _engine([x], [(x * 3, torch.ones(()))])
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return False
    return isinstance(found, torch.Tensor) and found.item() == 3


def _by_product(wanted: list[torch.Tensor], pairs: list[Pair]) -> Sequence[torch.Tensor | None]:
    """As the gradient of the scalar product of outputs and upstream.

    (Given as `grad_outputs` it would be the same, but that makes torch import all of its symbolic shapes.)
    """
    with torch.enable_grad():
        product = torch.stack([_dot(output, gradient) for output, gradient in pairs]).sum()
    found: tuple[torch.Tensor | None, ...] = torch.autograd.grad(product, wanted, retain_graph=True, allow_unused=True)
    return found


def _dot(output: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    product = output * gradient.to(output.dtype).conj()
    return product.sum().real if product.is_complex() else product.sum()
