"""How much of a value a picture shows."""

from __future__ import annotations

from autograd_tutor.notation import array, number, shape
from autograd_tutor.trace import Array

WIDE, FAIR, ROOMY, TIGHT = 40, 28, 18, 9
"""About how many characters of a value are shown: four long numbers whole, four short ones, a few, one."""
LENGTHS = (WIDE, FAIR, ROOMY, TIGHT)


def brief(value: Array | None, most: int = ROOMY) -> str:
    """A value in at most about `most` characters: whole, or its first elements, or its shape."""
    if value is None:
        return ""
    shown = numbers(value, most)
    if shown:
        return shown
    if most < ROOMY and len(value.shape) > 1:
        return "×".join(map(str, value.shape))
    return shape(value).removeprefix("a ")


def numbers(value: Array, most: int) -> str:
    """The numbers of a value, of a long vector the first; nothing where those of a matrix take too much room."""
    if value.data is None and value.shape:
        return ""
    whole = array(value)
    if len(whole) <= most or value.numel == 1:
        return whole
    shown = ""
    for scalar in value.data or () if len(value.shape) == 1 else ():
        longer = f"{shown}{number(scalar)}, "
        if shown and len(longer) + 2 > min(most, ROOMY):
            break
        shown = longer
    return f"[{shown}…]" if shown else ""
