import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograd_tutor.sandbox.client import Sandbox

MARK = "AUTOGRAD_TUTOR_TEST_MARK"


def marked(mark: str) -> list[int]:
    """The processes that inherited `mark`, zombies aside (they have no environment)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if f"{MARK}={mark}\0".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


class Watched:
    """A sandbox whose processes are marked, so that they can be counted."""

    def __init__(self, mode: str) -> None:
        self.mark = uuid.uuid4().hex
        os.environ[MARK] = self.mark
        self.mode = mode
        self.sandbox = Sandbox(mode)
        self.sandbox.versions()
        self.at_rest = 5 if mode == "fork" else 2
        """Processes without any run: the parent and two pairs of supervisor and child; or one pair."""

    def processes(self) -> list[int]:
        return marked(self.mark)

    def settled(self, seconds: float = 5.0) -> bool:
        """Nothing but what is there at rest remains."""
        give_up = time.monotonic() + seconds
        calm = 0
        while time.monotonic() < give_up and calm < 2:
            calm = calm + 1 if len(self.processes()) == self.at_rest else 0
            time.sleep(0.05)
        return calm == 2


@pytest.fixture(scope="module")
def watched(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A marked sandbox, in the mode of --sandbox or of the test's own parameter."""
    if sys.platform != "linux":
        pytest.skip("processes are counted in /proc")
    mode = getattr(request, "param", None) or request.config.getoption("--sandbox")
    watched = Watched(mode)
    yield watched
    watched.sandbox.close()
    os.environ.pop(MARK, None)


@pytest.fixture
def gone() -> Callable[[str, float], bool]:
    """Whether all processes with a mark end within some seconds."""

    def wait(mark: str, seconds: float) -> bool:
        give_up = time.monotonic() + seconds
        while marked(mark):
            if time.monotonic() > give_up:
                return False
            time.sleep(0.05)
        return True

    return wait
