"""Wrong answers that were written before the rules: how many are traced to their mistake, and how many by chance."""

from __future__ import annotations

import contextlib
import io
import math
import random
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.grading import judge

TABLES = [yaml.safe_load(one.read_text(encoding="utf-8")) for one in sorted(Path(__file__).parent.glob("wrong_*.yaml"))]
NAMED = 0.85
CHANCE = 0.02
TRIES = 400

pytestmark = pytest.mark.battery


def left_behind(code: str) -> dict[str, Any]:
    """The program's names at its end, by plain Python."""
    space: dict[str, Any] = {"torch": torch, "math": math, "nn": torch.nn, "F": torch.nn.functional}
    torch.manual_seed(0)
    with (
        warnings.catch_warnings(action="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.suppress(Exception),
    ):
        exec(compile(code, "<plain>", "exec"), space)
    return space


def typed(value: Any) -> str:
    """As a learner types a number: with four digits."""
    if isinstance(value, torch.Tensor):
        value = value.detach().tolist()
    if isinstance(value, list):
        return f"[{', '.join(map(typed, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@pytest.fixture(scope="module", params=TABLES)
def runs(request: pytest.FixtureRequest, sandbox: Sandbox) -> list[tuple[dict[str, Any], Run]]:
    """The cases of a table, each with its run."""
    found = []
    for case in request.param:
        targets = tuple(dict.fromkeys(target for target, *_ in case["wrong"]))
        found.append((case, sandbox.run(Job(case["code"], prelude=True, targets=targets))))
    return found


def test_the_family_behind_a_wrong_answer_is_among_those_named(runs: list[tuple[dict[str, Any], Run]]):
    answers, missed = 0, []
    for case, run in runs:
        space = left_behind(case["code"])
        for target, answer, family, _ in case["wrong"]:
            text = str(answer)
            text = typed(eval(text[1:], dict(space))) if text.startswith("=") else text
            judgement = judge(text, run, target)
            answers += 1
            assert judgement.verdict != "right", (case["name"], target, text)
            if family not in {mistake.family for mistake in judgement.mistakes}:
                missed.append((case["name"], target, text, family))
    assert answers - len(missed) >= NAMED * answers, missed


def test_a_random_number_is_rarely_explained(runs: list[tuple[dict[str, Any], Run]]):
    dice = random.Random(7)
    asked = [(run, found) for _, run in runs for found in run.trace.found if found.kind in ("tensor", "none")]
    explained = []
    for index in range(TRIES):
        run, found = asked[index % len(asked)]
        text = thrown(dice, found.value.shape if found.value is not None else ())
        mistakes = judge(text, run, found.target).mistakes
        if any(mistake.family != "N" for mistake in mistakes):
            explained.append((run.trace.source, found.target, text, mistakes))
    assert len(explained) <= CHANCE * TRIES, explained


def thrown(dice: random.Random, shape: tuple[int, ...]) -> str:
    """A random number, or as many as the shape has, none of them round."""
    if shape:
        return f"[{', '.join(thrown(dice, shape[1:]) for _ in range(shape[0]))}]"
    return repr(round(dice.choice([-1, 1]) * math.exp(dice.uniform(math.log(0.05), math.log(30))), 4))
