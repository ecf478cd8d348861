"""Where a value is asked for, no picture before the prediction shows it, nor a result on the way to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from autograd_tutor.course.jobs import job
from autograd_tutor.course.load import lessons
from autograd_tutor.course.model import Variant
from autograd_tutor.course.variants import count, variant
from autograd_tutor.drawing.picture import picture
from autograd_tutor.notation import array
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Array, Trace

NUMBER = re.compile(r"[-−]?(?:\d+(?:\.\d+)?(?:·10⁻?\S+)?|inf|nan|True|False)")


def variants() -> Iterator[Variant]:
    for lesson in lessons():
        for exercise in lesson.exercises:
            yield from (variant(lesson, exercise, seed) for seed in range(count(exercise)))


def drawn(trace: Trace, *hide: str) -> str:
    return picture(trace, width=76, phase="before", hide=hide).text()


def numbers(value: Array) -> set[str]:
    return set(NUMBER.findall(array(value)))


def untaught(trace: Trace) -> Trace:
    """The same run as if nothing had flowed back."""
    return replace(
        trace,
        tensors=tuple(replace(one, grad=None, absent=None) for one in trace.tensors),
        edges=tuple(replace(one, contributions=()) for one in trace.edges),
        passes=tuple(replace(one, seeds=(), order=(), arrivals=(), leaves=(), captured=()) for one in trace.passes),
    )


def on_the_way(source: str, target: str) -> set[int]:
    """The lines that work out what goes into `target`, read off the program's text; gradients are not looked into."""
    assigned = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Assign | ast.AugAssign)]
    wanted, lines = {target}, set()
    for _ in assigned:
        for one in assigned:
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            names = {name.id for place in targets for name in ast.walk(place) if isinstance(name, ast.Name)}
            if names & wanted and "grad(" not in ast.unparse(one.value) and ".grad" not in ast.unparse(one.value):
                lines |= set(range(one.lineno, (one.end_lineno or one.lineno) + 1))
                wanted |= {name.id for name in ast.walk(one.value) if isinstance(name, ast.Name)}
    return lines


def test_in_no_lesson_the_picture_shows_what_is_asked_for() -> None:
    values = 0
    for one in variants():
        trace = record(replace(job(one), mutations=())).trace
        targets = [question.target for question in one.questions]
        text = drawn(trace, *targets)
        assert drawn(untaught(trace), *targets) == text, one.key
        known = set(NUMBER.findall(one.code)) | {array(Array("float64", (), (float(n),))) for n in literals(one.code)}
        for target in targets:
            if "." in target:
                continue
            lines = on_the_way(one.code, target)
            computed = [
                value
                for made in trace.operations
                if made.span is not None and made.span.line in lines and made.name != "tensor"
                for value in made.values
            ]
            found = trace.find(target)
            answer = [found.value] if found is not None and found.value is not None else []
            for value in [*computed, *answer]:
                assert not (numbers(value) - known) & set(NUMBER.findall(boxes(text))), (one.key, target, text)
                values += 1
    assert values > 50


def literals(source: str) -> list[float]:
    return [
        float(one.value)
        for one in ast.walk(ast.parse(source))
        if isinstance(one, ast.Constant) and type(one.value) in (int, float)
    ]


def boxes(text: str) -> str:
    """Without names and other words."""
    return re.sub(r"(?!inf\b|nan\b|True\b|False\b)\b[^\W\d]\w*", " ", text)


ASKED = [
    ("z", "x = torch.tensor([1.5, 2.5])\ny = x * 3\nz = torch.stack([y, x]).sum()\n", ("4.5", "7.5", "16")),
    ("w", "w = torch.tensor([1.5, 2.5])\nv = w.view(2, 1)\nv *= 3\nw += 1\n", ("4.5", "5.5", "8.5")),
    ("v", "w = torch.tensor([1.5, 2.5]) + 0\nv = w.view(2, 1)\nw += 1\n", ("3.5",)),
    ("y[0]", "x = torch.tensor([1.5, 2.5])\ny = x + 4\nz = y * 2\n", ("5.5", "6.5", "11", "13")),
    ("s", "x = torch.tensor(1.5)\ny = x + 4\ns = y.item() * 2\n", ("5.5", "11")),
    ("X", "X = torch.eye(2) * 7\n", ("7,", "7]")),
    ("X", "X = torch.arange(3)\nY = X * 7\n", ("14",)),
]


@pytest.mark.parametrize(("target", "program", "numbers"), ASKED)
def test_nor_where_it_was_written_into_or_left_torch(target: str, program: str, numbers: tuple[str, ...]) -> None:
    trace = record(Job(source=program, prelude=True, targets=(target,))).trace
    shown = re.sub(r"\[[^\[\]]*=[^\]]*\]", "", drawn(trace))
    assert any(number in shown for number in numbers), "there is something to hide"
    assert not [number for number in numbers if number in drawn(trace, target)]


def test_inputs_stand_in_the_code_and_stay_in_sight() -> None:
    program = "w = torch.tensor(3.5, requires_grad=True)\n(w * 2).backward()\nwith torch.no_grad():\n    w -= w.grad\n"
    text = drawn(record(Job(source=program, prelude=True, targets=("w",))).trace, "w")
    assert "3.5" in text
    assert "7" in text
    assert "1.5" not in text


def test_what_is_switched_off_last_draws_the_same_whether_torch_allows_it_or_not() -> None:
    program = "x = torch.tensor(2.0, requires_grad=True)\ny = x**2\n{}.requires_grad_(False)\n"
    allowed, refused = (record(Job(source=program.format(name), prelude=True)).trace for name in "xy")
    assert drawn(allowed) == drawn(refused)
    assert "x**2" in drawn(refused)
