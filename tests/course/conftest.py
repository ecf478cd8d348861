from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = """\
format: 1
id: demo
number: 3
title: A demonstration
goals:
  - See a whole lesson

exercises:
  - id: first
    title: The first
    prose: |
      A square.

      At `x`.
    code: |
      x = torch.tensor($x, requires_grad=True)
      y = x**2
      y.backward()
    parameters:
      x: [3.0, -1.5]
    questions:
      - target: x.grad
    hints:
      - A nudge
      - Nearly all of it
    mistakes:
      - tag: cubed
        replace: x**2
        by: x**3
        words: Which power is it?
    experiments:
      - change: {x: 5.0}
      - no_grad: 2
    links:
      - https://pytorch.org/docs/stable/autograd.html

  - id: second
    title: The second
    prose: Just a sum.
    code: |
      a = torch.tensor(2.0)

      b = a + 1
    questions:
      - target: b
    hints: [Add]
"""


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a lesson file, and gives its path."""

    def written(text: str | bytes) -> Path:
        path = tmp_path / "lesson.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return written
