"""The numbers of a report: against tables worked out by hand, and as laws over classes made up at random."""

import math
import statistics
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_tutor.course.assignment import Assignment
from autograd_tutor.records.items import ENOUGH, items, point_biserial
from autograd_tutor.records.model import Logged, Poll, Vote
from autograd_tutor.records.overview import normalised_gain, poll_results
from autograd_tutor.records.report import report
from autograd_tutor.records.results import LONGEST_ACT, results
from autograd_tutor.room.view import Bar
from autograd_tutor.teaching.model import Attempt

COURSE = {"slopes": 4, "chains": 2}
ORDER = ["slopes/square", "slopes/line", "chains/sine", "chains/middle"]


def test_taking_apart_is_counted_and_is_no_try():
    log = did("ann", "slopes/square", "value-of-root")
    wrong = log[0].attempt
    for action, verdict in (("apart", ""), ("step", "wrong"), ("keep", ""), ("step", "right"), ("apart", "")):
        taken = msgspec.structs.replace(wrong, action=action, verdict=verdict, try_number=0, mistakes=())
        log.append(Logged("ann", 2.0, taken))
    log += did("ann", "slopes/square", "right", at=3.0)
    (one,) = results(log)
    assert (one.apart, one.tries, one.right_first, one.state) == (2, 2, False, "solved")
    assert one.mistakes == ("value-of-root",)
    (row,) = report(log, COURSE, order=ORDER).students
    assert row.apart == 2


def did(learner: str, exercise: str, *acts: str, at: float = 0.0, question: int = 0) -> list[Logged]:
    """A learner's acts in one exercise: `right`, a mistake's tag, `?` (wrong, no known mistake), hint, reveal, skip."""
    log, tries, hints, state = [], 0, 0, "started"
    for step, act in enumerate(acts):
        action = act if act in ("hint", "reveal", "skip") else "answer"
        verdict = "" if action != "answer" else "right" if act == "right" else "wrong"
        hints += action == "hint"
        tries += action == "answer"
        state = {"right": "solved", "reveal": "revealed", "skip": "skipped"}.get(act, state)
        attempt = Attempt(
            exercise,
            0,
            question,
            "x.grad",
            action,
            state,
            verdict=verdict,
            mistakes=(act,) if verdict == "wrong" and act != "?" else (),
            hints=hints,
            try_number=tries if action == "answer" else 0,
            milliseconds=1000,
        )
        log.append(Logged(learner, at + step, attempt))
    return log


CLASS = [
    *did("ann", "slopes/square", "right", at=10),
    *did("bob", "slopes/square", "sign", "hint", "right", at=20),
    *did("cy", "slopes/square", "sign", "?", "reveal", at=30),
    *did("dee", "slopes/square", "skip", at=40),
    *did("ann", "chains/sine", "right", at=50),
    *did("bob", "chains/sine", "half", "right", at=60),
]


def test_a_table_worked_out_by_hand():
    square, sine = report(CLASS, COURSE, order=ORDER).exercises
    assert (square.exercise, square.started, square.answered, square.solved) == ("slopes/square", 4, 3, 2)
    assert square.difficulty == pytest.approx(1 / 3)
    assert square.tries == pytest.approx((1 + 2 + 2) / 3)
    assert square.hints == pytest.approx(1 / 4)
    assert square.revealed == pytest.approx(1 / 4)
    assert (sine.answered, sine.difficulty, sine.tries) == (2, 0.5, 1.5)
    assert square.discrimination is None, "three learners say nothing"


def test_each_student_in_a_row():
    rows = {one.learner: one for one in report(CLASS, COURSE, order=ORDER).students}
    assert [(rows[name].solved, rows[name].right_first) for name in ("ann", "bob")] == [(2, 1.0), (2, 0.0)]
    assert (rows["cy"].revealed, rows["cy"].tries, rows["cy"].solved) == (1, 2, 0)
    assert (rows["dee"].skipped, rows["dee"].right_first) == (1, None)
    assert (rows["bob"].hints, rows["bob"].seconds, rows["bob"].last_at) == (1, 5.0, 61)


def test_mistakes_by_how_many_make_them():
    rows = report(CLASS, COURSE, order=ORDER).mistakes
    assert [(one.mistake, one.learners, one.times) for one in rows] == [
        ("sign", 2, 2),
        ("half", 1, 1),
        ("unknown", 1, 1),
    ]


def test_mastery_of_a_lesson_is_the_share_of_all_its_exercises():
    slopes, chains = report(CLASS, COURSE, order=ORDER).lessons
    assert (slopes.lesson, slopes.exercises, slopes.solved) == ("slopes", 4, 2 / (4 * 4))
    assert (chains.solved, chains.right_first) == (2 / (2 * 4), 0.5)


