"""Programs as people write them: how they end, what they print, which names reach what."""

from __future__ import annotations

from textwrap import dedent

import pytest
from recorded import cut, numbers, tensor, trace

from autograd_tutor.recording import state
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job, Limits
from autograd_tutor.trace import MOST_NODES, Finished, Raised, Span, Stopped, encode

X = "x = torch.tensor(3.0, requires_grad=True)\n"


def test_a_syntax_error_is_an_outcome_and_nothing_has_run():
    seen = trace("print(1)\nx = (1 +\n")
    assert (seen.outcome.type, seen.outcome.span.line, seen.printed) == ("SyntaxError", 2, "")
    assert trace("print(1)\nreturn 1").printed == ""


def test_the_place_of_an_error_is_the_expression_in_the_innermost_function():
    seen = trace("def f(a):\n    é = 1; return torch.stack([a, a]) @ torch.ones(3)\nf(torch.tensor(1.0))")
    assert seen.outcome.span == Span(2, 18, 2, 53)
    assert cut(seen, seen.outcome.span) == "torch.stack([a, a]) @ torch.ones(3)"


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        ("raise SystemExit", Finished()),
        ("import sys\nsys.exit(0)", Finished()),
        ("import sys\nsys.exit('so')", Raised("SystemExit", "so", Span(2, 0, 2, 14))),
        ("raise KeyboardInterrupt", Raised("KeyboardInterrupt", "", Span(1, 0, 1, 23))),
        ("input()", Raised("EOFError", "EOF when reading a line", Span(1, 0, 1, 7))),
        ("y = nope", Raised("NameError", "name 'nope' is not defined", Span(1, 4, 1, 8))),
    ],
)
def test_each_way_to_end(source, outcome):
    assert trace(source).outcome == outcome


def test_printing_without_end_is_stopped():
    seen = trace(
        "while True:\n    try:\n        print('x' * 100)\n    except Exception:\n        pass",
        limits=Limits(output=1000),
    )
    assert seen.outcome == Stopped("output", "The program printed more than 1000 characters.")
    assert len(seen.printed) == 1000


def test_prints_warnings_and_caught_errors_come_in_order():
    seen = trace(
        X
        + """
import warnings
print("a", 1)
warnings.warn("mind")
try:
    x.numpy()
except RuntimeError:
    print("b", end="")
"""
    )
    kinds = [event.kind for event in seen.events if event.kind in ("print", "warning", "caught")]
    assert kinds == ["print", "warning", "caught", "print"]
    assert seen.printed == "a 1\nb"


def test_each_of_several_errors_is_caught_also_where_nothing_happens_between_them():
    seen = trace(
        X
        + """
for call in (lambda: torch.stack([x, x]).backward(), lambda: x.view(3), lambda: x.numpy()):
    try:
        call()
    except RuntimeError:
        pass
"""
    )
    places = [cut(seen, event.span) for event in seen.events if event.kind == "caught"]
    assert places == ["torch.stack([x, x]).backward()", "x.view(3)", "x.numpy()"]


def test_an_error_that_torch_catches_itself_is_none_of_the_programs():
    seen = trace(
        X
        + """
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.set_materialize_grads(False)
        return a * 2
    @staticmethod
    def backward(ctx, g):
        if g is None:
            raise RuntimeError("nothing came")
        return g * 2
print(torch.autograd.gradcheck(Double.apply, x.detach().double().requires_grad_(), raise_exception=False))
"""
    )
    assert seen.printed == "False\n"
    assert any(one.error == "nothing came" for one in seen.passes)
    assert [event.text for event in seen.events if event.kind == "caught"] == []


def test_a_warning_comes_once_for_each_place():
    assert len(trace(X + "y = x * 2\nfor _ in range(3):\n    y.grad\ny.grad").warnings) == 2


