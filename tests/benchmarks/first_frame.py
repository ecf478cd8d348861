"""First painted frame: the tutor's home against a bare Textual app, run in turn on a real pty.

    python tests/benchmarks/first_frame.py [ROUNDS]

Prints the medians and their ratio; the goal is 1.5 at most.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from terminal import Terminal

BARE = """
from textual.app import App
from textual.widgets import Footer, Header, Static

class Bare(App):
    def compose(self):
        yield Header()
        yield Static("a bare application")
        yield Footer()

Bare().run()
"""


def first_frame(command: list[str], marker: str, env: dict[str, str]) -> float:
    """Seconds from the start of the process until `marker` is on the screen."""
    began = time.perf_counter()
    with Terminal(command, env=env) as terminal:
        terminal.wait_for(marker)
        return time.perf_counter() - began


def main(rounds: int) -> None:
    """Measure both in turn and print a table."""
    with tempfile.TemporaryDirectory() as data:
        env = {"AUTOGRAD_TUTOR_DATA": data}
        bare: list[float] = []
        tutor: list[float] = []
        for at in range(rounds + 1):
            pair = (
                first_frame([sys.executable, "-c", BARE], "a bare application", env),
                first_frame([sys.executable, "-m", "autograd_tutor"], "autograd-tutor", env),
            )
            if at:  # the first round warms the disk's cache
                bare.append(pair[0])
                tutor.append(pair[1])
    low, high = statistics.median(bare), statistics.median(tutor)
    print(f"bare Textual app   {low * 1000:7.0f} ms  median of {rounds}")
    print(f"autograd-tutor     {high * 1000:7.0f} ms")
    print(f"ratio              {high / low:7.2f}     goal 1.50 at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
