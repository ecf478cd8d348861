from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = (Path(__file__).parent / "good.yaml").read_text(encoding="utf-8")


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
