"""A repair in lines of text, the same on every face."""

from __future__ import annotations

from autograd_tutor.explanation import Repair
from autograd_tutor.notation import array


def heading(repair: Repair) -> str:
    """What to change: `Repair: leave out the detach() on line 3.` One that torch did not confirm is a suggestion."""
    return f"{'Repair' if repair.confirmed else 'Suggestion'}: {repair.words}"


def changes(repair: Repair) -> list[str]:
    """The lines that change, with their numbers: `− 3  z = x.detach()`."""
    width = max((len(str(line.number)) for line in repair.lines), default=0)
    return [f"{'−' if line.sign == '-' else '+'} {line.number:>{width}}  {line.text}" for line in repair.lines]


def verdict(repair: Repair, target: str) -> str:
    """What the changed program did in torch; empty where there is nothing to run."""
    if not repair.lines:
        return ""
    if repair.value is not None:
        return f"With this change torch gives {target} = {array(repair.value)}."
    if repair.confirmed:
        return "With this change torch runs the program to its end."
    if repair.later is not None:
        return f"With this change line {repair.later} raises: another error, which the first one hid."
    return "This was not tried in torch."
