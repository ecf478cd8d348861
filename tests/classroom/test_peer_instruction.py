"""A class of thirty plays a cycle of peer instruction over SSH: alone, discussed, again; the teacher sees beliefs."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import random
import re
import subprocess
import sys
from collections import Counter

import pytest
from served import Served, Student, all_of

from autograd_tutor.course.jobs import job
from autograd_tutor.course.load import find, lessons
from autograd_tutor.course.variants import variant
from autograd_tutor.notation import number
from autograd_tutor.teaching.grading import judge

pytestmark = pytest.mark.battery
EXERCISE = "slopes/cube"
NAMES = [f"student{at:02}" for at in range(30)]


class Listener(Student):
    """A student whose screen is not kept: what was painted since the last keys were pressed will do."""

    async def _read(self) -> None:
        while data := await self.process.stdout.read(1 << 16):
            self.raw += data
            self._news.set()

    def type(self, keys: str | bytes) -> None:
        self.raw.clear()
        super().type(keys)

    @property
    def screen(self) -> str:
        return _ESCAPE.sub("", self.raw.decode("utf-8", "replace"))


_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture(scope="module")
def believed(sandbox) -> dict[str, str]:
    """What torch would give for each belief about the exercise's first variant: an answer, by the mistake's tag."""
    lesson, exercise = find(EXERCISE, lessons())
    first = variant(lesson, exercise, 0)
    run = sandbox.run(job(first))
    target = first.questions[0].target
    answers = {"right": repr(run.trace.find(target).value.data[0])}
    for one in run.explanation.imagined:
        if one.target == target and one.value is not None and one.value.data and len(one.value.data) == 1:
            text = repr(one.value.data[0])
            judgement = judge(text, run, target)
            if judgement.mistakes and judgement.mistakes[0].tag == one.tag:
                answers[one.tag] = text
    assert len(answers) >= 3
    return answers


def held(believed: dict[str, str], share: float, luck: random.Random) -> list[str]:
    """What each student believes: a share is right, the others err in the ways that are known."""
    mistakes = [tag for tag in believed if tag != "right"]
    return ["right" if luck.random() < share else luck.choice(mistakes) for _ in NAMES]


async def predict(students: list[Student], answers: list[str]) -> None:
    """Everybody types; the screen says no more than that it is in."""
    for student, answer in zip(students, answers, strict=True):
        student.type("\x15" + answer + "\r")  # ctrl+u: rub out what was said before
    for student in students:
        await student.sees("Your prediction is in")
        assert "Not yet" not in student.screen
        assert "torch says" not in student.screen


async def test_a_cycle_of_peer_instruction(tmp_path, believed):
    luck = random.Random(7)
    with Served(tmp_path, NAMES) as served:
        students = [Listener(served, name) for name in NAMES]
        await all_of(students)
        async with Student(served, "teacher", columns=100, rows=30) as teacher:
            await teacher.sees("30 here of 30")
            teacher.type("o")
            await teacher.sees("Ask the class")
            teacher.type("slope of a cube")
            await teacher.sees("▸ 1.3")
            teacher.type("\r")
            for student in students:
                await student.sees("predict alone", "What is x.grad")

            before = held(believed, 0.5, luck)
            await predict(students, [believed[one] for one in before])
            await teacher.sees("30 of 30 in")
            counted = Counter(before)
            await teacher.sees(*(f"{count:>2}  █" for count in counted.values()))

            teacher.type("t")
            for student in students:
                await student.sees("Discuss")
            teacher.type("v")
            for student in students:
                await student.sees("Predict once more")
            after = ["right" if one == "right" or luck.random() < 0.6 else one for one in before]
            await predict(students, [believed[one] for one in after])
            await teacher.sees("30 of 30 in", "normalised gain")

            teacher.type("r")
            truth = number(float(believed["right"]))
            for student in students:
                await student.sees("torch says", truth)
            teacher.type("x")
            for student in students:
                await student.sees("enter open")
        for student in students:
            student.connection.abort()

    environment = {**os.environ, "AUTOGRAD_TUTOR_DATA": str(tmp_path / "home")}
    command = [sys.executable, "-m", "autograd_tutor", "report", "--class", "test", "--data", str(served.data)]
    told = subprocess.run(
        [*command, "--by", "poll", "--csv"], env=environment, capture_output=True, text=True, check=True
    )
    rows = list(csv.reader(io.StringIO(told.stdout)))
    assert any("right" in row and str(Counter(after)["right"]) in row for row in rows), told.stdout
    assert await _right_votes(served) == (Counter(before)["right"], Counter(after)["right"])


async def _right_votes(served: Served) -> tuple[int, int]:
    from autograd_tutor.records.classes import ClassRecords

    votes = await asyncio.to_thread(lambda: ClassRecords.at(served.data, "test").polls.votes())
    first, second = (sum(one.verdict == "right" for one in votes if one.round == which) for which in (1, 2))
    return first, second
