"""What the recorder does not see is said, and looking changes nothing that the program could notice."""

from __future__ import annotations

import pytest
from recorded import cut, leaf, numbers, recording, tensor, trace

from autograd_tutor.recording.differences import differences
from autograd_tutor.sandbox.protocol import Limits
from autograd_tutor.trace import WITHIN, Finished, Stopped, encode


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("torch.func.functionalize(torch.sin)(x)", "tensors of its own kind"),
        ("torch.func.functionalize(torch.func.grad(lambda t: t.sum()))(x)", "tensors of its own kind"),
    ],
)
def test_of_a_transform_that_can_not_be_followed_the_call_and_its_line_are_named(call, why):
    seen = trace(f"x = torch.tensor([1.0, 2.0, 3.0])\ng = {call}", "g")
    assert seen.outcome == Finished()
    (note,) = seen.notes
    assert f"In line 2, {call} runs" in note
    assert why in note
    assert seen.passes == ()


def test_a_thread_runs_and_is_said_not_to_be_recorded():
    seen = trace(
        """
        import threading
        x = torch.tensor(2.0, requires_grad=True)
        work = threading.Thread(target=lambda: (x * x).backward())
        work.start(); work.join()
        """,
        "x.grad",
    )
    assert numbers(seen.find("x.grad").value) == 4.0
    assert [one for one in seen.nodes if one.kind == "ghost"] == []
    (note,) = seen.notes
    assert note.startswith("In line 5, work.start() starts a thread: what runs in it is not recorded.")


@pytest.mark.parametrize(
    "lines",
    [
        "f = torch.compile(lambda t: t * t)",
        "@torch.compile\ndef f(t):\n    return t * t",
        "@torch.compile(fullgraph=True)\ndef f(t):\n    return t * t",
        "class Square(nn.Module):\n    def forward(self, t):\n        return t * t\nf = Square()\nf.compile()",
    ],
)
def test_what_would_be_compiled_runs_as_it_is_written_and_that_is_said(lines):
    seen = trace(f"x = torch.tensor(3.0, requires_grad=True)\n{lines}\nf(x).backward()", "x.grad")
    assert numbers(seen.find("x.grad").value) == 6.0
    assert [one.text for one in seen.nodes] == ["x", "t * t"]
    (note,) = seen.notes
    assert "Here it runs as it is written" in note


@pytest.mark.filterwarnings("ignore:.*nested tensors")
@pytest.mark.parametrize("layout", ["torch.strided", "torch.jagged"])
def test_of_a_nested_tensor_the_gradients_are_told_and_its_numbers_are_not(layout):
    seen = trace(
        f"""
        x = torch.ones(2, requires_grad=True)
        n = torch.nested.as_nested_tensor([x, 2 * x[:1]], layout={layout})
        n.unbind()[1].sum().backward()
        """,
        "x.grad",
    )
    assert numbers(seen.find("x.grad").value) == (2.0, 0.0)
    assert (tensor(seen, "n").value.shape, tensor(seen, "n").value.data) == ((2,), None)


def test_the_graph_that_a_thread_built_is_recorded_without_places():
    seen = recording(
        """
        from concurrent.futures import ThreadPoolExecutor
        x = torch.tensor(2.0, requires_grad=True)
        with ThreadPoolExecutor() as pool:
            z = pool.submit(lambda: (x ** 3).sin()).result()
        y = z * x
        y.backward()
        """,
        "x.grad",
    )
    trace = seen.trace
    assert [(one.name, one.unseen, cut(trace, one.span)) for one in trace.nodes if one.kind == "function"] == [
        ("PowBackward0", True, None),
        ("SinBackward0", True, None),
        ("MulBackward0", False, "z * x"),
    ]
    assert [trace.operations[-1].nodes] == [tuple(one.id for one in trace.nodes if one.name == "MulBackward0")]
    assert numbers(leaf(trace, "x").added) == trace.find("x.grad").value.data[0]
    assert "in a thread" in differences(seen, "x.grad").note


