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
    after_shown: bool = True
    """Below 100 columns: which of the two graphs is shown."""

    @property
    def phase(self) -> Literal["choosing", "predicting", "seen"]:
        """What the learner does now."""
        if self.offer is not None:
            return "predicting"
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
