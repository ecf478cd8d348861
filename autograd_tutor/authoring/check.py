"""Checks lesson files: what they say, and every variant of every exercise, run in the sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from autograd_tutor.authoring import laws, prose, trials
from autograd_tutor.authoring.coincidence import coincidences, is_zero
from autograd_tutor.authoring.finding import Finding
from autograd_tutor.course.document import Document
from autograd_tutor.course.jobs import job
from autograd_tutor.course.load import BadLesson, files, read_marked
from autograd_tutor.course.model import Exercise, Lesson, Problem, Variant
from autograd_tutor.course.variants import count, variant
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.trace import Raised, Stopped, Trace


class Runner(Protocol):
    """What runs programs: the sandbox."""

    def run(self, job: Job) -> Run:
        """Runs one program to its end, or to its limits."""


class Report(msgspec.Struct, frozen=True):
    """What was checked, and everything found wrong."""

    lessons: int
    exercises: int
    variants: int
    problems: tuple[Problem, ...]


def check(paths: Iterable[Path], sandbox: Runner) -> Report:
    """Checks the lesson files at `paths` (files or folders), every variant."""
    problems: list[Problem] = []
    lessons = exercises = variants = 0
    for file in [one for path in paths for one in files(path)]:
        lessons += 1
        try:
            lesson, document = read_marked(file)
        except BadLesson as bad:
            problems += bad.problems
            continue
        exercises += len(lesson.exercises)
        for at, exercise in enumerate(lesson.exercises):
            variants += count(exercise)
            found = dict.fromkeys(_exercise(lesson, exercise, sandbox))
            problems += [_problem(file, document, at, exercise, one) for one in found]
    return Report(lessons, exercises, variants, tuple(problems))


def _exercise(lesson: Lesson, exercise: Exercise, sandbox: Runner) -> Iterator[Finding]:
    all_variants = [variant(lesson, exercise, seed) for seed in range(count(exercise))]
    played = [(one, _played(sandbox, _quick(job(one)))) for one in all_variants]
    for one, run in played:
        stopped = list(laws.runs(run))
        yield from stopped
        yield from prose.fits(one)
        yield from prose.strangers(one)
        if not stopped:
            yield from laws.answerable(one, run)
            yield from laws.distinct(one, run, _mistaken(one, sandbox))
            yield from _ambiguous(one, run)
            yield from trials.applies(one, run)
            for found in run.trace.found:
                yield from prose.tells(one, found)
    yield from _sometimes_zero(played)
    yield from _tried(*played[0], sandbox)


def _played(sandbox: Runner, job: Job) -> Run:
    """One run; a second one if time ran out, since a busy machine is not the author's fault."""
    run = sandbox.run(job)
    late = isinstance(run.trace.outcome, Stopped) and run.trace.outcome.reason == "time"
    return sandbox.run(job) if late else run


def _quick(job: Job) -> Job:
    """Only what torch says: no explanation, no imagined passes."""
    return msgspec.structs.replace(job, explain=False, mutations=())


def _mistaken(one: Variant, sandbox: Runner) -> dict[str, Trace]:
    whole = job(one)
    return {
        mutation.tag: sandbox.run(msgspec.structs.replace(_quick(whole), source=mutation.source, own=False)).trace
        for mutation in whole.mutations
    }


def _tried(one: Variant, run: Run, sandbox: Runner) -> Iterator[Finding]:
    """What the experiments lead to, in the first variant, runs as well."""
    for at, offer in trials.trials(one, run):
        if offer is not None:
            edited = msgspec.structs.replace(_quick(job(one)), source=offer.source, own=False)
            for found in laws.runs(sandbox.run(edited)):
                yield Finding(("experiments", at), f"{offer.title}: {found.problem}", found.fix)


def _ambiguous(one: Variant, run: Run) -> Iterator[Finding]:
    if isinstance(run.trace.outcome, Raised) or (one.seed == 0 and one.exercise.keeps):
        return
    for at, question in enumerate(one.questions):
        found = run.trace.find(question.target)
        for why in coincidences(run.trace, found) if found else ():
            numbers = ", ".join(f"{name} = {value}" for name, value in one.values.items()) or "these numbers"
            fix = "Use other numbers, or say in `keeps` why the first variant has these."
            yield Finding(("questions", at), f"With {numbers}: {why}", fix)


def _sometimes_zero(played: list[tuple[Variant, Run]]) -> Iterator[Finding]:
    """An answer that is 0 by accident hides a slip in the sign; one that is always 0 is the exercise's point."""
    for at, question in enumerate(played[0][0].questions):
        found = [run.trace.find(question.target) for _, run in played]
        zero = [one is not None and is_zero(one.value) for one in found]
        if any(zero) and not all(zero):
            values = played[zero.index(True)][0].values
            numbers = ", ".join(f"{name} = {value}" for name, value in values.items())
            problem = f"With {numbers}, {question.target} is 0, and a wrong sign would be right."
            yield Finding(("questions", at), problem, "Use other numbers.")


def _problem(file: Path, document: Document, at: int, exercise: Exercise, found: Finding) -> Problem:
    line = document.line(("exercises", at, *found.place), found.offset)
    return Problem(str(file), line, found.problem, found.fix, exercise.id)
