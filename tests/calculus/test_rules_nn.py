"""The rules of nn.functional and linear algebra against torch: every edge has its rule, the closed form agrees."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from autograd_tutor.calculus import (
    activations,
    affine,
    alignment,
    attention,
    averaging,
    bessel,
    classification,
    collected,
    contractions,
    convolution,
    decompositions,
    distances,
    dropping,
    embedding,
    factors,
    fourier,
    likelihoods,
    linalg,
    losses,
    margins,
    normalising,
    pixels,
    pooling,
    products,
    rectifiers,
    sampling,
)  # fmt: skip
from autograd_tutor.calculus.rules import find

PAGES = (
    rectifiers, activations, products, affine, contractions, normalising, dropping, embedding, convolution, averaging,
    pooling, attention, losses, likelihoods, classification, linalg, decompositions, distances, margins, pixels,
    fourier, collected, factors, alignment, sampling, bessel,
)  # fmt: skip
"""Whose rules are met here."""

SETUP = """\
torch.manual_seed(3)
x = torch.tensor([[0.5, -1.25, 2.0], [-0.75, 1.5, 0.25]], requires_grad=True)
w = torch.tensor([[0.3, -0.7, 1.1], [0.9, 0.4, -0.2]], requires_grad=True)
v = torch.tensor([0.8, -1.6, 0.45], requires_grad=True)
"""

WAYS = ("", "2", "n")
OWN = [
    *(f"torch.fft.{name}{way}(x).abs().square()" for name in ("fft", "ifft", "rfft") for way in WAYS),
    *(f"torch.fft.{name}(torch.complex(x, w))" for name in ("irfft", "irfft2", "irfftn", "hfft")),
    *(f"torch.fft.{name}(x).real" for name in ("ihfft", "ihfft2", "ihfftn")),
    *(f"torch.fft.{name}(torch.complex(x, w))" for name in ("hfft2", "hfftn")),
    "torch.fft.fft(x, n=5, norm='ortho').imag", "torch.fft.rfft(x, n=2, norm='forward').real",
    "torch.fft.irfft(torch.complex(x, w), n=3, norm='ortho')", "torch.fft.fftn(x, s=(4,), dim=(0,)).real",
    "torch.fft.irfftn(torch.complex(x, w), s=(3, 4), norm='forward')", "torch.fft.ifft2(torch.fft.fft2(x) * w).real",
    *(
        f"x.scatter_reduce({dim}, torch.tensor([[0, 1, 1], [0, 0, 1]]), w, '{how}', include_self={own})"
        for how in ("sum", "mean", "prod", "amax", "amin") for own in (True, False) for dim in (0, 1)
    ),
    *(
        f"x.index_reduce(1, torch.tensor([2, 0, 2]), w, '{how}', include_self={own})"
        for how in ("mean", "prod", "amax", "amin") for own in (True, False)
    ),
    "(x * 0).scatter_reduce(0, torch.tensor([[0, 1, 1]]), w, 'prod')",
    *(f"F.embedding_bag(torch.tensor([[1, 0], [1, 1]]), x, mode='{how}')" for how in ("sum", "mean", "max")),
    "F.embedding_bag(torch.tensor([1, 0, 1]), x, torch.tensor([0, 0, 2]), padding_idx=0)",
    "F.embedding_bag(torch.tensor([1, 0, 1]), x, torch.tensor([0, 2, 3]), mode='sum', include_last_offset=True)",
    "F.embedding_bag(torch.tensor([1, 0, 1]), x, torch.tensor([0, 2]), per_sample_weights=v, mode='sum')",
    "nn.EmbeddingBag(4, 3)(torch.tensor([[1, 2]])) * v",
    "F.affine_grid(x[None], (1, 1, 2, 3), align_corners=False)", "F.affine_grid(x[None], (1, 1, 3, 2), True)",
    *(
        f"F.grid_sample(x[None, None], w.reshape(1, 1, 3, 2) * 1.5, '{mode}', '{padding}', {corners})"
        for mode in ("bilinear", "nearest") for padding in ("zeros", "border", "reflection")
        for corners in (True, False)
    ),
    "F.grid_sample(torch.stack([x, w])[None, None], w.reshape(1, 1, 1, 2, 3), align_corners=True)",
    *(
        f"F.ctc_loss(torch.stack([x, w, x]).log_softmax(2), torch.tensor([[1, 2], [1, 1]]), (3, 3), (2, 1), "
        f"reduction='{how}')" for how in ("mean", "sum", "none")
    ),
    "nn.CTCLoss()(torch.stack([x, w, x]).log_softmax(2), torch.tensor([2, 1]), (3, 2), (1, 1))",
    "F.ctc_loss(torch.stack([x, w]).log_softmax(2), torch.tensor([[1, 1], [1, 2]]), (2, 2), (2, 2), "
    "zero_infinity=True)",
    *(f"torch.special.{name}(x)" for name in ("i0", "i0e", "i1", "i1e")), "torch.polygamma(1, x)",
    "torch.special.polygamma(2, x ** 2)", "torch.linalg.lu(x @ w.T)[1]", "torch.linalg.lu(x @ w.T)[2]",
    "torch.linalg.lu_factor(x @ w.T)[0]", "torch.linalg.lu_solve(*torch.linalg.lu_factor(x @ w.T), w)",
    "torch.linalg.lu_solve(*torch.linalg.lu_factor(x @ w.T), w.T, left=False, adjoint=True)",
    "torch.lu_solve(w, *torch.linalg.lu_factor(x @ w.T))", "torch.cholesky_solve(w, torch.linalg.cholesky(x @ x.T))",
    "torch.cholesky_solve(w, x @ w.T, upper=True)", "torch.linalg.lstsq(x.T, w.T).solution",
    "torch.linalg.lstsq(x.T, v[:, None]).solution", "torch.linalg.lstsq(x, w).solution",
    *(f"F.pdist(x.T, {p})" for p in ("2", "1", "3", "float('inf')")), "torch.sparse.mm(torch.eye(3).to_sparse(), x.T)",
    "F.max_unpool1d(x[:, :2], torch.tensor([[0, 3], [1, 2]]), 2)",
    "F.max_unpool2d(x[None, :, :1], torch.tensor([[[3], [8]]]), 2, output_size=(4, 3))",
    "F.max_unpool3d(x[None, None, :, :1], torch.tensor([0, 1]).reshape(1, 1, 2, 1), (1, 2, 2))",
]  # fmt: skip
"""Operations whose rules are given in numbers alone."""

EXPRESSIONS = [
    *OWN,
    "F.relu(x)", "F.relu6(4 * x)", "F.leaky_relu(x, 0.2)", "nn.LeakyReLU()(x)", "F.prelu(x, v[:1])", "F.prelu(x, v)",
    "F.rrelu(x)", "F.rrelu(x, training=True)", "F.elu(x)", "F.elu(x, 0.5)", "nn.ELU()(x)", "F.selu(x)",
    "F.celu(x, 2.0)", "F.hardtanh(x)", "F.hardtanh(x, -0.8, 1.2)", "F.hardsigmoid(2 * x)", "F.hardswish(2 * x)",
    "F.softshrink(x)", "F.hardshrink(x, 1.0)", "F.threshold(x, 0.3, 7.0)", "F.silu(x)", "F.gelu(x)",
    "F.gelu(x, approximate='tanh')", "F.mish(x)", "F.softplus(x)", "F.softplus(x, 3.0)",
    "F.softplus(x, beta=2, threshold=1.5)", "F.logsigmoid(x)", "F.softsign(x)", "F.tanhshrink(x)",
    "F.glu(torch.stack([x[0], w[0]], 1).flatten()[:4], 0)", "F.softmin(x, dim=1)", "nn.Softmax(dim=1)(x)",
    "nn.Softmin(dim=0)(x)", "x @ w.T", "x @ v", "v @ w.T", "v @ v", "torch.bmm(x.reshape(2, 1, 3), w.reshape(2, 3, 1))",
    "torch.dot(v, x[0])", "torch.vdot(v, v)", "torch.outer(v, x[0])", "torch.inner(x, w)", "torch.inner(x, v)",
    "torch.kron(x, w)", "torch.kron(v, x)", "torch.cross(x, w, dim=1)", "torch.linalg.cross(x, v.reshape(1, 3))",
    "torch.linalg.vecdot(x, w)", "torch.linalg.vecdot(x, w, dim=0)", "x.__rmatmul__(w.T)", "F.linear(x, w)",
    "F.linear(x, w, v[:2])", "F.linear(x, v)", "F.linear(x, weight=w, bias=w[:, 0])",
    "F.linear(torch.stack([x, w]), w, v[1:])", "F.bilinear(x, w[:, :2], torch.stack([x.T, w.T]), v[:2])",
    "torch.addmm(v[:2], x, w.T)", "torch.addmm(v[0], x, w.T, beta=0.5, alpha=2)", "torch.addmv(v[:2], x, v)",
    "torch.addr(x, w[:, 0], v)", "torch.baddbmm(v[0], x.reshape(2, 1, 3), w.reshape(2, 3, 1))",
    "torch.addbmm(v[0], x.reshape(2, 1, 3), w.reshape(2, 3, 1))", "torch.addmm(input=v[:2], mat1=x, mat2=w.T)",
    "torch.einsum('ij,kj->ik', x, w)", "torch.einsum('ij,ij,j', x, w, v)", "torch.einsum('ij->i', [x])",
    "torch.einsum('ii->i', x @ w.T)", "torch.einsum('...j,j->...', x, v)", "torch.einsum('ij,k->kij', x, v)",
    "F.layer_norm(x, (3,))", "F.layer_norm(x, (3,), v, w[0])", "F.layer_norm(x, [3], bias=v)", "nn.LayerNorm(3)(x)",
    "F.layer_norm(x, (2, 3), w, x, 0.1)", "F.rms_norm(x, (3,), v)", "F.rms_norm(x, (3,))", "nn.GroupNorm(1, 3)(x)",
    "F.group_norm(torch.stack([x, w], 1), 2, v[:2], v[1:])", "F.batch_norm(x, None, None, v, w[0], training=True)",
    "F.batch_norm(torch.cat([x, w, 2 * x]), None, None, training=True)", "nn.BatchNorm1d(3).eval()(x)",
    "F.batch_norm(x, torch.zeros(3), torch.tensor([0.5, 1.0, 2.0]), v)", "nn.BatchNorm1d(3)(torch.cat([x, w]))",
    "F.instance_norm(torch.stack([x, w]), weight=v[:2], bias=v[1:])", "nn.InstanceNorm1d(2)(torch.stack([x, w]))",
    "F.dropout(x)", "nn.Dropout(0.25)(x)", "F.dropout2d(torch.stack([x, w]))", "F.dropout1d(torch.stack([x, w]))",
    "F.dropout3d(x.reshape(1, 2, 1, 1, 3))", "F.alpha_dropout(x, 0.3, training=True)", "nn.AlphaDropout()(x)",
    "F.feature_alpha_dropout(torch.stack([x, w]), training=True)", "F.embedding(torch.tensor([1, 0, 1]), x)",
    "F.embedding(torch.tensor([[1, 0], [1, 1]]), x, padding_idx=0)",
    "F.embedding(torch.tensor([1, 0, 1]), x, scale_grad_by_freq=True)", "nn.Embedding(5, 3)(torch.tensor(2)) * v",
    "F.conv1d(x, w[:, :2].reshape(1, 2, 2))", "F.conv1d(x.unsqueeze(0), w.reshape(1, 2, 3), v[:1], padding='same')",
    "F.conv1d(x.unsqueeze(1), w.reshape(2, 1, 3), stride=2, padding=2, dilation=2)", "nn.Conv2d(1, 2, 2)(x[None])",
    "F.conv1d(x.unsqueeze(0), w.reshape(2, 1, 3), v[:2], 1, 1, 1, 2)",
    "F.conv2d(x[None], w[None, None], v[:1], 1, (1, 2))",
    "F.conv3d(x[None, None], w[None, None, None], padding='valid')",
    "F.conv_transpose1d(x, w.reshape(2, 1, 3), stride=2)",
    "F.conv_transpose1d(x[None], w.reshape(2, 1, 3), v[:1], 2, 1, 1)",
    "F.conv_transpose2d(x[None], w[None, None], padding=1)",
    "F.conv_transpose2d(x.unsqueeze(1), w.reshape(2, 1, 3, 1), dilation=2)",
    "F.conv_transpose1d(x, w[..., None], groups=2)", "F.conv_transpose3d(x[None, None], w[None, None, None])",
    "F.avg_pool1d(x, 2)", "F.avg_pool1d(x, 2, 1, 1, True, False)", "F.avg_pool2d(x[None], (2, 3))",
    "nn.AvgPool1d(3)(x)", "F.avg_pool2d(x[None], 2, 1, divisor_override=3)", "F.avg_pool3d(x[None, None], (1, 2, 2))",
    "nn.MaxPool1d(2, 1)(x)", "F.adaptive_avg_pool1d(x, 2)", "F.adaptive_avg_pool2d(x[None], (1, 2))",
    "F.adaptive_avg_pool3d(x[None, None], 1)", "F.interpolate(x[None], scale_factor=2)",
    "F.interpolate(x[None], 5, mode='linear')", "nn.Upsample(scale_factor=2)(x[None])",
    "F.interpolate(x[None, None], (3, 4), mode='bilinear', align_corners=True)",
    "F.interpolate(x[None], 2, mode='area')", "F.interpolate(x[None, None], scale_factor=1.5, mode='bicubic')",
    "F.interpolate(x[None], 4, mode='nearest-exact')", "F.max_pool1d(x, 2)", "F.max_pool1d(x, 2, 1, 1)",
    "F.max_pool2d(x[None], 2, stride=1)", "F.max_pool1d(x, 2, 2, 0, 1, True)",
    "F.max_pool2d(x[None], 2, dilation=(1, 2))", "F.max_pool3d(x[None, None], (1, 2, 2))",
    "F.adaptive_max_pool1d(x, 2)", "F.adaptive_max_pool2d(x[None], (1, 2))",
    "F.adaptive_max_pool3d(x[None, None], (1, 1, None))", "F.max_pool1d(x, 2, return_indices=True)[0]",
    "F.scaled_dot_product_attention(x, w, x)", "F.scaled_dot_product_attention(x, x, x, is_causal=True)",
    "F.scaled_dot_product_attention(x, w, w, attn_mask=v[:2], scale=0.5)",
    "F.scaled_dot_product_attention(x, w, x, torch.tensor([[True, False], [True, True]]))",
    "F.scaled_dot_product_attention(x[None, None], w[None, None], x[None, None])", "torch.tensordot(x, w, dims=2)",
    "torch.tensordot(x, w, dims=([1], [1]))", "torch.tensordot(x, v, 1)",
    "F.mse_loss(x, w)", "F.mse_loss(x, v, reduction='sum')", "F.mse_loss(x, w, reduction='none')", "F.l1_loss(x, w)",
    "F.smooth_l1_loss(x, w)", "F.smooth_l1_loss(x, w, beta=2.0, reduction='sum')", "F.huber_loss(x, w, delta=0.5)",
    "F.binary_cross_entropy(x ** 2 / 5, w ** 2 / 2)",
    "F.binary_cross_entropy(x ** 2 / 5, torch.ones_like(x), weight=torch.tensor([1., 2., 3.]))",
    "F.binary_cross_entropy_with_logits(x, w)",
    "F.binary_cross_entropy_with_logits(x, w, weight=torch.tensor([1., 2., 3.]), reduction='none')",
    "F.binary_cross_entropy_with_logits(x, w, pos_weight=torch.tensor([1., 2., 3.]))",
    "nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.))(x, w)", "F.kl_div(x, w ** 2)",
    "F.kl_div(x, w, log_target=True, reduction='batchmean')", "F.poisson_nll_loss(x, w)",
    "F.poisson_nll_loss(x ** 2, w ** 2, log_input=False, full=True)", "F.gaussian_nll_loss(x, w, x ** 2)",
    "F.gaussian_nll_loss(x, w, w ** 2, full=True, reduction='none')",
    "F.hinge_embedding_loss(x, torch.tensor([1., -1., -1.]))",
    "F.margin_ranking_loss(x, w, x.detach().sign(), margin=0.3)",
    "F.soft_margin_loss(x, torch.tensor([1., -1., -1.]).expand(2, 3))", "F.cross_entropy(x, torch.tensor([2, 0]))",
    "F.cross_entropy(v, torch.tensor(1))", "F.cross_entropy(x, torch.tensor([2, 0]), torch.tensor([1., 2., 3.]))",
    "F.cross_entropy(x, torch.tensor([2, -100]))", "F.cross_entropy(x, torch.tensor([2, 0]), label_smoothing=0.1)",
    "F.cross_entropy(x, torch.tensor([2, 0]), torch.tensor([1., 2., 3.]), label_smoothing=0.1, reduction='sum')",
    "F.cross_entropy(x, w.softmax(1))", "F.cross_entropy(x.T[None], torch.tensor([[1, 2]]), reduction='none')",
    "nn.CrossEntropyLoss()(x, torch.tensor([2, 0]))", "F.nll_loss(x, torch.tensor([2, 0]))",
    "F.nll_loss(x, torch.tensor([2, 1]), weight=torch.tensor([1., 2., 3.]), ignore_index=1)",
    "F.nll_loss(x.log_softmax(1), torch.tensor([2, 0]), reduction='sum')",
    "F.triplet_margin_loss(x, w, v.expand(2, 3))",
    "F.triplet_margin_loss(x, w, v.expand(2, 3), swap=True, p=1, margin=9.0)",
    "F.cosine_embedding_loss(x, w, torch.tensor([1., -1.]), margin=-0.9)", "F.normalize(x)",
    "F.normalize(x, p=1, dim=0)", "F.cosine_similarity(x, w)", "F.cosine_similarity(x, v, dim=-1)",
    "F.pairwise_distance(x, w)", "torch.cdist(x, w)", "torch.cdist(x, w, p=1)", "torch.trace(x)", "torch.det(x @ w.T)",
    "torch.linalg.det(x @ x.T)", "torch.logdet(x @ x.T)", "torch.linalg.slogdet(x @ w.T)[1]", "torch.inverse(x @ w.T)",
    "torch.linalg.inv(x @ x.T)", "torch.linalg.solve(x @ w.T, w)", "torch.linalg.solve(x @ w.T, v[:2])",
    "torch.linalg.solve(x @ w.T, x.T, left=False)", "torch.linalg.solve_triangular(x @ w.T, w, upper=True)",
    "torch.linalg.matrix_power(x @ w.T, 3)", "torch.linalg.matrix_power(x @ w.T, -2)", "torch.linalg.cholesky(x @ x.T)",
    "torch.linalg.eigh(x.T @ x + w.T @ w)[0]", "torch.linalg.eigh(x.T @ x + w.T @ w).eigenvectors",
    "torch.linalg.eigvalsh(x @ x.T)", "torch.linalg.svd(x, full_matrices=False)[0]", "torch.linalg.svd(x)[1]",
    "sum(part.sum() for part in torch.linalg.svd(x, full_matrices=False))", "torch.linalg.svdvals(x)",
    "torch.linalg.qr(x.T)[0]", "torch.linalg.qr(x.T)[1]", "torch.linalg.pinv(x)", "torch.linalg.matrix_exp(x @ w.T)",
    "torch._weight_norm(x, v[:2, None], 0)", "torch._weight_norm(x, v[None], 1)",
    "F.pixel_shuffle(torch.cat([x, w])[..., None], 2)", "F.pixel_unshuffle(torch.stack([x[:, :2], w[:, :2]]), 2)",
    "F.channel_shuffle(torch.cat([x, w])[None, ..., None], 2)",
]  # fmt: skip


def _program(expression: str) -> str:
    """Each element of the result gets a weight of its own, so that no mix-up cancels."""
    return f"{SETUP}y = {expression}\ny.backward(torch.linspace(0.5, 1.7, y.numel()).reshape(y.shape))\n"


@pytest.mark.battery
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


def test_each_rule_has_its_program(told: Callable) -> None:
    source = SETUP + "\n".join(f"y = {expression}" for expression in EXPRESSIONS)
    met = {rule.name for one in told(source).trace.operations if (rule := find(one))}
    assert {rule.name for page in PAGES for rule in page.RULES} - met == set()
