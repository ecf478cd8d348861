"""The rules for normalising layers: subtract a mean, divide by a spread, scale and shift.

The mean and the spread are made of the numbers that they act on, so a gradient loses what all those
numbers have in common. (Ioffe & Szegedy 2015; Ba et al. 2016; Wu & He 2018; Zhang & Sennrich 2019.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.functions import sqrt
from autograd_tutor.calculus.rule import FIXED, Rule, Slope

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One call of a normalising layer."""

    input: Any
    axes: Axes
    """Over which a mean and a spread are made."""
    weight: Any
    bias: Any
    eps: Any
    folded: tuple[int, ...] = ()
    """The shape in which they are made, where it is another than the input's."""
    given: tuple[Any, Any] | None = None
    """The mean and the variance, where they are not made but given."""
    centred: bool = True
    """Whether a mean is subtracted."""

    @cached_property
    def _statistics(self) -> tuple[Any, Any]:
        """The normalised numbers x̂ and the spread, in the folded shape."""
        folded = self._fold(self.input)
        if self.given is not None:
            mean, variance = (_beside(folded, one) for one in self.given)
            spread = sqrt(variance + self.eps)
            return (folded - mean) / spread, spread
        count = int(np.prod([folded.shape[axis] for axis in self.axes], dtype=int))
        if self.centred:
            folded = folded - np.sum(folded, axis=self.axes, keepdims=True) / count
        spread = sqrt(np.sum(folded**2, axis=self.axes, keepdims=True) / count + self.eps)
        return folded / spread, spread

    def _fold(self, a: Any) -> Any:
        return np.reshape(a, self.folded) if self.folded else a

    @property
    def normal(self) -> Any:
        """x̂, in the input's shape."""
        return self._statistics[0].reshape(self.input.shape)

    def output(self) -> Any:
        """What the layer computes."""
        return self._weighed(self.normal) + (0 if self.bias is None else self._fit(self.bias))

    def _weighed(self, a: Any) -> Any:
        return a if self.weight is None else a * self._fit(self.weight)

    def _fit(self, parameter: Any) -> Any:
        """A parameter of one number for each channel stands beside axis 1; others at the end, as they are."""
        return parameter if -1 in self.axes and not self.folded else _beside(self.input, parameter)

    def input_back(self, g: Any) -> Any:
        """What goes back to the input."""
        h, (normal, spread) = self._fold(self._weighed(g)), self._statistics
        if self.given is None:
            if self.centred:
                h = h - np.mean(h, axis=self.axes, keepdims=True)
            h = h - normal * np.mean(h * normal, axis=self.axes, keepdims=True)
        return (h / spread).reshape(self.input.shape)

    def terms(self, g: Any) -> Any:
        """The terms of which that is made: with two numbers for each mean they cancel."""
        return self._fold(self._weighed(g)) / self._statistics[1]

    def weight_back(self, g: Any) -> Any:
        """What goes back to the weight."""
        return unstretched(g * self.normal, self._fit(self.weight).shape).reshape(self.weight.shape)

    def bias_back(self, g: Any) -> Any:
        """What goes back to the bias."""
        return unstretched(g, self._fit(self.bias).shape).reshape(self.bias.shape)


def _beside(a: Any, vector: Any) -> Any:
    """One number for each channel (axis 1), so that it can stand beside `a`."""
    return np.reshape(vector, (1, -1) + (1,) * (a.ndim - 2))


def _last(shape: Any) -> Axes:
    return tuple(range(-(len(shape) if isinstance(shape, tuple | list) else 1), 0))


def _layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: Any = 1e-5) -> Layer:
    return Layer(input, _last(normalized_shape), weight, bias, eps)


def _rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Layer:
    eps = np.finfo(input.dtype).eps if eps is None else eps
    return Layer(input, _last(normalized_shape), weight, None, eps, centred=False)


