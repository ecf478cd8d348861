"""A confined program can read no secret, change nothing, reach nobody: seen from inside and from outside."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from escapes_kernel import ATTEMPTS, Attempt
from outside import VARIABLE, Outside

from autograd_tutor.sandbox import confinement
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Limits
from autograd_tutor.trace import Stopped

pytestmark = pytest.mark.skipif(
    bool(confinement.layers().lacking), reason="; ".join(confinement.layers().lacking) or "all layers are there"
)

ALONE = [(name, layer) for name, attempt in ATTEMPTS.items() for layer in attempt.alone]


class Observer:
    """Runs attempts in a world of their own, which is made anew when one has changed it."""

    def __init__(self, sandbox: Sandbox, token: str, folder: Callable[[str], Path]) -> None:
        self.sandbox = sandbox
        self.token = token
        self.folder = folder
        self.world = Outside(folder("world"), token)

    def run(self, attempt: Attempt, **how: object) -> tuple[str, str]:
        """What the attempt printed of itself or of the secret, and what it changed outside. Both empty: it failed."""
        trace = self.sandbox.run(Job(self.world.fill(attempt.source), explain=False, **how)).trace
        if isinstance(trace.outcome, Stopped):
            assert trace.outcome.reason in ("processes", "memory"), trace.outcome
        changes = self.world.changes()
        if changes:
            self.world.close()
            self.world = Outside(self.folder("world"), self.token)
        return "".join(sign for sign in ("GOT", self.token) if sign in trace.printed), changes


@pytest.fixture(scope="module")
def observer(tmp_path_factory) -> Iterator[Observer]:
    """One whose sandbox has a secret in its environment."""
    token = uuid.uuid4().hex
    os.environ[VARIABLE] = token
    with Sandbox() as sandbox:
        observer = Observer(sandbox, token, tmp_path_factory.mktemp)
        yield observer
        observer.world.close()
    del os.environ[VARIABLE]


@pytest.mark.parametrize("name", ATTEMPTS)
def test_no_attempt_succeeds(observer, name):
    assert observer.run(ATTEMPTS[name], confined=True) == ("", "")


@pytest.mark.parametrize(
    ("name", "layer"), [pytest.param(*one, marks=[pytest.mark.battery] * (at % 8 > 0)) for at, one in enumerate(ALONE)]
)
def test_each_layer_stops_its_own_attempts_alone(observer, name, layer):
    assert observer.run(ATTEMPTS[name], confined=True, layers=(layer,)) == ("", "")


@pytest.mark.battery
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="some attempts need root")
@pytest.mark.parametrize("name", [name for name, attempt in ATTEMPTS.items() if attempt.live])
def test_the_attempts_are_real(observer, name):
    printed, _ = observer.run(ATTEMPTS[name], limits=Limits(processes=20))
    assert "GOT" in printed
