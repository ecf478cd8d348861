"""The live room in the front: what sessions hear when something happens, and whose words count."""

import asyncio

import pytest

from autograd_tutor.classroom.desk import Desk
from autograd_tutor.classroom.keeper import Keeper
from autograd_tutor.classroom.lecture import Lecture
from autograd_tutor.classroom.register import Who
from autograd_tutor.records.classes import ClassRecords
from autograd_tutor.room.messages import (
    Ask,
    Attend,
    EndClass,
    Ended,
    Glimpse,
    History,
    Keep,
    Look,
    Now,
    OpenPoll,
    Room,
    Say,
    Set,
    Shown,
    StepPoll,
    Tell,
    Voted,
)
from autograd_tutor.room.screen import Picture, Piece
from autograd_tutor.room.view import Bar
from autograd_tutor.teaching.model import Attempt


class Session:
    """What the front holds of a session, as far as the room needs it."""

    def __init__(self, name, role="student", kept=True):
        self.who = Who(name, role, kept=kept)
        self.told = []

    def tell(self, message):
        self.told.append(message)

    def last(self, kind):
        return next((one for one in reversed(self.told) if isinstance(one, kind)), None)


class Taught:
    """A lecture with alice, bob and a teacher, over real records."""

    def __init__(self, tmp_path):
        self.keeper = Keeper(lambda: ClassRecords.at(tmp_path, "test"))
        self.desk = Desk(self.keeper, frozenset({"chains/sine"}))
        self.sessions = []
        self.lecture = Lecture("test", self.desk, lambda: self.sessions)
        self.lecture.prepare(["alice", "bob"], [], None, "gated")
        self.alice, self.bob, self.teacher = Session("alice"), Session("bob"), Session("teacher", "teacher")
        for one in (self.alice, self.bob, self.teacher):
            self.come(one)

    def come(self, session):
        self.sessions.append(session)
        self.lecture.arrived(session)

    async def says(self, command):
        await self.lecture.command(self.teacher, command)

    async def view(self):
        await asyncio.sleep(0.5)
        return self.teacher.last(Room).view


@pytest.fixture
def taught(tmp_path):
    taught = Taught(tmp_path)
    yield taught
    taught.keeper.close()


def attempt(verdict, *mistakes, exercise="chains/sine", tries=1):
    return Attempt(exercise, 3, 0, "x.grad", "answer", "started", "1", "1", verdict, mistakes, try_number=tries)


async def test_a_cycle_of_peer_instruction(taught):
    await taught.says(Attend(True))
    await taught.says(OpenPoll("chains/sine", 7, 0, "x.grad"))
    poll = taught.alice.last(Now).rules.poll
    assert (poll.exercise, poll.seed, poll.phase) == ("chains/sine", 7, "vote")
    await taught.lecture.voted(taught.alice.who, Voted(poll.number, 1, "3", "3", "wrong", ("sign",)))
    await taught.lecture.voted(taught.bob.who, Voted(poll.number, 1, "4", "4", "right"))
    assert (await taught.view()).spread.bars == (Bar("right", 1), Bar("sign", 1))
    assert not any(isinstance(one, Room) for one in taught.alice.told)
    await taught.says(StepPoll("talk"))
    await taught.lecture.voted(taught.alice.who, Voted(poll.number, 1, "4", "4", "right"))
    assert (await taught.view()).spread.bars == (Bar("right", 1), Bar("sign", 1))
    await taught.says(StepPoll("again"))
    await taught.lecture.voted(taught.alice.who, Voted(poll.number, 2, "4", "4", "right"))
    await taught.says(StepPoll("shown"))
    assert taught.bob.last(Now).rules.poll.phase == "shown"
    spread = (await taught.view()).spread
    assert (spread.before, spread.bars) == ((Bar("right", 1), Bar("sign", 1)), (Bar("right", 1),))
    await taught.says(StepPoll("over"))
    assert taught.bob.last(Now).rules.poll is None
    kept = await taught.keeper.do(lambda records: records.polls.votes())
    assert [(one.learner, one.round, one.verdict) for one in kept] == [
        ("alice", 1, "wrong"),
        ("bob", 1, "right"),
        ("alice", 2, "right"),
    ]
    await taught.says(EndClass())
    assert taught.teacher.last(Ended).summary.polls == (spread,)


