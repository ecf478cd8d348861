"""The rule for ctc_loss: minus the log of the probability of all alignments that spell a target.

Forward and backward sums over alignments tell how likely each class is at each time, given the target (Graves,
Fernández, Gomez and Schmidhuber 2006, equation 16). torch sends the probability less that share: the gradient of what
went into log_softmax, which passes it on unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_tutor.calculus.rule import FIXED, Rule, Slope


def _spelled(targets: Any, lengths: Any, blank: int) -> list[Any]:
    """Each target with a blank before, between and behind its classes."""
    rows, start = [], 0
    for at, length in enumerate(lengths):
        row = targets[at, :length] if np.ndim(targets) == 2 else targets[start : start + length]
        start += length
        found = np.full(2 * length + 1, blank)
        found[1::2] = row
        rows.append(found)
    return rows


def _alignments(log_probs: Any, states: Any) -> tuple[Any, Any]:
    """The log of the sum of all ways to each state at each time, and from it to the end; both count its own class."""
    skips = np.zeros(len(states), dtype=bool)
    skips[2:] = (states[2:] != states[:-2]) & (np.arange(2, len(states)) % 2 == 1)
    emitted = log_probs[:, states]

    def sums(rows: Any, skip: Any) -> Any:
        found = np.full(rows.shape, -np.inf)
        found[0, :2] = rows[0, :2]
        for time in range(1, len(rows)):
            before = found[time - 1]
            ways = [before, np.roll(before, 1), np.where(skip, np.roll(before, 2), -np.inf)]
            ways[1][:1], ways[2][:2] = -np.inf, -np.inf
            found[time] = np.logaddexp.reduce(ways) + rows[time]
        return found

    turned = np.concatenate([np.zeros(2, dtype=bool), skips[2:][::-1]])[: len(states)]
    return sums(emitted, skips), sums(emitted[::-1, ::-1], turned)[::-1, ::-1]


def _examples(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int) -> Iterator[Any]:
    """Of each example its number, its log-probabilities, the states and the two sums; and minus the log of all."""
    spelled = _spelled(np.atleast_1d(targets).astype(int), np.atleast_1d(target_lengths).astype(int), blank)
    for at, (length, states) in enumerate(zip(np.atleast_1d(input_lengths).astype(int), spelled, strict=True)):
        own = log_probs[:length, at].astype(float)
        to, onward = _alignments(own, states)
        yield at, own, states, to + onward, -np.logaddexp.reduce(to[-1, -2:])


def _reduced(losses: Any, target_lengths: Any, reduction: str) -> Any:
    if reduction == "mean":
        return np.mean(losses / np.maximum(np.atleast_1d(target_lengths), 1))
    return np.sum(losses) if reduction == "sum" else losses


def _forward(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: str = "mean",
    zero_infinity: Any = False,
) -> Any:  # fmt: skip
    assert np.ndim(log_probs) == 3
    losses = np.array([one[-1] for one in _examples(log_probs, targets, input_lengths, target_lengths, blank)])
    return _reduced(np.where(np.isinf(losses), 0, losses) if zero_infinity else losses, target_lengths, reduction)


def _back(
    g: Any, y: Any, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: str = "mean", zero_infinity: Any = False,
) -> Any:  # fmt: skip
    assert np.ndim(log_probs) == 3
    each = np.broadcast_to(g, log_probs.shape[1:2])
    if reduction == "mean":
        each = each / np.maximum(np.atleast_1d(target_lengths), 1) / len(each)
    found = np.zeros_like(log_probs)
    for at, own, states, both, loss in _examples(log_probs, targets, input_lengths, target_lengths, blank):
        if np.isinf(loss):
            assert zero_infinity
            continue
        share = np.zeros_like(own)
        for state, kind in enumerate(states):
            share[:, kind] += np.exp(both[:, state] - own[:, kind] + loss)
        found[: len(own), at] = each[at] * (np.exp(own) - share)
    return found


RULES: tuple[Rule, ...] = (
    Rule(
        "ctc_loss",
        _forward,
        (
            Slope(
                "The loss is minus the log of all alignments' probability. Each class gets, at each time, its "
                "probability less the share that it has in the alignments that spell the target: torch sends at once "
                "what belongs to the scores before log_softmax",
                back=_back,
                symbol="G·(exp({a}) − share of the alignments)",
            ),
            FIXED,
        ),
    ),
)
