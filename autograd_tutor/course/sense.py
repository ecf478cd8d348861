"""Whether an exercise of the right shape makes sense: its code, its $names, and all that points at them."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from string import Template

from autograd_tutor.course.document import Place
from autograd_tutor.course.jobs import mistaken
from autograd_tutor.course.model import Exercise, Lesson, Variant
from autograd_tutor.course.variants import variant

Finding = tuple[Place, int | None, str, str]
"""Where; the line inside that text (from 0), if one is at fault; what is wrong; what to do."""

PRELUDE = frozenset({"torch", "math", "nn", "F"})
"""Names that a lesson's code has without an import."""


def findings(exercise: Exercise) -> Iterator[Finding]:
    """Everything in `exercise` that cannot work; places are relative to it."""
    wrong = list(_parameters(exercise))
    wrong += _dollars(exercise)
    yield from wrong
    if wrong:
        return
    filled = variant(_alone(exercise), exercise, 0)
    broken = list(_code(filled.code))
    yield from broken
    names = set() if broken else _names(filled.code)
    if not broken:
        yield from _questions(filled, names)
        yield from _experiments(filled, names)
        yield from _mistakes(filled)
    for at, link in enumerate(exercise.links):
        if not link.startswith("https://"):
            yield ("links", at), None, f"{link[:60]} is no web address.", "Start it with https://."


def _alone(exercise: Exercise) -> Lesson:
    return Lesson(format=1, id="x", title="x", goals=["x"], exercises=[exercise], number=1)


def _parameters(exercise: Exercise) -> Iterator[Finding]:
    for name, choices in exercise.parameters.items():
        place: Place = ("parameters", name)
        if not name.isidentifier():
            yield place, None, f"{name} cannot be a parameter's name.", "Use a name that Python allows."
        if not choices:
            yield place, None, f"{name} has no values.", "Give at least one."
        if len({(type(choice), choice) for choice in choices}) < len(choices):
            yield place, None, f"{name} has the same value twice.", "Keep one of them."
        if any(isinstance(choice, float) and not math.isfinite(choice) for choice in choices):
            yield (
                place,
                None,
                f"{name} has a value that Python cannot write.",
                "Use a finite number.",
            )
        if any(isinstance(choice, str) and "\n" in choice for choice in choices):
            yield place, None, f"{name} has a value of several lines.", "Keep each value on one line."
        if name not in Template(exercise.code).get_identifiers():
            fix = f"Write ${name} in the code, or remove the parameter."
            yield place, None, f"The code does not use the parameter {name}.", fix


def _dollars(exercise: Exercise) -> Iterator[Finding]:
    for place, text in _texts(exercise):
        if "$" not in text:
            continue
        for found in Template.pattern.finditer(text):
            name = found["named"] or found["braced"]
            offset = text.count("\n", 0, found.start())
            if found["invalid"] is not None:
                yield place, offset, "A lone $ stands here.", "Write $$ for a dollar sign, $name for a parameter."
            elif name and name not in exercise.parameters:
                known = ", ".join(exercise.parameters) or "none yet"
                yield place, offset, f"${name} has no parameter {name}.", f"Add it to parameters (there: {known})."


def _texts(exercise: Exercise) -> Iterator[tuple[Place, str]]:
    yield ("code",), exercise.code
    yield ("prose",), exercise.prose
    yield ("explain",), exercise.explain
    for at, hint in enumerate(exercise.hints):
        yield ("hints", at), hint
    for at, question in enumerate(exercise.questions):
        yield ("questions", at, "target"), question.target
        yield ("questions", at, "ask"), question.ask or ""
    for at, mistake in enumerate(exercise.mistakes):
        yield from ((("mistakes", at, name), getattr(mistake, name)) for name in ("replace", "by", "words"))


def _code(code: str) -> Iterator[Finding]:
    for offset, line in enumerate(code.splitlines()):
        if "\t" in line:
            yield ("code",), offset, "A tab stands in the code.", "Use spaces."
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        offset = min(error.lineno or 1, max(1, len(code.splitlines()))) - 1
        yield ("code",), offset, f"This is not Python: {error.msg}.", "Correct this line, or the one above."
    except (ValueError, RecursionError, MemoryError):
        yield ("code",), None, "Python cannot read this code.", "Remove null characters and very deep nesting."
    else:
        if not tree.body:
            yield ("code",), None, "There is no code.", "Write the program to predict about."


def _names(code: str) -> set[str]:
    """Every word of the code that may name something."""
    return set(re.findall(r"[^\W\d]\w*", re.sub(r"#.*", "", code)))


def _questions(filled: Variant, names: set[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for at, question in enumerate(filled.questions):
        place: Place = ("questions", at, "target")
        if question.target in seen:
            yield place, None, f"{question.target} is asked twice.", "Remove one of the questions."
        seen.add(question.target)
        try:
            tree = ast.parse(question.target.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            yield place, None, f"The target {question.target} is no expression.", "Write one such as x.grad or y."
            continue
        used = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
        missing = [name for name in used if name not in names and name not in PRELUDE]
        if missing:
            yield place, None, f"The name {missing[0]} never appears in the code.", "Ask for one that does."


def _experiments(filled: Variant, names: set[str]) -> Iterator[Finding]:
    lines = filled.code.splitlines()
    for at, experiment in enumerate(filled.exercise.experiments):
        place: Place = ("experiments", at)
        kinds = ("detach", "no_grad", "freeze", "again", "change")
        given = [kind for kind in kinds if getattr(experiment, kind) is not None]
        if len(given) != 1:
            problem = f"An experiment has {' and '.join(given)}." if given else "An experiment does nothing."
            yield place, None, problem, f"Give exactly one of {', '.join(kinds)}."
        for kind in ("detach", "freeze"):
            name = getattr(experiment, kind)
            if name is not None and name not in names:
                yield (*place, kind), None, f"The name {name} never appears in the code.", "Name one that does."
        line = experiment.no_grad
        if line is not None and not (1 <= line <= len(lines) and lines[line - 1].strip()):
            fix = f"Give a line of the code, 1 to {len(lines)}."
            yield (*place, "no_grad"), None, f"The code has no statement in line {line}.", fix
        for name in experiment.change or {}:
            if name not in filled.values:
                fix = f"Change one of {', '.join(filled.values) or 'the parameters (there are none yet)'}."
                yield (*place, "change", name), None, f"There is no parameter {name} to change.", fix


def _mistakes(filled: Variant) -> Iterator[Finding]:
    tags: set[str] = set()
    targets = {question.target for question in filled.questions}
    for at, mistake in enumerate(filled.exercise.mistakes):
        place: Place = ("mistakes", at)
        if mistake.tag in tags:
            yield (*place, "tag"), None, f"Two mistakes are called {mistake.tag}.", "Give each its own tag."
        tags.add(mistake.tag)
        if mistake.target is not None and mistake.target not in targets:
            fix = f"Name one of {', '.join(sorted(targets))}, or leave it out."
            yield (*place, "target"), None, f"No question asks for {mistake.target}.", fix
        times = filled.exercise.code.count(mistake.replace) if mistake.replace else 0
        if times != 1:
            where = "is not in the code" if not times else f"is in the code {times} times"
            yield (*place, "replace"), None, f"“{mistake.replace}” {where}.", "Copy a piece that is there exactly once."
        elif mistake.by == mistake.replace:
            yield (*place, "by"), None, "The mistake changes nothing.", "Write what the learner has in mind instead."
        elif list(_code(mistaken(filled, mistake))):
            yield (*place, "by"), None, "With this mistake the code is not Python.", "Correct `by`."
