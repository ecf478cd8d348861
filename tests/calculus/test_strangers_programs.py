"""What is said of programs that are in no lesson, where torch's number is not the plain derivative."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograd_tutor.explanation import Differences
from autograd_tutor.trace import Array

SCALAR = "x = torch.tensor(2.0, requires_grad=True)\n"


def slope(value: float) -> Differences:
    return Differences("x.grad", Array("float64", (), (value,)))


def test_where_paths_meet_on_the_way_their_sum_is_told_once(told: Callable) -> None:
    one = told(SCALAR + "y = 3 * x\nz = y ** 2 + 5 * y\nz.backward()", "x.grad").of("x.grad")
    meeting = [step.words for step in one.steps if "paths met at y" in step.words]
    assert len(meeting) == 1
    assert meeting[0].startswith("Two paths met at y: 5 + 12 = 17.")


def test_a_hook_between_two_operations_is_named_where_it_acts(told: Callable) -> None:
    source = SCALAR + "y = x * 3\ny.register_hook(lambda g: g * 10)\nz = y ** 2\nz.backward()"
    hooked = told(source, "x.grad")
    said = "A hook changed what arrived at y: 12 came in, 120 goes on."
    assert hooked.of("x.grad").steps[-1].words.startswith(said)
    witnesses = hooked.closed("x.grad").witnesses
    assert witnesses.agree is False
    assert witnesses.disagreement is not None
    assert said in witnesses.disagreement


def test_a_hook_on_what_backward_starts_from_is_named_too(told: Callable) -> None:
    said = told(SCALAR + "y = x * 3\ny.register_hook(lambda g: g * 10)\ny.backward()", "x.grad").of("x.grad")
    assert "A hook changed what arrived at y: 1 came in, 10 goes on." in said.steps[1].words


def test_a_transform_is_told_in_the_function_s_own_words(told: Callable) -> None:
    run = told("x = torch.tensor(3.0)\ng = torch.func.grad(lambda t: t ** 2 * x)(x)", "g")
    assert [step.rule for step in run.of("g").steps][1:] == ["∂(t²·x)/∂(t²) = x", "∂(t²)/∂t = 2t"]
    nested = told("x = torch.tensor(3.0)\nd = torch.func.grad\nh = d(d(lambda t: t ** 3 * x))(x)", "h")
    assert nested.closed("h").pretty == "6x²"


@pytest.mark.parametrize(("name", "forward", "number"), [("Round", "torch.round(x)", 4), ("Clip", "x.clamp(-1, 1)", 2)])
def test_a_function_of_the_programs_own_is_believed_over_a_rule_of_its_name(
    told: Callable, name: str, forward: str, number: int
) -> None:
    source = f"""class {name}(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return {forward}
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.tensor(1.6, requires_grad=True)
y = {name}.apply(x) ** 2
y.backward()
"""
    own = told(source, "x.grad")
    form = own.closed("x.grad")
    assert form.formula is None
    assert form.no_formula == f"There is no closed form: {name}.apply(x) has a backward of its own."
    assert own.of("x.grad").steps[-1].words == (
        f"{name}.apply(x) is a Function of the program's own: its backward got {number}, and gave {number}."
    )


def test_a_gradient_that_the_program_rewrote_is_measured_by_no_slope(told: Callable) -> None:
    source = SCALAR + "(x ** 2).backward()\nx.grad *= 0.5\n"
    one = told(source, "x.grad").of("x.grad", slope(4.0))
    assert one.witnesses.differences is None
    assert one.why.startswith("x.grad is 2: backward left 4 there, and then line 3 (")
    assert one.sum == "x.grad was None, and became 4."


def test_clipping_names_its_line(told: Callable) -> None:
    source = SCALAR + "(x ** 2).backward()\ntorch.nn.utils.clip_grad_norm_([x], 1.0)\n"
    one = told(source, "x.grad").of("x.grad")
    assert "and then line 3 (torch.nn.utils.clip_grad_norm_([x], 1.0)) changed that" in one.why
    assert one.steps


def test_an_operation_that_hands_its_operand_on_cuts_no_formula(told: Callable) -> None:
    source = SCALAR + "y = F.dropout(x * 3, 0.5, training=False)\nz = y ** 2\nz.backward()"
    assert told(source, "x.grad").closed("x.grad").formula == "18*x"


def test_an_updated_weight_is_no_formula_of_its_own_name(told: Callable) -> None:
    source = SCALAR + "(x ** 2).backward()\nwith torch.no_grad():\n    x -= 0.1 * x.grad\n"
    form = told(source, "x").closed("x")
    assert form.formula is None
    assert form.no_formula is not None
    assert "got its value where torch records nothing" in form.no_formula
    assert form.witnesses.symbolic is None


def test_a_number_lost_to_math_is_cut_and_not_unused(told: Callable) -> None:
    source = SCALAR + "w = torch.tensor(3.0, requires_grad=True)\n(math.sin(x) * w).backward()"
    assert (
        told(source, "x.grad")
        .of("x.grad")
        .why.startswith(
            "x was used, but no gradient can come back to it: math.sin(x) on line 3 takes the number out of torch"
        )
    )


def test_a_number_that_was_only_printed_is_unused(told: Callable) -> None:
    source = SCALAR + "w = torch.tensor(3.0, requires_grad=True)\nprint(x.item())\n(w * 2).backward()"
    assert told(source, "x.grad").of("x.grad").why.startswith("No path leads from the result of w * 2 back to x")


def test_a_leaf_frozen_before_its_use_is_told_the_line_that_froze_it(told: Callable) -> None:
    source = SCALAR + "w = torch.tensor(3.0, requires_grad=True)\nx.requires_grad_(False)\n(x * w).backward()"
    said = told(source, "x.grad").of("x.grad").why
    assert said.startswith("requires_grad was turned off on x on line 3 (x.requires_grad_(False))")


def test_a_long_training_loop_is_told_by_its_ends(told: Callable) -> None:
    source = SCALAR + "for _ in range(50):\n    (x ** 2).backward()\n"
    one = told(source, "x.grad").of("x.grad")
    assert len(one.steps) == 2 * 20
    assert one.sum.endswith("= 200. The steps tell the first 10 and the last 10 of these 50 passes.")
    assert "… 44 more passes add to it in the same way …" in one.sum


def test_a_detached_copy_is_told_as_one(told: Callable) -> None:
    said = told(SCALAR + "z = x.detach()\n(x * z).backward()", "z.grad").of("z.grad").why
    assert "x.detach() on line 2 hands out the value without its history" in said


def test_a_leaf_that_lost_its_name_is_told_where_it_was_made(told: Callable) -> None:
    said = told(SCALAR + "x = x * 2\n(x ** 2).backward()", "x.grad").of("x.grad").why
    assert "The leaf is the x of line 1, which has lost its name to this one." in said


def test_a_none_that_autograd_grad_returned_names_what_was_not_used(told: Callable) -> None:
    source = SCALAR + "y = torch.tensor(3.0, requires_grad=True)\n"
    source += "g = torch.autograd.grad(x ** 2, [x, y], allow_unused=True)"
    said = told(source, "g[1]").of("g[1]").why
    assert said == "g[1] is None: torch.autograd.grad on line 3 found no path back to y, and None is not 0."


PICKED = "x = torch.tensor([1., 2., 3.], requires_grad=True)\n"


@pytest.mark.parametrize(
    ("source", "formula"),
    [
        ("keep = torch.tensor([True, True, True])\n(x ** 2 * keep).sum().backward()\n", "2*x"),
        ("n = 3\n(x ** 2)[range(n)].sum().backward()\n", "2*x"),
        ("a = torch.tensor([[[4., 5., 6.]]])\n(x * a).sum().backward()\n", None),  # another shape: it is not just a
    ],
)
def test_truth_values_count_and_ranges_pick_in_a_formula(told: Callable, source: str, formula: str | None) -> None:
    form = told(PICKED + source, "x.grad").closed("x.grad")
    assert form.formula == formula
    assert form.witnesses.symbolic is not None


def test_what_met_at_a_result_of_autograd_grad_is_summed(told: Callable) -> None:
    one = told(PICKED + "g, = torch.autograd.grad((x * x.flip(0)).sum() + x[0], x)\n", "g").of("g")
    assert one.sum == "Three paths meet at x: [1, 0, 0] + [3, 2, 1] + [3, 2, 1] = [7, 4, 2]."


def test_a_write_tells_before_from_after(told: Callable) -> None:
    steps = told(PICKED + "y = x * 2\ny[1] = 5.\ny.mul_(3)\ny.sum().backward()\n", "x.grad").of("x.grad").steps
    said = [step.jacobian.words for step in steps if step.jacobian is not None and "(y after)" in step.rule]
    assert said
    assert all("of y after" in words and "of y before" in words for words in said)


def test_a_product_with_a_vector_is_told_of_vectors(told: Callable) -> None:
    source = (
        PICKED + "W = torch.tensor([[1., 0., 2.], [0., 1., 1.]])\n(torch.dot(W @ x, torch.ones(2)) * 2).backward()\n"
    )
    told_of = [step.arithmetic for step in told(source, "x.grad").of("x.grad").steps]
    assert "2 · 1 = 2 for each of 2" in told_of
    assert "[[1, 0], [0, 1], [2, 1]] · [2, 2] = [2, 2, 6]" in told_of


def test_what_goes_back_for_each_example_is_told_so_that_it_multiplies(told: Callable) -> None:
    source = "w, X = torch.ones(2), torch.tensor([[1., 2.], [3., 4.]])\ng = torch.vmap(torch.func.grad(\n"
    one = told(f"{source}    lambda w, x: (w @ x) ** 2), in_dims=(None, 0))(w, X)\n", "g").of("g")
    assert one.steps[-1].arithmetic == "[[6], [14]] · [[1, 2], [3, 4]] = [[6, 12], [42, 56]]"


def test_a_checkpoint_and_a_module_s_hook_are_not_the_program_s_own_functions(told: Callable) -> None:
    kept = "from torch.utils.checkpoint import checkpoint\n" + SCALAR
    one = told(f"{kept}checkpoint(torch.sin, x, use_reentrant=True).backward()\n", "x.grad")
    assert "ran that again" in one.of("x.grad").steps[-1].words
    hooked = "m = nn.Linear(1, 1)\nm.register_full_backward_hook(lambda m, i, o: None)\nm(torch.ones(1)).backward()\n"
    steps = told(hooked, "m.bias.grad").of("m.bias.grad").steps
    said = " ".join(step.words for step in steps)
    assert "has a place for its backward hooks, which let [1] through as it came" in said
    assert not [step.rule for step in steps if "function" in step.rule]


def test_what_cancels_is_no_sign_of_a_hook(told: Callable) -> None:
    source = (
        PICKED + "p, q = x.softmax(0), x.log_softmax(0)\ny = p.sum() + 1e-2 * (p * q).sum() + (p.detach() * q).sum()\n"
    )
    assert all(step.ruled for step in told(f"{source}y.backward()\n", "x.grad").of("x.grad").steps)