def test_saved_tensor_hooks_are_called_as_often_as_without_the_recorder():
    seen = trace(
        """
        calls = []
        x = torch.ones(3, requires_grad=True)
        hooks = torch.autograd.graph.saved_tensors_hooks
        with hooks(lambda t: (calls.append("pack"), t)[1], lambda t: (calls.append("unpack"), t)[1]):
            y = (x * x).sum()
        before = list(calls)
        y.backward()
        print(before, calls)
        """
    )
    assert seen.printed == "['pack', 'pack'] ['pack', 'pack', 'unpack', 'unpack']\n"


def test_views_that_torch_will_not_have_used_any_more_are_recorded_as_they_were():
    seen = trace(
        """
        pair = torch.tensor([1.0, 2.0], requires_grad=True)
        a, b = pair
        (a * b).backward()
        with torch.no_grad():
            pair -= pair.grad
        try:
            a.backward()
        except RuntimeError as error:
            print("refused")
        """,
        "pair.grad",
    )
    assert (seen.outcome, seen.notes, seen.printed) == (Finished(), (), "refused\n")
    assert numbers(seen.find("pair.grad").value) == (2.0, 1.0)
    assert (tensor(seen, "a").is_leaf, tensor(seen, "a").absent) == (False, "not a leaf")


def test_memory_that_nobody_wrote_to_is_the_same_in_every_run():
    source = (
        "x = torch.empty(3, 4)\ny = torch.empty_like(x)\nz = x.new_empty(2)\nlayer = nn.LayerNorm(3)\nprint(x, y, z)"
    )
    assert encode(trace(source)) == encode(trace(source))
    assert numbers(tensor(trace(source), "z").value) == (0.0, 0.0)


@pytest.mark.parametrize("reentrant", [True, False])
def test_a_checkpoint_runs_its_function_twice_and_no_more(reentrant):
    seen = trace(
        f"""
        from torch.utils.checkpoint import checkpoint
        runs = []
        def wave(t):
            runs.append(1)
            return (t * t).sin()
        x = torch.tensor(2.0, requires_grad=True)
        y = checkpoint(wave, x, use_reentrant={reentrant})
        before = len(runs)
        y.backward()
        print(before, len(runs))
        """
    )
    assert seen.printed == "1 2\n"
    assert tensor(seen, "x").grad == seen.passes[0].leaves[0].after


CHECKPOINTED = """
from torch.utils.checkpoint import checkpoint
w = torch.tensor(2.0, requires_grad=True)
x = torch.tensor(3.0, requires_grad=True)
y = checkpoint(lambda t: (t * w).sin(), x, use_reentrant=True)
(y * {}).backward()
"""
HOOKED = """
w = torch.tensor(2.0, requires_grad=True)
x = torch.tensor(3.0, requires_grad=True)
other = w * w * x
y = (x * {}).sin()
y.register_hook(lambda g: other.backward(g))
y.backward()
"""


@pytest.mark.parametrize("source", [CHECKPOINTED, HOOKED], ids=["checkpoint", "hook"])
@pytest.mark.parametrize("factor", ["1", "w"])
def test_what_a_pass_within_a_pass_adds_is_told_and_not_taken_for_the_outer_ones(source, factor):
    seen = trace(source.format(factor))
    (pass_,) = seen.passes
    assert len(set(pass_.order)) == len(pass_.order)
    assert leaf(seen, "w").note == WITHIN
    assert (leaf(seen, "w").added is None) == (factor == "1")
    assert leaf(seen, "w").after == tensor(seen, "w").grad
    for arrival in pass_.arrivals:
        into = [one.contributions[0] for one in seen.edges if one.head == arrival.node and not one.ghost]
        seeds = [one.gradient for one in pass_.seeds if one.node == arrival.node]
        sent = sum(numbers(one) for one in (*into, *seeds) if one is not None)
        assert sent == pytest.approx(numbers(arrival.gradients[0]))


