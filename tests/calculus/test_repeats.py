"""The steps of a long backward pass may be told in one where they repeat; nothing of them is lost."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from autograd_tutor.calculus.values import numbers
from autograd_tutor.explanation import Repeat, TargetExplanation, outline
from autograd_tutor.trace import Trace

X = "x = torch.tensor(1.0, requires_grad=True)\ny = x\n"
CHAIN = f"{X}for _ in range(1000):\n    y = torch.sin(y) + 1\ny.backward()\n"
RESIDUAL = f"{X}for _ in range(40):\n    y = y + torch.tanh(y) / 9\ny.backward()\n"
VECTOR = """\
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x
for _ in range(40):
    y = torch.sin(y)
y.sum().backward()
"""
NESTED = """\
x = torch.tensor(0.9, requires_grad=True)
y = torch.tensor(1.0)
for _ in range(20):
    for _ in range(50):
        y = y * x
    y = torch.tanh(y) + 0.5
y.backward()
"""
HOOKED = f"""{X}for k in range(40):
    y = torch.sin(y)
    if k == 20:
        y.register_hook(lambda g: g * 5)
y.backward()
"""
PASSES = "x = torch.tensor(1.0, requires_grad=True)\nfor _ in range(12):\n    y = (x * 3 - 1) ** 2\n    y.backward()\n"
CELL = """\
torch.manual_seed(0)
cell = nn.RNNCell(1, 2)
h = torch.zeros(1, 2)
for _ in range(30):
    h = cell(torch.ones(1, 1), h)
h.sum().backward()
"""
MAPPED_CELL = """\
torch.manual_seed(0)
cell = nn.GRUCell(2, 2)
x, h = torch.ones(3, 2), torch.zeros(3, 2)
torch.vmap(lambda a, b: cell(a[None], b[None])[0])(x, h).sum().backward()
"""
STORIES = {
    "chain": (CHAIN, "x.grad"),
    "residual": (RESIDUAL, "x.grad"),
    "vector": (VECTOR, "x.grad"),
    "nested": (NESTED, "x.grad"),
    "hooked": (HOOKED, "x.grad"),
    "passes": (PASSES, "x.grad"),
    "cell": (CELL, "cell.weight_hh.grad"),
}


@pytest.fixture(scope="module")
def once(told):
    """Each of the stories is recorded and explained once."""

    def both(source: str, target: str) -> tuple[Trace, TargetExplanation]:
        run = told(source, target)
        return run.trace, run.of(target)

    return cache(both)


@pytest.fixture(params=STORIES)
def story(request, once) -> tuple[Trace, TargetExplanation]:
    return once(*STORIES[request.param])


def test_the_outline_is_short_and_covers_every_step_once(story):
    _, one = story
    parts = list(outline(one))
    covered = [range(part, part + 1) if isinstance(part, int) else range(part.start, part.end) for part in parts]
    assert [at for part in covered for at in part] == list(range(len(one.steps)))
    assert len(parts) < 40
    assert all(before.end <= after.start for before, after in pairwise(one.repeats))


def test_each_round_has_the_same_operations_as_the_one_before_it(story):
    trace, one = story

    def kinds(start: int, size: int) -> list[object]:
        steps = one.steps[start : start + size]
        return [(trace.nodes[step.node].name, trace.nodes[step.node].span, step.edge is None) for step in steps]

    for repeat in one.repeats:
        rounds = [kinds(at, repeat.period) for at in range(repeat.start, repeat.end, repeat.period)]
        if repeat.times > 1:
            rounds = [kinds(repeat.start - repeat.period, repeat.period), *rounds, kinds(repeat.end, repeat.period)]
        assert all(kind == rounds[0] for kind in rounds)


def test_the_product_takes_what_arrived_to_what_went_on(story):
    _, one = story
    for repeat in one.repeats:
        if repeat.product is not None:
            expected = numbers(repeat.upstream) * numbers(repeat.product)
            assert expected == pytest.approx(numbers(repeat.passed), rel=1e-3, abs=1e-30)


def test_what_is_sent_straight_to_the_target_is_its_own_steps_sum(story):
    trace, one = story
    node = trace.tensors[trace.find(one.target).tensor].node
    for repeat in one.repeats:
        steps = one.steps[repeat.start : repeat.end]
        edges = [step for step in steps if step.edge is not None]
        sent = [numbers(step.contribution) for step in edges if trace.edges[step.edge].head == node]
        assert (repeat.added is None) == (not sent)
        if sent:
            assert numbers(repeat.added) == pytest.approx(sum(sent), rel=1e-4, abs=1e-12)


def test_a_thousand_rounds(once):
    (repeat,) = once(CHAIN, "x.grad")[1].repeats
    assert (repeat.start, repeat.period, repeat.times) == (5, 2, 997)
    assert "997 rounds more with the same 2 steps" in repeat.words
    assert "about 10⁻⁴⁴⁸ in size: too small for float32, so 0 goes on" in repeat.words


def test_ways_that_meet_in_a_round_are_added(once):
    (repeat,) = once(RESIDUAL, "x.grad")[1].repeats
    assert numbers(repeat.product) == pytest.approx(float(numbers(repeat.passed) / numbers(repeat.upstream)), rel=1e-4)


def test_a_product_is_elementwise_where_the_loop_is(once):
    (repeat,) = once(VECTOR, "x.grad")[1].repeats
    assert repeat.product.shape == (2,)


def test_inner_rounds_are_told_in_one_inside_the_outer_rounds_that_are_shown(once):
    repeats = once(NESTED, "x.grad")[1].repeats
    assert [one.period for one in repeats].count(102) == 1
    assert {one.period for one in repeats} == {2, 102}


def test_a_hook_on_the_way_leaves_no_product(told):
    (repeat,) = told(HOOKED, "x.grad").of("x.grad").repeats
    assert (repeat.product, repeat.upstream is None) == (None, False)
    assert "arrives at the first" in repeat.words


def test_whole_passes(told):
    (repeat,) = told(PASSES, "x.grad").of("x.grad").repeats
    assert (repeat.times, repeat.period, repeat.upstream) == (10, 4, None)
    assert repeat.words == "The same in 10 more passes, with other numbers. What they send straight to x sums to 120."


def test_what_goes_on_inside_a_call_without_a_rule_is_told_in_one(told):
    (repeat,) = told(MAPPED_CELL, "cell.weight_hh.grad").of("cell.weight_hh.grad").repeats
    assert repeat.times == 1
    assert repeat.words.startswith("gru_cell in cell made 41 nodes")


def test_rounds_through_a_call_without_a_rule_are_told_by_its_nodes(told):
    one = told(CELL, "cell.weight_hh.grad").of("cell.weight_hh.grad")
    assert [repeat.times for repeat in one.repeats] == [27]
    assert all(step.ruled for step in one.steps)


def test_few_steps_are_told_one_by_one(told):
    one = told(f"{X}for _ in range(10):\n    y = torch.sin(y) + 1\ny.backward()\n", "x.grad").of("x.grad")
    assert one.repeats == ()
    assert not any(isinstance(part, Repeat) for part in outline(one))
