"""Wrong answers, each with the mistake that leads to it: the recorded program with one element changed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import torch

from autograd_tutor.explanation import ImaginedPass
from autograd_tutor.mistakes import KINDS
from autograd_tutor.recording.aims import Aim, aim, near, numbers, tensor_of
from autograd_tutor.recording.finer import finer
from autograd_tutor.recording.imagined import (
    directions,
    functional,
    lenient,
    orders,
    parts,
    plain,
    sources,
    updated,
    updates,
)
from autograd_tutor.recording.imagined.case import Case, Family, Guess
from autograd_tutor.recording.imagined.families import CHEAP, FAMILIES, OF_WHAT_IS_THERE, SINGLE
from autograd_tutor.recording.imagined.sources import Reruns
from autograd_tutor.recording.reverse import Reverse
from autograd_tutor.recording.straight import Program, straight
from autograd_tutor.recording.tape import Recording
from autograd_tutor.recording.values import array
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import WHOLE, Array

MOST = 200
LONG, FEWER = 45, 100
"""Of a program of so many calls, only so many: each costs a pass over all of them."""
SECONDS = 2.0
LARGE = 200
"""With more calls than this only the families that need few passes are tried; also where the tape's own
backward pass is not torch's (a hook, an edit of .grad), since a change of it would then mean something else."""


def imagine(
    recording: Recording, target: str, job: Job | None = None, seconds: float = SECONDS
) -> tuple[ImaginedPass, ...]:
    """The imagined passes of one target alone."""
    return tuple(Imagination(recording, None if job is None else Reruns(recording, job)).of(target, seconds))


class Imagination:
    """The imagined passes of one recording's targets. What they share is worked out once."""

    def __init__(
        self, recording: Recording, reruns: Reruns | None = None, families: tuple[Family, ...] = FAMILIES
    ) -> None:
        """With `reruns`, edits of the source are tried as well (another branch, a number that left torch)."""
        self._families = families
        self._recording = recording
        self._reruns = reruns

    def of(self, target: str, seconds: float = SECONDS) -> Iterator[ImaginedPass]:
        """What `target` would be after each single mistake, the likeliest first; at most `MOST`, or `FEWER`.

        None equals the truth; two may be equal if they are of different families. Within `seconds` of processor
        time, whatever else the machine does; never raises.
        """
        deadline = time.process_time() + seconds
        found = self._recording.trace.find(target)
        if found is None or found.kind not in ("tensor", "none", "missing"):
            return
        truth = None if found.value is None else tensor_of(found.value)
        if found.value is not None and truth is None:
            return
        with warnings.catch_warnings(action="ignore"):
            most = MOST if len(self._recording.tape.calls) < LONG else FEWER
            yield from _kept(target, truth, self._guesses(target, truth), deadline, most)

    @cached_property
    def _reverse(self) -> Reverse:
        """The program's passes; raises if it can't be run again."""
        return Reverse(finer(straight(self._recording)))

    def _guesses(self, target: str, truth: torch.Tensor | None) -> Iterator[Guess]:
        """All families' guesses; one that fails on a program ends without a word."""
        recording, reruns = self._recording, self._reruns
        if reruns is not None:
            yield from _safely(lambda: sources.uncut(recording, target, reruns))
            yield from _safely(lambda: sources.repaired(recording, target, reruns))
            yield from _safely(lambda: orders.kept(recording, target, reruns, _of_another))
        try:
            self._reverse.tidy()
            program = self._reverse.program
            goal = aim(program, target)
            if goal is not None and any(one.batch for one in goal.passes):  # many gradients in one
                goal = None
        except (RuntimeError, TypeError, ValueError, IndexError, LookupError):
            return
        if goal is None:
            yield from _safely(lambda: self._of_value(program, target, truth))
        else:
            case = Case(program, goal, self._reverse)
            narrow = len(program.steps) > LARGE or (goal.truth is not None and not case.sound)
            untold = goal.truth is None or any(one.raised for one in case.backwards)
            had = self._had_it_run(goal) if untold and not narrow else None
            given = had.aim.truth if had is not None and goal.truth is None else None
            yield from _slips(case, CHEAP if narrow else self._families, given)
            if had is not None:
                guesses = _slips(had, FAMILIES, had.aim.truth)
                yield from (one for one in guesses if one.tag not in OF_WHAT_IS_THERE)
        if reruns is not None:
            yield from _safely(lambda: sources.branches(recording, target, reruns))
            if goal is not None:
                yield from _safely(lambda: updates.forgotten(recording, target, reruns))

    def _had_it_run(self, goal: Aim) -> Case | None:
        """The gradient that would be there if nothing were cut and no line raised."""
        try:
            return lenient.imagined(self._recording, goal)
        except _FAILURES:
            return None

    def _of_value(self, program: Program, target: str, truth: torch.Tensor | None) -> Iterator[Guess]:
        """For a target that is no gradient."""
        recording, reruns = self._recording, self._reruns
        if truth is not None:
            yield from _safely(lambda: functional.tables(recording, target, truth))
        if reruns is not None:
            yield from _safely(lambda: functional.others(recording, target, reruns))
            yield from _safely(lambda: updates.forgotten(recording, target, reruns))
        if reruns is not None and truth is not None:
            yield from _safely(lambda: directions.passes(recording, target, truth, reruns, _of_another))
            yield from _safely(lambda: updated.weight(recording, target, truth, reruns, _of_another))
        if truth is not None:
            yield from _safely(lambda: updates.alone(recording, target, truth))
            yield from _safely(lambda: updates.of_state(recording, target, truth))
        if reruns is not None:
            yield from _safely(lambda: parts.within(recording, target, reruns, self._of_whole))
        yield from _safely(lambda: plain.others(program, target))

    def _of_whole(self, recording: Recording, target: str) -> Iterator[Guess]:
        return Imagination(recording, self._reruns)._guesses(target, _truth(recording, target))


