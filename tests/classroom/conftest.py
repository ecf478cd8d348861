"""What this folder's tests share: a class that is served for all tests of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory, request) -> Iterator[Served]:
    """A class with a roster: the names in the file's NAMES."""
    with Served(tmp_path_factory.mktemp("class"), request.module.NAMES) as served:
        yield served
