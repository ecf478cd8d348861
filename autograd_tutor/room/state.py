"""The live room as an immutable state machine: what happens in class, and what the teacher does about it.

Every transition returns the next `Room`; `view` is what the teacher sees. No clock, no connection: times are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from msgspec.structs import replace as changed

from autograd_tutor.room.messages import Set, StepPoll, Voted
from autograd_tutor.room.rules import Assignment, Lead, Poll, Rules
from autograd_tutor.room.screen import harmless
from autograd_tutor.room.view import RIGHT, UNKNOWN, Bar, Belief, RoomView, Row, Spread, Summary
from autograd_tutor.teaching.model import Attempt

STUCK_TRIES = 3
"""Wrong answers to one question after which a student counts as stuck."""
STUCK_SECONDS = 180.0
"""Without any act in an exercise that is open."""


@dataclass(frozen=True, slots=True)
class Student:
    """One student, as far as the room knows."""

    name: str
    here: bool = False
    exercise: str = ""
    question: int = -1
    tries: int = 0
    belief: Belief = ""
    answer: str = ""
    since: float = 0.0
    states: Mapping[str, str] = field(default_factory=dict)
    """By exercise."""
    beliefs: Mapping[str, tuple[str, Belief]] = field(default_factory=dict)
    """By exercise: the last answer's target, and what it stands for."""

    def stuck(self, now: float, *, playing: bool = True) -> bool:
        """Needs a look: several wrong answers in a row, or while `playing` a long silence over an open exercise."""
        if not self.here or not self.exercise or self.states.get(self.exercise) in ("solved", "revealed"):
            return False
        silent = playing and now - self.since >= STUCK_SECONDS
        return (self.tries >= STUCK_TRIES and self.belief != RIGHT) or silent


