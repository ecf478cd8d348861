from __future__ import annotations

from collections.abc import Callable

import pytest
from telling import Told


@pytest.fixture(scope="session")
def told() -> Callable[..., Told]:
    return Told