def test_a_bare_except_does_not_hide_that_too_much_was_printed():
    seen = trace(
        """
        try:
            while True:
                print("x" * 100)
        except:
            done = True
        """,
        limits=Limits(output=1000),
    )
    assert seen.outcome == Stopped("output", "The program printed more than 1000 characters.")
    assert len(seen.printed) == 1000


@pytest.mark.parametrize(
    ("lines", "culprit"),
    [
        ("b = a.exp()\nc = a * 3\nb.mul_(2)\nc.add_(1)\n(b.sum() + c.sum()).backward()", "b.mul_(2)"),
        (
            "w = torch.ones(2, requires_grad=True)\nb = a * w\nwith torch.no_grad():\n    w[0] = 5\nb.sum().backward()",
            4,
        ),
    ],
)
def test_the_write_at_fault_is_the_one_into_what_was_saved(lines, culprit):
    seen = trace("a = torch.tensor([1.0, 2.0], requires_grad=True)\n" + lines)
    span = seen.passes[-1].culprit
    line = seen.source.splitlines()[span.line - 1]
    assert seen.passes[-1].error_kind == "modified in place"
    assert culprit in (line[span.column : span.end_column], span.line - 1)


def test_the_pass_that_freed_the_graph_is_the_first_that_did_not_keep_it():
    seen = trace(
        """
        x = torch.tensor(2.0, requires_grad=True)
        y = x ** 3
        y.backward(retain_graph=True)
        y.backward()
        for _ in range(2):
            try:
                y.backward()
            except RuntimeError:
                pass
        """
    )
    assert [one.error_kind for one in seen.passes] == [None, None, "graph freed", "graph freed"]
    assert {one.culprit for one in seen.passes[2:]} == {seen.passes[1].span}


@pytest.mark.parametrize(
    ("lines", "targets"),
    [
        ("x = nn.Parameter(torch.ones(2))\nx = x * 2\nx.sum().backward()\n", ["x.grad"]),
        ("x = torch.ones(2, requires_grad=True).double()\n(x ** 2).sum().backward()\n", ["x.grad"]),
        (
            "x = torch.ones(2, requires_grad=True)\ny = x\nfor _ in range(2):\n    y = y * 2\ny.sum().backward()\n",
            ["x.grad"],
        ),
        (
            "w, b = (torch.ones(2, requires_grad=True) for _ in 'ab')\nw = w - 1\n(w * b).sum().backward()\n",
            ["b.grad", "w.grad"],
        ),
    ],
)
def test_a_name_that_lost_its_leaf_is_asked_about(lines, targets):
    assert [one.target for one in trace(lines).found] == targets


@pytest.mark.parametrize(
    ("lines", "target", "value"),
    [
        ("y, along = torch.func.linearize(f, x)\nt = along(torch.tensor([1.0, 0.0]))", "t", [2.0, 0.0]),
        (
            "J = torch.autograd.functional.jacobian(f, x, vectorize=True, strategy='forward-mode')",
            "J",
            [2.0, 0.0, 0.0, 4.0],
        ),
    ],
)
def test_forward_mode_on_stand_ins_is_left_unrecorded_and_named(lines, target, value, recwarn):
    seen = trace(f"x = torch.tensor([1.0, 2.0])\nf = lambda t: t ** 2\n{lines}\nz = x * 3", target)
    assert list(seen.find(target).value.data) == value
    (note,) = seen.notes
    assert note.startswith("In line 3, ")
    assert "stand-ins for tensors" in note
    assert not any("alias" in one.text or "GraphModule" in one.text for one in seen.operations)
    assert seen.operations[-1].text == "x * 3"
    assert not any("FakeTensor" in str(one.message) for one in recwarn)
