"""The confinement itself: what its tables refuse, what a platform lacks, what it leaves as it was."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from autograd_tutor.course.jobs import job as job_of
from autograd_tutor.course.load import lessons
from autograd_tutor.course.variants import variant
from autograd_tutor.sandbox import confinement, syscalls
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Finished, Raised, Stopped, encode

pytestmark = pytest.mark.skipif(
    bool(confinement.layers().lacking), reason="; ".join(confinement.layers().lacking) or "all layers are there"
)

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}

EVERY_CALL = """
import ctypes, errno, platform
from autograd_tutor.sandbox.syscalls import NEWEST, REFUSED
library = ctypes.CDLL(None, use_errno=True)
def refused(number):
    assert library.syscall(number, *[ctypes.c_long(-1)] * 6) == -1
    return errno.errorcode[ctypes.get_errno()]
for name, numbers in REFUSED.items():
    number = numbers[platform.machine() == 'aarch64']
    if number is not None and refused(number) != 'EPERM':
        print(name)
assert refused(NEWEST + 1) == 'ENOSYS'
"""

COMPUTING = {
    "prints and warns": """
import torch, warnings
x = torch.ones(3, requires_grad=True)
warnings.warn('mind')
print(x * 2)
""",
    "an optimizer": """
import torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.Adam([w])
(w ** 2).sum().backward()
optimizer.step()
""",
    "transforms": """
import torch
x = torch.tensor(2.0)
y = torch.func.grad(torch.sin)(x)
z = torch.func.jacrev(torch.exp)(x)
""",
    "a checkpoint": """
import torch
from torch.utils.checkpoint import checkpoint
x = torch.ones(2, requires_grad=True)
checkpoint(torch.sin, x, use_reentrant=False).sum().backward()
""",
    "chance": """
import random, torch
x = torch.rand(2, requires_grad=True)
(x * random.random()).sum().backward()
""",
    "a seed of its own": "import torch, os\ntorch.seed()\nos.urandom(4)\nx = torch.ones(1)\n",
    "a thread": """
import threading, torch
x = torch.tensor(3.0, requires_grad=True)
thread = threading.Thread(target=lambda: (x ** 2).backward())
thread.start()
thread.join()
""",
    "threads of torch": """
import torch
torch.set_num_threads(2)
x = torch.ones(600, 600, requires_grad=True)
(x @ x).sum().backward()
""",
    "modules that nobody has imported": """
import colorsys, csv, html.parser, json, numpy.polynomial, wave
import torch.distributions
""",
    "times and places": """
import time, zoneinfo
name = zoneinfo.ZoneInfo('UTC').key + time.strftime('%Z', time.gmtime(0))
""",
    "an error with its lines": "import torch\nx = torch.ones(2)\nx.backward()\n",
    "signals to itself": "import os, signal\nsignal.signal(signal.SIGUSR1, print)\nos.kill(os.getpid(), 0)\n",
    "silence": """
import contextlib, os
with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere):
    print('x')
