"""torch.func.jacrev, jacfwd, hessian and vmap are recorded: all examples, rows and columns, bit for bit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from random_functions import CALLS, START, function
from recorded import cut, numbers, tensor, trace

from autograd_tutor.calculus.closed import close
from autograd_tutor.calculus.deadline import Deadline
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.recording.values import array
from autograd_tutor.trace import STACKS, TAKES, Array, Finished, Pass, Trace

CHANCES = [0, 1, *(pytest.param(seed, marks=pytest.mark.battery) for seed in range(2, 12))]


def untraced(source: str) -> dict[str, Any]:
    space: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    torch.manual_seed(0)
    exec(source, space)
    return space


def sums(seen: Trace, one: Pass) -> None:
    """Contributions into what a pass returned the gradient of, in firing order, are that gradient: in each example."""
    for captured in one.captured:
        edges = [edge for edge in seen.edges if edge.head == captured.node and edge.contributions[one.id] is not None]
        total = None
        for edge in sorted(edges, key=lambda edge: (one.order.index(edge.tail), edge.input)):
            sent = plain(edge.contributions[one.id])
            total = sent if total is None else total + sent
        assert total is not None
        assert array(total) == captured.value


def plain(value: Array) -> torch.Tensor:
    return torch.tensor(value.data).reshape(value.shape)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("seed", CHANCES)
def test_results_are_as_without_the_recorder_and_contributions_add_up_in_every_row(seed: int, call: str) -> None:
    source = f"{START}{function(seed)}\n{call}"
    seen = trace(source, "g")
    assert seen.outcome == Finished()
    assert seen.notes == ()
    assert seen.find("g").value == array(untraced(source)["g"])
    for one in seen.passes:
        sums(seen, one)


@pytest.mark.parametrize("where", ["in_dims=0", "in_dims=1", "in_dims=0, chunk_size=2"])
def test_values_inside_are_those_of_all_examples(where: str) -> None:
    source = f"""
X = torch.tensor([[0.3, -1.7, 2.9], [1.0, 2.0, -0.5], [0.1, 0.2, 0.7]])
w = torch.tensor([1.1, 0.7, -0.2])
def f(t):
    a = t * w
    b = a.softmax(0)
    c = (a @ b).exp()
    return a, b, c
