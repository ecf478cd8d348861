"""The Jacobians of a program's steps, as `explain` tells them."""

from __future__ import annotations

SOFTMAX = """\
import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
w = torch.tensor([4., 5., 6.])
z = (torch.softmax(x, 0) * w).sum()
z.backward()
"""
LAYER = """\
import torch
X = torch.tensor([[1., 2.], [3., 4.], [5., 6.]])
W = torch.tensor([[1., 2., 3.], [4., 5., 6.]], requires_grad=True)
b = torch.tensor([0.5, 1., -1.], requires_grad=True)
loss = (X @ W + b).mean()
loss.backward()
"""


def test_json_has_a_small_one_whole_and_it_times_what_arrived_is_what_goes_on(tutor):
    steps = tutor("explain", "-", "--json", stdin=SOFTMAX).json["targets"]["x.grad"]["steps"]
    assert [step["jacobian"] and step["jacobian"]["structure"] for step in steps] == [
        None,
        "one row",
        "diagonal",
        "dense",
    ]
    given = steps[-1]["jacobian"]
    assert given["shape"] == [3, 3]
    assert given["inputs"] == ["x[0]", "x[1]", "x[2]"]
    assert given["upstream"] == steps[-1]["upstream"] == [4, 5, 6]
    for column, sent in enumerate(steps[-1]["contribution"]):
        product = sum(came * row[column] for came, row in zip(given["upstream"], given["rows"], strict=True))
        assert abs(product - sent) < 1e-6


def test_json_names_the_structure_of_a_large_one(tutor):
    targets = tutor("explain", "-", "--json", stdin=LAYER).json["targets"]
    product, bias = (targets[name]["steps"][-1]["jacobian"] for name in ("W.grad", "b.grad"))
    assert (product["structure"], product["shape"], product["rows"]) == ("block diagonal", [9, 6], None)
    assert (bias["structure"], bias["shape"], bias["upstream"]) == ("stretched", [9, 3], None)


def test_text_draws_the_small_one(tutor):
    text = tutor("explain", "-", stdin=SOFTMAX).out
    assert "dense: each element of softmax(x, 0) sees every element of x." in text
    assert [line.split() for line in text.split("\n") if line.endswith("│")][1:4] == [
        ["1", "[0]", "│", "4", "·", "·", "│"],
        ["1", "[1]", "│", "·", "5", "·", "│"],
        ["1", "[2]", "│", "·", "·", "6", "│"],
    ]
    assert "G·J goes on    −0.1418   −0.1408    0.2826" in text


def test_broadcasting_mean_and_matmul_say_what_they_do_to_the_gradient(tutor):
    text = tutor("explain", "-", stdin=LAYER).out
    assert "all 1/9: loss is a single number that sees all of" in text
    assert "b, (3,), was stretched to (3, 3) for" in text
    assert "gradients are summed over axis 0." in text
    assert "each column of X @ W sees only its own column of W; 3 blocks of 3×2, all the same." in text
    assert "[[1, 3, 5], · [[0.1111, 0.1111, 0.1111]," in text


def test_a_product_of_large_matrices_tells_their_shapes(tutor):
    source = "import torch\nA = torch.ones(20, 30, requires_grad=True)\n(A @ torch.ones(30, 10)).sum().backward()\n"
    assert "(20, 10) · (10, 30) = (20, 30)" in tutor("explain", "-", stdin=source).out
