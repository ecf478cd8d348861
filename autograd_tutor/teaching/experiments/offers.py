"""What can be tried on a program, the lesson's own experiments first."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from string import Template

import msgspec

from autograd_tutor.course import model as course
from autograd_tutor.course.model import Variant
from autograd_tutor.course.variants import fill_code
from autograd_tutor.program import Edit, Program, diff, edited, unfit, valid
from autograd_tutor.teaching.experiments.again import repeats
from autograd_tutor.teaching.experiments.cuts import Draft, detaches, freezes, no_grads, nth
from autograd_tutor.teaching.experiments.model import Offer
from autograd_tutor.teaching.experiments.numbers import Input, changed, changes
from autograd_tutor.trace import Stopped, Trace

MOST = 40
"""Offers; a long program has many places to cut."""
LONGEST = 20_000
"""Characters of a program that the learner wrote."""


def offers(trace: Trace, variant: Variant | None = None) -> tuple[Offer, ...]:
    """What can be tried on the program of `trace`; `variant` if it is a lesson's, edited or not.

    The lesson's own experiments come first, if the program is still as the lesson has it.
    """
    try:
        program = Program(trace.source)
    except (SyntaxError, ValueError):
        return ()
    if isinstance(trace.outcome, Stopped):
        return ()
    drafts = _told_apart(list(_drafts(program, trace, variant)))
    own: list[Offer] = []
    if variant is not None and variant.code == trace.source:
        own = [offer for one in variant.exercise.experiments for offer in _of_lesson(one, drafts, trace, variant)]
    found: dict[str, Offer] = {}
    for offer in [*own, *(_offer(draft, trace, variant) for draft in drafts)]:
        found.setdefault(offer.source, offer)
    return tuple(offer for offer in found.values() if valid(offer.source))[:MOST]


def change(trace: Trace, one: Input, value: float, variant: Variant | None = None) -> Offer:
    """The offer to put the learner's own `value` in the place of an input number; ValueError if it is not finite."""
    return _offer(changed(trace.source, one, value), trace, variant)


def own(trace: Trace, source: str, variant: Variant | None = None) -> Offer:
    """The offer to run the learner's own version of the program.

    Raises ValueError, whose message is a sentence: it is no Python, or no change, or too long.
    """
    if len(source) > LONGEST:
        raise ValueError(f"This program is too long: at most {LONGEST:,} characters can be tried here.")
    if (problem := unfit(source)) is not None:
        raise ValueError(problem)
    if source.rstrip() == trace.source.rstrip():
        raise ValueError("Nothing is changed yet.")
    return _offer(Draft("own", "Your own change", (Edit(0, len(trace.source), source),), ""), trace, variant)


def apply(source: str, offer: Offer) -> str:
    """`source`, which must be the one the offer was made for, with its edits made."""
    after = edited(source, offer.edits)
    if after != offer.source:
        raise ValueError("this experiment belongs to another program")
    return after


def _drafts(program: Program, trace: Trace, variant: Variant | None) -> Iterator[Draft]:
    torch = program.torch or ("torch" if variant is not None else None)
    yield from detaches(program, trace)
    if torch is not None:
        yield from no_grads(program, trace, torch)
    yield from freezes(program, trace)
    yield from repeats(program, trace)
    yield from changes(trace.source)


def _told_apart(drafts: list[Draft]) -> list[Draft]:
    """Of several that read the same, such as halving either number in `[20.0, 20.0]`, each says which it means."""
    alike: dict[str, list[Draft]] = defaultdict(list)
    for draft in sorted(drafts, key=lambda one: one.edits[0].start):
        alike[draft.title].append(draft)
    return [
        draft._replace(title=f"{draft.title} (the {nth(same.index(draft))})") if len(same) > 1 else draft
        for draft in drafts
        for same in (alike[draft.title],)
    ]


def _offer(draft: Draft, trace: Trace, variant: Variant | None) -> Offer:
    target = _target(draft, trace, variant)
    source = edited(trace.source, draft.edits)
    return Offer(
        kind=draft.kind,
        title=draft.title,
        question=f"What will {target} be then?",
        target=target,
        edits=draft.edits,
        source=source,
        diff=diff(trace.source, source),
    )


def _target(draft: Draft, trace: Trace, variant: Variant | None) -> str:
    """What to ask about: a frozen leaf's own gradient, else what the exercise asks, a gradient if there is one."""
    if draft.kind == "freeze":
        return f"{draft.subject}.grad"
    asked = [question.target for question in variant.questions] if variant is not None else []
    known = [*asked, *(found.target for found in trace.found)]
    known += [f"{tensor.names[0]}.grad" for tensor in trace.tensors if tensor.names and _is_leaf(tensor.id, trace)]
    return next((one for one in known if one.endswith(".grad")), known[0] if known else "the result")


def _is_leaf(tensor: int, trace: Trace) -> bool:
    one = trace.tensors[tensor]
    return one.is_leaf and one.requires_grad


def _of_lesson(one: course.Experiment, drafts: list[Draft], trace: Trace, variant: Variant) -> Iterator[Offer]:
    """The offers that a lesson's experiment means here."""
    for draft in _meant(one, drafts, variant):
        yield msgspec.structs.replace(_offer(draft, trace, variant), look=one.ask or "", own=True)


def _meant(one: course.Experiment, drafts: list[Draft], variant: Variant) -> list[Draft]:
    if one.change is not None:
        return [_with_parameters(one.change, variant)]
    kinds = (("detach", one.detach), ("no_grad", one.no_grad), ("freeze", one.freeze), ("again", one.again))
    for kind, subject in kinds:
        if subject is not None:
            found = [draft for draft in drafts if draft.kind == kind and draft.subject == subject]
            return found[-1:] if kind == "detach" else found[:1]
    return []


def _with_parameters(values: dict[str, float], variant: Variant) -> Draft:
    """The exercise with other parameters."""
    like = {
        name: int(value) if isinstance(variant.values.get(name), int) and value == int(value) else value
        for name, value in values.items()
    }
    code = fill_code(variant.exercise.code, {**variant.values, **like})
    title = ", ".join(_put(name, value, variant) for name, value in like.items())
    return Draft("change", f"Try {title}", (Edit(0, len(variant.code), code),), title)


def _put(name: str, value: object, variant: Variant) -> str:
    """`x = -4.0`, or where the program knows no such name, `1.0 in the place of 2.0 in line 3`."""
    if any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(ast.parse(variant.code))):
        return f"{name} = {value}"
    lines = [
        str(at)
        for at, line in enumerate(variant.exercise.code.split("\n"), 1)
        if any(name in (found["named"], found["braced"]) for found in Template.pattern.finditer(line))
    ]
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(lines[:-1])} and {lines[-1]}"
    return f"{value} in the place of {variant.values[name]}{f' in {where}' if lines else ''}"
