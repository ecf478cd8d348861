"""The rules of nn.functional and linear algebra against torch: every edge has its rule, the closed form agrees."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from autograd_tutor.calculus import activations, affine, contractions, products, rectifiers
from autograd_tutor.calculus.rules import find

PAGES = (rectifiers, activations, products, affine, contractions)
"""Whose rules are met here."""

SETUP = """\
torch.manual_seed(3)
x = torch.tensor([[0.5, -1.25, 2.0], [-0.75, 1.5, 0.25]], requires_grad=True)
w = torch.tensor([[0.3, -0.7, 1.1], [0.9, 0.4, -0.2]], requires_grad=True)
v = torch.tensor([0.8, -1.6, 0.45], requires_grad=True)
"""

EXPRESSIONS = [
    "F.relu(x)", "F.relu6(4 * x)", "F.leaky_relu(x, 0.2)", "nn.LeakyReLU()(x)", "F.prelu(x, v[:1])", "F.prelu(x, v)",
    "F.rrelu(x)", "F.rrelu(x, training=True)", "F.elu(x)", "F.elu(x, 0.5)", "nn.ELU()(x)", "F.selu(x)",
    "F.celu(x, 2.0)",
    "F.hardtanh(x)", "F.hardtanh(x, -0.8, 1.2)", "F.hardsigmoid(2 * x)", "F.hardswish(2 * x)", "F.softshrink(x)",
    "F.hardshrink(x, 1.0)", "F.threshold(x, 0.3, 7.0)", "F.silu(x)", "F.gelu(x)", "F.gelu(x, approximate='tanh')",
    "F.mish(x)", "F.softplus(x)", "F.softplus(x, 3.0)", "F.softplus(x, beta=2, threshold=1.5)", "F.logsigmoid(x)",
    "F.softsign(x)", "F.tanhshrink(x)", "F.glu(torch.stack([x[0], w[0]], 1).flatten()[:4], 0)", "F.softmin(x, dim=1)",
    "nn.Softmax(dim=1)(x)", "nn.Softmin(dim=0)(x)",
    "x @ w.T", "x @ v", "v @ w.T", "v @ v", "torch.bmm(x.reshape(2, 1, 3), w.reshape(2, 3, 1))",
    "torch.dot(v, x[0])", "torch.vdot(v, v)", "torch.outer(v, x[0])", "torch.inner(x, w)", "torch.inner(x, v)",
    "torch.kron(x, w)", "torch.kron(v, x)", "torch.cross(x, w, dim=1)", "torch.linalg.cross(x, v.reshape(1, 3))",
    "torch.linalg.vecdot(x, w)", "torch.linalg.vecdot(x, w, dim=0)", "x.__rmatmul__(w.T)",
    "F.linear(x, w)", "F.linear(x, w, v[:2])", "F.linear(x, v)", "F.linear(x, weight=w, bias=w[:, 0])",
    "F.linear(torch.stack([x, w]), w, v[1:])", "F.bilinear(x, w[:, :2], torch.stack([x.T, w.T]), v[:2])",
    "torch.addmm(v[:2], x, w.T)", "torch.addmm(v[0], x, w.T, beta=0.5, alpha=2)", "torch.addmv(v[:2], x, v)",
    "torch.addr(x, w[:, 0], v)", "torch.baddbmm(v[0], x.reshape(2, 1, 3), w.reshape(2, 3, 1))",
    "torch.addbmm(v[0], x.reshape(2, 1, 3), w.reshape(2, 3, 1))", "torch.addmm(input=v[:2], mat1=x, mat2=w.T)",
    "torch.einsum('ij,kj->ik', x, w)", "torch.einsum('ij,ij,j', x, w, v)", "torch.einsum('ij->i', [x])",
    "torch.einsum('ii->i', x @ w.T)", "torch.einsum('...j,j->...', x, v)", "torch.einsum('ij,k->kij', x, v)",
    "torch.tensordot(x, w, dims=2)", "torch.tensordot(x, w, dims=([1], [1]))", "torch.tensordot(x, v, 1)",
]  # fmt: skip


def _program(expression: str) -> str:
    """Each element of the result gets a weight of its own, so that no mix-up cancels."""
    return f"{SETUP}y = {expression}\ny.backward(torch.linspace(0.5, 1.7, y.numel()).reshape(y.shape))\n"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_edge_has_its_rule_in_whole_words(told: Callable, expression: str) -> None:
    leaves = sorted(set(re.findall(r"\b[xwv]\b", expression)))
    run = told(_program(expression), *[f"{name}.grad" for name in leaves])
    for name in leaves:
        one = run.of(f"{name}.grad")
        assert one.steps, run.trace.outcome
        assert [step.rule for step in one.steps if not step.ruled] == []
        assert not [step.words for step in one.steps if "{" in step.words or "·, " in step.words]
        form = run.closed(f"{name}.grad")
        if form.witnesses.symbolic is not None:
            assert form.witnesses.agree is True or form.witnesses.disagreement


def test_every_rule_is_met_by_a_program_here(told: Callable) -> None:
    met = set()
    for expression in EXPRESSIONS:
        met |= {rule.name for one in told(_program(expression)).trace.operations if (rule := find(one))}
    assert {rule.name for page in PAGES for rule in page.RULES} - met == set()
