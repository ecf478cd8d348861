"""What ran in one call of a module is a group in the picture."""

from __future__ import annotations

from programs import traced

from autograd_tutor.drawing.picture import picture

LINES = "".join(f"        x = self.parts[{at}](x)\n" for at in range(8))
BLOCK = f"""\
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([nn.Linear(2, 2) for _ in range(8)])

    def forward(self, x):
{LINES}        return x + 1
"""
NET = f"""{BLOCK}
net = nn.ModuleDict({{"one": Block(), "two": Block(), "three": Block()}})
h = net["one"](torch.ones(1, 2))
h = net["two"](h) * net["three"](h)
loss = h.sum()
loss.backward()
"""
PAIR = f"""{BLOCK}
block = Block()
loss = block(block(torch.ones(1, 2))).sum()
loss.backward()
"""
LAYERS = """\
model = nn.Sequential(*[part for _ in range(8) for part in (nn.Linear(2, 2), nn.Tanh())])
loss = model(torch.ones(1, 2)).sum()
loss.backward()
"""


def after(source: str, width: int = 100, **more: object) -> str:
    return picture(traced(source), width=width, phase="after", **more).text()  # type: ignore[arg-type]


def test_a_large_graph_has_a_box_for_each_call_of_a_module() -> None:
    drawn = picture(traced(NET), width=100, phase="after")
    assert drawn.style == "boxes"
    for name in ("one", "two", "three"):
        assert f"net['{name}'] · Block" in drawn.text()
    assert "parts" not in drawn.text()


def test_a_modules_box_stands_for_all_of_its_nodes() -> None:
    trace = traced(NET)
    addmm = [node.id for node in trace.nodes if node.name == "AddmmBackward0"]
    for node in (addmm[0], addmm[-1]):
        chosen = picture(trace, width=100, phase="after", stop=Chosen(node))
        assert "┏" in chosen.text()


def test_what_a_module_is_given_stays_outside_its_box() -> None:
    assert "torch.ones(1, 2)" in after(NET)


def test_a_list_has_headings_and_the_second_call_says_so() -> None:
    lines = after(PAIR, style="list").splitlines()
    headings = [line for line in lines if line.startswith("──")]
    assert headings == ["── block · Block", "── block · Block, call 2", "──"]
    assert "loss = …" not in lines[lines.index("── block · Block, call 2")]


def test_no_headings_where_no_module_has_several_operations() -> None:
    source = "lin = nn.Linear(1, 1)\nloss = lin(torch.ones(1, 1)).sum()\nloss.backward()\n"
    assert "──" not in after(source, style="list")


def test_repeated_layers_are_modules_and_no_rounds() -> None:
    drawn = after(LAYERS, 140)
    assert "⋮ 12 modules more" in drawn
    assert "rounds" not in drawn
    assert "linear in model[0]" in drawn
    assert "tanh in model[15]" in drawn


def test_a_box_too_narrow_for_the_way_to_a_module_shows_its_end() -> None:
    assert "linear in model[0]" in after(LAYERS, 140)
    assert "linear in …[0]" in after(LAYERS, 100)


def test_copies_of_fresh_weights_are_not_drawn() -> None:
    source = "import copy\nlin = copy.deepcopy(nn.Linear(1, 1))\nloss = lin(torch.ones(1, 1)).sum()\nloss.backward()\n"
    for phase in ("before", "after"):
        drawn = picture(traced(source), width=100, phase=phase).text()  # type: ignore[arg-type]
        assert "clone" not in drawn
        assert "loss" in drawn


def test_headings_tell_nothing_before_the_prediction() -> None:
    frozen = PAIR.replace("block = Block()", "block = Block().requires_grad_(False)")
    drawn = [picture(traced(one), width=100, phase="before", style="list").text() for one in (PAIR, frozen)]
    assert [line for line in drawn[0].splitlines() if line.startswith("──")] == [
        line for line in drawn[1].splitlines() if line.startswith("──")
    ]


class Chosen:
    """A stop at one node."""

    def __init__(self, node: int) -> None:
        self.node, self.edge, self.arithmetic = node, None, ""