def test_the_first_try_at_every_question_counts_and_playing_again_changes_nothing():
    first = [*did("ann", "chains/sine", "right"), *did("ann", "chains/sine", "sign", "right", question=1)]
    again = did("ann", "chains/sine", "right", at=100)
    (once,) = results(first)
    (twice,) = results([*first, *again])
    assert (once.right_first, once.questions, once.tries) == (False, 2, 3)
    assert (twice.right_first, twice.questions, twice.tries, twice.state) == (False, 2, 3, "solved")
    assert twice.solved_at == once.solved_at


def test_a_night_between_two_acts_is_not_working_time():
    (one,) = did("ann", "slopes/square", "right")
    slept = msgspec.structs.replace(one, attempt=msgspec.structs.replace(one.attempt, milliseconds=30_000_000))
    (result,) = results([slept])
    assert result.seconds == LONGEST_ACT


def test_an_assignment_counts_what_nobody_began_and_what_came_late():
    due = datetime.fromtimestamp(55, UTC)
    found = report(CLASS, COURSE, order=ORDER, assignment=Assignment("Week 1", due, ("chains/sine", "chains/middle")))
    states = {(one.learner, one.exercise): one.state for one in found.results}
    assert len(states) == 4 * 2
    assert states["ann", "chains/sine"] == "solved"
    assert states["cy", "chains/sine"] == states["ann", "chains/middle"] == "new"
    assert {one.exercise: one.started for one in found.exercises} == {"chains/sine": 2, "chains/middle": 0}


def test_point_biserial_by_hand():
    # M1 = 4, M0 = 2, s = √1.5, p = q = 1/2
    assert point_biserial([(True, 3), (True, 5), (False, 2), (False, 2)]) == pytest.approx(1 / math.sqrt(1.5))
    assert point_biserial([(True, 3), (True, 5)]) is None
    assert point_biserial([(True, 3), (False, 3)]) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(-50, 50)), min_size=2, max_size=40))
def test_point_biserial_is_the_correlation(pairs):
    found = point_biserial(pairs)
    if found is None:
        assert len({score for score, _ in pairs}) == 1 or len({number for _, number in pairs}) == 1
    else:
        assert -1 - 1e-12 <= found <= 1 + 1e-12
        assert found == pytest.approx(statistics.correlation(*map(list, zip(*pairs, strict=True))), abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(12)), st.lists(st.integers(0, 3), min_size=48, max_size=48))
def test_the_order_of_the_students_changes_nothing(order, picks):
    acts = [("right",), ("sign", "right"), ("hint", "half", "?", "reveal"), ("skip",)]
    logs = [
        [one for at, key in enumerate(ORDER) for one in did(f"s{who}", key, *acts[picks[4 * who + at]])]
        for who in range(12)
    ]
    straight = report([one for log in logs for one in log], COURSE, order=ORDER)
    shuffled = report([one for at in order for one in logs[at]], COURSE, order=ORDER)
    assert straight == shuffled


def test_who_knows_the_rest_knows_a_good_item_and_guesses_a_bad_one():
    log = []
    for who in range(2 * ENOUGH):
        good = who % 2 == 0
        for key in ORDER[:3]:
            log += did(f"s{who}", key, "right" if good else "sign")
        log += did(f"s{who}", ORDER[3], "right" if who % 4 < 2 else "sign")
    found = {one.exercise: one.discrimination for one in items(results(log))}
    assert found["slopes/square"] > 0.8
    assert found["chains/middle"] == pytest.approx(0)


def test_a_poll_before_and_after_the_discussion():
    poll = Poll(1, "chains/sine", 0, 0, "x.grad", 10.0, 20.0)

    def vote(round_: int, learner: str, tag: str) -> Vote:
        verdict, made = ("right", ()) if tag == "right" else ("wrong", (tag,))
        return Vote(1, round_, learner, 0.0, "", "", verdict, made, None, 0)

    first = [vote(1, name, tag) for name, tag in (("a", "right"), ("b", "sign"), ("c", "sign"), ("d", "half"))]
    second = [vote(2, name, tag) for name, tag in (("a", "right"), ("b", "right"), ("c", "half"), ("late", "right"))]
    (found,) = poll_results([poll], [*first, *second])
    assert found.before == (Bar("sign", 2), Bar("right", 1), Bar("half", 1))
    assert found.after == (Bar("right", 3), Bar("half", 1))
    assert found.both == 3
    # Of a, b, c one third was right before and two thirds after: half of what could be gained.
    assert found.gain == pytest.approx(0.5)


def test_gain_has_no_meaning_when_all_were_right_or_nobody_voted_twice():
    assert normalised_gain(1.0, 0.5) is None
    assert normalised_gain(0.5, 0.25) == -0.5
    (empty,) = poll_results([Poll(1, "chains/sine", 0, 0, "x.grad", 10.0, None)], [])
    assert (empty.before, empty.after, empty.gain) == ((), (), None)
