"""From Enter on an answer to the full explanation on screen, on a real pty, with the parent warm.

    python tests/benchmarks/enter_to_explanation.py [ROUNDS]

Plays the two-parameter cross-entropy exercise: w.grad, then b.grad; the clock runs from the Enter that
answers the second until steps, closed form and witnesses are all on the screen. The goal is 150 ms.
Then a network of 52 nodes, from its text to the full explanation with SymPy's word on each of its three targets, in
a warm sandbox, and the same under the confinement of a class: the goal is 1 s.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from recorder_cost import BACKWARD, NETWORK
from terminal import Terminal

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job

EXERCISE = "losses/cross-entropy"
READING_TIME = 6.0
"""Seconds between opening an exercise and answering: a person reads; the run is ready long before."""


def one_round(env: dict[str, str]) -> float:
    """Seconds from Enter to the explanation, in a tutor of its own."""
    command = [sys.executable, "-m", "autograd_tutor", EXERCISE]
    with Terminal(command, columns=120, rows=36, env=env) as terminal:
        terminal.wait_for("w.grad", "loss.backward")
        terminal.settle(READING_TIME, seconds=READING_TIME)
        terminal.send("6.6918")
        terminal.wait_for("read as 6.6918")
        terminal.send("\r")
        terminal.wait_for("What is b.grad")
        terminal.send("0.9988")
        terminal.wait_for("read as 0.9988")
        began = time.perf_counter()
        terminal.send("\r")
        return terminal.appears("closed form", "all three agree", "sigmoid(w·x + b)", within=2.0) - began


def network(rounds: int, *, confined: bool = False) -> list[float]:
    """Seconds from the network's text to its full explanation; `confined`: as a class's edited code."""
    job = Job(f"import torch\n{NETWORK}{BACKWARD}", confined=confined, gated=confined)
    times = []
    with Sandbox() as sandbox:
        sandbox.versions()
        for _ in range(rounds):
            time.sleep(READING_TIME / 4)  # a worker gets warm meanwhile
            began = time.perf_counter()
            run = sandbox.run(job)
            times.append(time.perf_counter() - began)
            assert run.forms is not None
            assert len(run.forms.targets) == 3
    return times


def main(rounds: int) -> None:
    """Measure and print the median."""
    with tempfile.TemporaryDirectory() as data:
        times = [one_round({"AUTOGRAD_TUTOR_DATA": f"{data}/{at}"}) for at in range(rounds)]
    print(f"Enter to full explanation  {statistics.median(times) * 1000:5.0f} ms  median of {rounds}, goal 150")
    print(f"slowest                    {max(times) * 1000:5.0f} ms")
    for name, confined in (("a network of 52 nodes     ", False), ("the same, confined        ", True)):
        times = network(rounds, confined=confined)
        print(f"{name} {statistics.median(times) * 1000:5.0f} ms  median of {rounds}, goal 1000")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
