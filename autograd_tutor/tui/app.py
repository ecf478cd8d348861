"""The tutor in a terminal: paints its first screen at once, then fills it in."""

from __future__ import annotations

import asyncio
import gc
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.events import Event, Key
from textual.reactive import var

from autograd_tutor.room.screen import harmless
from autograd_tutor.tui.class_seat import ClassSeat, Heard
from autograd_tutor.tui.colours import Coloured
from autograd_tutor.tui.hangup import when_hung_up
from autograd_tutor.tui.home import HomeScreen
from autograd_tutor.tui.journal import Journal
from autograd_tutor.tui.services import Services
from autograd_tutor.tui.syllabus import Place, Syllabus
from autograd_tutor.tui.theme import THEME
from autograd_tutor.tui.typeahead import OneKeyAtATime

if TYPE_CHECKING:
    from autograd_tutor.course.model import Lesson
    from autograd_tutor.room.messages import FromSession
    from autograd_tutor.room.rules import Rules
    from autograd_tutor.tui.apart import ApartScreen
    from autograd_tutor.tui.room.desk import Desk
    from autograd_tutor.tui.scene import Scene


class TutorApp(Coloured, OneKeyAtATime):
    """Holds the services, the journal and the syllabus; the screens ask it to go places."""

    TITLE = "autograd-tutor"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    DEFAULT_MODE = "lessons"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("ctrl+t", "to_and_fro", "class/lessons", priority=True),
        Binding("escape", "close_message", "close the message", priority=True),
    ]

    rules: var[Rules | None] = var(None, init=False)
    """What holds in the class; None: not in a class, or not told yet."""
    message: var[str] = var("", init=False)
    """What the teacher says to this student now."""

    def __init__(self, services: Services, start: str | None = None) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.set_reactive(TutorApp.theme, THEME.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.services = services
        self.seat = ClassSeat(self, services.line) if services.line is not None else None
        self.moving = asyncio.Lock()
        """Held while screens come and go one after another."""
        self.unfinished: dict[tuple[str, int], str] = {}
        """By exercise and variant: a program that the learner has begun to write."""
        self.syllabus = Syllabus()
        self._start = start
        self._home = HomeScreen()
        self.add_mode("lessons", lambda: self._home)
        self.journal = Journal(services.records, partial(self.call_from_thread, self.complain))

    def on_mount(self) -> None:
        """All that takes time waits for the first frame."""
        if self._start is not None:
            self.hold_keys()
        if self.seat is not None:
            self.seat.begin()
        if self.teaches:
            self.action_to_and_fro()
        self.call_after_refresh(self._fill)

    @property
    def teaches(self) -> bool:
        """This is a teacher's session of a class."""
        return self.seat is not None and self.seat.teaches

    @cached_property
    def desk(self) -> Desk:
        """In a teacher's session: what the front tells of the room."""
        from autograd_tutor.tui.room.desk import Desk

        return Desk(self, self.services.clock)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a teacher has a room to go to; only a message that is there can be closed."""
        if action == "close_message":
            return bool(self.message)
        return self.teaches if action == "to_and_fro" else True

    def watch_message(self) -> None:
        """A key is there, or no longer, to close it."""
        self.refresh_bindings()

    def action_close_message(self) -> None:
        """The message has been read."""
        self.message = ""

    def action_to_and_fro(self) -> None:
        """From the lessons to the teacher's room, or back; each stays as it was left."""
        from autograd_tutor.room.messages import Attend
        from autograd_tutor.tui.room.room import RoomScreen

        if self.services.line is None:
            return
        if "room" not in self._modes:
            self.add_mode("room", RoomScreen)
        attend = self.current_mode != "room"
        self.services.line.tell(Attend(attend))
        self.switch_mode("room" if attend else "lessons")

    @work
    async def _fill(self) -> None:
        self.run_worker(self.services.sandbox.start, thread=True)
        lessons = await self._lessons()
        await self.refresh_progress(lessons)
        if self._start is not None:
            self.open(self._start)
        if self.seat is not None:
            self.seat.filled()
        # What was loaded so far stays: the collector need not look through it while somebody types.
        gc.freeze()

    async def _lessons(self) -> tuple[Lesson, ...]:
        try:
            return tuple(await asyncio.to_thread(self.services.lessons))
        except Exception as error:
            self._home.trouble = f"The lessons could not be read: {error}"
            return ()

    async def refresh_progress(self, lessons: tuple[Lesson, ...] | None = None) -> None:
        """Read the records again and hand the news to the home screen."""
        nothing: list[tuple[str, str, int]] = []
        places = await self.journal.read(
            lambda records: [(one.exercise, one.state, one.seed) for one in records.places()], nothing
        )
        self.syllabus = Syllabus(
            self.syllabus.lessons if lessons is None else lessons,
            states={exercise: state for exercise, state, _ in places},
            seeds={exercise: seed for exercise, _, seed in places},
            last=next((exercise for exercise, _, _ in places), None),
        )
        self._home.syllabus = self.syllabus

    def open(self, key: str) -> None:
        """Play LESSON/EXERCISE, or the first exercise of LESSON that is not solved."""
        place = self.syllabus.find(key)
        if place is None:
            self.release_keys()
            self.complain(f"There is no exercise called {key}.")
        else:
            self.play(place)

    def play(self, place: Place, seed: int | None = None) -> None:
        """Open an exercise on top of the home screen; without a `seed`, the variant where one left off."""
        from autograd_tutor.tui.exercise import ExerciseScreen

        if self.seat is not None and self.seat.staged:
            return
        seed = self._seed(place.key) if seed is None else seed
        screen = ExerciseScreen(place, seed, self.syllabus.after(place.key))
        self.hold_keys()
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def _seed(self, key: str) -> int:
        """The variant that was asked for, else the one last open, else in a class one's own."""
        if self.services.seed is not None:
            return self.services.seed
        own = self.services.variant
        return self.syllabus.seeds[key] if key in self.syllabus.seeds else own(key) if own is not None else 0

    def experiment(self, scene: Scene) -> None:
        """Open the experiments on the exercise's program."""
        from autograd_tutor.tui.experiment import ExperimentScreen

        if self.seat is not None and self.seat.staged:
            return
        if scene.run is not None:
            self.hold_keys()
            self.push_screen(ExperimentScreen(scene.variant, scene.run))

    def take_apart(self, screen: ApartScreen) -> None:
        """Open a derivative taken apart on top of its exercise."""
        if self.seat is None or not self.seat.staged:
            self.hold_keys()
            self.push_screen(screen)

    @work
    async def go_home(self) -> None:
        """Back to the lessons, with the progress made."""
        self.hold_keys()
        async with self.moving:
            while len(self.screen_stack) > 1 and not (self.seat is not None and self.seat.staged):
                await self.pop_screen()
        self.release_keys()
        await self.refresh_progress()

    @on(Heard)
    def _from_front(self, message: Heard) -> None:
        if self.seat is not None:
            self.seat.hear(message.said)
        if self.teaches:
            self.desk.hear(message.said)

    def tell(self, message: FromSession) -> None:
        """Tell the front, if there is one."""
        if self.services.line is not None:
            self.services.line.tell(message)

    def lead_from(self, scene: Scene) -> None:
        """What a teacher's exercise screen shows now; everyone goes there while the teacher leads."""
        if self.seat is not None:
            self.seat.lead_from(scene)

    def leave(self, reason: str = "") -> None:
        """Save what is typed, say why, and end."""
        self.exit(message=Text(harmless(reason)) if reason else None)

    def action_help(self) -> None:
        """Show the keys of all screens."""
        from autograd_tutor.tui.help import HelpScreen

        self.push_screen(HelpScreen())

    def complain(self, sentence: str) -> None:
        """Say what went wrong without stopping anything."""
        self.notify(sentence, severity="warning", timeout=10, markup=False)

    def remark(self, sentence: str) -> None:
        """Say something in passing, until the next key; nothing, if it is empty."""
        if sentence:
            self.notify(sentence, timeout=3, markup=False)

    async def on_event(self, event: Event) -> None:
        """What was said in passing makes room as soon as the learner goes on."""
        if isinstance(event, Key) and not event.is_forwarded:
            for said in [one for one in self._notifications if one.severity == "information"]:
                self._unnotify(said)
        await super().on_event(event)

    def _fatal_error(self) -> None:
        """A fault of ours ends in a sentence; the traceback goes to those who mend it: to a file, or to the front."""
        import tempfile
        import traceback

        if self._exit_renderables:
            # The first fault was told; what breaks on the way out says nothing new.
            return
        if self.services.line is not None:
            from autograd_tutor.room.messages import Fault

            self.services.line.tell(Fault(traceback.format_exc()))
            self._close_messages_no_wait()
            return
        with tempfile.NamedTemporaryFile("w", prefix="autograd-tutor-", suffix=".txt", delete=False) as report:
            traceback.print_exc(file=report)
        self.panic(
            "The tutor stopped because of a fault of its own. Your work is saved. "
            f"What happened is written in {report.name}."
        )

    async def on_unmount(self) -> None:
        """Everything is written and no process is left."""
        # Not in this thread: in a class the records answer through the event loop.
        await asyncio.to_thread(self.journal.close)
        self.services.sandbox.close()


def run_tutor(services: Services, start: str | None = None) -> int:
    """Run the tutor until the learner leaves; `start` is LESSON or LESSON/EXERCISE.

    Returns:
        The exit code: 0, or 1 after a fault of ours.
    """
    app = TutorApp(services, start)
    when_hung_up(lambda: app.call_from_thread(app.leave))
    app.run()
    return app.return_code or 0
