"""What goes back from a call to its leaves is what torch's engine sends there, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from autograd_tutor.recording import pullback
from autograd_tutor.recording.pullback import Pullback, pulled


class Doubled(torch.autograd.Function):
    """One of the program's own, which writes into what arrives."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """Twice."""
        return 2 * x

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        """Twice, in place."""
        return gradients[0].mul_(2)


def drawn(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(sum(shape)))


CALLS: dict[str, tuple[Callable[..., Any], tuple[torch.Tensor, ...]]] = {
    "stretched": (torch.mul, (drawn(4, 3), drawn(3))),
    "matrices": (torch.matmul, (drawn(4, 3), drawn(3, 2))),
    "promoted": (torch.mul, (drawn(3), drawn(3, dtype=torch.float64))),
    "complex": (torch.mul, (drawn(3, dtype=torch.complex64), drawn(3, dtype=torch.complex64))),
    "complex and real": (torch.mul, (drawn(3, dtype=torch.complex64), drawn(3))),
    "one leaf twice": (lambda x: x * x, (drawn(3),)),
    "several nodes": (F.linear, (drawn(2, 3), drawn(4, 3), drawn(4))),
    "hidden outputs": (lambda x, w: F.layer_norm(x, (3,), w), (drawn(4, 3), drawn(3))),
    "a whole-number operand": (F.embedding, (torch.tensor([2, 0, 2]), drawn(4, 3))),
    "several outputs": (lambda x: x.unbind(), (drawn(3, 2),)),
    "largest and where": (lambda x: x.max(1), (drawn(3, 2),)),
    "handed on": (lambda x: x, (drawn(3),)),
    "a leaf that does not count": (lambda x, y: x + 0 * y.detach(), (drawn(3), drawn(3))),
    "half": (torch.sigmoid, (drawn(5, dtype=torch.bfloat16),)),
    "a Function of its own": (Doubled.apply, (drawn(3),)),
}


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("name", CALLS)
def test_it_is_what_the_engine_sends(name: str, private: bool, monkeypatch: pytest.MonkeyPatch):
    if not private:  # as in a torch that keeps its engine to itself
        monkeypatch.setattr(pullback, "_callable", lambda: False)
    torch.manual_seed(0)
    call, inputs = CALLS[name]
    leaves = [one.requires_grad_() if one.is_floating_point() or one.is_complex() else one for one in inputs]
    outputs = call(*leaves)
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    upstream = [torch.randn_like(one) if one.requires_grad else None for one in outputs]
    tracked = [leaf for leaf in leaves if leaf.requires_grad]
    pairs = [(out, one) for out, one in zip(outputs, upstream, strict=True) if one is not None]
    truth = torch.autograd.grad(
        [out for out, _ in pairs], tracked, [one.clone() for _, one in pairs], retain_graph=True, allow_unused=True
    )
    kept = [None if one is None else one.clone() for one in upstream]
    backwards = Pullback(leaves, outputs)
    for _ in range(2):  # as often as it is asked for
        passed = backwards(upstream)
        got = [one for leaf, one in zip(leaves, passed, strict=True) if leaf.requires_grad]
        for one, right in zip(got, truth, strict=True):
            assert (one is None) == (right is None)
            assert one is None or (one.dtype == right.dtype and torch.equal(one, right) and not one.requires_grad)
        assert all(one is None for leaf, one in zip(leaves, passed, strict=True) if not leaf.requires_grad)
    for one, before in zip(upstream, kept, strict=True):
        assert one is None or torch.equal(one, before)


def test_this_torch_lets_its_engine_be_called():
    assert pullback._callable()


def test_nothing_goes_back_where_nothing_arrived_or_nothing_is_tracked():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert pulled([x], [x.sin()], [None]) == [None]
    assert pulled([x.detach()], [x.detach().sin()], [torch.ones(2)]) == [None]