def _of_another(recording: Recording, target: str) -> Iterator[Guess]:
    """For a target of a program that was made from the learner's: single slips."""
    return Imagination(recording, families=SINGLE)._guesses(target, _truth(recording, target))


def _truth(recording: Recording, target: str) -> torch.Tensor | None:
    found = recording.trace.find(target)
    return None if found is None or found.value is None else tensor_of(found.value)


_FAILURES = (RuntimeError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What a replay of a changed program may raise."""


def _slips(case: Case, families: Sequence[Family], given: torch.Tensor | None) -> Iterator[Guess]:
    """The families' guesses. `given`: what would be there if nothing were cut and no line raised, which is the answer
    of those who believe just that, and no slip in working it out."""
    for family in families:
        for guess in _safely(lambda family=family: family(case)):  # type: ignore[misc]
            believed = KINDS[guess.tag].family[0] in "DN" or guess.value is None or given is None
            if believed or not same(guess.value, given):
                yield guess


def _safely(family: Callable[[], Iterator[Guess]]) -> Iterator[Guess]:
    try:
        yield from family()
    except _FAILURES:
        return


def _kept(
    target: str, truth: torch.Tensor | None, guesses: Iterator[Guess], deadline: float, most: int
) -> Iterator[ImaginedPass]:
    """Guesses that differ from the truth, and from each other or in their family."""
    kept = 0
    seen: dict[tuple[str, tuple[int, ...]], list[Numbers]] = {}
    """By the family's letter, and the shape."""
    right = None if truth is None else _written(truth)
    for guess in guesses:
        value = guess.value
        family = KINDS[guess.tag].family
        if value is None and guess.absent and truth is not None:
            kept += 1
            yield _told(target, guess, None)
        if value is not None and value.numel() <= WHOLE:
            wrong = _written(value)
            others = known = seen.setdefault((family[0], wrong[0]), [])
            if guess.also is not None:
                known = [one for (_, shape), ones in seen.items() if shape == wrong[0] for one in ones]
            if (right is None or not _alike(right, wrong)) and not any(_alike(other, wrong) for other in known):
                others.append(wrong)
                kept += 1
                yield _told(target, guess, array(value.detach()))
        if kept >= most or time.process_time() > deadline:
            break


def _told(target: str, guess: Guess, value: Array | None) -> ImaginedPass:
    family = KINDS[guess.tag].family
    also = None if guess.also is None else _told(target, guess.also, None)
    return ImaginedPass(target, guess.tag, family, value, guess.nodes, guess.edges, guess.detail, also)


Numbers = tuple[tuple[int, ...], list[complex]]


def _written(tensor: torch.Tensor) -> Numbers:
    """Shape and elements as a learner writes them, who makes no difference between `[4]` and `4`."""
    return (() if tensor.numel() == 1 else tuple(tensor.shape)), numbers(tensor)


def _alike(one: Numbers, other: Numbers) -> bool:
    return one[0] == other[0] and (near(one[1], other[1]) or near(other[1], one[1]))


def same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Equal to a learner."""
    return _alike(_written(one), _written(other))
