"""However the face ends, nothing behind it remains."""

import os
import subprocess
import sys
import uuid

import pytest
from conftest import MARK, marked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc")

FACE = """
import sys, threading, time
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job
sandbox = Sandbox({mode!r})
starter = threading.Thread(target=sandbox.start)
starter.start()
starter.join()
if {stage!r} == "importing":
    time.sleep(0.3)
else:
    sandbox.versions()
if {stage!r} == "running":
    threading.Thread(target=sandbox.run, args=(Job("while True: pass"),)).start()
    time.sleep(0.3)
print("now", flush=True)
if {stage!r} == "leaving":
    sys.exit()
time.sleep(60)
"""


def face_dies(mode, stage):
    mark = uuid.uuid4().hex
    face = subprocess.Popen(
        [sys.executable, "-c", FACE.format(mode=mode, stage=stage)],
        env={**os.environ, MARK: mark},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert face.stdout
    assert face.stdout.readline() == b"now\n"
    if stage != "leaving":
        assert len(marked(mark)) > 1
        face.kill()
    face.wait()
    return mark


@pytest.mark.parametrize("stage", ["importing", "running", "leaving"])
def test_nothing_outlives_a_face_that_is_killed(request, gone, stage):
    mark = face_dies(request.config.getoption("--sandbox"), stage)
    assert gone(mark, 2.0), marked(mark)


def test_nothing_outlives_a_face_that_is_killed_without_fork(gone):
    mark = face_dies("spawn", "importing")
    assert gone(mark, 2.0), marked(mark)
