"""A wrong answer that one slip explains names that slip alone, and none that merely says the same in other words."""

from __future__ import annotations

import pytest

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.grading import judge

BATCH = """X = torch.tensor([[1.0, 2.0], [2.0, -1.0], [-1.0, 0.5]])
y = torch.tensor([1.0, 0.0, 1.0])
w = torch.tensor([0.3, -0.2], requires_grad=True)
b = torch.zeros(1, requires_grad=True)
p = torch.sigmoid(X @ w + b)
loss = {loss}
loss.backward()
"""
CLASSES = """z = torch.tensor([[1.2, -0.4, 0.7], [0.1, 0.9, -1.3]], requires_grad=True)
loss = {loss}
loss.backward()
"""
BY_CALL = {
    "F.binary_cross_entropy(p, y)": BATCH,
    "F.binary_cross_entropy_with_logits(X @ w + b, y)": BATCH,
    "F.mse_loss(p, y)": BATCH,
    "((p - y) ** 2).sum() / 3": BATCH,
    "F.cross_entropy(z, torch.tensor([2, 0]))": CLASSES,
    "F.nll_loss(torch.log_softmax(z, 1), torch.tensor([2, 0]))": CLASSES,
}


def ran(sandbox: Sandbox, source: str, target: str) -> Run:
    return sandbox.run(Job(source, prelude=True, targets=(target,)))


@pytest.mark.battery
@pytest.mark.parametrize("loss", BY_CALL)
def test_a_mean_without_its_count_is_no_slope_left_out(sandbox: Sandbox, loss: str):
    target = "w.grad" if BY_CALL[loss] is BATCH else "z.grad"
    run = ran(sandbox, BY_CALL[loss].format(loss=loss), target)
    held = run.trace.find(target).value
    count = 3 if target == "w.grad" else 2
    data = [round(count * one, 6) for one in held.data]
    text = str(data) if len(held.shape) == 1 else str([data[:3], data[3:]])
    assert [one.tag for one in judge(text, run, target).mistakes] == ["mean-count-forgotten"]


def test_brackets_around_one_number_hide_no_mistake(sandbox: Sandbox):
    run = ran(sandbox, BATCH.format(loss="F.mse_loss(p, y)"), "b.grad")
    wrong = round(3 * run.trace.find("b.grad").value.data[0], 6)
    tags = {text: {one.tag for one in judge(text, run, "b.grad").mistakes} for text in (f"{wrong}", f"[{wrong}]")}
    assert all("mean-count-forgotten" in found for found in tags.values()), tags


TWICE = "x = torch.tensor(1.3, requires_grad=True)\n(x ** 2).backward()\n{first}(x ** 3).backward()\n{last}"


@pytest.mark.parametrize(
    ("first", "last", "tag"),
    [
        ("", "", "last-pass-only"),
        ("x.grad.zero_()\n", "x.grad.zero_()\n", "not-reset"),
        ("", "x.grad = None\n", "not-reset"),
    ],
)
def test_the_last_pass_is_overlooked_clearing_or_overwriting(sandbox: Sandbox, first: str, last: str, tag: str):
    tags = {
        one.tag
        for one in judge("5.07", ran(sandbox, TWICE.format(first=first, last=last), "x.grad"), "x.grad").mistakes
    }
    assert tags & {"last-pass-only", "not-reset"} == {tag}


def test_what_a_mistake_gives_exactly_is_not_asked_for_more_digits(sandbox: Sandbox):
    """The truth is 0.51275, and 0.5 its first digit; but 0.5 is also what is left of it without one way."""
    run = ran(sandbox, "x = torch.tensor(0.85, requires_grad=True)\n(0.5 * x + 0.0075 * x ** 2).backward()\n", "x.grad")
    judgement = judge("0.5", run, "x.grad")
    assert (judgement.verdict, judgement.mistakes[0].tag) == ("wrong", "path-dropped")
    assert judge("0.51", run, "x.grad").verdict == "invalid"


@pytest.mark.parametrize("text", ["x.grad = 7.5", "x.grad=7.5", "7.5"])
def test_the_target_may_stand_before_the_answer(sandbox: Sandbox, text: str):
    run = ran(sandbox, "x = torch.tensor(2.5, requires_grad=True)\n(1.5 * x ** 2).backward()\n", "x.grad")
    assert judge(text, run, "x.grad").verdict == "right"
    assert judge(text.replace("x.grad", "y.grad"), run, "x.grad").verdict == ("right" if text == "7.5" else "invalid")
