"""Finite differences: the slope from running the program again, and when not to trust it."""

import math

import pytest

from autograd_tutor.explanation import Differences
from autograd_tutor.recording.differences import differences
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job


def of(source: str, target: str = "x.grad", seconds: float = 1.0) -> Differences:
    return differences(record(Job(source, prelude=True, targets=(target,))), target, seconds)


def leaf(value: str, line: str) -> str:
    return f"x = torch.tensor({value}, requires_grad=True)\n{line}\n"


@pytest.mark.parametrize(
    ("value", "line", "slope"),
    [
        ("4.0", "torch.sin(x ** 2).backward()", 8 * math.cos(16)),
        ("0.001", "(1 / x).backward()", -1e6),
        ("250.0", "torch.log(x).backward()", 1 / 250),
        ("0.0", "torch.exp(3 * x).backward()", 3.0),
        ("-2.5", "(x ** 3 - 4 * x).backward()", 14.75),
    ],
)
def test_smooth_functions_to_six_digits(value, line, slope):
    x = float(value)
    rounded = {"0.001": -1 / (0.0010000000474974513**2)}.get(value, slope)
    found = of(leaf(value, line))
    assert found.note is None, x
    assert found.central.data[0] == pytest.approx(rounded, rel=1e-6)


def test_a_tensor_detached_in_place_is_held_too():
    found = of(leaf("3.0", "y = x * 2\ny.detach_()\nz = y * x\nz.backward()"))
    assert found.central.data[0] == pytest.approx(6, rel=1e-6)


def test_a_detached_value_is_held_and_the_uncut_slope_stands_beside():
    found = of(leaf("3.0", "y = x ** 2\nz = x * y.detach() + y\nz.backward()"))
    assert found.central.data[0] == pytest.approx(15, rel=1e-6)
    assert found.uncut.data[0] == pytest.approx(33, rel=1e-6)


def test_without_a_cut_there_is_no_second_slope():
    assert of(leaf("3.0", "(x * x).backward()")).uncut is None


def test_passes_since_the_last_reset_add_up_with_their_seeds():
    source = leaf("[1.0, 2.0]", "(x ** 2).sum().backward()\nx.grad.zero_()")
    source += "(x ** 2).backward(torch.tensor([1.0, 10.0]))\n(3 * x).sum().backward()\n"
    assert of(source).central.data == pytest.approx((5, 43), rel=1e-6)


def test_a_leaf_that_an_update_moved_shifts_as_a_whole():
    source = leaf("3.0", "(x ** 2).backward()\nwith torch.no_grad():\n    x -= 0.1 * x.grad\n(x ** 2).backward()")
    assert of(source).central.data[0] == pytest.approx(6 + 4.8, rel=1e-6)


def test_an_edit_in_place_is_replayed_on_a_copy():
    source = leaf("[1.0, 2.0]", "y = x.clone()\ny[0] = 7.0\ny.mul_(3)\n(y ** 2).sum().backward()")
    assert of(source).central.data == pytest.approx((0, 36), abs=1e-6)


def test_what_raised_because_nothing_was_tracked_has_only_an_uncut_slope():
    found = of(leaf("2.0", "z = x.detach()\n(z ** 2).backward()"))
    assert found.central is None
    assert found.uncut.data[0] == pytest.approx(4, rel=1e-6)


def test_dropout_drops_the_same_elements_again():
    source = "torch.manual_seed(1)\n" + leaf("[1.0, 2.0, 3.0, 4.0]", "F.dropout(x ** 2, 0.5, True).sum().backward()")
    recording = record(Job(source, prelude=True, targets=("x.grad",)))
    found = differences(recording, "x.grad")
    assert found.note is not None or found.central.data == pytest.approx(recording.trace.found[0].value.data, rel=1e-6)


def test_a_cell_s_dropout_drops_the_same_elements_again():
    source = "cell = nn.LSTM(2, 2, num_layers=2, dropout=0.5)\n" + leaf(
        "[[1.0, 2.0], [3.0, 4.0]]", "cell(x)[0].square().sum().backward()"
    )
    recording = record(Job(source, prelude=True, targets=("x.grad",)))
    found = differences(recording, "x.grad")
    assert found.note is None
    assert found.central.data == pytest.approx(recording.trace.found[0].value.data, rel=1e-3)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (leaf("0.0", "torch.relu(x).backward()"), "kink"),
        (leaf("2.0", "x.abs().backward()\n(x - 2.0).abs().backward()"), "kink"),
        (leaf("1.0", "torch.where(x > 1, x ** 2, x).backward()"), "comparison"),
        (leaf("1 + 2j", "(x * x.conj()).real.backward()"), "complex"),
        ("x = torch.ones(65, requires_grad=True)\nx.sum().backward()\n", "64"),
        (leaf("2.0", "torch.distributions.Gamma(x, 1.0).rsample().backward()"), "distribution"),
        (leaf("1.0", "torch.log(1 - torch.clamp(torch.sigmoid(20 * x), 1e-8, 1 - 1e-8)).backward()"), "float64"),
    ],
)
def test_where_they_are_not_to_be_trusted_it_says_why(source, word):
    assert word in of(source).note


def test_out_of_time_it_says_so():
    found = of(leaf("[1.0, 2.0]", "x.sum().backward()"), seconds=0.0)
    assert found.central is None
    assert "too long" in found.note


def test_a_weight_filled_under_no_grad_is_no_cut_of_the_gradient():
    source = leaf("3.0", "with torch.no_grad():\n    x.fill_(2.0)\n(x ** 2).backward()")
    found = of(source)
    assert found.central.data[0] == pytest.approx(4, rel=1e-6)
    assert found.uncut is None


def test_at_a_pole_there_are_none() -> None:
    found = differences(
        record(Job("import torch\nx = torch.tensor(0., requires_grad=True)\n(1 / x).backward()\n")), "x.grad"
    )
    assert found.central is None
    assert "not finite here" in found.note


def test_across_a_change_of_shape_there_are_none() -> None:
    source = "import torch\nw = torch.ones(2, 2, requires_grad=True)\nw.data = w.data[0]\n(w ** 2).sum().backward()\n"
    found = differences(record(Job(source)), "w.grad")
    assert found.central is None
    assert "another shape" in found.note
