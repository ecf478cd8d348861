"""Operations without a rule of their own, told node by node."""

from __future__ import annotations

import pytest
from telling import Told

HEAD = "torch.manual_seed(0)\nx = torch.randn(3, 1, 2, requires_grad=True)\n"
CELLS = {
    "an LSTM cell": (
        "cell = nn.LSTMCell(2, 2)\nh, c = cell(x[0])\nh, c = cell(x[1], (h, c))\n(h * c).sum().backward()\n",
        "cell.weight_hh.grad",
    ),
    "a GRU": ("net = nn.GRU(2, 2)\nnet(x)[0].pow(2).sum().backward()\n", "net.weight_ih_l0.grad"),
    "an RNN": ("net = nn.RNN(2, 2, nonlinearity='relu')\nnet(x)[0].sum().backward()\n", "net.bias_hh_l0.grad"),
    "a distance of its own": (
        "d = nn.PairwiseDistance(p=1)\nf = nn.TripletMarginWithDistanceLoss(distance_function=d)\n"
        "w = torch.randn(2, 2, requires_grad=True)\nf(x[0] @ w, x[1], x[2]).backward()\n",
        "w.grad",
    ),
    "a drawn choice": ("(F.gumbel_softmax(x, hard=True) * torch.tensor([1.0, 3.0])).sum().backward()\n", "x.grad"),
}


@pytest.mark.parametrize(("lines", "target"), CELLS.values(), ids=CELLS)
def test_each_node_is_told_by_its_kind(lines: str, target: str) -> None:
    for asked in (target, "x.grad"):
        one = Told(HEAD + lines, asked).of(asked)
        assert [(step.symbol, step.words) for step in one.steps if not step.ruled] == []
        assert any(step.words.startswith("Inside ") for step in one.steps)


def test_a_kind_that_does_not_account_for_what_torch_sent_is_not_believed() -> None:
    hooked = (
        "cell = nn.RNNCell(2, 2)\nh = cell(x[0])\n"
        "h.grad_fn.register_hook(lambda sent, arrived: (sent[0] * 10,))\nh.sum().backward()\n"
    )
    one = Told(HEAD + hooked, "x.grad").of("x.grad")
    (step,) = (step for step in one.steps if step.symbol == "TanhBackward0")
    assert not step.ruled
    assert "There is no rule here" in step.words


def test_writes_into_several_tensors_are_entered_at_each_of_them() -> None:
    """Each has another node by the end, after a second write."""
    source = (
        "a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)\np, q = a * 2, b * 3\n"
        "torch._foreach_mul_([p, q], 2.0)\ntorch._foreach_add_([p, q], 1.0)\n(p.sum() + q.sum()).backward()"
    )
    words = [one.words for one in Told(source, "a.grad").of("a.grad").steps]
    assert any("Inside torch._foreach_mul_" in one for one in words), words
    assert not any("used again" in one for one in words)
