"""`check` finds what only a run can find."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from autograd_tutor.authoring.check import Report, check
from autograd_tutor.course.load import files, shipped
from autograd_tutor.sandbox.client import Sandbox

Checked = Callable[[str], Report]

GOOD = """
prose: The slope of `y`.
code: |
  x = torch.tensor($x, requires_grad=True)
  y = x**2
  y.backward()
parameters:
  x: [3.0, -1.5]
questions:
  - target: x.grad
hints:
  - Use the power rule.
"""


def test_a_good_lesson_has_no_problem(checked: Checked) -> None:
    report = checked(GOOD)
    assert (report.lessons, report.exercises, report.variants, report.problems) == (1, 1, 2, ())


MISTAKE = "mistakes:\n  - {{tag: a, replace: x**2, by: {0}, words: W}}\n"


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("  y = x**2", "  y = x**2 + oops", "y = x**2 + oops", "raises NameError"),
        ("  y = x**2", '  __import__("os")._exit(3)\n  y = x', "code: |", "does not run to an end"),
        ("  y = x**2", f"  y = x**2{' + 0' * 20}", "y = x**2", "has 88 characters"),
        ("  y = x**2", "  y = x**2\n" + "  pass\n" * 11, "code: |", "15 lines"),
        ("target: x.grad", "target: x.nothing", "x.nothing", "cannot be evaluated"),
        ("target: x.grad", "target: x.dtype", "x.dtype", "Nobody can type"),
        ("  y.backward()", "  y.backward()\n  X = torch.ones(9, 9)\nlinks: []", "target: X", "Nobody can type"),
        ("x: [3.0, -1.5]", "x: [3.0, 2.0]", "target: x.grad", "With x = 2.0: The value that backward starts"),
        ("  y = x**2", "  y = x**2 + 3 * x", "target: x.grad", "With x = -1.5, x.grad is 0"),
        ("  y = x**2", "  y = x * x.detach()", "target: x.grad", "own value is the same"),
        ("  y = x**2", "  y = (x**2).mean()", "target: x.grad", "mean is taken over one"),
        ("  y = x**2", "  (0 * x).backward()\n  y = x**2", "target: x.grad", "last backward alone"),
        ("The slope of `y`.", "Not 6, is it?", "Not 6", "tells the answer to x.grad"),
        ("Use the power rule.", "Use −3.0 for the other one.", "Use", "tells the answer"),
        ("The slope of `y`.", "The slope of `q`.", "`q`", "speaks of q"),
        ("hints:", MISTAKE.format("x*x") + "hints:", "tag: a", "a gives the right answer"),
        ("hints:", "experiments:\n  - detach: z\nhints:", "detach: z", "never appears"),
        ("hints:", "experiments:\n  - freeze: y\nhints:", "freeze: y", "cannot be tried with x = 3.0"),
        ("hints:", "experiments:\n  - change: {x: -1.5}\nhints:", "change:", "changes nothing with x = -1.5"),
        (
            "hints:",
            "mistakes:\n  - {tag: a, replace: x**2, by: x**3, words: W}\n"
            "  - {tag: b, replace: y = x**2, by: y = x*x*x, words: W}\nhints:",
            "tag: b",
            "b gives the same answer to x.grad as a",
        ),
    ],
)
def test_a_problem_is_named_at_its_line(old: str, new: str, at: str, says: str, checked: Checked) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new)
    if at == "target: X":
        text = text.replace("target: x.grad", at)
    problems = checked(text).problems
    hits = [one for one in problems if says in one.problem]
    assert hits, problems
    lines = Path(hits[0].file).read_text(encoding="utf-8").splitlines()
    assert at in lines[hits[0].line - 1], (hits[0], lines)
    assert {one.exercise for one in problems} == {"one"}
    assert {one.line for one in problems} == {hits[0].line}, problems


def test_numbers_of_the_first_variant_may_be_kept_on_purpose(checked: Checked) -> None:
    assert checked(GOOD.replace("[3.0, -1.5]", "[2.0, 3.0]")).problems
    assert not checked(GOOD.replace("[3.0, -1.5]", "[2.0, 3.0]") + "keeps: they are famous\n").problems
    assert checked(GOOD.replace("[3.0, -1.5]", "[3.0, 2.0]") + "keeps: they are famous\n").problems


def test_none_must_not_be_told_where_it_is_the_answer(checked: Checked) -> None:
    silent = GOOD.replace("  y.backward()\n", "")
    assert not checked(silent).problems
    [problem] = checked(silent.replace("Use the power rule.", "It is `None`.")).problems
    assert "tells the answer to x.grad" in problem.problem


def test_raising_is_an_answer(checked: Checked) -> None:
    assert not checked(GOOD.replace("y.backward()", "y.detach().backward()")).problems


def test_a_file_that_is_no_lesson_is_reported_with_the_others(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: a\n")
    report = check([tmp_path], sandbox)
    assert (report.lessons, report.exercises, report.variants) == (1, 0, 0)
    assert {one.line for one in report.problems} == {1}
    told = msgspec.to_builtins(report)
    assert set(told) == {"lessons", "exercises", "variants", "problems"}
    assert set(told["problems"][0]) == {"file", "line", "exercise", "problem", "fix"}


def test_the_first_lesson_is_sound(sandbox: Sandbox) -> None:
    assert check(files(shipped())[:1], sandbox).problems == ()


@pytest.mark.battery
def test_the_whole_course_is_sound(sandbox: Sandbox) -> None:
    report = check([shipped()], sandbox)
    assert report.variants > 150
    assert report.problems == ()
