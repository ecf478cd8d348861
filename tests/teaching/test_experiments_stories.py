"""Experiments on the shipped lessons and on programs in no lesson."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_tutor.course.jobs import job
from autograd_tutor.course.load import lessons
from autograd_tutor.course.model import Variant
from autograd_tutor.course.variants import variant
from autograd_tutor.program import Edit, Program, edited, holds_long_string
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.experiments import Offer, apply, change, compare, inputs, offers

SINE = "x = torch.tensor(4.0, requires_grad=True)\ny = x ** 2  # square\nz = torch.sin(y)\nz.backward()"
VARIANTS = [variant(lesson, exercise, 0) for lesson in lessons() for exercise in lesson.exercises]


def ran(sandbox: Sandbox, source: str, target: str = "x.grad") -> Run:
    return sandbox.run(Job(f"import torch\n{source}", targets=(target,), imagine=False))


def offered(run: Run, title: str) -> Offer:
    return next(offer for offer in offers(run.trace) if offer.title == title)


@pytest.mark.parametrize("one", VARIANTS, ids=lambda one: one.key)
def test_every_offer_on_every_lesson_is_valid_python(sandbox: Sandbox, one: Variant):
    run = sandbox.run(msgspec.structs.replace(job(one), explain=False))
    found = offers(run.trace, one)
    own = [offer.own for offer in found]
    assert own == sorted(own, reverse=True)
    assert sum(own) <= len(one.exercise.experiments)
    assert len({offer.title for offer in found}) == len(found), "one cannot choose between two that read the same"
    for offer in found:
        after = apply(one.code, offer)
        compile(after, "experiment", "exec")
        assert after != one.code
        assert offer.diff
        assert offer.question == f"What will {offer.target} be then?"
        for name in re.findall(r"(\w+) = ", offer.title):
            assert re.search(rf"\b{name}\b", one.code), "the learner sees the program alone, not its parameters"


def test_most_of_the_lessons_experiments_are_found(sandbox: Sandbox):
    wanted = found = 0
    for one in VARIANTS[:12]:
        run = sandbox.run(msgspec.structs.replace(job(one), explain=False))
        wanted += len(one.exercise.experiments)
        found += sum(offer.own for offer in offers(run.trace, one))
    assert found == wanted


def test_detaching_keeps_the_rest_as_it_was(sandbox: Sandbox):
    run = ran(sandbox, SINE)
    offer = offered(run, "Detach y in line 4")
    assert "z = torch.sin(y.detach())" in offer.source
    assert "# square" in offer.source
    assert [(line.sign, line.number, line.text) for line in offer.diff] == [
        ("-", 4, "z = torch.sin(y)"),
        ("+", 4, "z = torch.sin(y.detach())"),
    ]


def test_detaching_a_value_without_a_name(sandbox: Sandbox):
    run = ran(sandbox, "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = (x ** 2).mean()\ny.backward()")
    assert "y = (x ** 2).detach().mean()" in offered(run, "Detach x ** 2 in line 3").source
    run = ran(sandbox, "x = torch.tensor(1.0, requires_grad=True)\ny = torch.sin(x ** 2)\ny.backward()")
    assert "torch.sin((x ** 2).detach())" in offered(run, "Detach x ** 2 in line 3").source


def test_one_use_or_all_uses_of_a_name(sandbox: Sandbox):
    run = ran(sandbox, "x = torch.tensor(3.0, requires_grad=True)\ny = x * x\ny.backward()")
    titles = [offer.title for offer in offers(run.trace) if offer.kind == "detach"]
    assert titles == ["Detach x in line 3, first use", "Detach x in line 3, second use", "Detach x wherever it is used"]


def test_no_grad_indents_a_statement_of_several_lines(sandbox: Sandbox):
    run = ran(sandbox, "x = torch.tensor(3.0, requires_grad=True)\ny = (\n    x ** 2\n)\n(x * y).backward()")
    offer = offered(run, "Put line 3 under no_grad")
    assert "with torch.no_grad():\n    y = (\n        x ** 2\n    )\n" in offer.source


def test_backward_again_in_all_its_ways(sandbox: Sandbox):
    run = ran(sandbox, SINE)
    told = {}
    for offer in offers(run.trace):
        if offer.kind == "again":
            after = sandbox.run(Job(apply(run.trace.source, offer), targets=("x.grad",), imagine=False))
            told[offer.title] = compare(run, after, ("x.grad",)).rows[0].after, bool(after.trace.passes[-1].error)
    assert told == {
        "Do it all again: forward and backward": ("−15.3226", False),
        "Zero the gradients, then forward and backward again": ("−7.6613", False),
        "Backward again through the same graph": ("−7.6613", True),
        "Keep the graph, then backward again": ("−15.3226", False),
    }


def test_changing_a_number(sandbox: Sandbox):
    run = ran(sandbox, SINE)
    (one,) = inputs(run.trace.source)
    assert (one.name, one.value, one.line) == ("x", 4.0, 2)
    assert "torch.tensor(-1.5, " in change(run.trace, one, -1.5).source
    with pytest.raises(ValueError, match=r"finite|nan"):
        change(run.trace, one, float("nan"))


def test_each_of_several_equal_numbers_has_its_own_offer(sandbox: Sandbox):
    run = ran(sandbox, "x = torch.tensor([20.0, 20.0], requires_grad=True)\ny = x.sum()\ny.backward()")
    assert "[20.0, 10.0]" in offered(run, "Put 10.0 in the place of 20.0 in line 2 (the second)").source


def test_comparing_a_cut(sandbox: Sandbox):
    run = ran(sandbox, SINE)
    offer = offered(run, "Put line 3 under no_grad")
    after = sandbox.run(Job(offer.source, targets=("x.grad",), imagine=False))
    seen = compare(run, after, ("x.grad",))
    assert (seen.rows[0].before, seen.rows[0].after, seen.rows[0].changed) == ("−7.6613", "None", True)
    assert seen.outcome.startswith("Line 6 raises now: RuntimeError")
    assert {after.trace.nodes[node].text for node in seen.cut} == {"x ** 2", "torch.sin(y)"}
    assert any("grad mode is off" in sentence for sentence in seen.sentences)
    back = compare(after, run, ("x.grad",))
    assert len(back.restored) == 2
    assert back.outcome == "It runs to its end now."


def test_a_change_that_cuts_one_of_several_ways_says_where(sandbox: Sandbox):
    source = "x = torch.tensor(3.0, requires_grad=True)\ny = x ** 2\nz = x * y + y\nz.backward()"
    run = ran(sandbox, source)
    after = sandbox.run(Job(offered(run, "Detach y wherever it is used").source, targets=("x.grad",), imagine=False))
    seen = compare(run, after, ("x.grad",))
    assert (seen.rows[0].before, seen.rows[0].after) == ("33", "9")
    assert seen.sentences == (
        "y.detach() on line 4 cuts the way back: detach() hands on the value without its history.",
    )


def test_one_reason_for_several_targets_is_given_once(sandbox: Sandbox):
    source = "a = torch.tensor(3.0, requires_grad=True)\nb = torch.tensor(2.0, requires_grad=True)\n"
    targets = ("a.grad", "b.grad")
    run = sandbox.run(Job(f"import torch\n{source}f = a * b\nf.backward()", targets=targets, imagine=False))
    after = sandbox.run(Job(offered(run, "Put line 4 under no_grad").source, targets=targets, imagine=False))
    seen = compare(run, after, targets)
    told = [sentence for sentence in seen.sentences if ".grad" in sentence]
    assert len(told) == 1
    assert told[0].startswith("a.grad and b.grad: Line 6 raises")
    assert told[0].endswith("a.grad and b.grad are None afterwards.")


def test_comparing_with_itself_says_that_nothing_changed(sandbox: Sandbox):
    run = ran(sandbox, SINE)
    assert compare(run, run, ("x.grad",)).sentences == ("Nothing that was asked for changed.",)


def test_an_offer_belongs_to_its_program(sandbox: Sandbox):
    run = ran(sandbox, SINE)
    offer = offered(run, "Detach y in line 4")
    with pytest.raises(ValueError, match="another program"):
        apply("y = 1\n", offer)


def test_characters_beyond_ascii_do_not_shift_the_edits(sandbox: Sandbox):
    run = ran(sandbox, "x = torch.tensor(4.0, requires_grad=True)\nα, ψ = 'é', x ** 2; z = torch.sin(ψ)\nz.backward()")
    assert any("torch.sin(ψ.detach())" in offer.source for offer in offers(run.trace))


LINES = [
    "y = x ** 2",
    "y = y * torch.tensor([2.0, 2.0, 2.0]).sum()",
    "y = torch.sin(x) * torch.sin(x) + y",
    "y = x * y",
    "y = torch.sin(y) + x",
    "y = (x + y).tanh()",
    "y = y - 2 * x; w = y",
    "y = -y",
]


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=5), st.sampled_from(["", "\t", "    "]))
@settings(max_examples=25, deadline=None)
def test_offers_on_random_programs_are_valid(sandbox: Sandbox, lines: list[str], indent: str):
    if indent:
        lines = ["if True:", *(indent + line for line in lines)]
    source = "import torch\nx = y = torch.tensor(0.7, requires_grad=True)\n" + "\n".join(lines) + "\ny.backward()"
    run = sandbox.run(Job(source, targets=("x.grad",), explain=False))
    found = offers(run.trace)
    assert found
    assert len({offer.title for offer in found}) == len(found)
    for offer in found:
        compile(apply(source, offer), "experiment", "exec")


def test_strings_over_several_lines_are_left_alone():
    program = Program('x = """a\nb"""\ny = f"{x}"\n')
    assert [holds_long_string(one) for one in program.tree.body] == [True, False]


def test_edits_are_made_from_the_end():
    assert edited("abc", [Edit(0, 1, "xx"), Edit(2, 3, "y")]) == "xxby"
