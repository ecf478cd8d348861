"""The home screen: there at once, then filled; found, opened and left by keyboard alone."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from screenplay import Kept, opened, seen, until

from autograd_tutor.course.load import lessons
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.home import HomeScreen
from autograd_tutor.tui.services import Services


async def test_the_first_frame_waits_for_no_lesson_and_no_record(services: Services, kept: Kept) -> None:
    gate = threading.Event()

    def slow_lessons():
        gate.wait(20)
        return lessons()

    app = TutorApp(replace(services, lessons=slow_lessons))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "autograd-tutor" in seen(app)
        assert "opening the lessons" in seen(app)
        gate.set()
        await until(pilot, lambda: "Slopes" in seen(app))
        assert "solved 0 of" in seen(app)


async def test_progress_is_told_in_words_and_numbers(services: Services, kept: Kept) -> None:
    first = lessons()[0]
    kept.states = {
        f"{first.id}/{first.exercises[0].id}": "solved",
        f"{first.id}/{first.exercises[1].id}": "revealed",
        f"{first.id}/{first.exercises[2].id}": "started",
    }
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Slopes" in seen(app))
        assert f"1/{len(first.exercises)}" in seen(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: first.exercises[0].title in seen(app))
        for word in ("✓ solved", "○ shown", "◐ begun", "· new"):
            assert word in seen(app)


async def test_continue_goes_where_one_left_off(services: Services, kept: Kept) -> None:
    first = lessons()[0]
    kept.visit(f"{first.id}/{first.exercises[2].id}", 0)
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "continue" in seen(app))
        await pilot.press("enter")
        screen = await opened(pilot)
        assert screen.variant.key == f"{first.id}/{first.exercises[2].id}"


async def test_search_finds_by_title_and_letters_are_typed(services: Services) -> None:
    app = TutorApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Slopes" in seen(app))
        await pilot.press("slash", *"sine")
        await until(pilot, lambda: "A sine around a square" in seen(app))
        await pilot.press("q", "q")
        await pilot.pause()
        assert "nothing matches" in seen(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Turning tracking off" in seen(app))


async def test_help_lists_the_keys_of_every_screen(services: Services) -> None:
    app = TutorApp(services)
    async with app.run_test(size=(100, 90)) as pilot:
        await until(pilot, lambda: "Slopes" in seen(app))
        await pilot.press("question_mark")
        await pilot.pause()
        for text in ("In the answer field", "the next hint", "back to the lessons", "Signs"):
            assert text in seen(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_help_keeps_keys_and_words_in_columns(services: Services, width: int) -> None:
    app = TutorApp(services)
    async with app.run_test(size=(width, 200)) as pilot:
        await until(pilot, lambda: "Slopes" in seen(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: "Signs" in seen(app))
        rows = [row[2:].rstrip() for row in seen(app).split("\n")]
        first = rows.index("In the answer field")
        entries = [row for row in rows[first : rows.index("Signs")] if row.startswith("  ")]
        assert len(entries) > 30
        for row in entries:
            # The words begin in one column, whether it is an entry's first row or goes on with it.
            assert row[16:18].strip() == row[17] != " ", row
            assert len(row) <= width - 5


async def test_broken_lessons_and_records_are_one_sentence_each(services: Services) -> None:
    def broken_lessons():
        raise OSError("slopes.yaml: line 3 says nothing")

    def broken_records():
        raise OSError("the disk is full")

    app = TutorApp(replace(services, lessons=broken_lessons, records=broken_records))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "line 3 says nothing" in seen(app))
        await until(pilot, lambda: "the disk is full" in " ".join(seen(app).replace("▌", " ").split()))
        assert "Traceback" not in seen(app)
        await pilot.press("q")
    assert app.return_code == 0
