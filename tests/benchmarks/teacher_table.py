"""The teacher's table of 200 students, 40 of whom change twice a second, against the first painting of it.

    python tests/benchmarks/teacher_table.py [ROUNDS]

Processor time, without a wire or a terminal: the room's state, the table, Textual. The goal is 20 ms for a change.
"""

import asyncio
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from classroom_front import CUBE, Front, answered, press, seat, teaching

STUDENTS, CHANGED = 200, 40
MISTAKES = ("sign", "zero", "own-factor")


def change(front: Front, names: list[str], chance: random.Random) -> None:
    """Half a second passes, in which some students answer."""
    front.time += 0.5
    for name in chance.sample(names, CHANGED):
        front.play(name, answered(CUBE, "wrong", chance.choice(MISTAKES), tries=2))
    front.show()


async def measured(rounds: int) -> tuple[float, list[float]]:
    """Seconds until the table stands, and for each change."""
    chance = random.Random(1)
    front = Front()
    names = [f"student{at:03}" for at in range(STUDENTS)]
    seat(front, *names)
    began = time.process_time()
    async with teaching(front) as (_, pilot):
        await press(pilot, "s")
        first = time.process_time() - began
        spent = []
        for _ in range(rounds):
            change(front, names, chance)
            began = time.process_time()
            await pilot.pause()
            spent.append(time.process_time() - began)
    return first, spent


def main(rounds: int) -> None:
    """Measure and print a table."""
    first, spent = asyncio.run(measured(rounds))
    print(f"an app and its table    {first * 1000:7.1f} ms")
    print(
        f"{CHANGED} of {STUDENTS} change       {statistics.median(spent) * 1000:7.1f} ms  median of {rounds}, goal 20"
    )
    print(f"ratio                   {statistics.median(spent) / first:7.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
