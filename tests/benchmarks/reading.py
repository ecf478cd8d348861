"""Reading the whole course, every lesson checked against the schema, against PyYAML reading the same files alone.

    python tests/benchmarks/reading.py [ROUNDS]

Both take turns and are timed in processor time. The goal is 60 ms: a tutor reads the course at each start.
"""

import statistics
import sys
import time
from collections.abc import Callable

import yaml

from autograd_tutor.course.load import files, lessons, shipped


def alone() -> None:
    """The files as PyYAML's quickest loader gives them, unchecked."""
    for file in files(shipped()):
        yaml.load(file.read_bytes(), yaml.CSafeLoader)


def milliseconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def main(rounds: int) -> None:
    """Measure both in turn and print a table."""
    milliseconds(alone), milliseconds(lessons)
    pairs = [(milliseconds(alone), milliseconds(lessons)) for _ in range(rounds)]
    bare, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"PyYAML alone       {bare:7.1f} ms  median of {rounds}")
    print(f"the course         {ours:7.1f} ms  goal 60")
    print(f"ratio              {ours / bare:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
