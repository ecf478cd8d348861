from collections.abc import Callable
from pathlib import Path

import pytest

from autograd_tutor.authoring.check import Report, check
from autograd_tutor.sandbox.client import Sandbox


@pytest.fixture
def checked(tmp_path: Path, sandbox: Sandbox) -> Callable[[str], Report]:
    """Checks a lesson with one exercise, given its fields as YAML."""

    def run(exercise: str) -> Report:
        path = tmp_path / "lesson.yaml"
        fields = "\n".join(f"    {line}" for line in exercise.strip().splitlines())
        path.write_text(
            f"format: 1\nid: mine\nnumber: 1\ntitle: T\ngoals: [g]\nexercises:\n  - id: one\n    title: T\n{fields}\n",
            encoding="utf-8",
        )
        return check([path], sandbox)

    return run
