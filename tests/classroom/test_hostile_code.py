"""Programs that mean harm, run in class: what they reach, and that nobody else notices.

They come over a session's own line as lessons' programs do, which pass no gate: what holds them is the kernel.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

import msgspec
import pytest
from forged import Forged, forged
from served import Bystander, Served, Student

from autograd_tutor.room.messages import Execute, Frame
from autograd_tutor.sandbox import frames
from autograd_tutor.sandbox.protocol import End, Job, encoder

pytestmark = pytest.mark.battery
NAMES = ("bob", "mallory", "eve")
NUMBERS = itertools.count(1)
HARM = {
    "an endless loop": "while True:\n    pass",
    "endless output": "while True:\n    print('x' * 1000)",
    "10 GB": "import torch\nx = torch.ones(10 * 2**30 // 4)\nx += 1",
    "a fork bomb": "import os\nwhile True:\n    os.fork()",
    "an exit": "import os\nos._exit(0)",
    "a crash": "import ctypes\nctypes.string_at(0)",
    "a socket": "import socket\nsocket.create_connection(('127.0.0.1', {port}))\nprint('REA' + 'CHED')",
    "the host key": "print('REA' + 'CHED', open('{data}/host_key').read())",
    "the roster": "print('REA' + 'CHED', open('{roster}').read())",
    "the records": "import glob\nprint('REA' + 'CHED', [open(f, 'rb').read() for f in glob.glob('{data}/*')][0])",
    "the users": "print('REA' + 'CHED', open('/etc/passwd').read())",
    "a file": "open('{data}/planted', 'w').write('x')\nprint('REA' + 'CHED')",
    "a signal": "import os\nos.kill({pid}, 9)\nprint('REA' + 'CHED')",
    "a command": "import subprocess\nprint('REA' + 'CHED', subprocess.run(['id'], capture_output=True))",
}


def ran(line: Forged, source: str, *, shared: bool) -> tuple[End | None, bytes]:
    """How a program ended, and all that came back; no end: the sentence why it was not run."""
    number = next(NUMBERS)
    line.say(Execute(number, encoder.encode(Job(source)), shared))
    came = b""
    for message in _frames(line, number):
        came += message.payload
        if message.kind == frames.END:
            return msgspec.msgpack.decode(message.payload, type=End), came
        if not message.kind:
            return None, came
    raise AssertionError("the run had no end")


def _frames(line: Forged, number: int) -> Iterator[Frame]:
    return (one for one in line.hears(40) if isinstance(one, Frame) and one.number == number)


async def test_no_program_reaches_anything_or_holds_anyone_up(served: Served):
    async with Bystander(served, "bob") as bob, Student(served, "mallory") as mallory:
        await mallory.sees("enter open")
        (session,) = served.sessions("bob")
        places = {"data": served.data, "roster": served.roster, "port": served.port, "pid": session}
        with forged(served.sessions("mallory")[-1]) as line:
            for name, source in HARM.items():
                _, came = await asyncio.to_thread(ran, line, source.format(**places), shared=True)
                assert b"REACHED" not in came, name
                assert bob.waits[-1] < 5
        await bob.is_served(10)
    assert not (served.data / "planted").exists()
    assert served.sessions("bob") == [session]
    async with Student(served, "eve") as eve:
        await eve.sees("enter open")
        eve.type("\r")
        await eve.sees("enter check")
        eve.type("1001\r")
        await eve.sees("✗")


async def test_an_edited_program_passes_the_gate_first(served):
    async with Student(served, "eve") as eve:
        await eve.sees("enter")
        with forged(served.sessions("eve")[-1]) as line:
            for name in ("a command", "an exit", "the users"):
                _, came = await asyncio.to_thread(ran, line, HARM[name], shared=False)
                assert b"refused" in came
                assert b"REACHED" not in came
