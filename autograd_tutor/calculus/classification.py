"""The rules for cross-entropy and nll: log-probabilities, weighed by how much of each class was the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from autograd_tutor.calculus.reductions import log_softmax, softmax
from autograd_tutor.calculus.rule import FIXED, Rule, Slope


@dataclass(frozen=True)
class Classified:
    """One call. Classes stand on axis 1, or on the only axis."""

    input: Any
    target: Any
    weight: Any
    ignore_index: int
    reduction: str
    smoothing: Any

    @property
    def _axis(self) -> int:
        return 1 if self.input.ndim > 1 else 0

    @property
    def _classes(self) -> int:
        return int(self.input.shape[self._axis])

    @property
    def _shared(self) -> bool:
        """Whether the target gives a probability for each class, not the class's number."""
        return bool(np.shape(self.target) == self.input.shape and np.asarray(self.target).dtype.kind not in "iub")

    def _beside(self, vector: Any) -> Any:
        """One number for each class, so that it can stand beside the input."""
        return np.reshape(vector, (-1,) + (1,) * (self.input.ndim - 1 - self._axis))

    @property
    def _weights(self) -> Any:
        return self._beside(np.ones(self._classes) if self.weight is None else self.weight)

    def _rows(self) -> tuple[Any, Any]:
        """For each class 1 where it is the row's target; and 1 for each row that is not ignored."""
        target = np.expand_dims(np.asarray(self.target, dtype=int), self._axis)
        counted = target != int(self.ignore_index)
        return (target == self._beside(np.arange(self._classes))) & counted, counted

    def targets(self) -> Any:
        """How much each class's log-probability counts, of the input's shape; with weights and smoothing."""
        even = self.smoothing / self._classes
        if self._shared:
            return self._weights * (self.target * (1 - self.smoothing) + even)
        hit, counted = self._rows()
        return self._weights * (hit * (1 - self.smoothing) + counted * even)

    def over(self) -> Any:
        """By what a mean divides: the number of rows, or the sum of their weights."""
        if self.reduction != "mean":
            return 1
        if self._shared:
            return self.input.size // self._classes
        return np.sum(self._rows()[0] * self._weights)

    def output(self, logs: Any) -> Any:
        """The loss, given the log-probabilities."""
        rows = -np.sum(self.targets() * logs, axis=self._axis)
        return rows if self.reduction == "none" else np.sum(rows) / self.over()

    def arrived(self, g: Any) -> Any:
        """What arrives at each row's loss."""
        each = np.expand_dims(g, self._axis) if self.reduction == "none" else g
        return (each / self.over()).astype(self.input.dtype)

    def total(self) -> Any:
        """How much each row counts."""
        return np.sum(self.targets(), axis=self._axis, keepdims=True)

    def shares(self) -> Any:
        """softmax of the input."""
        return softmax(self.input, dim=self._axis)

    def logs(self) -> Any:
        """log_softmax of the input."""
        return log_softmax(self.input, dim=self._axis)

    def logits_back(self, g: Any) -> Any:
        """What goes back to the logits of cross_entropy."""
        return self.arrived(g) * (self.shares() * self.total() - self.targets())

    def probabilities_back(self, g: Any) -> Any:
        """What goes back to a target of probabilities."""
        return -self.arrived(g) * self._weights * (1 - self.smoothing) * self.logs()


def _cross_entropy(
    input: Any, target: Any, weight: Any = None, ignore_index: Any = -100, reduction: str = "mean",
    label_smoothing: Any = 0.0,
) -> Classified:  # fmt: skip
    return Classified(input, target, weight, ignore_index, reduction, label_smoothing)


def _nll(input: Any, target: Any, weight: Any = None, ignore_index: Any = -100, reduction: str = "mean") -> Classified:
    return Classified(input, target, weight, ignore_index, reduction, 0)


@wraps(_cross_entropy)
def _forward(*operands: Any, **options: Any) -> Any:
    call = _cross_entropy(*operands, **options)
    return call.output(call.logs())


@wraps(_nll)
def _nll_forward(*operands: Any, **options: Any) -> Any:
    call = _nll(*operands, **options)
    return call.output(call.input)


def _cross_entropy_rule(name: str, words: str, symbol: str, target: str) -> Rule:
    def back(part: Callable[[Classified, Any], Any]) -> Callable[..., Any]:
        return lambda g, y, *operands, **options: part(_cross_entropy(*operands, **options), g)

    return Rule(
        name,
        _forward,
        (
            Slope(words, back=back(Classified.logits_back), symbol=symbol),
            Slope(
                "A target of probabilities weighs the log-probabilities, with a minus sign",
                back=back(Classified.probabilities_back),
                symbol=target,
            ),
            FIXED,
        ),
    )


def _nll_rule(name: str, words: str, symbol: str) -> Rule:
    def back(g: Any, y: Any, *operands: Any, **options: Any) -> Any:
        call = _nll(*operands, **options)
        return -call.arrived(g) * call.targets()

    return Rule(name, _nll_forward, (Slope(words, back=back, symbol=symbol), FIXED))


_CANCEL = "Softmax and log cancel to prediction − target, the shares less 1 at the true class"

RULES: tuple[Rule, ...] = (
    _cross_entropy_rule("cross_entropy", _CANCEL, "(softmax({a}) − onehot({b})){per}", "−log_softmax({a}){per}"),
    _cross_entropy_rule(
        "cross_entropy(weight)",
        f"{_CANCEL}; each row counts by its class's weight",
        "{c}·(softmax({a}) − onehot({b})){per}",
        "−{c}·log_softmax({a}){per}",
    ),
    _cross_entropy_rule(
        "cross_entropy(label_smoothing)",
        "Softmax and log cancel to prediction − target; smoothing took a little from the true class and shared it "
        "out equally among all",
        "(softmax({a}) − smoothed({b})){per}",
        "−(1 − smoothing)·log_softmax({a}){per}",
    ),
    _nll_rule("nll_loss", "Only the true class's log-probability counts, with a minus sign", "−onehot({b}){per}"),
    _nll_rule(
        "nll_loss(weight)",
        "Only the true class's log-probability counts, with a minus sign and by its class's weight",
        "−{c}·onehot({b}){per}",
    ),
)
