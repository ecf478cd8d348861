"""The kernel exempts root from some limits; the sandbox holds for root (elsewhere here) and for others."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STORY = """
import sys
sys.path.insert(0, {here!r})
from conftest import Watched
from hostile import HARMLESS, PROGRAMS, kind
watched = Watched("fork")
for name in ("forks for ever", "forks for ever from a shell", "leaves a grandchild behind that it may start",
             "allocates 40 GB of list",
             "kills its parent and leaves a grandchild", "leaves threads behind"):
    outcome = watched.sandbox.run(PROGRAMS[name].job).trace.outcome
    assert kind(outcome) in PROGRAMS[name].outcomes, (name, outcome)
    assert kind(watched.sandbox.run(HARMLESS).trace.outcome) == "finished", name
    assert watched.settled(), (name, watched.processes())
watched.sandbox.close()
print("held")
"""

AS_NOBODY = (
    "setpriv --reuid 65534 --regid 65534 --clear-groups"
    " --inh-caps -all,+dac_read_search --ambient-caps +dac_read_search"
)
"""Another user, without root's exemptions, who may still read an interpreter that lives in root's home."""


CONFINED = """
import os, sys, tempfile
from pathlib import Path
sys.path.insert(0, {here!r})
from escapes_kernel import ATTEMPTS
from outside import VARIABLE, Outside
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job
os.environ[VARIABLE] = token = "not-to-be-seen"
with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
    world = Outside(Path(folder), token)
    for name, attempt in ATTEMPTS.items():
        trace = sandbox.run(Job(world.fill(attempt.source), explain=False, confined=True)).trace
        assert "GOT" not in trace.printed and token not in trace.printed, (name, trace.printed)
        assert not world.changes(), (name, world.changes())
    world.close()
print("held")
"""

ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="all tests run as an ordinary user already"
)
SETPRIV = pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv, which drops root's rights, is missing")


@ROOT
@SETPRIV
@pytest.mark.parametrize(
    "story", [STORY, pytest.param(CONFINED, marks=pytest.mark.battery)], ids=["limits", "confined"]
)
def test_the_sandbox_holds_for_an_ordinary_user_too(story):
    done = subprocess.run(
        [*AS_NOBODY.split(), sys.executable, "-B", "-c", story.format(here=str(Path(__file__).parent))],
        cwd="/",
        env={**os.environ, "HOME": "/", "TMPDIR": "/tmp"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "held\n", done.stderr
