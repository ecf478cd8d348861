"""Operations know the module call that they ran in, by the names that the program's end has for modules."""

from __future__ import annotations

import torch
from recorded import trace

from autograd_tutor.trace import Trace, module_call

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 3)
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Tanh()])

    def forward(self, x):
        x = self.fc1(x).relu()
        for layer in self.layers:
            x = layer(x)
        return x
"""
USED = f"{NET}\nmodel = Net()\nloss = model(torch.ones(1, 2)).sum()\nloss.backward()\n"


def groups(seen: Trace) -> list[tuple[str, str | None]]:
    """Each operation that has nodes, and its module."""
    called = {one.id: one.module for one in seen.calls}
    return [(one.name, called.get(one.call)) for one in seen.operations if one.nodes]


def test_each_operation_is_in_its_innermost_module():
    seen = trace(USED)
    assert groups(seen) == [
        ("linear", "model.fc1"),
        ("relu", "model"),
        ("linear", "model.layers[0]"),
        ("tanh", "model.layers[1]"),
        ("sum", None),
    ]
    assert [(one.module, one.kind, one.parent) for one in seen.calls][:2] == [
        ("model", "Net", None),
        ("model.fc1", "Linear", 0),
    ]


def test_nodes_have_their_operations_module_and_leaves_have_none():
    seen = trace(USED)
    for node in seen.nodes:
        call = module_call(seen, node)
        assert (call is None) == (node.kind == "accumulate" or node.name == "SumBackward0")


def test_operations_of_a_modules_own_code_are_told_by_the_module():
    seen = trace("model = nn.Sequential(nn.Linear(1, 1), nn.Tanh())\ny = model(torch.ones(1))")
    assert [one.text for one in seen.operations if one.call is not None] == ["linear in model[0]", "tanh in model[1]"]
    tanh = next(one for one in seen.operations if one.name == "tanh")
    assert tanh.inputs[0].text == seen.tensors[tanh.inputs[0].tensor].label == "linear in model[0]"
    assert {one.text for one in seen.nodes if one.operation == tanh.id} == {"tanh in model[1]"}


def test_called_twice_is_one_group_with_two_calls():
    seen = trace("cell = nn.Linear(1, 1)\ny = cell(cell(torch.ones(1)))")
    assert [(one.module, one.repeat) for one in seen.calls] == [("cell", 0), ("cell", 1)]


def test_what_no_name_reaches_goes_by_its_class():
    seen = trace(f"{NET}\ny = Net()(torch.ones(1, 2)) + nn.Sigmoid()(torch.ones(1))")
    assert [one.module for one in seen.calls] == [
        "Net",
        "Net.fc1",
        "Net.layers[0]",
        "Net.layers[1]",
        "Sigmoid",
    ]


def test_a_module_that_raises_is_left():
    seen = trace("""
        class Bad(nn.Module):
            def forward(self, x):
                raise ValueError("no")
        try:
            Bad()(torch.ones(1))
        except ValueError:
            pass
        w = torch.ones(1, requires_grad=True)
        y = w * 2
    """)
    assert [one.kind for one in seen.calls] == ["Bad"]
    assert seen.operations[-1].call is None


def test_threads_leave_the_main_programs_modules_alone():
    seen = trace("""
        import threading
        done, go = threading.Event(), threading.Event()
        class Slow(nn.Module):
            def forward(self, x):
                done.set()
                go.wait(5)
                return x
        thread = threading.Thread(target=lambda: Slow()(torch.ones(1)))
        thread.start()
        done.wait(5)
        w = torch.ones(1, requires_grad=True)
        y = w * 2
        go.set()
        thread.join()
    """)
    assert seen.calls == ()
    assert all(one.call is None for one in seen.operations)


def test_nothing_is_left_in_torch():
    before = torch.nn.Module.__call__
    trace(USED)
    trace("nn.Linear(1, 1)(torch.ones(2))")
    assert torch.nn.Module.__call__ is before


def test_a_program_without_modules_has_no_groups():
    seen = trace("x = torch.tensor(1.0, requires_grad=True)\ny = x * 2")
    assert (seen.calls, seen.operations[-1].call) == ((), None)
