"""A lesson as plain data. No answer is in it: torch supplies those."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

FORMAT = 1


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything that an author writes."""


Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, Meta(pattern=r"\S")]


class Question(Part, frozen=True, kw_only=True):
    """What the learner predicts about the program's end."""

    target: Annotated[str, Meta(description="An expression at the program's end: x.grad, y.requires_grad, w")]
    ask: Annotated[str | None, Meta(description="The question; when left out: What is TARGET at the end?")] = None


class Mistake(Part, frozen=True, kw_only=True):
    """A mistake of the lesson's own: the program with one piece changed; torch computes its answer."""

    tag: Annotated[Slug, Meta(description="A short name of its own; records keep it")]
    replace: Annotated[str, Meta(description="A piece of the code, found exactly once")]
    by: Annotated[str, Meta(description="What stands there in the mistaken learner's mind")]
    words: Annotated[str, Meta(description="What to say to one who answered so; no numbers")]
    target: Annotated[str | None, Meta(description="For which question; when left out: all")] = None


class Experiment(Part, frozen=True, kw_only=True):
    """An edit to try; exactly one of the first five is given."""

    detach: Annotated[str | None, Meta(description="A name whose use is detached")] = None
    no_grad: Annotated[int | None, Meta(description="A line to wrap in torch.no_grad()")] = None
    freeze: Annotated[str | None, Meta(description="A leaf to freeze with requires_grad_(False)")] = None
    again: Annotated[Literal["accumulate", "zero"] | None, Meta(description="Run backward a second time")] = None
    change: Annotated[dict[str, float] | None, Meta(description="A parameter and its other value")] = None
    ask: Annotated[str | None, Meta(description="What to look at before it runs")] = None


class Exercise(Part, frozen=True, kw_only=True):
    """One small program, and what to predict about it."""

    id: Annotated[Slug, Meta(description="Unique in the lesson; commands and records name it lesson/exercise")]
    title: Annotated[Text, Meta(description="A few words that do not tell the answer")]
    prose: Annotated[Text, Meta(description="Markdown, shown before the prediction: it must not tell the answer")]
    code: Annotated[str, Meta(description="torch, math, nn and F are imported; $name stands for a parameter")]
    questions: Annotated[list[Question], Meta(min_length=1, description="Asked one after another")]
    parameters: Annotated[
        dict[str, list[float | int | str]],
        Meta(description="The values each $name may take; variants combine them; the first of each comes first"),
    ] = {}
    hints: Annotated[list[Text], Meta(min_length=1, description="From a nudge to nearly the answer; no numbers")]
    explain: Annotated[str, Meta(description="Markdown, shown after the run, above the steps")] = ""
    mistakes: Annotated[
        list[Mistake], Meta(description="Wrong ideas that the tutor would not find by itself, as edits of the code")
    ] = []
    experiments: Annotated[list[Experiment], Meta(description="What to try once it is solved, the best first")] = []
    links: Annotated[list[str], Meta(description="Web addresses to read on; https only")] = []
    keeps: Annotated[
        str | None,
        Meta(description="Why the first variant keeps numbers that cannot tell a wrong idea from the right one"),
    ] = None
    graph: Annotated[
        Literal["before", "after"], Meta(description="Whether the forward graph may be seen before the prediction")
    ] = "before"


class Lesson(Part, frozen=True, kw_only=True):
    """One YAML file."""

    format: Annotated[Literal[1], Meta(description="The version of this format")]
    id: Annotated[Slug, Meta(description="Unique in the course")]
    title: Annotated[Text, Meta(description="What the lesson is about, in a few words")]
    goals: Annotated[list[Text], Meta(min_length=1, description="What one can do after it")]
    exercises: Annotated[list[Exercise], Meta(min_length=1, description="In the order in which to play them")]
    number: Annotated[int, Meta(ge=1, le=999, description="The module's place in the course")]
    needs: Annotated[list[Slug], Meta(description="Ids of lessons to play before")] = []


class Variant(msgspec.Struct, frozen=True):
    """An exercise with numbers put in: what a learner sees and torch runs."""

    lesson: str
    exercise: Exercise
    """As written, with $names."""
    seed: int
    """Which variant: 0 is the first value of every parameter."""
    values: dict[str, float | int | str]
    code: str
    prose: str
    explain: str
    questions: tuple[Question, ...]
    """Each with its `ask` filled in."""
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    """With numbers put into `replace`, `by` and `words`."""

    @property
    def key(self) -> str:
        """`lesson/exercise`, as commands and records name it."""
        return f"{self.lesson}/{self.exercise.id}"


class Problem(msgspec.Struct, frozen=True):
    """Something wrong in a lesson file: what, where, what to do."""

    file: str
    line: int
    problem: str
    fix: str
    exercise: str | None = None
