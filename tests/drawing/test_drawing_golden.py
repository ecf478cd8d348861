"""Pictures as they look: golden/NAME.txt holds a program and its pictures, to be read and compared by eye."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import ALL, traced

from autograd_tutor.drawing.picture import picture

GOLDEN = Path(__file__).parent / "golden"
NAMES = (
    "square",
    "fork",
    "product",
    "loss",
    "mean",
    "loop",
    "long-loop",
    "copy",
    "cut",
    "residual",
    "crossed",
    "twice",
)


def page(name: str) -> str:
    trace = traced(ALL[name])
    pictures = {
        "before the prediction, 76 columns": picture(trace, width=76, phase="before"),
        "after it, 76 columns": picture(trace, width=76, phase="after"),
        "after it, as a list of 34 columns": picture(trace, width=34, phase="after", style="list"),
    }
    parts = [ALL[name], *(f"── {title}\n{drawn.text()}\n" for title, drawn in pictures.items())]
    return "\n".join(parts)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_look_as_they_did(name: str) -> None:
    assert page(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
