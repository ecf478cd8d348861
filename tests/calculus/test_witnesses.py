"""When torch, SymPy and central differences differ, the sentence names what made them."""

from __future__ import annotations

import pytest

from autograd_tutor.explanation import Witnesses
from autograd_tutor.sandbox import stages
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Array

CUSTOM = """class Five(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * x
    @staticmethod
    def backward(ctx, g):
        return g * 5
x = torch.tensor(3., requires_grad=True)
y = Five.apply(x)
y.backward()
"""
TWICE = """class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
"""
X = "x = torch.tensor(3., requires_grad=True)\n"
BY_HAND = """z = torch.tensor(20., requires_grad=True)
y = torch.tensor(0.)
p = torch.sigmoid(z)
loss = -(y*torch.log(p) + (1-y)*torch.log(1-p))
loss.backward()
"""
UNLIKE = {
    "a hook on a leaf": (X + "x.register_hook(lambda g: g*10)\n(x**2).backward()\n", "a hook changed it"),
    "a hook on the way": (
        X + "z = x**2\nz.register_hook(lambda g: g*10)\n(z*2).backward()\n",
        "A hook changed what arrived at z: 2 came in, 20 goes on.",
    ),
    "a hook on a node": (
        X + "z = x**2\nz.grad_fn.register_hook(lambda into, out: tuple(g*10 for g in into))\n(z*2).backward()\n",
        "At x**2 its rule gives 12, but torch sent 120 on",
    ),
    "a slope of 0 to inf": (
        "x = torch.tensor(2., requires_grad=True)\nw = torch.tensor(0.)\n(1/(w*x)).backward()\n",
        "0 times inf is no number",
    ),
    "inf beside −inf": (
        "x = torch.tensor(0., requires_grad=True)\n(3 / x - 1 / x).backward()\n",
        "inf and −inf meet in a sum",
    ),
    "a hook on what is saved": (
        X + "with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t*2):\n    z = x**2\nz.backward()\n",
        "At x**2 its rule gives 6, but torch sent 12 on",
    ),
    "a hook on a module": (
        "x = torch.tensor([3.], requires_grad=True)\nm = nn.Linear(1, 1)\n"
        "m.register_full_backward_hook(lambda module, into, out: (into[0]*3,))\nm(x).sum().backward()\n",
        "A backward hook of m changed it",
    ),
    "a loss that does log_softmax's part": (
        "x = torch.tensor([[[-1., -2., -1.5]], [[-2., -1., -3.]]], requires_grad=True)\n"
        "F.ctc_loss(x, torch.tensor([[1]]), (2,), (1,)).backward()\n",
        "sends back what belongs to the scores before log_softmax",
    ),
    "a wrong backward": (
        CUSTOM,
        "Five.apply(x) on line 9 has a backward of its own, which torch takes as it is. It gave 5. The differences "
        "follow the slope of its forward: there that comes to 6.",
    ),
    "a wrong backward behind a right one": (
        TWICE + CUSTOM.replace("Five.apply(x)", "Twice.apply(Five.apply(x))"),
        "Five.apply(x) on line 16 has a backward of its own, which torch takes as it is. It gave 10.",
    ),
    "a write past autograd": (X + "y = x**2\nx.data.fill_(5.)\ny.backward()\n", "then the program wrote 5 into it"),
    "a write past autograd, later replaced": (
        X + "y = x**2\nx.data.mul_(5.)\ny.backward()\nx.data = torch.tensor(7.)\n",
        "then the program wrote 15 into it",
    ),
    "a thread": (
        X + "import threading\nt = threading.Thread(target=lambda: (x*x).backward())\nt.start(); t.join()\n"
        "(x*x).backward()\n",
        "x.grad held 6 before the passes told here; a thread can have left that",
    ),
    "a kink": ("x = torch.tensor(0., requires_grad=True)\ntorch.relu(x).backward()\n", "torch takes slope 0"),
    "a norm without a direction": ("x = torch.zeros(2, requires_grad=True)\nx.norm().backward()\n", "no direction"),
    "lost digits": (BY_HAND.replace("z =", "x =").replace("(z)", "(x)"), "there 1-p comes out as 0, though it is 2.06"),
    "a hook on what was written through a view": (
        "x = torch.ones(3, requires_grad=True)\ny = x * 2\nv = y[:2]\nv.mul_(3)\ny.register_hook(lambda g: g * 2)\n"
        "y.sum().backward()\n",
        "A hook changed what arrived at v.mul_(3): [1, 1, 1] came in, [2, 2, 2] goes on.",
    ),
    "a hook in the pass before": (
        "x = torch.tensor(2., requires_grad=True)\ny = x ** 3\ny.register_hook(lambda g: g * 2)\n"
        "g, = torch.autograd.grad(y, x, create_graph=True)\n(g ** 2).backward()\n",
        "A hook changed what arrived at x ** 3: 1 came in, 2 goes on. That was in the pass of line 4.",
    ),
    "errors that grow": (
        "x = torch.tensor(0.7, requires_grad=True)\ny = x\nfor _ in range(22):\n    y = 3.8*y*(1 - y)\ny.backward()\n",
        "what is lost grows from step to step",
    ),
    "differences that are rough": (
        "x = torch.tensor(0.7, requires_grad=True)\ny = x\nfor _ in range(20):\n    y = 3.7*y*(1 - y)\ny.backward()\n",
        "rounding is not the reason",
    ),
    "differences that miss it": (
        "x = torch.tensor(0.001, dtype=torch.float64, requires_grad=True)\ntorch.sin(1 / x ** 2).backward()\n",
        "torch and SymPy agree. The differences",
    ),
    "a tie along one axis": (
        "x = torch.tensor([2., 2., 1.], requires_grad=True)\nx.max(0).values.backward()\n",
        "gives the gradient to one alone",
    ),
    "a matrix read as symmetric in one place of two": (
        "x = torch.tensor([[2., .5], [.5, 1.]], requires_grad=True)\n"
        "(torch.linalg.eigvalsh(x)[0] + (x @ torch.tensor([1., 3.])).sum()).backward()\n",
        "For each such pair the sums are the same.",
    ),
    "a matrix read as symmetric": (
        "x = torch.tensor([[2., .5], [.5, 1.]], requires_grad=True)\ntorch.linalg.cholesky(x).sum().backward()\n",
        "For each such pair the sums are the same.",
    ),
    "a stand-in": (
        "x = torch.tensor([1., 2., 3.], requires_grad=True)\n"
        "(F.gumbel_softmax(x, hard=True) * torch.arange(3.)).sum().backward()\n",
        "Small changes here change nothing",
    ),
    "a branch not taken": (
        "x = torch.tensor(0., requires_grad=True)\ntorch.where(x != 0, torch.sin(x) / x, x * 0 + 1).backward()\n",
        "even where another branch was taken",
    ),
    "an overflow": (
        "x = torch.tensor([100., 0.], requires_grad=True)\ne = torch.exp(x)\n(e[0]/e.sum()).backward()\n",
        "float32 holds no number so large: there torch.exp(x) comes out as inf",
    ),
}


