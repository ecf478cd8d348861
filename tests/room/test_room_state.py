"""The live room as a state machine: stories of a class, and laws that hold whatever happens in it."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.room.messages import Set, StepPoll, Voted
from autograd_tutor.room.rules import Assignment, Lead, Poll
from autograd_tutor.room.state import STUCK_SECONDS, STUCK_TRIES, Room, bars, belief
from autograd_tutor.room.view import RIGHT, UNKNOWN, Bar
from autograd_tutor.teaching.model import Attempt

DETACH = "tracking/option-detach"
CUBE = "slopes/cube"
POLL = Poll(7, DETACH, 0, 0, "vote")


def answer(verdict: str, *mistakes: str, tries: int = 1, exercise: str = CUBE, target: str = "x.grad") -> Attempt:
    state = "solved" if verdict == "right" else "started"
    return Attempt(
        exercise, 3, 0, target, "answer", state, "4", "4", verdict, mistakes, 0, tries  # type: ignore[arg-type]
    )  # fmt: skip


def vote(verdict: str, *mistakes: str, round: int = 1, poll: int = 7) -> Voted:
    return Voted(poll, round, "4", "4", verdict, mistakes)  # type: ignore[arg-type]


def room(*names: str, now: float = 100.0) -> Room:
    made = Room("spring-26")
    for name in names:
        made = made.arrived(name, now)
    return made


def counts(spread) -> dict[str, int]:
    return {bar.belief: bar.count for bar in spread.bars}


class TestPeerInstruction:
    def test_a_whole_cycle_keeps_both_votes(self) -> None:
        class_ = room("alice", "bob", "carol").asked(POLL, "x.grad")
        for name, one in (("alice", vote("right")), ("bob", vote("wrong", "zero")), ("carol", vote("wrong", "zero"))):
            class_ = class_.voted(name, one, 110)
        assert class_.spread is not None
        assert class_.spread.bars == (Bar("zero", 2), Bar(RIGHT, 1))
        class_ = class_.stepped(StepPoll("talk"), 120).stepped(StepPoll("again", 60), 200)
        assert class_.rules.poll is not None
        assert (class_.rules.poll.round, class_.rules.poll.until) == (2, 260)
        for name in ("alice", "bob"):
            class_ = class_.voted(name, vote("right", round=2), 210)
        class_ = class_.voted("carol", vote("wrong", "sign", round=2), 210).stepped(StepPoll("shown"), 220)
        class_ = class_.stepped(StepPoll("over"), 300)
        (kept,) = class_.polls
        assert (kept.exercise, kept.target) == (DETACH, "x.grad")
        assert kept.before == (Bar("zero", 2), Bar(RIGHT, 1))
        assert kept.bars == (Bar(RIGHT, 2), Bar("sign", 1))
        assert (class_.rules.poll, class_.spread) == (None, None)

    def test_one_may_change_ones_mind_until_the_vote_ends(self) -> None:
        class_ = room("alice").asked(POLL, "x.grad").voted("alice", vote("wrong", "zero"), 110)
        class_ = class_.voted("alice", vote("right"), 111)
        assert counts(class_.spread) == {RIGHT: 1}
        ended = class_.stepped(StepPoll("talk"), 120)
        assert ended.voted("alice", vote("wrong", "sign"), 121) is ended

    @pytest.mark.parametrize("late", [vote("right", round=2), vote("right", poll=6)])
    def test_a_vote_of_another_round_or_poll_changes_nothing(self, late: Voted) -> None:
        class_ = room("alice").asked(POLL, "x.grad")
        assert class_.voted("alice", late, 110) is class_

    def test_a_vote_without_a_poll_changes_nothing(self) -> None:
        class_ = room("alice")
        assert class_.voted("alice", vote("right"), 110) is class_

    def test_what_was_shown_cannot_be_voted_on_again(self) -> None:
        shown = room("alice").asked(POLL, "x.grad").stepped(StepPoll("shown"), 120)
        assert shown.stepped(StepPoll("again"), 130) is shown
        assert shown.voted("alice", vote("right"), 131) is shown

    def test_who_left_keeps_the_vote_and_who_comes_late_may_vote(self) -> None:
        class_ = room("alice").asked(POLL, "x.grad").voted("alice", vote("right"), 110).left("alice")
        class_ = class_.arrived("bob", 111).voted("bob", vote("wrong"), 112)
        assert counts(class_.spread) == {RIGHT: 1, UNKNOWN: 1}

    def test_a_new_question_keeps_the_one_before(self) -> None:
        class_ = room("alice").asked(POLL, "x.grad").voted("alice", vote("right"), 110)
        class_ = class_.asked(Poll(8, CUBE, 0, 0, "vote"), "x.grad")
        assert [one.exercise for one in class_.polls] == [DETACH]
        assert class_.spread is not None
        assert class_.spread.bars == ()

    def test_the_teacher_sees_who_is_in_but_not_in_the_row_what_was_voted(self) -> None:
        class_ = room("alice", "bob").asked(POLL, "x.grad").voted("alice", vote("wrong", "zero"), 110)
        rows = {row.name: row for row in class_.view(111).rows}
        assert (rows["alice"].voted, rows["bob"].voted) == (True, False)
        assert rows["alice"].belief == ""


class TestStuck:
    def test_several_wrong_answers(self) -> None:
        class_ = room("alice")
        for tries in range(1, STUCK_TRIES + 1):
            assert not class_.view(101).rows[0].stuck
            class_ = class_.attempted("alice", answer("wrong", "sign", tries=tries), 101)
        assert class_.view(101).rows[0].stuck
        assert not class_.attempted("alice", answer("right", tries=4), 102).view(102).rows[0].stuck

    def test_a_long_silence_over_an_open_exercise(self) -> None:
        class_ = room("alice", "bob").opened("alice", CUBE, 100)
        stuck = {row.name: row.stuck for row in class_.view(100 + STUCK_SECONDS).rows}
        assert stuck == {"alice": True, "bob": False}
        assert not class_.acted("alice", 270).view(280).rows[0].stuck
        assert not class_.left("alice").view(1000).rows[0].stuck

    def test_silence_in_a_discussion_or_a_pause_is_no_sign(self) -> None:
        class_ = room("alice").opened("alice", CUBE, 100)
        talking = class_.asked(POLL, "x.grad").stepped(StepPoll("talk"), 110)
        assert not talking.view(1000).rows[0].stuck
        after = talking.stepped(StepPoll("over"), 1000)
        assert not after.view(1001).rows[0].stuck
        assert after.view(1000 + STUCK_SECONDS).rows[0].stuck
        paused = class_.set(Set(paused=True), 110)
        assert not paused.view(1000).rows[0].stuck
        assert not paused.set(Set(paused=False), 1000).view(1001).rows[0].stuck
        led = class_.leads(Lead(DETACH, 0), 110)
        assert not led.view(1000).rows[0].stuck
        assert not led.leads(None, 1000).view(1001).rows[0].stuck

    def test_an_answer_that_cannot_be_read_is_no_try(self) -> None:
        class_ = room("alice").attempted("alice", answer("wrong", "sign", tries=2), 101)
        class_ = class_.attempted("alice", answer("invalid", tries=0), 102)
        assert (class_.view(102).rows[0].tries, class_.view(102).rows[0].belief) == (2, "sign")


class TestBeliefs:
    def test_they_pool_by_mistake_and_never_by_value(self) -> None:
        class_ = room("alice", "bob").asking(CUBE)
        for name, said, seed in (("alice", "12", 0), ("bob", "27", 1)):
            one = Attempt(CUBE, seed, 0, "x.grad", "answer", "started", said, said, "wrong", ("power-not-lowered",))
            class_ = class_.attempted(name, one, 101)
        assert counts(class_.spread) == {"power-not-lowered": 2}

    def test_each_students_last_answer_counts_once(self) -> None:
        class_ = room("alice").asking(CUBE).attempted("alice", answer("wrong", "sign"), 101)
        class_ = class_.attempted("alice", answer("right", tries=2), 102)
        assert counts(class_.spread) == {RIGHT: 1}

    def test_answers_to_different_questions_are_not_mixed(self) -> None:
        class_ = room("a", "b", "c").asking(CUBE)
        class_ = class_.attempted("a", answer("right", target="y.grad"), 101)
        for name in ("b", "c"):
            class_ = class_.attempted(name, answer("wrong", "zero", target="x.grad"), 101)
        assert class_.spread is not None
        assert (class_.spread.target, counts(class_.spread)) == ("x.grad", {"zero": 2})

    def test_nobody_asked_about_is_no_spread(self) -> None:
        assert room("alice").spread is None

    @pytest.mark.parametrize(
        ("verdict", "mistakes", "held"),
        [("right", (), RIGHT), ("wrong", ("sign", "zero"), "sign"), ("wrong", (), UNKNOWN), ("partly", (), UNKNOWN)],
    )
    def test_an_answer_stands_for_its_likeliest_mistake(self, verdict: str, mistakes: tuple[str, ...], held: str):
        assert belief(verdict, mistakes) == held


class TestRules:
    def test_what_is_not_said_stays(self) -> None:
        class_ = room("alice").set(Set(locked=True), 100).set(Set(paused=True), 100)
        class_ = class_.set(Set(editing="off", minutes=5), 100)
        rules = class_.rules
        assert (rules.locked, rules.paused, rules.editing, rules.until) == (True, True, "off", 400)
        assert class_.set(Set(minutes=0), 200).rules.until is None

    def test_a_question_to_all_ends_following_and_nobody_leads_meanwhile(self) -> None:
        class_ = room("alice").leads(Lead(CUBE, 0), 100).asked(POLL, "x.grad")
        assert class_.rules.lead is None
        assert class_.leads(Lead(CUBE, 0), 101) is class_

    def test_an_assignment_is_counted(self) -> None:
        class_ = room("alice").assigned(Assignment("week 3", (CUBE, DETACH))).attempted("alice", answer("right"), 101)
        assert class_.view(101).rows[0].done == 1


def test_after_a_restart_the_table_is_as_it_was() -> None:
    """What the records remember is played again, not as something new; the cursor on a solved exercise stays solved."""
    attempts = [answer("wrong", "sign"), answer("right", tries=2), answer("wrong", "zero", exercise=DETACH)]
    live, restored = room("alice"), Room("spring-26").expecting(["alice"])
    for at, attempt in enumerate(attempts):
        live = live.attempted("alice", attempt, 101 + at)
        restored = restored.attempted("alice", attempt, 101 + at, live=False)
    restored = restored.arrived("alice", 110)
    live = live.arrived("alice", 110)
    assert restored.view(111).rows == live.view(111).rows
    assert (restored.attempts, live.attempts) == (0, 3)


def test_the_summary_tells_what_the_lesson_came_to() -> None:
    class_ = room("alice", "bob").expecting(["carol"])
    class_ = class_.attempted("alice", answer("right"), 101)
    for tries in range(1, 4):
        class_ = class_.attempted("bob", answer("wrong", "sign", tries=tries), 101)
    class_ = class_.asked(POLL, "x.grad").voted("alice", vote("right"), 110)
    told = class_.summary(120)
    assert (told.students, told.attempts, told.solved) == (2, 4, 1)
    assert told.mistakes == (Bar("sign", 1),)
    assert told.stuck == ("bob",)
    assert [one.exercise for one in told.polls] == [DETACH]


def test_names_and_answers_are_only_ever_data() -> None:
    nasty = Attempt(CUBE, 0, 0, "x.grad", "answer", "started", "x", "\x1b]0;owned\x07[red]4[/]\u202e", "wrong")
    row = room("alice").attempted("alice", nasty, 101).view(101).rows[0]
    assert row.answer == "]0;owned[red]4[/]"


votes = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([RIGHT, UNKNOWN, "sign", "zero"]), max_size=8)


@given(votes)
def test_a_spread_counts_everyone_once_and_the_most_first(held: dict[str, str]) -> None:
    found = bars(held.values())
    assert sum(bar.count for bar in found) == len(held)
    assert [bar.count for bar in found] == sorted((bar.count for bar in found), reverse=True)
    assert len({bar.belief for bar in found}) == len(found)


@given(st.lists(st.sampled_from([RIGHT, "sign", "zero"]), min_size=1, max_size=4))
def test_the_order_of_the_votes_changes_nothing(held: list[str]) -> None:
    seen = set()
    for order in permutations(enumerate(held)):
        class_ = room().asked(POLL, "x.grad")
        for at, one in order:
            class_ = class_.voted(f"s{at}", vote("right") if one == RIGHT else vote("wrong", one), 110)
        seen.add(class_.spread)
    assert len(seen) == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["arrived", "left", "opened"])), max_size=12))
def test_the_view_has_every_student_once_by_name(happened: list[tuple[str, str]]) -> None:
    class_ = Room("spring-26").expecting(["b", "d"])
    for name, what in happened:
        if what == "arrived":
            class_ = class_.arrived(name, 100)
        elif what == "left":
            class_ = class_.left(name)
        else:
            class_ = class_.opened(name, CUBE, 100)
    names = [row.name for row in class_.view(101).rows]
    assert names == sorted({"b", "d", *(name for name, _ in happened)})
