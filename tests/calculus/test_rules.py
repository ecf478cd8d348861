"""Each rule of the table against torch, at ordinary points, at kinks and at poles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from telling import Told

from autograd_tutor.calculus import (
    arithmetic,
    choices,
    curves,
    elementary,
    extremes,
    kinks,
    reductions,
    running,
    spread,
    trigonometry,
)
from autograd_tutor.calculus.rules import ALIASES, RULES, find

ONE = [
    "-x", "x * 3", "3 * x", "x * x", "x + 2", "2 + x", "x - 2", "2 - x", "x / 4", "x / x", "x ** 2", "x ** 3",
    "x.pow(2)", "x ** 0", "torch.add(x, x, alpha=3)", "torch.sub(x, x, alpha=3)", "torch.square(x)",
    "torch.exp(x)", "x.expm1()", "torch.exp2(x)", "torch.sin(x)", "torch.cos(x)", "torch.tan(x)",
    "torch.tanh(x)", "torch.sigmoid(x)", "F.silu(x)", "F.softplus(x)", "F.logsigmoid(x)", "F.elu(x)",
    "torch.relu(x)", "F.relu(x)", "F.leaky_relu(x)", "F.leaky_relu(x, 0.2)", "torch.abs(x)",
    "abs(x)", "torch.clamp(x, -1.0, 0.5)", "x.clamp(min=0.0)", "x.clamp(max=0.0)",
    "torch.maximum(x, torch.tensor(0.0))", "torch.minimum(x, torch.tensor(0.0))",
    "torch.where(x > 0, x, 3 * x)", "(2 * x).where(x > 0, 3 * x)",
    "torch.round(x)", "torch.floor(x)", "torch.ceil(x)", "torch.trunc(x)",
    "torch.sign(x)", "torch.frac(x)", "x.nan_to_num()", "x.sgn()", "+x",
    "x % 0.7", "torch.fmod(x, 0.7)", "0.7 - x", "torch.fmax(x, 0 * x)",
    "torch.fmin(x, 0 * x)", "torch.addcmul(x, x, x, value=2)", "torch.addcdiv(x, x, torch.tensor(2.0))",
    "torch.lerp(x, 3 * x, 0.25)", "torch.lerp(x, 3 * x, x)", "torch.ldexp(x, torch.tensor(2))", "x.sinh()", "x.cosh()",
    "x.asinh()", "x.atan()", "torch.atan2(x, 2 + x)", "torch.sinc(x)", "x.deg2rad()", "x.rad2deg()", "x.erf()",
    "x.erfc()", "torch.special.ndtr(x)", "torch.logaddexp(x, 2 * x)", "torch.logaddexp2(x, 2 * x)",
    "torch.copysign(x, torch.tensor(-1.0))", "x.clamp_min(0.5)", "x.clamp_max(0.5)", "torch.max(x, 2 - x)",
    "torch.clamp(x, min=x - 1, max=torch.tensor(0.5))", "torch.float_power(x, 2)", "x.clone().fill_(x)",
    "x.clone().zero_() + x", "torch.clamp(torch.tensor(2.0), max=x)",
    "x.clone()", "x.double()", "x.to(torch.float64)", "x.contiguous()", "x.sum()", "x.mean()",
]  # fmt: skip
"""Of any x."""

POSITIVE = [
    "torch.log(x)", "torch.log1p(x)", "torch.log2(x)", "torch.log10(x)", "torch.sqrt(x)", "x.rsqrt()",
    "x ** 0.5", "x ** -1.5", "2 ** x", "x ** x", "1 / x", "3 / x", "x.reciprocal()", "torch.pow(2.0, x)",
    "torch.hypot(x, 2 * x)",
    "torch.xlogy(x, 2 * x)", "torch.special.xlog1py(x, x)", "torch.special.entr(x)", "x.lgamma()", "x.digamma()",
    "(x / 9).asin()", "(x / 9).acos()", "(x / 9).atanh()", "(x + 1).acosh()", "(x / 9).logit()", "(x / 9).logit(0.1)",
    "(x / 9).erfinv()",
    "F.binary_cross_entropy(x / 9, torch.full_like(x, 0.25))",
]  # fmt: skip
"""Of an x above 0."""

VECTOR = [
    "x.sum(0)", "x.sum(dim=0, keepdim=True)", "x.mean(0)", "x.mean(dim=0, keepdim=True)", "x.var()", "x.std()",
    "x.var(unbiased=False)", "x.prod()", "x.norm()", "x.norm(1)", "x.max()", "x.min()", "x.max(dim=0).values",
    "x.amax()", "torch.softmax(x, dim=0)", "torch.log_softmax(x, dim=0)", "torch.logsumexp(x, 0)", "x[0]",
    "x[-1]", "x[1:]", "x[0:2]", "x[[0, 0, 2]]", "x.reshape(3, 1)", "x.view(1, 3)", "x.flatten()",
    "x.unsqueeze(0)", "x.reshape(1, 3).squeeze(0)", "x.reshape(3, 1).T", "x.reshape(3, 1).t()",
    "x.reshape(3, 1).transpose(0, 1)", "x.reshape(3, 1).permute(1, 0)", "x.expand(2, 3)", "x.flip(0)",
    "x.roll(1, 0)", "torch.diag(x)", "torch.tril(torch.diag(x))", "torch.triu(torch.diag(x))", "x.cumsum(0)",
    "torch.dot(x, w)", "x @ w", "torch.outer(x, w)", "x * w", "x / w", "F.mse_loss(x, w)",
    "F.mse_loss(x, w, reduction='sum')", "F.l1_loss(x, w)", "F.mse_loss(w, x)",
    "F.binary_cross_entropy_with_logits(x, torch.full_like(x, 0.25))",
    "F.cross_entropy(x.unsqueeze(0), torch.tensor([1]))", "F.nll_loss(x.unsqueeze(0), torch.tensor([2]))",
    "F.linear(x, w.reshape(1, 3), w[:1])", "w.reshape(3, 1) * x", "torch.where(x > w, x, w)",
    "torch.maximum(x, w)", "x.reshape(3, 1) @ w.reshape(1, 3)", "x - x.mean()", "torch.var(x)", "F.relu(x)",
    "x.nansum()", "x.nanmean()", "F.softmin(x, 0)", "x.sum_to_size(1)",
    "sum(torch.var_mean(x))", "torch.std_mean(x)[0]", "torch.dist(x, w)", "torch.dist(w, x, 1)", "x.amin(0)",
    "sum(torch.aminmax(x))", "x.median()", "x.median(0).values", "x.nanmedian()", "x.kthvalue(2).values",
    "x.sort().values", "x.sort(descending=True)[0]", "x.topk(2).values", "x.msort()", "x.cummax(0)[0]",
    "x.cummin(0)[0]", "x.cumprod(0)", "x.logcumsumexp(0)", "x.diff()", "torch.diff(x, 2)",
    "torch.diff(w, prepend=x)", "x.norm(3, dim=0)",
]  # fmt: skip
"""Of a vector x of three, beside a constant vector w."""

LISTS = ["torch.stack([x, x])", "torch.stack([x, 2 * x], dim=1)", "torch.cat([x, x])", "torch.cat([x, 2 * x], 0)"]
"""Of lists of tensors."""


def _program(values: str, expression: str, dtype: str = "") -> str:
    """Each element of the result gets a weight of its own, so that no mix-up cancels."""
    return (
        f"x = torch.tensor({values}, requires_grad=True{dtype})\n"
        f"w = torch.tensor([0.5, -1.25, 2.0])\n"
        f"y = {expression}\n"
        f"y.backward(torch.linspace(0.5, 1.7, y.numel()).reshape(y.shape).to(y.dtype))\n"
    )


def _ruled(told: Callable, source: str) -> Told:
    run = told(source, "x.grad")
    one = run.of("x.grad")
    assert one.steps, run.trace.outcome
    unruled = [step.rule for step in one.steps if not step.ruled]
    assert not unruled
    assert not any("{" in step.words.replace("1{", "") for step in one.steps)
    return run


def _check(told: Callable, source: str) -> None:
    run = _ruled(told, source)
    form = run.closed("x.grad")
    assert form.witnesses.symbolic is not None, form.no_formula
    if form.witnesses.agree is not True:
        assert form.witnesses.disagreement


@pytest.mark.parametrize("expression", ONE)
@pytest.mark.parametrize("value", ["-1.7", "0.0", "0.4", "2.3"])
def test_rules_of_one_number(told: Callable, expression: str, value: str) -> None:
    _check(told, _program(value, expression))


@pytest.mark.parametrize("expression", POSITIVE)
@pytest.mark.parametrize("value", ["0.4", "2.3"])
def test_rules_above_zero(told: Callable, expression: str, value: str) -> None:
    _check(told, _program(value, expression))


@pytest.mark.parametrize("expression", VECTOR + LISTS)
@pytest.mark.parametrize("values", ["[1.5, -2.0, 0.75]", "[0.5, 0.5, -3.0]"])
def test_rules_of_vectors(told: Callable, expression: str, values: str) -> None:
    _check(told, _program(values, expression, ", dtype=torch.float32"))


@pytest.mark.parametrize("expression", ["torch.div(x, 0.7, rounding_mode='floor')", "x.norm(float('inf'))"])
def test_rules_without_a_closed_form(told: Callable, expression: str) -> None:
    _ruled(told, _program("[1.5, -2.0, 0.75]", expression))


def test_every_rule_is_met_by_a_program_here(told: Callable) -> None:
    met = set()
    for expression in ONE:
        met |= _names(told(_program("0.4", expression)))
    for expression in POSITIVE:
        met |= _names(told(_program("0.4", expression)))
    for expression in VECTOR + LISTS:
        met |= _names(told(_program("[1.5, -2.0, 0.75]", expression)))
    cut = {"detach", "data"}
    pages = (arithmetic, choices, curves, elementary, extremes, kinks, reductions, running, spread, trigonometry)
    here = {rule.name for page in pages for rule in page.RULES}
    assert here - met - cut == set()


def _names(run) -> set[str]:
    rules = (find(operation) for operation in run.trace.operations)
    return {rule.name for rule in rules if rule is not None}


def test_aliases_lead_to_rules() -> None:
    assert all(name in RULES for name in ALIASES.values())


@pytest.mark.parametrize(
    "expression",
    [
        *("x.norm(p={p})", "torch.dist(x, 2 * x, {p})", "F.normalize(x, {p}, dim=0)"),
        *("torch.cdist(x[None], 2 * x[None] + 1, {p})", "F.pairwise_distance(x[None], 2 * x[None] + 1, {p})"),
    ],
)
@pytest.mark.parametrize("p", ["1", "3", "float('inf')"])
def test_a_length_is_told_by_its_p(told: Callable, expression: str, p: str) -> None:
    def symbols(power: str) -> list[str]:
        source = _program("[1.5, -2.0, 0.75]", expression.format(p=power))
        return [step.symbol for step in told(source, "x.grad").of("x.grad").steps]

    others = [symbol for symbol in symbols(p) if symbol not in symbols("2")]
    assert others
    assert all("sign(" in symbol for symbol in others)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("torch.relu(x)", "torch takes slope 0"),
        ("torch.abs(x)", "torch takes slope 0"),
        ("x.clamp(0.0, 1.0)", "on a bound"),
        ("torch.maximum(x, torch.tensor(0.0))", "half"),
        ("torch.sqrt(x)", "inf"),
    ],
)
def test_at_a_kink_the_words_say_what_torch_does(told: Callable, expression: str, says: str) -> None:
    one = told(_program("0.0", expression), "x.grad").of("x.grad")
    assert any(says in step.words for step in one.steps)


def test_without_a_rule_the_recorded_numbers_are_told_as_such(told: Callable) -> None:
    one = told(_program("0.4", "torch.igamma(torch.tensor(2.0), x)"), "x.grad").of("x.grad")
    last = one.steps[-1]
    assert not last.ruled
    assert "torch's own numbers" in last.words
    assert one.paths[0].product == ""