def test_looking_at_a_target_adds_only_the_warning_that_looking_gives():
    seen = trace(X + "y = x * 2", "y.grad", "y.requires_grad", "y", "x.grad + 1", "round(y.item(), 4)", "nope.grad")
    assert [one.kind for one in seen.found] == ["none", "flag", "tensor", "missing", "tensor", "missing"]
    (warning,) = seen.warnings
    assert warning.span is None
    assert [event.kind for event in seen.events] == [
        *("statement", "operation", "assign", "statement", "operation", "assign", "warning"),
    ]


def test_names_reach_through_lists_dicts_modules_and_objects():
    seen = trace(
        """
        class Box:
            def __init__(self):
                self.w = torch.tensor(1.0, requires_grad=True)
        box = Box()
        pairs = [torch.tensor(2.0), {"k": torch.tensor(3.0)}]
        model = nn.Sequential(nn.Linear(1, 1), nn.ModuleDict({"a": nn.Linear(1, 1)}))
        alias = box.w
        """
    )
    reached = {name for one in seen.tensors for name in one.names}
    assert {"box.w", "alias", "pairs[0]", "pairs[1]['k']", "model[0].weight", "model[1]['a'].bias"} <= reached
    assert tensor(seen, "alias").names == ("alias", "box.w")
    assert [one.target for one in seen.found][:1] == ["alias.grad"]


def test_a_program_in_a_file_is_main_and_finds_its_neighbours(tmp_path):
    (tmp_path / "helper.py").write_text("rate = 0.5\n")
    path = tmp_path / "program.py"
    source = dedent(
        """
        from __future__ import annotations
        from dataclasses import dataclass
        import helper
        from torch import tensor

        @dataclass
        class Point:
            x: Nowhere = None

        if __name__ == "__main__":
            w = tensor(helper.rate, requires_grad=True)
            (w * w).backward()
        print(__file__)
        """
    )
    seen = record(Job(source, filename=str(path))).trace
    assert seen.outcome == Finished()
    assert numbers(seen.find("w.grad").value) == 1.0
    assert seen.printed == f"{path}\n"


def test_a_layer_is_told_by_the_calls_below_it():
    seen = trace(
        """
        model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        for _ in range(2):
            loss = F.mse_loss(model(torch.ones(4, 2)), torch.zeros(4, 1), reduction="sum")
            loss.backward()
        """
    )
    layers = [one for one in seen.operations if one.name in ("linear", "relu")]
    assert [one.repeat for one in layers] == [0, 0, 0, 1, 1, 1]
    assert [operand.text for operand in layers[0].inputs] == ["torch.ones(4, 2)", "model[0].weight", "model[0].bias"]
    loss = next(one for one in seen.operations if one.name == "mse_loss")
    assert [(operand.text, operand.keyword) for operand in loss.inputs][2:] == [('"sum"', "reduction")]
    assert all(one.exact for pass_ in seen.passes for one in pass_.leaves)


def test_operands_are_named_as_written_also_where_torch_turns_them_round():
    seen = trace(X + "k = 2.0\ny = k * x - 1 / x + (3 - x)\nx[None][0] = 1")
    texts = {one.text: [operand.text for operand in one.inputs] for one in seen.operations}
    assert texts["k * x"] == ["x", "k"]
    assert texts["1 / x"] == ["x", "1"]
    assert texts["3 - x"] == ["x", "3"]


def test_what_a_loop_asks_its_iterator_for_stands_at_the_iterator():
    seen = trace("""
        rows = torch.ones(2, 3)
        for at, row in enumerate(map(torch.exp, rows)):
            print(at)
        """)
    assert {cut(seen, one.span) for one in seen.operations if one.name == "exp"} == {"enumerate(map(torch.exp, rows))"}


def test_rows_that_a_look_up_shortens_are_written_into_at_its_line():
    seen = trace("emb = nn.Embedding(3, 2, max_norm=0.1)\ny = emb(torch.tensor([1]))")
    (writes,) = [one for one in seen.operations if one.in_place and one.span.line == 2]
    assert writes.outputs == (tensor(seen, "emb.weight").id,)
    assert writes.text == "embedding_renorm_ in emb(torch.tensor([1]))"


