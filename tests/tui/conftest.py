"""A real sandbox, shared by the room's tests, and the services of an app."""

from __future__ import annotations

import time

import pytest
from screenplay import Kept, Shared

from autograd_tutor.course.load import lessons
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.tui.services import Services


@pytest.fixture(scope="session")
def shared(sandbox: Sandbox) -> Shared:
    return Shared(sandbox)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def services(shared: Shared, kept: Kept) -> Services:
    return Services(shared, lessons, lambda: kept, time.monotonic)
