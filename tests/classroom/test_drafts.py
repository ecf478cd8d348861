"""What is typed in class: one write for all, never later than what follows it, never lost."""

import asyncio

import pytest

from autograd_tutor.classroom.desk import Desk
from autograd_tutor.classroom.drafts import Drafts
from autograd_tutor.classroom.keeper import Keeper
from autograd_tutor.classroom.register import Who
from autograd_tutor.records.classes import ClassRecords
from autograd_tutor.records.database import BadRecords
from autograd_tutor.room.messages import Ask, Draft, Keep, SaveDraft, Visit, encoder
from autograd_tutor.teaching.model import Attempt

EXERCISE = "chains/sine"


@pytest.fixture
def keeper(tmp_path):
    keeper = Keeper(lambda: ClassRecords.at(tmp_path, "test"))
    yield keeper
    keeper.close()


@pytest.fixture
def desk(keeper):
    return Desk(keeper, frozenset({EXERCISE}))


async def says(desk, name, question):
    return await desk.answer(Who(name, "student"), Ask(1, question))


async def test_a_draft_is_there_for_whoever_asks_next(desk):
    await says(desk, "alice", Visit(EXERCISE, 3))
    await says(desk, "alice", SaveDraft(EXERCISE, 3, "cos("))
    reply = await says(desk, "alice", Draft(EXERCISE, 3))
    assert bytes(reply.value) == encoder.encode("cos(")


async def test_an_answer_that_followed_makes_the_draft_void(desk, keeper):
    await says(desk, "alice", Visit(EXERCISE, 3))
    await says(desk, "alice", SaveDraft(EXERCISE, 3, "cos(1"))
    answer = Attempt(EXERCISE, 3, 0, "x.grad", "answer", "started", "cos(16)", "cos(16)", "wrong", try_number=1)
    await says(desk, "alice", Keep(answer))
    await desk.flush()
    assert await keeper.do(lambda records: records.of("alice").draft(EXERCISE, 3)) is None


async def test_within_a_second_it_is_on_disk_without_being_asked_for(desk, tmp_path):
    await says(desk, "alice", Visit(EXERCISE, 0))
    await says(desk, "alice", SaveDraft(EXERCISE, 0, "2x"))
    await asyncio.sleep(0.9)
    assert ClassRecords.at(tmp_path, "test").of("alice").draft(EXERCISE, 0) == "2x"


async def test_a_name_for_the_hour_leaves_nothing_to_the_next_who_takes_it(desk, keeper):
    await says(desk, "robin", Visit(EXERCISE, 0))
    await says(desk, "robin", SaveDraft(EXERCISE, 0, "2x"))
    await desk.forget(Who("robin", "student", kept=False))
    assert await keeper.do(lambda records: records.of("robin").places()) == []


async def test_two_hundred_drafts_are_one_write(keeper):
    written = []
    records = await keeper.do(lambda records: records)
    save = records.save_drafts
    records.save_drafts = lambda drafts: (written.append(len(drafts)), save(drafts))
    drafts = Drafts(keeper)
    for at in range(200):
        drafts.note(f"student{at}", EXERCISE, 0, "1")
    await drafts.then(lambda records: None)
    assert written == [200]


async def test_drafts_that_could_not_be_written_wait_until_they_can(keeper):
    records = await keeper.do(lambda records: records)
    await keeper.do(lambda records: records.of("alice").visit(EXERCISE, 0))
    save, records.save_drafts = records.save_drafts, _full
    drafts = Drafts(keeper)
    drafts.note("alice", EXERCISE, 0, "7")
    with pytest.raises(BadRecords):
        await drafts.then(lambda records: None)
    records.save_drafts = save
    assert await drafts.then(lambda records: records.of("alice").draft(EXERCISE, 0)) == "7"


def _full(drafts):
    raise BadRecords("The disk is full.")
