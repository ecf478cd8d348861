"""A wrong yes or no, and a wrong shape: each is traced to a belief, and shapes may be typed as Python writes them."""

from collections.abc import Callable

import pytest

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.grading import judge

NETWORK = """x = torch.ones(5, 3)
W = torch.ones(3, 2, requires_grad=True)
y = (x @ W).sum()
with torch.no_grad():
    z = x @ W
y.backward()
"""


@pytest.fixture(scope="module")
def run(sandbox: Sandbox) -> Callable[[str], Run]:
    return lambda target: sandbox.run(Job(NETWORK, prelude=True, targets=(target,)))


@pytest.mark.parametrize(
    ("target", "answer", "tag", "words"),
    [
        ("y.is_leaf", "yes", "leaf-for-computed", "made on line 3"),
        ("W.is_leaf", "no", "computed-for-leaf", "line 2"),
        ("x.is_leaf", "no", "computed-for-leaf", "no recorded history"),
        ("x.requires_grad", "yes", "tracked-for-untracked", "line 1"),
        ("z.requires_grad", "yes", "tracked-for-untracked", "is that recorded"),
        ("y.requires_grad", "no", "untracked-for-tracked", "operands"),
    ],
)
def test_a_wrong_flag_is_answered_with_the_line_behind_it(
    run: Callable[[str], Run], target: str, answer: str, tag: str, words: str
):
    judgement = judge(answer, run(target), target)
    first, *others = judgement.mistakes
    assert (first.tag, first.family) == (tag, "N")
    assert [one.family for one in others] == (["D"] if target == "z.requires_grad" else [])
    assert words in judgement.message


@pytest.mark.parametrize("answer", ["(3, 2)", "torch.Size([3, 2])", "[3, 2]", "( 3,2 )"])
def test_a_shape_may_be_typed_in_python(run: Callable[[str], Run], answer: str):
    assert judge(answer, run("W.grad.shape"), "W.grad.shape").verdict == "right"


@pytest.mark.parametrize(
    ("answer", "family"), [("(2, 3)", "T"), ("(5, 3, 2)", "B"), ("()", "B"), ("(2,)", "B"), ("(5, 2)", "VB")]
)
def test_a_wrong_shape_says_what_it_would_be_the_shape_of(run: Callable[[str], Run], answer: str, family: str):
    judgement = judge(answer, run("W.grad.shape"), "W.grad.shape")
    assert (judgement.verdict, "".join(one.family for one in judgement.mistakes)) == ("wrong", family)


def test_numbers_that_can_be_no_shape_are_not_explained(run: Callable[[str], Run]):
    assert judge("[0.5, 1.5]", run("W.grad.shape"), "W.grad.shape").mistakes == ()