def _witnesses(source: str):
    job = Job(source, prelude=True, targets=("x.grad",), imagine=False)
    recording, trace = stages.record(job)
    explanation, _ = stages.explain(job, recording)
    (form,) = stages.close(job, trace, explanation, seconds=20)
    return form.witnesses


@pytest.mark.parametrize(("source", "words"), UNLIKE.values(), ids=UNLIKE)
def test_why_they_differ(source: str, words: str) -> None:
    found = _witnesses(source)
    assert found.agree is False
    assert words in found.verdict


def test_lost_digits_come_with_what_float64_gives() -> None:
    source = BY_HAND.replace("z =", "x =").replace("(z)", "(x)")
    assert _witnesses(source).verdict.endswith("In float64 the formula gives 1.0000.")


@pytest.mark.parametrize(
    "cut", ["x.detach()", "x.item()", "torch.tensor(3.)"], ids=["detached", "a number", "not cut at all"]
)
def test_a_cut_is_no_disagreement_and_the_uncut_slope_stands_apart(cut: str) -> None:
    found = _witnesses(X + f"(x * {cut}).backward()\n")
    assert found.verdict == "all three agree"
    assert (found.uncut is not None) == (cut == "x.detach()")
    assert found.uncut is None or round(found.uncut.data[0], 6) == 6


@pytest.mark.parametrize("write", ["x.add_(1.)", "x.copy_(torch.tensor(9.))", "x.mul_(2)", "x.uniform_()"])
def test_a_leaf_written_over_between_two_uses_is_one_leaf_all_the_time(write: str) -> None:
    found = _witnesses(X + f"y = 2*x\nwith torch.no_grad():\n    {write}\n(y*x).backward()\n")
    assert found.verdict == "all three agree"


