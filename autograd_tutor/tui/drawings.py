"""The drawing of a scene's graph, kept: stepping back and forth draws nothing twice."""

from __future__ import annotations

from autograd_tutor.drawing.cells import Picture
from autograd_tutor.drawing.phases import LATER
from autograd_tutor.drawing.picture import picture, words
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.tui.scene import Choice, Scene


class Drawings:
    """Those of one run; another run's take their place."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._kept: dict[tuple[int, bool, Choice | None], Picture] = {}

    def of(self, scene: Scene, width: int) -> Picture:
        """The graph, as far as it may be seen in `scene`, at most `width` cells wide if it can be."""
        if scene.run is not self._run:
            self._run, self._kept = scene.run, {}
        key = (width, scene.done, scene.choice)
        if key not in self._kept:
            self._kept[key] = _drawn(scene, width)
        return self._kept[key]


def _drawn(scene: Scene, width: int) -> Picture:
    if scene.run is None:
        return words("The graph comes when the program has run.", width)
    if scene.done:
        choice = scene.choice
        pass_ = choice.pass_ if choice else None
        return picture(scene.run.trace, width=width, phase="after", pass_=pass_, stop=choice)
    if scene.variant.exercise.graph == "after":
        return words(LATER, width)
    targets = tuple(one.target for one in scene.variant.questions)
    return picture(scene.run.trace, width=width, phase="before", hide=targets, stop=scene.choice)
