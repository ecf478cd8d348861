"""The experiment screen's whole state: what was changed so far, and what is being tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from autograd_tutor.course.model import Variant
    from autograd_tutor.sandbox.protocol import Run
    from autograd_tutor.teaching.experiments.model import Comparison, Offer
    from autograd_tutor.teaching.model import Judgement


@dataclass(frozen=True, slots=True)
class Tried:
    """One change that was made, seen to its end."""

    offer: Offer
    before: Run
    after: Run
    comparison: Comparison
    judgement: Judgement | None
    """On the learner's prediction; None: run without one."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Changes stack: each starts from the program that the last one left."""

    variant: Variant
    base: Run
    """The exercise's own program."""
    offers: tuple[Offer, ...] = ()
    """What may be changed in the program as it stands."""
    cursor: int = 0
    tried: tuple[Tried, ...] = ()
    offer: Offer | None = None
    """Chosen, and not yet seen."""
    runs: tuple[Run, Run] | None = None
    """The program as it stands and as changed, both asked for the same; not shown before the prediction."""
    trouble: str | None = None
    waiting: bool = False
    judgement: Judgement | None = None
    """On a prediction that could not be read or judged."""
    seen: bool = False
    """The last change is shown; else the list of offers, or the question."""
    writing: bool = False
    """The learner changes the program freely."""
    unfit: str = ""
    """Why what was written can't be tried."""
    after_shown: bool = True
    """Below 100 columns: which of the two graphs is shown."""

    @property
    def phase(self) -> Literal["choosing", "writing", "predicting", "seen"]:
        """What the learner does now."""
        if self.offer is not None:
            return "predicting"
        if self.writing:
            return "writing"
        return "seen" if self.seen else "choosing"

    @property
    def now(self) -> Run:
        """The program as it stands."""
        return self.tried[-1].after if self.tried else self.base

    @property
    def targets(self) -> tuple[str, ...]:
        """What is compared: what the exercise asks for."""
        return tuple(dict.fromkeys(question.target for question in self.variant.questions))

    def choosing(self) -> Trial:
        """The list of what may be changed now."""
        from autograd_tutor.teaching.experiments import offers

        return Trial(self.variant, self.base, offers(self.now.trace, self.variant), tried=self.tried)

    def choose(self, at: int) -> Trial:
        """Ask what that change will do."""
        return replace(self, offer=self.offers[at], cursor=at)

    def write(self, unfit: str = "") -> Trial:
        """The editor; `unfit` says why what stands there can't be tried."""
        return Trial(self.variant, self.base, self.offers, tried=self.tried, writing=True, unfit=unfit)

    def submit(self, source: str) -> Trial:
        """Ask what the program that the learner wrote will do; if it can't be tried, say why."""
        from autograd_tutor.teaching.experiments import own

        try:
            offer = own(self.now.trace, source, self.variant)
        except ValueError as problem:
            return self.write(str(problem))
        return replace(self, offer=offer, writing=False, unfit="")

    @property
    def own(self) -> bool:
        """What is being tried was written by the learner."""
        return self.offer is not None and self.offer.kind == "own"

    def finish(self, before: Run, after: Run, judgement: Judgement | None) -> Trial:
        """The change was made: both runs may be seen."""
        from autograd_tutor.teaching.experiments import compare

        assert self.offer is not None
        targets = tuple(dict.fromkeys((*self.targets, self.offer.target)))
        one = Tried(self.offer, before, after, compare(before, after, targets), judgement)
        return Trial(self.variant, self.base, tried=(*self.tried, one), seen=True)

    def undo(self) -> Trial:
        """Without the last change."""
        return replace(self, tried=self.tried[:-1]).choosing()
