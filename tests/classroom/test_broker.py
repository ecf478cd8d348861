"""Runs for many screens: one process for all who ask the same, one at a time for each student, never past the rules."""

import asyncio

import msgspec
import pytest

from autograd_tutor.classroom.broker import LIMITS, Broker, bound
from autograd_tutor.sandbox.client import Receiver, Sandbox
from autograd_tutor.sandbox.protocol import End, Job, Limits
from autograd_tutor.trace import Finished, Stopped

PROGRAM = "import torch\nx = torch.tensor(3.0, requires_grad=True)\n(x ** 2).backward()\n"


class Counted:
    """A real sandbox that counts its runs."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.jobs: list[Job] = []

    def start(self) -> None:
        self.sandbox.start()

    def relay(self, job, pass_on):
        self.jobs.append(job)
        self.sandbox.relay(job, pass_on)

    def close(self) -> None:
        pass


class Heard:
    """A screen's end: the frames that came."""

    def __init__(self) -> None:
        self.frames: list[tuple[bytes, bytes]] = []

    def __call__(self, kind: bytes, payload: bytes) -> None:
        self.frames.append((kind, payload))

    def run(self, job: Job):
        waiting = iter([*self.frames, None])

        class Source:
            def receive(self):
                return next(waiting)

        return Receiver(job, "", None, None).receive(Source())


@pytest.fixture
def counted(sandbox):
    return Counted(sandbox)


@pytest.fixture
def broker(counted):
    broker = Broker(counted)
    yield broker
    broker.close()


async def test_everybody_who_opens_an_exercise_gets_the_run_of_one_process(broker, counted):
    job = msgspec.msgpack.encode(Job(PROGRAM, targets=("x.grad",)))
    everybody = [Heard() for _ in range(30)]
    await asyncio.gather(
        *(broker.run(f"s{at}", job, shared=True, editing="gated", send=one) for at, one in enumerate(everybody))
    )
    await broker.run("late", job, shared=True, editing="gated", send=(late := Heard()))
    assert len(counted.jobs) == 1
    for one in [*everybody, late]:
        run = one.run(Job(PROGRAM))
        assert run.trace.find("x.grad").value.data == (6.0,)
        assert run.explanation is not None


async def test_an_edited_program_runs_for_its_student_alone_and_through_the_gate(broker, counted):
    job = msgspec.msgpack.encode(Job(PROGRAM, explain=False))
    for name in ("alice", "bob"):
        await broker.run(name, job, shared=False, editing="gated", send=(heard := Heard()))
        assert heard.run(Job(PROGRAM)).trace.outcome == Finished()
    assert [one.gated for one in counted.jobs] == [True, True]
    await broker.run("alice", job, shared=False, editing="open", send=Heard())
    assert not counted.jobs[-1].gated


async def test_what_the_gate_refuses_comes_back_as_a_sentence(broker):
    job = msgspec.msgpack.encode(Job("import os\nprint(os.listdir('/'))\n"))
    await broker.run("alice", job, shared=False, editing="gated", send=(heard := Heard()))
    outcome = heard.run(Job("")).trace.outcome
    assert isinstance(outcome, Stopped)
    assert outcome.reason == "refused"
    assert "Line 1" in outcome.message


@pytest.mark.parametrize("shared", [True, False])
def test_whatever_a_session_asks_for_the_class_s_limits_hold(shared):
    asked = Job("", filename="/etc/passwd", limits=Limits(seconds=999, memory=1 << 40, processes=99), layers=())
    job = bound(asked, shared=shared, editing="gated")
    assert (job.filename, job.limits, job.confined, job.layers) == (None, LIMITS, True, ("landlock", "seccomp"))


async def test_a_run_that_was_stopped_is_not_given_to_others(broker, counted):
    job = msgspec.msgpack.encode(Job("import os\nos._exit(3)\n", explain=False))
    for _ in range(2):
        await broker.run("alice", job, shared=True, editing="gated", send=(heard := Heard()))
        assert msgspec.msgpack.decode(heard.frames[-1][1], type=End).cause == "exit"
    assert len(counted.jobs) == 2


async def test_one_student_takes_one_process_at_a_time(broker, counted):
    loops = msgspec.msgpack.encode(Job("while True:\n    pass\n", explain=False))
    quick = msgspec.msgpack.encode(Job(PROGRAM, explain=False))
    greedy = [
        asyncio.ensure_future(broker.run("greedy", loops, shared=False, editing="open", send=Heard())) for _ in range(9)
    ]
    await asyncio.sleep(0.5)
    assert len(counted.jobs) == 1
    await asyncio.wait_for(broker.run("alice", quick, shared=False, editing="open", send=Heard()), 4)
    for one in greedy:
        one.cancel()
    await asyncio.gather(*greedy, return_exceptions=True)


async def test_what_is_no_job_or_too_long_is_answered_in_a_sentence(broker, counted):
    long = msgspec.msgpack.encode(Job("x = 1\n" * 10_000))
    for wanted, words in ((b"\xff\x00", "could not be read"), (long, "longer than")):
        await broker.run("alice", wanted, shared=False, editing="open", send=(heard := Heard()))
        (kind, sentence) = heard.frames[0]
        assert kind == b""
        assert words in sentence.decode()
    assert not counted.jobs
