"""Variants: the first one has the first values, any seed gives one, and the code stays what it was."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.course.jobs import job
from autograd_tutor.course.model import Exercise, Lesson, Mistake, Question
from autograd_tutor.course.variants import MOST, count, fill_code, variant


def lesson(**fields: object) -> Lesson:
    given = {"id": "e", "title": "E", "prose": "At $x.", "code": "x = $x\n", "hints": ["Think of $x"]} | fields
    exercise = Exercise(**{"questions": [Question(target="x")]} | given)  # type: ignore[arg-type]
    return Lesson(format=1, id="l", title="L", goals=["g"], exercises=[exercise], number=1)


@given(st.lists(st.integers(1, 7), min_size=1, max_size=4), st.integers())
def test_every_seed_is_a_variant_and_none_comes_twice(lengths: list[int], seed: int) -> None:
    names = "abcd"[: len(lengths)]
    code = "\n".join(f"{name} = ${name}" for name in names)
    values = {name: [float(at) for at in range(length)] for name, length in zip(names, lengths, strict=True)}
    course = lesson(code=code, prose="p", hints=["h"], parameters=values, questions=[Question(target="a")])
    exercise = course.exercises[0]
    number = count(exercise)
    assert number <= MOST
    assert len({variant(course, exercise, one).code for one in range(number)}) == number
    assert variant(course, exercise, seed) == variant(course, exercise, seed % number)
    assert all(value == 0.0 for value in variant(course, exercise, 0).values.values())


def test_many_combinations_are_spread_over_all_values() -> None:
    values = {name: list(range(10)) for name in "abc"}
    course = lesson(code="a, b, c = $a, $b, $c", prose="p", hints=["h"], parameters=values)
    assert count(course.exercises[0]) == MOST
    seen = [variant(course, course.exercises[0], seed).values for seed in range(MOST)]
    assert all({one[name] for one in seen} == set(range(10)) for name in "abc")


def test_without_parameters_there_is_one() -> None:
    course = lesson(code="x = 1", prose="p", hints=["h"])
    assert count(course.exercises[0]) == 1
    assert variant(course, course.exercises[0], 12345).seed == 0


@pytest.mark.parametrize(
    ("code", "value", "filled"),
    [
        ("torch.tensor($x)", 4.0, "torch.tensor(4.0)"),
        ("torch.tensor($x)", -4.0, "torch.tensor(-4.0)"),
        ("[$x, $x]", -1, "[-1, -1]"),
        ("y = $x ** 2", -3.0, "y = (-3.0) ** 2"),
        ("y = 2 ** $x", -3, "y = 2 ** (-3)"),
        ("y = a - $x", -3.0, "y = a - (-3.0)"),
        ("y = $x * a", -3.0, "y = -3.0 * a"),
        ("y = f(lr=$x)", -0.1, "y = f(lr=-0.1)"),
        ("$x.abs()", -3.0, "(-3.0).abs()"),
        ("y = ${x}e5", 2, "y = 2e5"),
        ("y = '$$x'", 2, "y = '$x'"),
        ("y = $x", "[1.0, -2.0]", "y = [1.0, -2.0]"),
    ],
)
def test_code_keeps_its_meaning_around_a_number(code: str, value: float | int | str, filled: str) -> None:
    assert fill_code(code, {"x": value}) == filled
    ast.parse(filled)


@given(
    st.floats(-1e3, 1e3, allow_nan=False),
    st.sampled_from(["$x ** 2", "3 - $x", "-$x", "$x * 2 + 1", "($x)", "[$x][0]"]),
)
def test_putting_a_number_in_means_the_number(value: float, code: str) -> None:
    assert eval(fill_code(code, {"x": value})) == eval(code.replace("$x", "x"), {"x": value})


def test_words_have_the_numbers_of_the_code() -> None:
    slip = Mistake(tag="slip", replace="x = $x", by="x = -$x", words="Not $x?")
    questions = [Question(target="x"), Question(target="-x", ask="What is minus $x?")]
    course = lesson(parameters={"x": [1.5, -2.0]}, mistakes=[slip], questions=questions)
    one = variant(course, course.exercises[0], 1)
    assert (one.key, one.code, one.prose, one.hints) == ("l/e", "x = -2.0\n", "At -2.0.", ("Think of -2.0",))
    assert [question.ask for question in one.questions] == ["What is x at the end?", "What is minus -2.0?"]
    assert one.mistakes[0].words == "Not -2.0?"


def test_the_job_asks_all_and_tries_each_mistake() -> None:
    slip = Mistake(tag="slip", replace="$x", by="2 * $x", words="Doubled?")
    course = lesson(parameters={"x": [1.5, -2.0]}, mistakes=[slip])
    made = job(variant(course, course.exercises[0], 1))
    assert (made.source, made.targets, made.prelude, made.confined) == ("x = -2.0\n", ("x",), True, True)
    assert [(one.tag, one.source) for one in made.mutations] == [("slip", "x = 2 * (-2.0)\n")]