async def test_a_first_vote_with_a_time_limit_ends_by_itself(taught):
    await taught.says(OpenPoll("chains/sine", 0, 0, "x.grad", seconds=1))
    await asyncio.sleep(1.2)
    assert taught.alice.last(Now).rules.poll.phase == "talk"


async def test_a_student_s_session_commands_nobody_and_reads_nobody_else_s_work(taught):
    for command in (Set(paused=True), OpenPoll("a/b", 0, 0, "x"), Tell("", "hello"), Attend(True), EndClass()):
        await taught.lecture.command(taught.alice, command)
    assert not taught.lecture.rules.paused
    assert taught.lecture.rules.poll is None
    assert taught.bob.last(Say) is None
    reply = await taught.desk.answer(taught.alice.who, Ask(1, History("bob")))
    assert reply.error == "Only a teacher sees the work of others."


async def test_work_is_written_under_the_name_that_was_authenticated(taught):
    await taught.desk.answer(taught.alice.who, Ask(1, Keep(attempt("wrong", "sign"))))
    found = await taught.keeper.do(lambda records: records.history())
    assert [one.learner for one in found] == ["alice"]


async def test_a_watched_student_knows_and_only_who_watches_sees_the_screen(taught):
    picture = Shown(Picture(80, ((Piece("hello"),),)))
    await taught.says(Attend(True))
    await taught.says(Look("alice"))
    assert taught.alice.last(Now).rules.watched
    assert not taught.bob.last(Now).rules.watched
    taught.lecture.shown(taught.alice, picture)
    assert taught.teacher.last(Glimpse).picture == picture.picture
    await taught.says(Look(""))
    assert not taught.alice.last(Now).rules.watched
    told = len(taught.teacher.told)
    taught.lecture.shown(taught.alice, picture)
    assert len(taught.teacher.told) == told


async def test_a_teacher_who_leaves_watches_nobody_any_more(taught):
    await taught.says(Attend(True))
    await taught.says(Look("alice"))
    taught.sessions.remove(taught.teacher)
    taught.lecture.over(taught.teacher)
    assert not taught.alice.last(Now).rules.watched


async def test_a_message_reaches_the_screens_it_is_meant_for_and_carries_no_control_characters(taught):
    await taught.says(Tell("alice", "look\x1b[31m at\x07 line 3"))
    assert taught.alice.last(Say) == Say("look[31m at line 3", "teacher")
    assert taught.bob.last(Say) is None
    await taught.says(Tell("", "all"))
    assert taught.bob.last(Say).text == "all"
    assert taught.teacher.last(Say) is None


async def test_after_a_restart_the_room_knows_what_was_done_before(taught, tmp_path):
    for tries, verdict in enumerate(("wrong", "wrong", "wrong"), 1):
        await taught.desk.answer(taught.alice.who, Ask(1, Keep(attempt(verdict, "sign", tries=tries))))
    past = await taught.keeper.do(lambda records: records.history())
    again = Lecture("test", taught.desk, lambda: [])
    again.prepare(["alice", "bob"], past, None, "gated")
    alice, bob = again.state.view(0.0).rows
    assert (alice.exercise, alice.tries, alice.belief) == ("chains/sine", 3, "sign")
    assert bob.exercise == ""


async def test_someone_with_a_name_for_the_hour_leaves_no_row(taught):
    guest = Session("guest", kept=False)
    taught.come(guest)
    assert "guest" in taught.lecture.state.students
    taught.lecture.left(guest.who)
    assert "guest" not in taught.lecture.state.students