@dataclass(frozen=True, slots=True)
class Room:
    """The class at one moment."""

    group: str
    students: Mapping[str, Student] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    about: str = ""
    """The exercise whose spread is shown while no poll is on."""
    target: str = ""
    """What the poll asks for."""
    votes: Mapping[int, Mapping[str, Belief]] = field(default_factory=dict)
    """By round, by student."""
    polls: tuple[Spread, ...] = ()
    """Those that are over."""
    attempts: int = 0
    """Answers given since the class began."""

    def expecting(self, names: Iterable[str]) -> Room:
        """The class's list: those who are not known yet are added, away."""
        new = {name: Student(name) for name in names if name not in self.students}
        return replace(self, students={**self.students, **new}) if new else self

    def arrived(self, name: str, now: float) -> Room:
        """A student is connected."""
        return self._with(replace(self._student(name), here=True, since=now))

    def left(self, name: str) -> Room:
        """A student is not connected any more."""
        return self._with(replace(self._student(name), here=False))

    def forgotten(self, name: str) -> Room:
        """A student with a temporary name is gone for good."""
        return replace(self, students={key: one for key, one in self.students.items() if key != name})

    def opened(self, name: str, exercise: str, now: float) -> Room:
        """A student opened a variant of an exercise."""
        student = self._student(name)
        if student.exercise == exercise:
            return self._with(replace(student, since=now))
        states = {exercise: "started", **student.states}
        fresh = replace(student, exercise=exercise, question=-1, tries=0, belief="", answer="", since=now)
        return self._with(replace(fresh, states=states))

    def acted(self, name: str, now: float) -> Room:
        """A student typed something."""
        student = self._student(name)
        return self._with(replace(student, since=now)) if now - student.since >= 1 else self

    def attempted(self, name: str, attempt: Attempt, now: float, *, live: bool = True) -> Room:
        """A student answered, took a hint, revealed or skipped. Not `live`: remembered from earlier."""
        student = self.opened(name, attempt.exercise, now)._student(name)
        better = student.states.get(attempt.exercise) == "solved"
        states = {**student.states, attempt.exercise: "solved" if better else attempt.state}
        student = replace(student, states=states, since=now)
        if attempt.question != student.question:
            student = replace(student, question=attempt.question, tries=0, belief="", answer="")
        if attempt.action == "answer" and attempt.verdict not in ("invalid", ""):
            held = belief(attempt.verdict, attempt.mistakes)
            student = replace(
                student,
                tries=attempt.try_number,
                belief=held,
                answer=harmless(attempt.read_as or attempt.answer, 60),
                beliefs={**student.beliefs, attempt.exercise: (attempt.target, held)},
            )
        return replace(self._with(student), attempts=self.attempts + (1 if live else 0))

    def asked(self, poll: Poll, target: str) -> Room:
        """A poll begins; following ends, and so does a poll that is on."""
        rules = changed(self.rules, poll=poll, lead=None)
        return replace(self, rules=rules, target=target, polls=self._polls, votes={}, about="")

    def voted(self, name: str, vote: Voted, now: float) -> Room:
        """A student predicted, or changed their mind in the same round. A late vote changes nothing."""
        poll = self.rules.poll
        if poll is None or vote.poll != poll.number or vote.round != poll.round or poll.phase not in ("vote", "again"):
            return self
        of_round = {**self.votes.get(vote.round, {}), name: belief(vote.verdict, vote.mistakes)}
        return replace(self.acted(name, now), votes={**self.votes, vote.round: of_round})

    def stepped(self, step: StepPoll, now: float) -> Room:
        """The poll goes on; what is shown once cannot be voted on again. Over: it is kept, and play is free."""
        poll = self.rules.poll
        if poll is None or (poll.phase == "shown" and step.to != "over"):
            return self
        if step.to == "over":
            over = replace(self, rules=changed(self.rules, poll=None), polls=self._polls, votes={}, target="")
            return over._rested(now)
        until = now + step.seconds if step.seconds else None
        return replace(self, rules=changed(self.rules, poll=changed(poll, phase=step.to, until=until)))

    def leads(self, lead: Lead | None, now: float) -> Room:
        """Everyone follows the teacher, or nobody does. While a poll is on there is nothing to follow."""
        if self.rules.poll:
            return self
        led = replace(self, rules=changed(self.rules, lead=lead))
        return led if lead else led._rested(now)

    def set(self, change: Set, now: float) -> Room:
        """The teacher changed what holds."""
        rules = self.rules
        if change.paused is not None:
            rules = changed(rules, paused=change.paused)
        if change.locked is not None:
            rules = changed(rules, locked=change.locked)
        if change.editing is not None:
            rules = changed(rules, editing=change.editing)
        if change.minutes is not None:
            rules = changed(rules, until=now + 60 * change.minutes if change.minutes else None)
        after = replace(self, rules=rules)
        return after._rested(now) if change.paused is False else after

    def assigned(self, assignment: Assignment | None) -> Room:
        """What the class is asked to do."""
        return replace(self, rules=changed(self.rules, assignment=assignment))

    def asking(self, exercise: str) -> Room:
        """Whose spread of beliefs the teacher wants to see."""
        return replace(self, about=exercise)

    @property
    def spread(self) -> Spread | None:
        """What is believed: in the poll that is on, else about what most were asked in the exercise looked at."""
        poll = self.rules.poll
        if poll is not None:
            first, second = (bars(self.votes.get(round, {}).values()) for round in (1, 2))
            if poll.round == 1:
                return Spread(poll.exercise, self.target, first)
            return Spread(poll.exercise, self.target, second, before=first)
        if not self.about:
            return None
        held = [one.beliefs[self.about] for one in self.students.values() if self.about in one.beliefs]
        target = Counter(asked for asked, _ in held).most_common(1)[0][0] if held else ""
        return Spread(self.about, target, bars(one for asked, one in held if asked == target))

    def view(self, now: float, watching: str = "") -> RoomView:
        """What the teacher's screens show."""
        rows = tuple(self._row(self.students[name], now) for name in sorted(self.students, key=str.casefold))
        return RoomView(self.group, now, rows, self.rules, self.spread, watching)

    def summary(self, now: float) -> Summary:
        """What the lesson came to."""
        students = self.students.values()
        mistakes = Counter(
            held for one in students for _, held in set(one.beliefs.values()) if held not in (RIGHT, UNKNOWN)
        )
        return Summary(
            students=sum(bool(one.since) for one in students),
            attempts=self.attempts,
            solved=sum(list(one.states.values()).count("solved") for one in students),
            mistakes=tuple(Bar(tag, count) for tag, count in mistakes.most_common(8)),
            stuck=tuple(sorted(one.name for one in students if one.stuck(now, playing=self._playing))),
            polls=self._polls,
        )

    @property
    def _playing(self) -> bool:
        """Everyone plays alone: who is silent then may be stuck."""
        return not (self.rules.paused or self.rules.poll or self.rules.lead)

    @property
    def _polls(self) -> tuple[Spread, ...]:
        """Those that are over, and the one that is on."""
        current = self.spread if self.rules.poll else None
        return (*self.polls, current) if current else self.polls

    def _rested(self, now: float) -> Room:
        """Play goes on after all did something together: silence counts from now."""
        students = {name: replace(one, since=now) if one.here else one for name, one in self.students.items()}
        return replace(self, students=students)

    def _student(self, name: str) -> Student:
        return self.students.get(name) or Student(name)

    def _with(self, student: Student) -> Room:
        return replace(self, students={**self.students, student.name: student})

    def _row(self, one: Student, now: float) -> Row:
        poll, assignment = self.rules.poll, self.rules.assignment
        return Row(
            name=one.name,
            here=one.here,
            exercise=one.exercise,
            tries=one.tries,
            belief=one.belief,
            answer=one.answer,
            since=one.since,
            stuck=one.stuck(now, playing=self._playing),
            solved=list(one.states.values()).count("solved"),
            done=sum(one.states.get(key) == "solved" for key in assignment.exercises) if assignment else 0,
            voted=poll is not None and one.name in self.votes.get(poll.round, {}),
        )


def belief(verdict: str, mistakes: tuple[str, ...]) -> Belief:
    """What an answer stands for: `right`, the likeliest mistake's tag, or `unknown`."""
    if verdict == "right":
        return RIGHT
    return mistakes[0] if mistakes else UNKNOWN


def bars(beliefs: Iterable[Belief]) -> tuple[Bar, ...]:
    """Beliefs counted, most first; among equals the right one first, then by name."""
    counted = Counter(beliefs)
    order = sorted(counted, key=lambda one: (-counted[one], one != RIGHT, one == UNKNOWN, one))
    return tuple(Bar(one, counted[one]) for one in order)