def test_a_span_of_several_lines_in_a_source_that_is_not_ascii():
    seen = trace(
        "größe = torch.tensor(2.0, requires_grad=True); ñ = größe * größe\nz = (ñ\n     + größe)\nz.backward()"
    )
    assert [cut(seen, one.span) for one in seen.operations[1:]] == ["größe * größe", "ñ\n     + größe"]


def test_the_same_seed_gives_the_same_numbers():
    source = "import random, numpy\nx = torch.randn(3)\ny = torch.tensor(random.random() + numpy.random.rand())"
    first, again, other = trace(source), trace(source), trace(source, seed=1)
    assert [one.value for one in first.tensors] == [one.value for one in again.tensors]
    assert all(one.value != two.value for one, two in zip(first.tensors, other.tensors, strict=True))


def test_large_tensors_are_summarised_and_strange_ones_do_no_harm():
    seen = trace(
        """
        x = torch.full((100,), float("nan"), requires_grad=True)
        s = torch.eye(2).to_sparse()
        c = torch.tensor([1 + 2j])
        m = torch.ones(3, device="meta")
        e = torch.empty(0)
        b = torch.tensor(2**62)
        f = torch.func.grad(lambda a: a ** 2)(torch.tensor(3.0))
        """,
        "x", "s", "c", "m", "e", "b", "f",
    )  # fmt: skip
    assert seen.outcome == Finished()
    assert tensor(seen, "x").value.summary.numel == 100
    assert numbers(tensor(seen, "s").value) == (1.0, 0.0, 0.0, 1.0)
    assert (numbers(tensor(seen, "e").value), tensor(seen, "m").value.data) == ((), None)
    assert numbers(seen.find("f").value) == 6.0


def test_numbers_of_other_libraries_and_lazy_layers_do_no_harm():
    seen = trace(
        """
        import numpy
        x = torch.ones(2, requires_grad=True)
        y = numpy.float64(2.0) * x
        layer = nn.LazyLinear(1)
        """,
        "numpy.float64(2.0)",
        "10**400",
    )
    assert seen.outcome == Finished()
    assert [numbers(one.value) for one in seen.found] == [2.0, float("inf")]
    assert encode(seen)


def _long(turns: int) -> str:
    return f"x = torch.tensor(1.0, requires_grad=True)\ny = x\nfor _ in range({turns}):\n    y = y + 0\ny.backward()"


def test_a_graph_too_large_is_not_recorded_but_the_program_ends_and_its_gradient_is_true(monkeypatch):
    monkeypatch.setattr(state, "MOST_NODES", 500)
    seen = trace(_long(600))
    assert seen.outcome == Finished()
    assert len(seen.nodes) <= 500
    assert seen.passes == ()
    assert len(seen.notes) == 1
    assert numbers(seen.find("x.grad").value) == 1.0


@pytest.mark.battery
@pytest.mark.parametrize("turns", [MOST_NODES - 10, MOST_NODES + 10, 5 * MOST_NODES])
def test_the_largest_graphs_end_without_a_crash(turns):
    seen = trace(_long(turns), limits=Limits(seconds=60))
    assert seen.outcome == Finished()
    assert len(seen.passes) == (1 if turns < MOST_NODES else 0)
    assert numbers(seen.find("x.grad").value) == 1.0


def test_anomaly_mode_shows_the_program_s_own_lines_alone():
    source = X + "with torch.autograd.detect_anomaly():\n    y = torch.sqrt(x - 3) * 0\n    y.backward()\n"
    told = [one.text for one in trace(source).warnings if "Traceback" in one.text]
    assert len(told) == 1
    assert told[0].count('File "') == 1
    assert 'File "<exercise>", line 3' in told[0]
