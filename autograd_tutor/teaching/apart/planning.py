"""Which pieces are asked for: all that have something to find out, at most `MOST`, and always the last."""

from __future__ import annotations

from collections.abc import Set

from msgspec.structs import replace

from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching.apart import carry
from autograd_tutor.teaching.apart.chain import chain
from autograd_tutor.teaching.apart.facts import facts
from autograd_tutor.teaching.apart.model import Piece, Plan
from autograd_tutor.teaching.scene import Scene
from autograd_tutor.trace import Array, Complex

MOST = 8
"""Questions; what is asked beyond wears a learner out."""
_NO_SUBSCRIPTS = str.maketrans("", "", "₀₁₂₃₄₅₆₇₈₉")
"""A loop's rounds have names of their own."""


def plan(run: Run, target: str, hidden: Set[str] = frozenset()) -> Plan | None:
    """How to take `target` apart; None where there is nothing to take apart.

    Args:
        run: the program's run.
        target: what is asked for, a gradient or what should be one.
        hidden: names whose values are asked for elsewhere, and must not be seen yet.
    """
    scene = Scene(run, target)
    one = run.whole.of(target)
    truth = scene.found.value if scene.found is not None else None
    if truth is not None and not _plain(truth):
        return None
    pieces: list[Piece] = []
    last: int | None = None
    if one is not None and truth is not None and (found := chain(run.trace, one, hidden)):
        pieces, last = found
    reasons = facts(scene) if scene.found is not None and scene.found.is_grad else []
    if not pieces and not reasons:
        return None
    return Plan(target, (*(_chosen(pieces, last) if last is not None else ()), *reasons), truth)


def _plain(value: Array) -> bool:
    """Numbers that one can work with, and that can be compared."""
    return bool(value.data) and not any(isinstance(one, Complex) for one in value.data or ())


def _chosen(pieces: list[Piece], last: int) -> list[Piece]:
    """Nothing twice, nothing more than `MOST`, and the last piece at all events."""
    if pieces[last].how == "given" and pieces[last].kind == "passed":
        # All slopes are 1: then at least the last of them is asked for.
        last = next((at for at in reversed(range(len(pieces))) if pieces[at].kind == "slope"), last)
    asked = [at for at, piece in enumerate(pieces) if piece.asked and at != last]
    kept = _once(pieces, asked)
    for worth in (_plainest, _inner, _first):
        spare = [at for at in kept if worth(pieces[at])]
        leave = set(spare[: max(len(kept) - MOST + 1, 0)])
        kept = [at for at in kept if at not in leave]
    return [replace(piece, asked=at in kept or at == last) for at, piece in enumerate(pieces)]


def _once(pieces: list[Piece], asked: list[int]) -> list[int]:
    """A slope of the same line, or that reads the same and comes to the same, is asked once."""
    known: set[object] = set()
    kept = []
    for at in asked:
        piece = pieces[at]
        symbol = piece.symbol.translate(_NO_SUBSCRIPTS)
        here = (piece.span, symbol, None), (piece.operation, symbol, piece.value)
        if piece.kind != "slope" or not known.intersection(here):
            kept.append(at)
        known.update(here)
    return kept


def _plainest(piece: Piece) -> bool:
    """A slope that passes the gradient on as it is, turned around, or not at all."""
    value = piece.value if isinstance(piece.value, Array) else None
    return piece.kind == "slope" and any(carry.even(value, number) for number in (1, -1, 0))


def _inner(piece: Piece) -> bool:
    """On the way, and worked out from other pieces."""
    return piece.how in ("product", "sum")


def _first(piece: Piece) -> bool:
    return True
