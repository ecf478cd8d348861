"""Each rule for shapes, pieces and places against torch: what goes where, and what comes back from there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograd_tutor.calculus import indexing, overlaps, pieces, shapes
from autograd_tutor.calculus.rules import find

SETUP = """\
x = torch.tensor([[0.5, -1.25, 2.0], [-0.75, 1.5, 0.25]], requires_grad=True)
v = torch.tensor([0.8, -1.6, 0.45], requires_grad=True)
rows, places, mask = torch.tensor([1, 0, 1]), torch.tensor([[0, 2], [2, 1]]), x > 0
n = 1
"""

SHAPES = [
    "x.reshape(3, 2)", "x.reshape((3, -1))", "x.view(x.T.shape)", "x.view_as(x.T.contiguous())", "x.flatten()",
    "x.ravel()", "x.unflatten(1, (3, 1))", "x.unflatten(0, [n, 2])", "x.T", "x.t()", "x.mT", "x.transpose(0, n)",
    "x.swapaxes(0, 1)", "x.permute(1, 0)", "torch.permute(x, (1, 0))", "x.movedim(0, 1)", "x.unsqueeze(-1)",
    "x[None].squeeze()", "x.reshape(1, 2, 3, 1).squeeze(0)", "x.reshape(1, 2, 3, 1).squeeze((0, 3))",
    "torch.atleast_1d(v[0])", "torch.atleast_2d(v)", "torch.atleast_3d(x)", "v.expand(2, 3)", "v.expand(2, -1)",
    "v.expand_as(x)", "torch.broadcast_to(v, (2, 3))", "x.repeat(2, 1)", "torch.tile(x, (2,))", "x.flip(0, 1)",
    "torch.flip(x, dims=(1,))", "x.repeat_interleave(2, dim=1)", "x.repeat_interleave(torch.tensor([2, 1]), 0)",
    "x.fliplr()", "x.flipud()", "x.rot90()", "torch.rot90(x, 2, [0, 1])", "x.roll(1, 0)", "x.roll((1, 2), (0, 1))",
    "x.roll(2)", "torch.ops.aten.alias(x)", "torch.fft.fftshift(x)", "torch.fft.ifftshift(x, dim=1)",
]  # fmt: skip

PIECES = [
    "torch.stack([x[0], v])", "torch.stack((v, v), dim=1)", "torch.cat([x, v[None]])", "torch.cat([x, x], 1)",
    "torch.cat((x, 2 * x), dim=-1)", "torch.hstack([x, x])", "torch.vstack([x, v])", "torch.dstack([x, x])",
    "torch.column_stack([v, v])", "torch.block_diag(x, v)", "sum(x.split(1))", "x.split([1, 2], dim=1)[n]",
    "x.chunk(2, 1)[0]", "x.tensor_split(2)[1]", "x.tensor_split([1], dim=1)[1]", "torch.hsplit(x, 3)[2]",
    "torch.vsplit(x, 2)[0]", "torch.dsplit(x.reshape(1, 2, 3), [1])[1]", "sum(x.unbind())", "x.unbind(1)[2]",
    "sum(row * v for row in x)", "sum(torch.meshgrid(v, x[0], indexing='ij'))", "torch.cartesian_prod(v, x[0])",
    "sum(torch.broadcast_tensors(x, v))", "F.pad(x, (1, 2))", "F.pad(x, (0, 0, 1, n), value=3.0)", "F.pad(x, (-1, 1))",
    "F.pad(x, (1, 1), mode='reflect')", "F.pad(x, (2, 1), 'circular')", "torch.constant_pad_nd(x, (1, 0), 2.0)",
    "torch.diag(v)", "torch.diag(x, 1)", "torch.diagflat(v, n)", "torch.diag_embed(x)", "x.diagonal()",
    "torch.diagonal(x, offset=1)", "x.tril()", "torch.triu(x, 1)",
]  # fmt: skip

INDEXING = [
    "x[0]", "x[-1, 1:]", "x[n]", "x[n:]", "x[:, n]", "x[..., 0]", "x[None]", "x[:, [0, 2]]", "x[rows]", "x[rows, 1:]",
    "x[rows, rows]", "x[mask]", "x[1][2]", "x.select(1, 2)", "x.narrow(1, 1, 2)", "x.index_select(0, rows)",
    "x.gather(1, places)", "torch.take(x, places)", "torch.take_along_dim(x, places, 1)", "x.masked_select(mask)",
    "torch.index_put(x, (rows,), v)", "torch.index_put(x, (rows,), v, accumulate=True)", "x.masked_fill(mask, 7.0)",
    "x.masked_fill(mask, v[0])", "x.masked_scatter(mask, torch.cat([v, v]))", "x.index_fill(1, rows, 2.0)",
    "x.index_copy(1, torch.tensor([2, 0]), x[:, :2] * v[:2])", "x.scatter(1, places, x[:, 1:] * v[:1])",
    "x.scatter(1, places[:, :1], 3.0)", "x.select_scatter(v, 0, n)", "x.slice_scatter(v[None], 0, 1, 2)",
    "x.scatter_add(1, places, x)", "x.index_add(0, rows, x[rows], alpha=2)", "torch.ops.aten.slice(x, 1, 0, 2)",
]  # fmt: skip

OVERLAPS = [
    "x.as_strided((2, 2), (1, 2))", "torch.as_strided(x, (3,), (1,), 2)", "x.unfold(1, 2, 1)", "x[0].unfold(0, 2, 1)",
    "F.unfold(x[None, None], 2)", "F.unfold(x[None], (1, 2), padding=(0, 1), stride=(1, 2))",
    "F.unfold(x[None], 2, 1, 1, 2)", "F.fold(x[None], (2, 2), (1, 2), padding=(0, 1), stride=(1, 2))",
    "F.fold(torch.cat([x, x]), (2, 4), 2)",
]  # fmt: skip

WRITTEN = [
    "z[0] = v", "z[n] = 5.0", "z[:, n:] = v[:2]", "z[mask] = 0.0", "z[0, 1] = v[2] * v[0]", "z[rows[:2]] = v",
    "z[...] = v", "z.fill_diagonal_(3.0)", "z.copy_(v)", "z[0].copy_(v)",
]  # fmt: skip


def _told(told: Callable, statement: str):
    return told(f"{SETUP}{statement}\ny.backward(torch.linspace(0.5, 1.7, y.numel()).reshape(y.shape))\n", "x.grad")


def _check(told: Callable, statement: str) -> None:
    run = _told(told, statement)
    for target in ("x.grad", "v.grad"):
        if run.trace.find(target) is None or not run.of(target).steps:
            continue
        one = run.of(target)
        assert [step.rule for step in one.steps if not step.ruled] == []
        assert not any("{" in step.words.replace("1{", "") for step in one.steps)
        form = run.closed(target)
        assert form.witnesses.symbolic is not None, form.no_formula
        assert form.witnesses.agree is True or form.witnesses.disagreement


@pytest.mark.parametrize("expression", SHAPES + PIECES + INDEXING + OVERLAPS)
def test_what_moves_comes_back(told: Callable, expression: str) -> None:
    _check(told, f"y = {expression}")


@pytest.mark.parametrize("statement", WRITTEN)
def test_what_is_overwritten_gets_nothing_and_what_is_written_its_part(told: Callable, statement: str) -> None:
    _check(told, f"z = x * 1\n{statement}\ny = z * z")


def test_every_rule_is_met_by_a_program_here(told: Callable) -> None:
    met = set()
    called = [f"y = {one}" for one in (*SHAPES, *PIECES, *INDEXING, *OVERLAPS, "torch.vmap(torch.sin)(x)")]
    through = "z = x * 1\nv, w = z[:1], z[1:]\nv.mul_(2)\ny = w * 1"
    for expression in [*called, *(f"z = x * 1\n{one}\ny = z" for one in WRITTEN), through]:
        met |= {rule.name for one in _told(told, expression).trace.operations if (rule := find(one)) is not None}
    assert {rule.name for page in (shapes, pieces, indexing, overlaps) for rule in page.RULES} - met == set()
