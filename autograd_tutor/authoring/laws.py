"""What must hold of every variant, given what became of its run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from autograd_tutor.authoring.finding import Finding
from autograd_tutor.course.model import Variant
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching.closeness import all_equal
from autograd_tutor.teaching.grading import judge
from autograd_tutor.teaching.truth import truth
from autograd_tutor.trace import Found, Raised, Stopped, Trace

_SLIPS = ("NameError", "SyntaxError", "IndentationError", "ImportError", "ModuleNotFoundError")
"""Exceptions that are never what an exercise is about."""


def runs(run: Run) -> Iterator[Finding]:
    """The program ends by itself, and not over a slip of the author's."""
    match run.trace.outcome:
        case Stopped(message=message):
            yield Finding(("code",), f"The program does not run to an end. {message}", "Make it smaller.")
        case Raised(type=kind, message=message, span=span) if kind in _SLIPS:
            offset = span.line - 1 if span else None
            yield Finding(("code",), f"The program raises {kind}: {message}.", "Correct this line.", offset)


def answerable(variant: Variant, run: Run) -> Iterator[Finding]:
    """Every question has an answer that can be typed, and typing the truth is right."""
    raised = isinstance(run.trace.outcome, Raised)
    for at, question in enumerate(variant.questions):
        place = ("questions", at, "target")
        found = run.trace.find(question.target)
        if found is None or (found.kind == "missing" and not raised):
            why = f": {found.text}" if found and found.text else ""
            problem = f"{question.target} cannot be evaluated at the program's end{why}."
            yield Finding(place, problem, "Ask for something that is there.")
        elif not raised and (found.kind == "text" or (found.value is not None and found.value.data is None)):
            problem = f"Nobody can type the answer to {question.target}."
            yield Finding(place, problem, "Ask for a number, a small tensor, a flag, or .grad.")
        else:
            solution = typed(truth(run, question.target))
            verdict = judge(solution, run, question.target, variant.mistakes)
            if verdict.verdict != "right":
                problem = f"The truth for {question.target}, typed as “{solution}”, is judged {verdict.verdict}."
                yield Finding(place, f"{problem} {verdict.message}", "Ask for something simpler to type.")


def distinct(variant: Variant, run: Run, mistaken: Mapping[str, Trace]) -> Iterator[Finding]:
    """Each of the lesson's own mistakes gives an answer of its own to the questions it is about.

    `mistaken` has the trace of each mistake's program, by tag.
    """
    telling: set[str] = set()
    for target in (question.target for question in variant.questions):
        about = [one for one in variant.mistakes if one.target in (None, target)]
        wrong = [one.tag for one in about if not _alike(mistaken[one.tag], run.trace, target)]
        telling.update(wrong)
        for one, other in combinations(wrong, 2):
            if _alike(mistaken[one], mistaken[other], target):
                problem = f"{other} gives the same answer to {target} as {one} does."
                yield Finding(_place(variant, other), problem, "Change the parameters' values, or one of the two.")
    for mistake in variant.mistakes:
        if mistake.tag not in telling:
            problem = f"The mistake {mistake.tag} gives the right answer."
            yield Finding(_place(variant, mistake.tag), problem, "Change the parameters' values, or remove it.")


def typed(value: object) -> str:
    """The truth, as a learner types it."""
    match value:
        case {"raises": _}:
            return "raises"
        case list():
            return f"[{', '.join(map(typed, value))}]"
        case {"re": real, "im": imaginary}:
            return f"{typed(real)} + {typed(imaginary)}j"
    return str(value)


def _place(variant: Variant, tag: str) -> tuple[str | int, ...]:
    return ("mistakes", [mistake.tag for mistake in variant.mistakes].index(tag))


def _alike(one: Trace, other: Trace, target: str) -> bool:
    """Both would be given the same answer to the question for `target`."""
    raised = [isinstance(trace.outcome, Raised) for trace in (one, other)]
    if any(raised):
        return all(raised)
    return _equal(one.find(target), other.find(target))


def _equal(one: Found | None, other: Found | None) -> bool:
    if one is None or other is None or one.kind != other.kind:
        return one is other
    if one.value is None or other.value is None:
        return (one.flag, one.text) == (other.flag, other.text)
    return all_equal(one.value, other.value)