a, b, c = torch.vmap(f, {where})(X)
"""
    seen = trace(source, "a")
    space = untraced(source)
    for text, name in (("t * w", "a"), ("a.softmax(0)", "b"), ("(a @ b).exp()", "c")):
        found = [one for one in seen.operations if one.text == text]
        whole = torch.cat([plain(one.values[0]) for one in found])
        assert array(whole) == array(space[name]), text
        assert [cut(seen, one.span) for one in found] == [text] * len(found)
        for one in found:
            (batch,) = seen.tensors[one.outputs[0]].batch
            assert seen.batches[batch].size == one.values[0].shape[0]


def test_a_vmap_takes_its_arguments_apart_and_stacks_its_results() -> None:
    seen = trace(
        "x = torch.ones(2, 3)\ny = torch.vmap(lambda t, s: t * s, in_dims=(1, None))(x, torch.tensor(2.0))", "y"
    )
    takes, times, stacks = seen.operations[-3:]
    assert (takes.name, times.name, stacks.name) == (TAKES, "mul", STACKS)
    assert takes.values[0].shape == (3, 2)  # the examples first
    assert seen.tensors[takes.outputs[0]].batch == seen.tensors[times.outputs[0]].batch == (0,)
    assert (seen.batches[0].size, cut(seen, seen.batches[0].span)) == (
        3,
        "torch.vmap(lambda t, s: t * s, in_dims=(1, None))(x, torch.tensor(2.0))",
    )
    assert tensor(seen, "y").batch == ()


def test_jacrev_is_one_pass_over_the_ordinary_graph_with_a_row_for_each_element() -> None:
    seen = trace(
        """
        def f(t):
            return torch.stack([t[0] ** 2 * t[1], t[1].sin()])
        x = torch.tensor([2.0, 3.0])
        J = torch.func.jacrev(f)(x)
        """,
        "J",
    )
    (one,) = seen.passes
    assert plain(one.seeds[0].gradient).equal(torch.eye(2))
    assert [seen.batches[batch].size for batch in one.batch] == [2]
    assert one.captured[0].value == seen.find("J").value
    assert all(not each.batch for each in seen.tensors if each.requires_grad)


def test_jacfwd_gives_each_tensor_a_tangent_for_each_column() -> None:
    seen = trace("x = torch.tensor([2.0, 3.0])\nJ = torch.func.jacfwd(lambda t: t[0] * t)(x)", "J")
    made = next(one for one in seen.tensors if one.label == "t[0] * t")
    assert numbers(made.value) == (4.0, 6.0)
    assert plain(made.tangent).T.equal(plain(seen.find("J").value))
    assert [seen.batches[one].size for one in made.spread] == [2]


def test_a_hessian_has_the_graph_the_gradient_and_the_gradient_s_tangents() -> None:
    seen = trace("x = torch.tensor([2.0, 3.0])\nH = torch.func.hessian(lambda t: t[0] ** 2 * t[1])(x)", "H")
    assert [one.text for one in seen.nodes if one.kind == "function"] == [
        "t[0]",
        "t[0] ** 2",
        "t[1]",
        "t[0] ** 2 * t[1]",
    ]
    (captured,) = seen.passes[0].captured
    assert numbers(captured.value) == (12.0, 4.0)
    assert seen.tensors[captured.of].label == "x"
    assert numbers(seen.tensors[captured.result].tangent) == numbers(seen.find("H").value) == (6.0, 4.0, 4.0, 0.0)


@pytest.mark.parametrize("randomness", ["different", "same"])
def test_random_numbers_in_a_vmap_are_those_that_the_program_gets_anyway(randomness: str) -> None:
    source = f"x = torch.ones(3, 2)\ny = torch.vmap(lambda t: t * torch.rand(2), randomness='{randomness}')(x)"
    seen = trace(source, "y")
    assert (seen.outcome, seen.notes) == (Finished(), ())
    assert seen.find("y").value == array(untraced(source)["y"])


def test_backward_through_a_vmap_reaches_the_leaf_by_the_nodes_of_the_function() -> None:
    seen = trace(
        """
        x = torch.tensor([[1.0, 0.5], [2.0, -1.0]], requires_grad=True)
        y = torch.vmap(lambda t: (t ** 2).sum())(x)
        y.sum().backward()
        """,
        "x.grad",
    )
    assert [(one.name, one.text) for one in seen.nodes if one.kind == "function"] == [
        ("PowBackward0", "t ** 2"),
        ("SumBackward1", "(t ** 2).sum()"),
        ("SumBackward0", "y.sum()"),
    ]
    assert not any(one.unseen for one in seen.nodes)


def test_an_error_in_a_vmap_is_the_program_s_own() -> None:
    seen = trace("x = torch.ones(2, 3)\ny = torch.vmap(lambda t: t.item())(x)")
    assert seen.outcome.type == "RuntimeError"
    assert cut(seen, seen.outcome.span) == "t.item()"


def test_a_batch_of_gradients_given_to_autograd_grad_is_recorded_row_by_row() -> None:
    seen = trace(
        """
        x = torch.tensor([2.0, 3.0], requires_grad=True)
        (g,) = torch.autograd.grad(x ** 2 * x.sum(), x, torch.eye(2), is_grads_batched=True)
        """,
        "g",
    )
    (one,) = seen.passes
    assert [seen.batches[batch].size for batch in one.batch] == [2]
    sums(seen, one)


@pytest.mark.battery
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("seed", range(4))
def test_the_formula_comes_to_what_torch_gives(seed: int, call: str) -> None:
    source = f"{START}x, X, M = x.double(), X.double(), M.double()\n{function(seed)}\n{call}"
    seen = trace(source, "g")
    form = close(Derivations(seen), Accounts(seen).explain("g"), Deadline.within(2), imagine=False)
    if form.witnesses.symbolic is not None:
        truth, found = plain(form.witnesses.torch), plain(form.witnesses.symbolic)
        assert torch.allclose(found, truth, rtol=1e-6, atol=1e-6 * truth.abs().max().item())
