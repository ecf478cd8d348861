"""What the batteries over torch's operator database share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
import torch


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One is enough for small tensors; torch.manual_seed writes a stack trace for each kind of device that lacks."""
    monkeypatch.setattr(torch, "manual_seed", torch.default_generator.manual_seed)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings(action="ignore"):
        yield
    torch.set_num_threads(threads)
