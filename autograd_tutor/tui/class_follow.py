"""Everyone's screen goes where the teacher's is: the same exercise, the same step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content

from autograd_tutor.tui.exercise_keys import TOGETHER
from autograd_tutor.tui.scene import Scene, settled
from autograd_tutor.tui.scene_screen import SceneScreen

if TYPE_CHECKING:
    from autograd_tutor.room.rules import Lead, Rules
    from autograd_tutor.tui.syllabus import Place

_BEFORE = (Content("The teacher leads, and this screen follows."),)


class FollowScreen(SceneScreen):
    """The teacher's exercise; before it was run there, only code and graph."""

    BINDINGS: ClassVar[list[BindingType]] = TOGETHER

    def __init__(self, place: Place, lead: Lead) -> None:
        super().__init__(place, lead.seed)
        self._lead = lead

    def on_mount(self) -> None:
        """Nothing is typed here."""
        self.app.release_keys()

    def obey(self, rules: Rules | None) -> None:
        """Where the teacher is now."""
        if rules is not None and rules.lead is not None:
            self._lead = rules.lead
        self._follow()
        if self._lead.shown and self.scene.run is None:
            self.when_run(lambda run: self._follow())

    def _follow(self) -> None:
        self.scene = led(self.scene, self._lead)


def led(scene: Scene, lead: Lead) -> Scene:
    """`scene` as the teacher has it."""
    scene = replace(scene, told=() if lead.shown else _BEFORE, asks=False)
    if not lead.shown:
        return scene.afresh()
    shown = replace(scene, play=settled(scene.play))
    target = lead.target if lead.target in shown.targets else shown.targets[-1]
    walked = shown if shown.stops and shown.target == target else shown.walking(target)
    return replace(walked, stop=min(max(lead.stop, 0), max(len(walked.stops) - 1, 0)), node=None)
