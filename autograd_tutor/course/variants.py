"""Exercises with numbers put in. Seed 0 takes the first value of every parameter."""

from __future__ import annotations

from math import gcd, prod
from re import Match
from string import Template

import msgspec

from autograd_tutor.course.model import Exercise, Lesson, Variant

Value = float | int | str

MOST = 200
"""Variants of one exercise; of more combinations, this many, spread over all."""


def count(exercise: Exercise) -> int:
    """How many variants there are: every combination of the parameters' values, `MOST` at the most."""
    return min(_combinations(exercise), MOST)


def values(exercise: Exercise, seed: int) -> dict[str, Value]:
    """What each parameter is in one variant; any seed will do, they repeat after `count`."""
    combinations = _combinations(exercise)
    at = seed % count(exercise) * _stride(combinations) % combinations
    chosen: dict[str, Value] = {}
    for name, choices in exercise.parameters.items():
        at, which = divmod(at, len(choices))
        chosen[name] = choices[which]
    return chosen


def variant(lesson: Lesson, exercise: Exercise, seed: int) -> Variant:
    """`exercise` with the numbers of `seed` in its code and its words."""
    chosen = values(exercise, seed)

    def words(text: str) -> str:
        return fill(text, chosen)

    return Variant(
        lesson=lesson.id,
        exercise=exercise,
        seed=seed % count(exercise),
        values=chosen,
        code=fill_code(exercise.code, chosen),
        prose=words(exercise.prose),
        explain=words(exercise.explain),
        questions=tuple(
            msgspec.structs.replace(one, ask=words(one.ask) if one.ask else f"What is {one.target} at the end?")
            for one in exercise.questions
        ),
        hints=tuple(map(words, exercise.hints)),
        mistakes=tuple(
            msgspec.structs.replace(
                one,
                replace=fill_code(one.replace, chosen),
                by=fill_code(one.by, chosen),
                words=words(one.words),
            )
            for one in exercise.mistakes
        ),
    )


def fill(text: str, chosen: dict[str, Value]) -> str:
    """`text` with its $names replaced as they stand in the code; `$$` is a dollar sign."""
    return Template(text).safe_substitute({name: written(value) for name, value in chosen.items()})


def fill_code(code: str, chosen: dict[str, Value]) -> str:
    """As `fill`, with a negative number in brackets unless it begins an expression that its sign may lead."""

    def put(found: Match[str]) -> str:
        name = found["named"] or found["braced"]
        if name not in chosen:
            return "$" if found["escaped"] else found[0]
        text = written(chosen[name])
        before = code[: found.start()].rstrip(" ")[-1:]
        binds = code[found.end() :].lstrip(" ").startswith(("**", ".", "[", "("))
        alone = before in ("", "(", "[", "{", ",", "=", ":", "\n") and not binds
        return f"({text})" if text.startswith("-") and not alone else text

    return Template.pattern.sub(put, code)


def written(value: Value) -> str:
    """A parameter's value as Python: 4.0 keeps its point, text stands as it is."""
    return value if isinstance(value, str) else repr(value)


def _combinations(exercise: Exercise) -> int:
    return prod(len(choices) for choices in exercise.parameters.values())


def _stride(combinations: int) -> int:
    """Near the golden section and without a common divisor: neighbours differ in most values, none comes twice."""
    stride = max(1, combinations * 618 // 1000)
    while gcd(stride, combinations) != 1:
        stride += 1
    return stride
