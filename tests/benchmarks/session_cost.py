"""What a student's session costs, without SSH: first frame, memory, idle processor time, a key.

    python tests/benchmarks/session_cost.py [SESSIONS]

Goals: painted within 50 ms of being opened, 18 MB for each further session, no processor time while idle,
6 ms of it for a key. Linux; as root, since a session lets nobody else look inside.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "sessions"))
from front import Front, Session

from autograd_tutor.sandbox.client import Sandbox

READY = ("What is x.grad", "s skip", "enter check")


def processor(session: Session) -> float:
    """Milliseconds of processor time that the session has used, all its threads together."""
    tasks = Path(f"/proc/{session.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def memory(session: Session) -> float:
    """Megabytes of its proportional share (PSS)."""
    lines = Path(f"/proc/{session.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def opened(front: Front, number: int) -> tuple[Session, float, float, float]:
    """One more session; milliseconds until it painted, until the exercise was there, of processor time."""
    began = time.perf_counter()
    session = front.open(f"student-{number}")
    front.until(lambda: session.bytes > 500, 60)
    first = time.perf_counter() - began
    front.until(lambda: all(text in session.text for text in READY), 60)
    whole = time.perf_counter() - began
    front.settle()
    return session, 1000 * first, 1000 * whole, processor(session)


def pressed(front: Front, session: Session, keys: list[str]) -> tuple[float, float, float]:
    """For each key: milliseconds of processor time, milliseconds until the first byte came back, bytes."""
    used, sent, waited = processor(session), session.bytes, []
    for key in keys:
        before, began = session.bytes, time.perf_counter()
        session.type(key)
        front.until(lambda before=before: session.bytes > before)
        waited.append(1000 * (time.perf_counter() - began))
        front.settle(0.06)
    count = len(keys)
    return (processor(session) - used) / count, statistics.median(waited), (session.bytes - sent) / count


def main(count: int) -> None:
    """Open that many sessions at an exercise, type in each; then measure the last one."""
    with Sandbox() as sandbox, Front(sandbox=sandbox) as front:
        began = [opened(front, number) for number in range(count)]
        for what, column in (("painted", 1), ("the exercise there", 2), ("processor time until then", 3)):
            figures = sorted(one[column] for one in began[1:])
            print(f"{what:28} p50 {statistics.median(figures):6.0f} ms   most {figures[-1]:6.0f} ms")
        for session in front.sessions.values():
            pressed(front, session, list("2*x"))
        shares = [memory(session) for session in front.sessions.values()]
        print(
            f"{'memory of one (PSS)':28} p50 {statistics.median(shares[1:]):6.1f} MB   most {max(shares[1:]):6.1f} MB"
        )

        last = began[-1][0]
        used = processor(last)
        time.sleep(5)
        print(f"{'idle':28} {(processor(last) - used) / 50:10.3f} % of a processor")

        print(f"{'for each key':28} {'processor':>10} {'first byte':>12} {'bytes':>8}")
        tell = "{:28} {:7.1f} ms {:9.1f} ms {:8.0f}".format
        print(tell("  typing", *pressed(front, last, list("*x+1") * 4)))
        print(tell("  deleting", *pressed(front, last, ["\x7f"] * 16)))
        for key in ("\x1b", "r"):
            last.type(key)
            front.settle(0.5)
        print(tell("  a step of the pass", *pressed(front, last, ["\x1b[C", "\x1b[D"] * 8)))
        last.type("\x1b")
        front.settle(0.5)
        print(tell("  the list of lessons", *pressed(front, last, ["\x1b[B", "\x1b[A"] * 8)))


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("This has to be run as root: a session lets nobody else look inside.")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