def _group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: Any = 1e-5) -> Layer:
    groups = int(num_groups)
    return Layer(input, (-1,), weight, bias, eps, folded=(len(input), groups, int(np.prod(input.shape[1:])) // groups))


def _batch_norm(
    input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    training: Any = False, momentum: Any = 0.1, eps: Any = 1e-5,
) -> Layer:  # fmt: skip
    axes = tuple(axis for axis in range(input.ndim) if axis != 1)
    return Layer(input, axes, weight, bias, eps, given=None if training else (running_mean, running_var))


def _instance_norm(
    input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    use_input_stats: Any = True, momentum: Any = 0.1, eps: Any = 1e-5,
) -> Layer:  # fmt: skip
    given = None if use_input_stats else (running_mean, running_var)
    return Layer(input, tuple(range(2, input.ndim)), weight, bias, eps, given=given)


_LOSES = "what arrives (times the weight) loses its mean and its part along the normalised numbers x̂, and is divided by"


def _slope(words: str, back: Callable[[Layer, Any], Any], symbol: str) -> Callable[[Callable[..., Layer]], Slope]:
    return lambda layer: Slope(
        words,
        back=lambda g, y, *operands, **options: back(layer(*operands, **options), g),
        terms=lambda g, y, *operands, **options: layer(*operands, **options).terms(g),
        symbol=symbol,
    )


_INPUT = _slope(
    f"Mean and spread are made of {{a}} itself: {_LOSES} the spread σ",
    Layer.input_back,
    "(ĝ − mean(ĝ) − x̂·mean(ĝ·x̂))/σ with ĝ = G·weight",
)
_RUNNING = _slope(
    f"If mean and spread σ were made of {{a}} itself, {_LOSES} σ; if they are running ones, it is only divided",
    Layer.input_back,
    "(ĝ − mean(ĝ) − x̂·mean(ĝ·x̂))/σ, or ĝ/σ, with ĝ = G·weight",
)
_SIZE = _slope(
    "The size r = √mean({a}²) is made of {a} itself: what arrives (times the weight) loses its part along the "
    "normalised numbers x̂, and is divided by r",
    Layer.input_back,
    "(ĝ − x̂·mean(ĝ·x̂))/r with ĝ = G·weight",
)
_WEIGHT = _slope(
    "Each weight multiplied normalised numbers x̂, so it gets the sum of them times what arrives there",
    Layer.weight_back,
    "ΣG·x̂",
)
_BIAS = _slope("Each bias was added to many numbers, so it gets the sum of what arrives there", Layer.bias_back, "ΣG")


def _rule(name: str, layer: Callable[..., Layer], *slopes: Callable[[Callable[..., Layer]], Slope] | Slope) -> Rule:
    @wraps(layer)
    def forward(*operands: Any, **options: Any) -> Any:
        return layer(*operands, **options).output()

    return Rule(name, forward, tuple(one if isinstance(one, Slope) else one(layer) for one in slopes))


def _beyond(v: Any, dim: Any) -> tuple[int, ...] | None:
    """The axes over which a length is taken: all but one; for -1, all."""
    return None if dim == -1 else tuple(one for one in range(v.ndim) if one != dim % v.ndim)


def _sized(v: Any, g: Any, dim: Any = 0) -> Any:
    return v * (g / sqrt(np.sum(v**2, axis=_beyond(v, dim), keepdims=True)))


def _direction_back(arrived: Any, y: Any, v: Any, g: Any, dim: Any = 0) -> Any:
    axes = _beyond(v, dim)
    size = np.sqrt(np.sum(v**2, axis=axes, keepdims=True))
    return g / size * (arrived - v / size**2 * np.sum(arrived * v, axis=axes, keepdims=True))


def _size_back(arrived: Any, y: Any, v: Any, g: Any, dim: Any = 0) -> Any:
    size = np.sqrt(np.sum(v**2, axis=_beyond(v, dim), keepdims=True))
    return unstretched(arrived * v / size, g.shape)


RULES: tuple[Rule, ...] = (
    Rule(
        "weight_norm",
        _sized,
        (
            Slope(
                "Only the direction of {a} counts: what arrives loses its part along {a}, and is scaled by the length "
                "{b} over that of {a}",
                back=_direction_back,
                symbol="{b}/‖{a}‖·(G − {a}·ΣG·{a}/‖{a}‖²)",
            ),
            Slope(
                "The length {b} multiplies the direction of {a}, so it gets what arrives along that",
                back=_size_back,
                symbol="ΣG·{a}/‖{a}‖",
            ),
        ),
    ),
    _rule("layer_norm", _layer_norm, _INPUT, FIXED, _WEIGHT, _BIAS),
    _rule("rms_norm", _rms_norm, _SIZE, FIXED, _WEIGHT),
    _rule("group_norm", _group_norm, _INPUT, FIXED, _WEIGHT, _BIAS),
    _rule("batch_norm", _batch_norm, _RUNNING, FIXED, FIXED, _WEIGHT, _BIAS),
    _rule("instance_norm", _instance_norm, _RUNNING, FIXED, FIXED, _WEIGHT, _BIAS),
)