@pytest.mark.parametrize("lines", ["x.grad += 1\nx.grad = h", "x.grad = h\nx.grad += 1", "x.grad = h"])
def test_what_was_put_in_the_place_of_a_gradient_counts_and_what_was_there_before_does_not(lines: str) -> None:
    found = _witnesses(X + f"h = torch.tensor(5.)\n(x*x).backward()\n{lines}\n(x*x).backward()\n")
    assert found.verdict == "all three agree"


def test_a_tie_is_shared_by_all_three() -> None:
    found = _witnesses("x = torch.tensor([2., 2., 1.], requires_grad=True)\nx.amax().backward()\n")
    assert found.torch.data == (0.5, 0.5, 0.0)
    assert found.verdict == "all three agree"


def test_where_they_differ_every_uneven_choice_is_named_and_equal_shares_are_not() -> None:
    ties = "x = torch.tensor([3., 1., 3., 2.], requires_grad=True)\n"
    found = _witnesses(ties + "(2*x.max() + 10*x.max(dim=0)[0] + torch.relu(x - 3).sum()).backward()\n")
    assert found.agree is False
    assert "In x.max(dim=0) there is no one slope." in found.verdict
    assert "In torch.relu(x - 3) there is no one slope." in found.verdict
    assert "In x.max() " not in found.verdict


def test_what_a_module_did_in_place_is_in_the_formula() -> None:
    written = "y = z = x * 1\nnn.ReLU(inplace=True)(y)\n(y + z).sum().backward()\n"
    found = _witnesses(f"x = torch.tensor([-1., 2.], requires_grad=True)\n{written}")
    assert found.torch.data == (0, 2)
    assert found.verdict == "all three agree"


VECTOR = "x = torch.tensor([[1., 2.], [3., 5.]], requires_grad=True)\n"
STATES = {
    "a norm that was trained before": "n = nn.BatchNorm1d(2)\nn(x)\nn.eval()\n(n(x) ** 3).sum().backward()\n",
    "rows shortened at look-up": (
        "e = F.embedding(torch.tensor([1, 0, 1]), x, max_norm=2.0)\n(e ** 3).sum().backward()\n"
    ),
    "an operand handed on as it was": "y = x * 2\n((x.contiguous() + y.float()) ** 3).sum().backward()\n",
    "one of two operands handed on": (
        "y = x ** 2\na, b = torch.broadcast_tensors(x, x[0])\n(y * a.exp() * b).sum().backward()\n"
    ),
}


@pytest.mark.parametrize("lines", STATES.values(), ids=STATES)
def test_they_agree_where_a_call_writes_unseen_or_hands_its_operand_on(lines: str) -> None:
    assert _witnesses(VECTOR + lines).verdict == "all three agree"


HOPELESS = {
    "a loop": "y = x\nfor _ in range(30):\n    y = torch.exp(torch.sin(y))\ny.backward()\n",
    "a product": "y = 1\nfor i in range(40):\n    y = y*(x + i/10)\ny.backward()\n",
    "a power": "((x + 1)**1000/(x + 2)**999).backward()\n",
}


@pytest.mark.parametrize("source", HOPELESS.values(), ids=HOPELESS)
def test_a_hopeless_search_ends_with_a_sentence_and_the_steps_stand(source: str) -> None:
    job = Job(X + source, prelude=True, targets=("x.grad",), imagine=False)
    recording, trace = stages.record(job)
    explanation, _ = stages.explain(job, recording)
    (form,) = stages.close(job, trace, explanation, seconds=0.3)
    assert form.pretty or form.no_formula
    assert explanation.targets[0].steps
    assert form.witnesses.torch is not None


def test_the_smallest_target_is_closed_first_so_that_a_hard_one_takes_nothing_from_it() -> None:
    source = (
        "import torch\na = torch.ones(2, 3, requires_grad=True)\nb = torch.tensor(2.0, requires_grad=True)\n"
        "(a * b).exp().sum().backward()\n"
    )
    job = Job(source)
    recording, trace = stages.record(job)
    assert recording is not None
    explanation, _ = stages.explain(job, recording)
    assert [one.target for one in explanation.targets] == ["a.grad", "b.grad"]
    forms = list(stages.close(job, trace, explanation, seconds=20))
    assert [one.target for one in forms] == ["b.grad", "a.grad"]


def test_differences_are_written_as_torch_s_number_where_only_their_rounding_differs() -> None:
    torch, near, far = (Array("float64", (), (value,)) for value in (13.0, 13.0000004, 13.01))
    assert dict(Witnesses(torch=torch, differences=near).accounts)["differences"] == torch
    assert dict(Witnesses(torch=torch, differences=far).accounts)["differences"] == far
