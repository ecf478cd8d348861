"""`play --plain LESSON[/EXERCISE]`: exercises as lines, for screen readers, pipes and plain terminals."""

from __future__ import annotations

import argparse
import sys
import time

from autograd_tutor.commands.account import happened, numbered, problem_lines
from autograd_tutor.commands.apart import Move, converse
from autograd_tutor.commands.common import require_exercises, require_records, say
from autograd_tutor.commands.target_lines import Told, shown, target_lines
from autograd_tutor.course.jobs import job
from autograd_tutor.course.model import Exercise, Lesson, Variant
from autograd_tutor.course.variants import variant
from autograd_tutor.records.store import Records
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching.apart import Apart
from autograd_tutor.teaching.apart import plan as plan_apart
from autograd_tutor.teaching.apart import start as start_apart
from autograd_tutor.teaching.grading import judge
from autograd_tutor.teaching.model import Attempt, Judgement
from autograd_tutor.teaching.play import Play, start
from autograd_tutor.trace import Stopped

ANSWERS = "a number, [1, 2] or [[1, 2], [3, 4]], a formula, None, yes/no or raises"
KINDS = f"{ANSWERS}; else: hint, apart, run, skip, quit"
MEANT = {
    **dict.fromkeys(("q", ":q", "exit", "bye"), "To leave, type quit."),
    **dict.fromkeys(
        ("help", "h", "?"),
        f"Type {ANSWERS}. Or a word: hint for a hint; after a wrong answer apart, the derivative step by step; "
        "run to see what torch does; skip to leave this question; quit.",
    ),
    "t": "To take it apart, type apart.",
    "r": "To see what torch does, type run.",
    "s": "To leave this question, type skip.",
}
"""What to say to one who tries a key of the tutor in a terminal, or of another program, where it is no name."""
VERDICTS = {"right": "", "partly": "Partly. ", "wrong": "Not right. ", "invalid": "Not counted. "}


class Left(Exception):
    """The learner went away: quit, or the end of input."""


def options(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("place", metavar="LESSON[/EXERCISE]", help="a lesson, or one of its exercises")
    parser.add_argument("--plain", action="store_true", required=True, help="as lines on a plain terminal")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which variant (default 0)")


def run(given: argparse.Namespace) -> int:
    """Play the exercises in order; 0 when all were answered unaided, 1 when some were not."""
    chosen = require_exercises(given.place)
    records = require_records()
    solved = 0
    with Sandbox() as sandbox:
        try:
            for lesson, exercise in chosen:
                solved += _Session(sandbox, records, lesson, exercise, given.seed).play()
        except Left:
            say("Your work is saved.")
    return 0 if solved == len(chosen) else 1


class _Session:
    """One exercise being played on lines."""

    def __init__(self, sandbox: Sandbox, records: Records, lesson: Lesson, exercise: Exercise, seed: int) -> None:
        self.title = f"{lesson.title} › {exercise.title}"
        self.variant: Variant = variant(lesson, exercise, seed)
        self.records = records
        self.sandbox = sandbox
        self.shown_at = time.monotonic()
        self.apart: dict[int, Apart] = {}
        """How far each question was taken apart."""

    def play(self) -> bool:
        """Ask every question, then explain; whether it was solved unaided."""
        say(f"\n{self.title}\n\n{self.variant.prose.strip()}\n\n{numbered(self.variant.code)}")
        self.records.visit(self.variant.key, self.variant.seed)
        result = self.sandbox.run(job(self.variant))
        if isinstance(result.trace.outcome, Stopped):
            say(f"\nThis exercise could not be run. {result.trace.outcome.message}")
            return False
        play = start(self.variant)
        while play.phase != "done":
            play = self._ask(play, result)
            if play.phase == "settled":
                play = play.next()
        self._explain(result)
        return play.state == "solved"

    def _ask(self, play: Play, result: Run) -> Play:
        say(f"\n{play.question.ask}\n  ({KINDS})")
        self.shown_at = time.monotonic()
        index = play.index
        while play.index == index and play.phase == "predicting":
            play = self._take(play, result, _typed())
        return play

    def _take(self, play: Play, result: Run, typed: str) -> Play:
        word = typed.casefold()
        if word == "hint":
            return self._hint(play)
        if word == "apart":
            return self._take_apart(play, result)
        if word in ("run", "skip"):
            after = self._saved((play.reveal if word == "run" else play.skip)(self._elapsed()))
            if word == "run":
                self._tell(play.question.target, result)
            return after
        judgement = judge(typed, result, play.question.target, self.variant.mistakes)
        after = self._saved(play.answer(typed, judgement, self._elapsed()))
        if judgement.verdict == "invalid" and word in MEANT:
            say(f"  {MEANT[word]}")
            return after
        say(f"  read as {judgement.read_as}" if judgement.read_as else "")
        say(f"  {VERDICTS[judgement.verdict]}{judgement.message}")
        return after

    def _hint(self, play: Play) -> Play:
        if play.hints == len(play.clues):
            say("  There is no further hint. `run` shows what torch does.")
            return play
        after = self._saved(play.hint(self._elapsed()))
        say(f"  Hint {after.hints} of {len(after.clues)}: {after.shown_hints[-1]}")
        return after

    def _take_apart(self, play: Play, result: Run) -> Play:
        if not play.may_take_apart:
            say("  First predict: then it can be taken apart.")
            return play
        target = play.question.target
        begun = self.apart.get(play.index)
        if begun is None:
            plan = plan_apart(result, target, {one.target for one in self.variant.questions})
            if plan is None:
                say(f"  {target} is no gradient that can be taken apart.")
                return play
            begun = start_apart(plan, result)

        def kept(move: Move, text: str, judgement: Judgement | None) -> None:
            self._saved(play.apart(move, self._elapsed(), text=text, judgement=judgement))

        self._saved(play.apart("apart", self._elapsed()))
        self.apart[play.index] = converse(begun.reopened(), _typed, kept)
        say(f"\n{play.question.ask}")
        return play

    def _saved(self, step: tuple[Play, Attempt]) -> Play:
        self.records.record(step[1])
        return step[0]

    def _elapsed(self) -> int:
        now = time.monotonic()
        since, self.shown_at = now - self.shown_at, now
        return round(since * 1000)

    def _tell(self, target: str, result: Run) -> None:
        found = result.trace.find(target)
        if found is not None and found.kind != "missing":
            say(f"  torch says {target} = {shown(found)}")

    def _explain(self, result: Run) -> None:
        trace = result.trace
        told = Told(trace)
        say("\n" + "\n".join([*happened(trace), *problem_lines(result.whole, trace)]))
        if trace.printed:
            say(f"It printed:\n{trace.printed.rstrip()}")
        if self.variant.explain:
            say(f"\n{self.variant.explain.strip()}")
        for question in self.variant.questions:
            found, one = trace.find(question.target), result.whole.of(question.target)
            if found is not None and one is not None:
                say(f"\n{question.target} = {shown(found)}")
                say("\n".join(target_lines(found, result.whole, told)))


def _typed() -> str:
    if sys.stdin.isatty():
        print("> ", end="", flush=True)
    line = sys.stdin.readline()
    if not line or line.strip().casefold() == "quit":
        raise Left
    return line.strip()
