"""Stories of a program that the learner changes freely."""

from __future__ import annotations

from classmates import FrontLine, seated
from screenplay import Kept, opened, seen, type_text, until
from textual.events import Paste
from textual.pilot import Pilot

from autograd_tutor.room.rules import Rules
from autograd_tutor.teaching.experiments.offers import LONGEST
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.editor import Editor
from autograd_tutor.tui.experiment import ExperimentScreen
from autograd_tutor.tui.services import Services

SINE = "chains/sine-of-square"


async def experimenting(pilot: Pilot[None]) -> ExperimentScreen:
    """The exercise run, and its experiments opened."""
    screen = await opened(pilot)
    await pilot.press("escape", "r")
    await until(pilot, lambda: screen.scene.done)
    await pilot.press("e")
    await until(pilot, lambda: isinstance(pilot.app.screen, ExperimentScreen))
    assert isinstance(pilot.app.screen, ExperimentScreen)
    return pilot.app.screen


async def writing(pilot: Pilot[None]) -> Editor:
    await pilot.press("w")
    await until(pilot, lambda: isinstance(pilot.app.focused, Editor))
    assert isinstance(pilot.app.focused, Editor)
    return pilot.app.focused


async def test_the_learners_own_change_is_predicted_and_compared(services: Services, kept: Kept) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await experimenting(pilot)
        recorded = len(kept.made)
        editor = await writing(pilot)
        before = editor.text
        editor.cursor_location = (1, len("y = x**2"))
        await pilot.press("backspace", "3", "ctrl+r")
        await until(pilot, lambda: screen.trial.phase == "predicting")
        assert "y = x**3" in seen(app)
        assert "→" not in seen(app)
        await type_text(pilot, "48cos(64)")
        await until(pilot, lambda: screen.trial.phase == "seen")
        for text in ("You predicted", "✓", "Your own change", "as it was", "with the change"):
            assert text in seen(app)
        editor = await writing(pilot)
        assert editor.text == before.replace("x**2", "x**3")
        await pilot.press("escape", "u")
        await until(pilot, lambda: screen.trial.tried == ())
        assert len(kept.made) == recorded


async def test_what_is_no_python_is_said_with_its_line_and_the_text_stays(services: Services) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await experimenting(pilot)
        editor = await writing(pilot)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "Nothing is changed yet" in seen(app))
        editor.cursor_location = (1, len("y = x**2"))
        await pilot.press("asterisk", "ctrl+r")
        await until(pilot, lambda: "Line 2 is not Python" in seen(app))
        await pilot.press("ctrl+z", "enter", *"if", "space", *"x:", "enter", *"y", "backspace", "tab", "p")
        assert editor.text.split("\n")[2:4] == ["if x:", "        p"]
        written = editor.text
        await pilot.press("escape")
        await until(pilot, lambda: screen.trial.phase == "choosing")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ExperimentScreen))
        again = await writing(pilot)
        assert again.text == written
        await pilot.press("ctrl+z")
        assert again.text == screen.trial.now.trace.source, "one undo away is the program as it stands"


async def test_in_class_refused_code_is_refused_in_a_sentence(services: Services) -> None:
    app = seated(services, FrontLine(rules=Rules(editing="gated")), SINE)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await experimenting(pilot)
        editor = await writing(pilot)
        editor.load_text("open('/etc/passwd')\n" + editor.text)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: screen.trial.phase == "writing" and "Line 1" in seen(app))
        assert "open" in screen.trial.unfit
        assert editor.text.startswith("open(")
        assert app.focused is editor


async def test_editing_may_be_turned_off(services: Services) -> None:
    line = FrontLine(rules=Rules(editing="off"))
    app = seated(services, line, SINE)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        screen = await experimenting(pilot)
        assert "write your own" not in seen(app)
        await pilot.press("w")
        await until(pilot, lambda: "turned free editing off" in " ".join(seen(app).split()))
        assert screen.trial.phase == "choosing"
        line.now(editing="open")
        await until(pilot, lambda: "write your own" in seen(app))
        await writing(pilot)


async def test_what_a_program_says_cannot_command_the_terminal(services: Services) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await experimenting(pilot)
        editor = await writing(pilot)
        editor.load_text(editor.text + "raise RuntimeError('one\\x1b]0;two\\x07 \\x9b31m[b]three')\n")
        editor.insert("# \x1b[2J\n", (0, 0))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: screen.trial.phase == "predicting")
        assert not [one for one in seen(app) if one != "\n" and not one.isprintable()]
        await pilot.press("escape", "r")
        await until(pilot, lambda: screen.trial.phase == "seen")
        assert "one]0;two 31m[b]three" in seen(app)
        assert not [one for one in seen(app) if one != "\n" and not one.isprintable()]


async def test_a_book_that_is_pasted_by_mistake_is_cut(services: Services) -> None:
    app = TutorApp(services, SINE)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await experimenting(pilot)
        editor = await writing(pilot)
        app.post_message(Paste("y = 1\n" * 400_000))
        await until(pilot, lambda: len(editor.text) > 1000)
        assert len(editor.text) < 2 * LONGEST
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "too long" in screen.trial.unfit)
