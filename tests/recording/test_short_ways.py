"""The recorder's short ways, for what is usual, tell the same as its long ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace
from recorded import numbers, trace

from autograd_tutor.recording import backward, usual
from autograd_tutor.trace import encode

TABLE = yaml.safe_load((Path(__file__).parent / "confusions.yaml").read_text(encoding="utf-8"))
PROGRAMS = {case["name"]: case["code"] for case in TABLE[::5]} | {
    "edges that meet": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
((y + y.sin()) * y).sum().backward()
""",
    "several outputs": """
x = torch.ones(3, requires_grad=True)
a, b, c = x.exp().unbind()
(a * c).backward()
""",
    "one output of two": """
x = torch.ones(4, 2, requires_grad=True)
a, b = x.sin().chunk(2)
b.sum().backward()
""",
    "a root that an edge feeds too": """
x = torch.tensor(2.0, requires_grad=True)
y = x.exp()
torch.autograd.backward([y, y.sin()])
""",
    "a leaf as the root": """
x = torch.tensor(2.0, requires_grad=True)
x.backward()
(x * x).backward()
""",
    "a gradient that is retained": """
x = torch.ones(2, requires_grad=True)
y = x.tanh()
y.retain_grad()
(y * y).sum().backward()
""",
    "a graph of the gradient": """
x = torch.tensor(3.0, requires_grad=True)
(x.sin() * x).backward(create_graph=True)
x.grad.exp().backward()
""",
    "layers": """
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
model(torch.ones(4, 2)).mean().backward()
""",
    "an error while gradients are on their way": """
x = torch.tensor(1.0, requires_grad=True)
a, b = x.exp(), x.sin()
y = a.cos() * b.exp()
a.zero_()
y.backward()
""",
    "a graph half of which is freed": """
x = torch.tensor(1.0, requires_grad=True)
a = x.exp()
a.backward()
(a + x.sin()).backward()
""",
    "a loop of passes": """
x = torch.ones(2, requires_grad=True)
for _ in range(20):
    y = (x.sigmoid() ** 2).sum()
    y.backward()
""",
}


def told(program: str) -> bytes:
    """Without warnings, of which torch gives some but once."""
    seen = trace(program)
    return encode(replace(seen, events=tuple([one for one in seen.events if one.kind != "warning"])))


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_short_ways_tell_the_same_as_the_long_ones(name: str, monkeypatch: pytest.MonkeyPatch):
    short = told(PROGRAMS[name])
    monkeypatch.setattr(backward, "quiet", lambda state, handles: False)
    monkeypatch.setattr(usual, "now", lambda state: False)
    assert told(PROGRAMS[name]) == short


def test_a_leaf_is_given_its_gradient_as_it_is_without_the_recorder():
    source = "x = torch.ones(3, requires_grad=True)\n(x.sin() * 2).sum().backward()\nversion = x.grad._version"
    assert [one.value.data for one in trace(source, "version").found if one.value] == [(0,)]


@pytest.mark.parametrize("how", ["F.relu(y, inplace=True)", "nn.ReLU(inplace=True)(y)", "torch.exp(y * 0, out=y)"])
def test_what_a_tensor_was_is_told_also_where_a_function_that_seldom_writes_is_asked_to(how: str):
    source = f"x = torch.tensor([-1.0, 2.0])\ny = x * 1\n{how}\n"
    made = [numbers(one.values[0]) for one in trace(source).operations if one.name == "mul"]
    assert made[0] == (-1.0, 2.0)
