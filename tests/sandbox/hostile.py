"""Programs that overstep, and what must come of each."""

from dataclasses import dataclass

import msgspec

from autograd_tutor.sandbox.protocol import Job, Limits
from autograd_tutor.trace import Finished, Outcome, Raised

QUICK = Limits(seconds=0.6, explain_seconds=3, memory=1 << 27)

HARMLESS = Job("import torch\nx = torch.tensor(3.0, requires_grad=True)\ny = x ** 2\ny.backward()\n", explain=False)


@dataclass(frozen=True)
class Hostile:
    """A program, the kinds of outcome or reasons for stopping it that are right, and words its sentence has."""

    source: str
    outcomes: tuple[str, ...]
    words: str = ""
    processes: int = 0
    """How many others it may start. Only programs that end by themselves get any: no bombs."""

    @property
    def job(self) -> Job:
        """The program within tight limits, without an explanation. What ends by itself may take its time."""
        seconds = QUICK.seconds if "time" in self.outcomes else 5.0
        limits = msgspec.structs.replace(QUICK, seconds=seconds, processes=self.processes)
        return Job(self.source, explain=False, limits=limits)


def kind(outcome: Outcome) -> str:
    """The outcome in a word: `finished`, the exception's type, or the reason for stopping."""
    if isinstance(outcome, Finished):
        return "finished"
    return outcome.type if isinstance(outcome, Raised) else outcome.reason


PROGRAMS = {
    "loops for ever": Hostile("print('here')\nwhile True:\n    pass\n", ("time",), "0.6 seconds"),
    "allocates 40 GB of tensors": Hostile("import torch\nx = torch.ones(10**10)\n", ("memory",), "Line 2"),
    "allocates 40 GB of list": Hostile("x = [0] * (5 * 10**9)\n", ("memory",), "128 MB"),
    "eats memory bit by bit": Hostile("x = []\nwhile True:\n    x.append(bytearray(10**7))\n", ("memory",), "Line 3"),
    "forks for ever": Hostile("import os\nwhile True:\n    os.fork()\n", ("processes",), "another process"),
    "forks for ever from a shell": Hostile(
        "import subprocess\nsubprocess.run(['sh', '-c', 'f() { f | f & }; f; sleep 5'])\n", ("processes",)
    ),
    "starts a command": Hostile("import subprocess\nsubprocess.run(['sleep', '30'])\n", ("processes",)),
    "leaves a grandchild behind": Hostile(
        """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
os.wait()
""",
        ("processes",),
    ),
    "calls os._exit": Hostile("import os\nprint('bye')\nos._exit(3)\n", ("exited",), "exit code 3"),
    "leaves by sys.exit": Hostile("import sys\nsys.exit()\n", ("finished",)),
    "segfaults": Hostile("import ctypes\nctypes.string_at(0)\n", ("crashed",), "segmentation fault"),
    "aborts": Hostile("import os\nos.abort()\n", ("crashed",), "abort"),
    "kills itself": Hostile("import os\nos.kill(os.getpid(), 9)\n", ("memory",), "killed"),
    "prints 100 MB": Hostile("for _ in range(100):\n    print('x' * 10**6)\n", ("output",), "1,048,576"),
    "writes 100 MB to the descriptor": Hostile(
        "import os\nfor _ in range(100):\n    os.write(1, b'x' * 10**6)\n", ("output",)
    ),
    "prints a little too much": Hostile("print('x' * (1 << 20))\n", ("output",)),
    "reads standard input": Hostile("name = input('your name? ')\n", ("EOFError",)),
    "reads the descriptor of standard input": Hostile("import os\nassert os.read(0, 10) == b''\n", ("finished",)),
    "raises": Hostile("1 / 0\n", ("ZeroDivisionError",)),
    "swallows every exception": Hostile(
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n",
        ("time",),
    ),
    "catches MemoryError": Hostile(
        "try:\n    x = [0] * (5 * 10**9)\nexcept MemoryError:\n    x = None\n", ("finished",)
    ),
    "closes every descriptor": Hostile("import os\nos.closerange(0, 4096)\n", ("exited",), "closing files"),
    "closes every descriptor and goes on": Hostile(
        "import os\nos.closerange(0, 4096)\nwhile True:\n    pass\n", ("time",)
    ),
    "writes garbage to every descriptor": Hostile(
        """
import os
for descriptor in range(3, 1024):
    try:
        os.write(descriptor, b'garbage' * 100)
    except OSError:
        pass
""",
        ("crashed",),
        "channel",
    ),
    "forges a frame": Hostile(
        """
import os
for descriptor in range(3, 1024):
    try:
        os.write(descriptor, b'T\\x00\\x00\\x00\\x04junk')
    except OSError:
        pass
""",
        ("crashed",),
        "can't be read",
    ),
    "announces a frame of 4 GB": Hostile(
        """
import os
for descriptor in range(3, 1024):
    try:
        os.write(descriptor, b'T\\xff\\xff\\xff\\xff')
    except OSError:
        pass
""",
        ("too large",),
    ),
    "kills its parent": Hostile("import os\nos.kill(os.getppid(), 9)\nwhile True:\n    pass\n", ("crashed",)),
    "kills its parent and leaves a grandchild": Hostile(
        """
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(60)
    os._exit(0)
os.kill(os.getppid(), 9)
time.sleep(60)
""",
        ("crashed",),
        processes=5,
    ),
    "leaves a grandchild behind that it may start": Hostile(
        """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
os.wait()
""",
        ("finished",),
        processes=2,
    ),
    "starts more than it may, each in a session of its own": Hostile(
        """
import os, time
for _ in range(12):
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
        os._exit(0)
time.sleep(60)
""",
        ("processes",),
        "more than 3",
        processes=3,
    ),
    "leaves threads behind": Hostile(
        """
import threading, time
for _ in range(3):
    threading.Thread(target=time.sleep, args=(1000,)).start()
""",
        ("finished",),
    ),
    "overflows the stack": Hostile(
        """
import sys
sys.setrecursionlimit(10**9)
def f(n):
    return repr([f(n + 1)])
f(0)
""",
        ("crashed", "RecursionError", "memory", "time"),
    ),
    "overflows the machine's stack": Hostile(
        """
import sys
sys.setrecursionlimit(10**9)
class C:
    def __repr__(self):
        return repr(self)
repr(C())
""",
        ("crashed", "RecursionError", "memory"),
    ),
    "ignores every signal": Hostile(
        """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
""",
        ("time",),
    ),
    "stops itself": Hostile("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n", ("time",)),
    "has no syntax": Hostile("def f(:\n", ("SyntaxError",)),
    "has a null byte": Hostile("x = 1\0\n", ("SyntaxError", "ValueError")),
}
