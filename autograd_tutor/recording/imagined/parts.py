"""All families for a part of a result, such as `J[1]`: that part of what a slip makes of the whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from autograd_tutor.recording.imagined.case import Guess, Guesses
from autograd_tutor.recording.imagined.sources import Reruns
from autograd_tutor.recording.tape import Recording


def within(recording: Recording, target: str, reruns: Reruns, guesses: Guesses) -> Iterator[Guess]:
    """What the part would be after each slip in the whole; nothing for a target that is no part."""
    found = _split(target)
    if found is None:
        return
    whole, index = found
    for guess in guesses(reruns.recording(recording.trace.source, whole), whole):
        if guess.value is not None and guess.value.dim() >= len(index):
            part = guess.value[index]
            yield replace(guess, value=part)


def _split(target: str) -> tuple[str, tuple[int, ...]] | None:
    """`J` and `(1,)` for `J[1]`."""
    try:
        node = ast.parse(target, mode="eval").body
        if not isinstance(node, ast.Subscript):
            return None
        index = ast.literal_eval(node.slice)
    except (SyntaxError, ValueError):
        return None
    places = index if isinstance(index, tuple) else (index,)
    return (ast.unparse(node.value), places) if all(type(one) is int for one in places) else None
