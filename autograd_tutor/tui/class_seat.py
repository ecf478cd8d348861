"""A seat in a class: what the front says, and what that makes of the screens.

What the class does together (a poll, following the teacher) lies above the screens where the student is and comes
off again, so that these stay as they were left.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from autograd_tutor.room.messages import Follow, Leave, Now, Say
from autograd_tutor.room.rules import Lead, Rules
from autograd_tutor.room.screen import harmless

if TYPE_CHECKING:
    from textual.screen import Screen

    from autograd_tutor.room.messages import ToSession
    from autograd_tutor.tui.app import TutorApp
    from autograd_tutor.tui.scene import Scene
    from autograd_tutor.tui.services import Line

SECONDS = 20.0
"""How long a message stays."""


class Heard(Message):
    """The front said something; goes through the app's own queue, so that it finds the app at rest."""

    def __init__(self, said: ToSession) -> None:
        self.said = said
        super().__init__()


class ClassSeat:
    """Obeys the rules of the class for one app."""

    def __init__(self, app: TutorApp, line: Line) -> None:
        self._app = app
        self._line = line
        self._filled = False
        self._stage: tuple[object, ...] | None = None
        """Which poll is on, or where the teacher leads; None: free play."""
        self._below = 0
        """How many screens the student's own are, while something lies above them."""
        self._told: Lead | None = None
        """Where a teacher who leads has led everyone last."""

    @property
    def teaches(self) -> bool:
        """A teacher sits here."""
        return self._line.seat.role == "teacher"

    @property
    def staged(self) -> bool:
        """Something that the class does together is on the screen."""
        return self._stage is not None

    def begin(self) -> None:
        """Hear the front from now on."""

        def heard(said: ToSession) -> None:
            self._app.post_message(Heard(said))

        self._line.listen(heard)

    def filled(self) -> None:
        """The lessons are there: what the class does may be shown."""
        self._filled = True
        self._arrange()

    def hear(self, said: ToSession) -> None:
        """One message of the front's."""
        match said:
            case Now(rules):
                self._app.rules = rules
                self._app.deaf = rules.paused and not self.teaches
                self._told = self._told if rules.lead is not None else None
                self._arrange()
            case Say(text, by):
                self._app.message = f"{harmless(by, 60)}: {harmless(text)}" if by else harmless(text)
                self._app.set_timer(SECONDS, partial(self._forget, self._app.message))
            case Leave(reason):
                self._app.leave(reason)

    def _forget(self, message: str) -> None:
        if self._app.message == message:
            self._app.message = ""

    def lead_from(self, scene: Scene) -> None:
        """While a teacher leads: everyone goes where their screen is now."""
        rules = self._app.rules
        if not self.teaches or rules is None or rules.lead is None:
            return
        lead = Lead(scene.place.key, scene.variant.seed, scene.target, scene.stop, scene.done)
        if lead != (self._told or rules.lead):
            self._told = lead
            self._line.tell(Follow(lead))

    def _arrange(self) -> None:
        if self._filled and not self.teaches:
            self._app.run_worker(self._settle(), group="class")

    async def _settle(self) -> None:
        """Lay above the student's screens what the rules ask for, and nothing else."""
        app = self._app
        async with app.moving:
            rules = app.rules
            if rules is None:
                return
            wanted = _stage(rules)
            if wanted != self._stage:
                await self._change(wanted, rules)

    async def _change(self, wanted: tuple[object, ...] | None, rules: Rules) -> None:
        app = self._app
        app.drop_keys()
        while self._stage is not None and len(app.screen_stack) > self._below:
            await app.pop_screen()
        self._stage, self._below = wanted, len(app.screen_stack)
        screen = self._screen(rules)
        if screen is not None:
            await app.push_screen(screen)

    def _screen(self, rules: Rules) -> Screen[None] | None:
        """What the class does together now; None: nothing, or about an exercise that is not there."""
        from autograd_tutor.tui.class_follow import FollowScreen
        from autograd_tutor.tui.class_poll import PollScreen

        about = rules.poll or rules.lead
        place = self._app.syllabus.find(about.exercise) if about is not None else None
        if about is not None and place is None:
            self._app.complain(f"There is no exercise called {harmless(about.exercise)} here.")
        if place is None:
            return None
        return PollScreen(place, rules.poll) if rules.poll else FollowScreen(place, rules.lead) if rules.lead else None


def _stage(rules: Rules) -> tuple[object, ...] | None:
    """What tells one thing that the class does together from another."""
    if rules.poll is not None:
        return ("poll", rules.poll.number)
    return ("lead", rules.lead.exercise, rules.lead.seed) if rules.lead is not None else None