""",
}
"""What programs of the course and of curious learners do, none of it harmful."""


def test_every_call_of_the_table_is_refused(sandbox):
    trace = sandbox.run(Job(EVERY_CALL, explain=False, confined=True, layers=("seccomp",))).trace
    assert trace.outcome == Finished()
    assert trace.printed == ""


@pytest.mark.battery
def test_a_fresh_worker_is_confined_as_well():
    with Sandbox("spawn") as sandbox:
        trace = sandbox.run(Job(EVERY_CALL + "open('/etc/passwd')\n", explain=False, confined=True)).trace
    assert trace.printed == ""
    assert isinstance(trace.outcome, Raised)
    assert trace.outcome.message == "[Errno 13] Permission denied: '/etc/passwd'"


@pytest.mark.parametrize("machine", HEADERS)
def test_the_table_has_the_kernel_s_numbers(machine):
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    text = HEADERS[machine].read_text()
    known = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    column = list(HEADERS).index(machine)
    for name, numbers in syscalls.REFUSED.items():
        if name in known:
            assert numbers[column] == known[name], name


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86 has a second way to call")
def test_calls_of_another_architecture_end_the_run(sandbox):
    machine_code = "\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3"  # mov eax, 20 (getpid); int 0x80; ret
    source = f"""
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(b"{machine_code}")
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())
"""
    trace = sandbox.run(Job(source, explain=False, confined=True)).trace
    assert isinstance(trace.outcome, Stopped)
    assert trace.printed == ""


@pytest.mark.parametrize("source", COMPUTING.values(), ids=COMPUTING)
def test_programs_that_compute_see_no_difference(sandbox, source):
    free, confined = (sandbox.run(Job(source, confined=one, explain=False)).trace for one in (False, True))
    assert encode(confined) == encode(free) or "seed" in source
    assert isinstance(confined.outcome, Raised if "ones(2)\nx.backward" in source else Finished), confined.outcome


@pytest.mark.battery
def test_every_exercise_has_the_same_run_confined(sandbox):
    for lesson in lessons():
        for exercise in lesson.exercises:
            job = job_of(variant(lesson, exercise, 0))
            assert job.confined
            runs = [sandbox.run(replace(job, confined=one, explain=False)) for one in (False, True)]
            assert encode(runs[0].trace) == encode(runs[1].trace), f"{lesson.id}/{exercise.id}"


def _told(story: str) -> str:
    """What a program prints that uses the sandbox in a process of its own."""
    done = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


DENYING = """
from autograd_tutor.sandbox import confinement, seccomp
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job
seccomp.bind(seccomp.compiled([seccomp.Rule({number}, seccomp.{verdict})]))
print(*confinement.layers().lacking)
with Sandbox() as sandbox:
    print(sandbox.run(Job("print('it ran')", confined=True, explain=False)).trace)
"""


@pytest.mark.battery
def test_a_kernel_without_landlock_says_so_and_lessons_still_run():
    told = _told(DENYING.format(number=444, verdict="ENOSYS"))
    assert told.startswith("This kernel has no Landlock")
    assert "it ran\\n" in told


@pytest.mark.battery
def test_a_layer_that_fails_stops_the_run_before_it_begins():
    told = _told(DENYING.format(number=446, verdict="EPERM"))
    assert "reason='refused'" in told
    assert "could not be confined on this machine (Operation not permitted)" in told
    assert "it ran\\n" not in told


OWN_USER = """
import os, signal, sys, time
from autograd_tutor.sandbox import identity
from autograd_tutor.sandbox.processes import die_with
read, write = os.pipe()
watcher = os.fork()
if watcher == 0:
    supervisor = os.getpid()
    child = os.fork()
    if child == 0:
        die_with(supervisor)
        identity.become_nobody(())
        facts = [*os.getresuid(), *os.getresgid(), os.getpid(), os.access({secret!r}, os.R_OK)]
        os.write(write, repr(facts).encode())
        time.sleep(60)
    os.waitpid(child, 0)
facts = eval(os.read(read, 1000))
os.kill(watcher, signal.SIGKILL)
os.waitpid(watcher, 0)
give_up = time.monotonic() + 5
while os.path.exists(f"/proc/{{facts[6]}}/fd") and time.monotonic() < give_up:
    status = open(f"/proc/{{facts[6]}}/stat").read().rpartition(")")[2].split()[0]
    if status == "Z":
        break
    time.sleep(0.01)
else:
    status = "gone" if time.monotonic() < give_up else "alive"
print(len(set(facts[:6])), facts[0] > 1_000_000_000, facts[7], status in ("Z", "gone"))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become someone else")
def test_root_becomes_a_user_of_its_own_who_still_dies_with_its_supervisor(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    assert _told(OWN_USER.format(secret=str(secret))) == "1 True False True\n"


def test_a_process_with_threads_is_not_taken_for_confined():
    story = """
import threading, time
from autograd_tutor.sandbox import confinement
from autograd_tutor.sandbox.protocol import Job
threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
try:
    confinement.confine(Job(""), 2)
except confinement.Unconfined as problem:
    print(problem)
"""
    assert "more than one thread" in _told(story)
