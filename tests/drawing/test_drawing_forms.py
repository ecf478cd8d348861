"""Other forms of a picture: SVG, ASCII, two beside each other; and moving about in one."""

from __future__ import annotations

import re
import xml.etree.ElementTree as tree

import pytest
from programs import ALL, CUT, FORK, LOSS, SINE, traced

from autograd_tutor.drawing.ascii import ascii_only
from autograd_tutor.drawing.canvas import arms
from autograd_tutor.drawing.moves import at, find, neighbour
from autograd_tutor.drawing.picture import picture
from autograd_tutor.drawing.sidebyside import pair
from autograd_tutor.drawing.svg import WIDTH, svg

SVG = "{http://www.w3.org/2000/svg}"
LEVEL = re.compile(r"M([\d.]+) ([\d.]+)L([\d.]+) \2(?!\d)")


@pytest.mark.parametrize("name", ["sine", "loss", "cut", "long-loop"])
def test_svg_is_well_formed_and_says_what_it_shows(name: str) -> None:
    root = tree.fromstring(svg(traced(ALL[name])))
    assert root.find(f"{SVG}title") is not None
    description = root.findtext(f"{SVG}desc") or ""
    drawn = picture(traced(ALL[name]), width=140, phase="after")
    assert all(box.name in description for box in drawn.placed)
    words = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert not any(any(arms(character)) for word in words for character in word)
    assert sum(len("".join(word.split())) for word in words) == sum(
        not any(arms(character)) for character in "".join(drawn.text().split())
    )


def test_svg_asks_nothing_of_a_converter_that_not_all_can_do() -> None:
    text = svg(traced(ALL["cut"]))
    light, dark = text.split("@media (prefers-color-scheme:dark)")
    assert "var(" not in text
    root = tree.fromstring(text)
    for element in (*root.iter(f"{SVG}text"), *root.iter(f"{SVG}path"), *root.iter(f"{SVG}rect")):
        rule = f"{element.tag.removeprefix(SVG)}.{element.get('class')}{{"
        assert rule in light
        assert rule in dark
    dashed = [path.get("d") or "" for path in root.iter(f"{SVG}path") if path.get("stroke-dasharray")]
    lengths = [(float(end) - float(start)) / WIDTH for one in dashed for start, _, end in LEVEL.findall(one)]
    assert max(lengths) > 4, "a dashed frame's upper side is one line, in which the dashes are even"


def test_svg_escapes_what_a_learner_wrote() -> None:
    source = "x = torch.tensor(2.0, requires_grad=True)\ny = x * (3 < 4) * len('&<b>')\ny.backward()\n"
    assert "<b>" in (tree.fromstring(svg(traced(source))).findtext(f"{SVG}desc") or "")


@pytest.mark.parametrize("name", ALL)
def test_ascii_keeps_every_place(name: str) -> None:
    drawn = picture(traced(ALL[name]), width=76, phase="after")
    plain = ascii_only(drawn)
    assert plain.text().isascii()
    assert [len(line) for line in plain.text().splitlines()] == [len(line) for line in drawn.text().splitlines()]
    assert plain.placed == drawn.placed


def test_walking_from_the_loss_to_a_leaf_and_back() -> None:
    drawn = picture(traced(SINE), width=76, phase="after")
    here = neighbour(drawn, None, "up")
    names = []
    for way in ("up", "up", "up", "down"):
        found = find(drawn, here)
        assert found is not None
        names.append(found.name)
        here = neighbour(drawn, here, way)  # type: ignore[arg-type]
    assert names == ["z = sin(y)", "y = x ** 2", "x", "x"]


def test_walking_sideways_stays_in_the_layer() -> None:
    drawn = picture(traced(FORK), width=76, phase="after")
    x, y = (next(box for box in drawn.placed if box.name == name) for name in "xy")
    assert neighbour(drawn, x.ref, "right") == y.ref
    assert neighbour(drawn, y.ref, "right") == y.ref
    assert neighbour(drawn, y.ref, "left") == x.ref


@pytest.mark.parametrize("style", ["boxes", "list"])
def test_a_click_finds_its_box(style: str) -> None:
    drawn = picture(traced(LOSS), width=90, phase="after", style=style)  # type: ignore[arg-type]
    for box in drawn.placed:
        assert at(drawn, box.column + 2, box.row + box.height // 2) == box.ref
    assert at(drawn, 500, 1) is None
    assert at(drawn, 1, 500) is None


def test_two_graphs_beside_each_other() -> None:
    both = pair(traced(SINE), traced(CUT), 100)
    assert both.left.height == both.right.height
    assert both.beside().width <= 100
    left, right = both.left.text().splitlines(), both.right.text().splitlines()
    for name in ("x ", "y = x", "z = sin"):
        rows = [[at for at, line in enumerate(side) if line.strip("≠+┆ ").startswith(name)] for side in (left, right)]
        assert rows[0] == rows[1] != []
    assert any("+" in line and "y.detach()" in line for line in right)
    assert any("≠" in line and "grad None" in line for line in right)
    assert not any("≠" in line and "x ** 2" in line for line in right)


def test_a_graph_beside_itself_has_no_marks() -> None:
    text = pair(traced(LOSS), traced(LOSS), 120).right.text()
    assert not any(line.startswith(("≠", "+")) for line in text.splitlines())
