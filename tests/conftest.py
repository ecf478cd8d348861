"""What all rooms' tests share: one warm sandbox, and the option to run it without fork."""

from collections.abc import Iterator

import pytest

from autograd_tutor.sandbox.client import Sandbox


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sandbox",
        choices=("fork", "spawn"),
        default="fork",
        help="how the sandbox gets its processes: forked from a warm parent, or started afresh for each run",
    )


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox for the whole session, in the mode of --sandbox."""
    with Sandbox(request.config.getoption("--sandbox")) as sandbox:
        yield sandbox
