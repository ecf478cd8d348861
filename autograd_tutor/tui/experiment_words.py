"""What the experiment screen says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from autograd_tutor.trace import Raised
from autograd_tutor.tui.hanging import hung
from autograd_tutor.tui.prose import inline
from autograd_tutor.tui.trial import Trial, Tried
from autograd_tutor.tui.wording import title_line

if TYPE_CHECKING:
    from autograd_tutor.program import DiffLine
    from autograd_tutor.teaching.experiments.model import Offer

LETTERS = "123456789abcdefghijklmnopqrstvxyz"
"""One key for each change; `u` undoes, `w` writes."""


def heading(trial: Trial, width: int) -> Content:
    """Whose program it is, and how many changes were made so far."""
    count = len(trial.tried)
    right = f"{count} {'change' if count == 1 else 'changes'} so far" if count else "nothing changed yet"
    return title_line("Experiment", trial.variant.exercise.title, right, width)


def offer_lines(trial: Trial, width: int) -> list[Content]:
    """What to do, then for each change that is possible now its key and what it is."""
    if not trial.offers:
        return [Content("There is nothing to change in this program.")]
    lines = [Content.styled("Change one thing. What will happen?", "bold")]
    for at, offer in enumerate(trial.offers[: len(LETTERS)]):
        chosen = at == trial.cursor
        line = Content.assemble("▸ " if chosen else "  ", (LETTERS[at], "bold $accent"), f"  {offer.title} ")
        line = line.stylize("reverse", 2) if chosen else line
        line = Content.assemble(line, "  ", inline(offer.look).stylize("$muted")) if offer.look else line
        lines.append(hung([line], width))
    return lines


def touched(trial: Trial) -> list[int]:
    """The lines of the program that the chosen change would change, or after which it would put something."""
    if not trial.offers:
        return []
    diff = trial.offers[trial.cursor].diff
    return [line.number for line in diff if line.sign == "-"] or [max(diff[0].number - 1, 1)]


def unfit(trial: Trial, width: int) -> Content:
    """What to do in the editor, or why what stands there can't be tried."""
    if trial.unfit:
        return hung([Content.assemble(("! ", "bold $text-warning"), trial.unfit)], width)
    return Content.styled("Change the program; then ctrl+r, and predict. esc leaves it and keeps the text.", "$muted")


def diff_lines(offer: Offer, width: int) -> Content:
    """The change alone."""
    return hung([Content.styled(offer.title, "bold"), *map(_changed, offer.diff)], width)


def changed_program(before: str, offer: Offer, width: int) -> Content:
    """The whole program with the change in it; signs say what goes and what comes, colour repeats it."""
    lines = [Content.styled(offer.title, "bold"), Content("")]
    old = {line.number: line for line in offer.diff if line.sign == "-"}
    new = {line.number: line for line in offer.diff if line.sign == "+"}
    program, at = offer.source.rstrip("\n").split("\n"), 0
    for number in range(1, before.rstrip("\n").count("\n") + 2):
        if number in old:
            lines.append(_changed(old[number]))
            continue
        while at + 1 in new:
            lines.append(_changed(new[at + 1]))
            at += 1
        at += 1
        lines.append(Content.assemble((f"{at:>4}   ", "$muted"), program[at - 1] if at <= len(program) else ""))
    lines += [_changed(line) for number, line in sorted(new.items()) if number > at]
    if offer.look:
        lines += [Content(""), inline(offer.look)]
    return hung(lines, width)


def _changed(line: DiffLine) -> Content:
    style = "$text-success" if line.sign == "+" else "$text-warning"
    return Content.assemble((f"{line.number:>4} ", "$muted"), (f"{line.sign} {line.text}", style))


def said(trial: Trial, width: int) -> Content:
    """That the program runs, or why there is no run, or why the prediction can't be read."""
    if trial.waiting:
        return Content.styled("… running", "$muted")
    if trial.trouble:
        trouble = Content.assemble(("! ", "bold $text-warning"), trial.trouble, " (esc, then r: try again)")
        return hung([trouble], width)
    if trial.judgement is None:
        return Content("")
    return hung([Content.assemble(("· ", "$muted"), trial.judgement.message)], width)


def told(tried: Tried, width: int) -> Content:
    """What was predicted, what each target was and is, and why."""
    lines: list[Content] = []
    if tried.judgement is not None:
        right = tried.judgement.verdict == "right"
        mark = ("✓ ", "bold $text-success") if right else ("✗ ", "bold $text-warning")
        verdict = "and so it is." if right else f"{_became(tried)}."
        lines.append(Content.assemble(mark, f"You predicted {tried.judgement.read_as}: ", verdict))
        lines += [Content.assemble("  ", inline(mistake.words)) for mistake in tried.judgement.mistakes[:1]]
        lines.append(Content(""))
    longest = max((len(row.target) for row in tried.comparison.rows), default=0)
    for row in tried.comparison.rows:
        change = f"{row.before}  →  {row.after}" if row.changed else f"{row.after}  (as before)"
        lines.append(Content.assemble(f"  {row.target:<{longest}}  ", (change, "bold" if row.changed else "")))
    lines += [Content(""), *(inline(sentence) for sentence in tried.comparison.sentences)]
    return hung(lines, width)


def _became(tried: Tried) -> str:
    """What the question was about, after the change."""
    value = next((row.after for row in tried.comparison.rows if row.target == tried.offer.target), "otherwise")
    outcome = tried.after.trace.outcome
    if isinstance(outcome, Raised):
        where = f"line {outcome.span.line}" if outcome.span else "the program"
        return f"{where} raises, and leaves {tried.offer.target} at {value}"
    return f"it is {value}"
