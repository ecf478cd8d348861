"""Optimizers with one slip in their formula, to be put in the place of torch's own in a program that is run again.

What they keep of a weight has torch's names, so that questions about `opt.state` can be asked of them too.
The formulas are those of torch's documentation, without the options that lessons do not use.
"""

from __future__ import annotations

from typing import Any

import torch

_STALE = (("stale", "first-slope-only"), ("repeated", "step-repeated"))
"""Each step with the first one's gradient; each step the first one again."""

SLIPS: dict[str, tuple[tuple[str, str], ...]] = {
    "SGD": (
        ("averaged", "momentum-averaged"),
        ("averaged on", "momentum-averaged"),
        ("summed", "gradients-summed"),
        ("both", "momentum-on-gradient"),
        ("scaled", "momentum-on-gradient"),
        ("scaled on", "momentum-on-gradient"),
        ("forgetful", "momentum-forgotten"),
        *_STALE,
    ),
    "Adam": (
        ("unrooted", "root-forgotten"),
        ("uncorrected", "correction-forgotten"),
        ("swapped", "betas-swapped"),
        ("forgetful", "momentum-forgotten"),
        ("unsquared", "square-forgotten"),
        ("first only", "correction-forgotten"),
        ("second only", "correction-forgotten"),
        ("unscaled", "scaling-forgotten"),
        ("unscaled, uncorrected", "scaling-forgotten"),
        ("turned", "betas-swapped"),
        *_STALE,
    ),
    "RMSprop": (
        ("unrooted", "root-forgotten"),
        ("swapped", "betas-swapped"),
        ("forgetful", "average-forgotten"),
        ("summed", "average-forgotten"),
        ("unsquared", "square-forgotten"),
        *_STALE,
    ),
    "Adagrad": (
        ("unrooted", "root-forgotten"),
        ("forgetful", "average-forgotten"),
        ("unsquared", "square-forgotten"),
    ),
}
SLIPS["AdamW"] = SLIPS["Adam"]
"""By optimizer: what slips in `Slipped`, and the mistake's tag."""


DECAYS = (("decay doubled", "decay-elsewhere"), ("decay unrated", "decay-elsewhere"), ("decay uphill", "decay-uphill"))
"""What slips in the weight decay of any of them: the square's 2 kept, not times the rate, the sign."""


class Slipped(torch.optim.Optimizer):  # type: ignore[misc]
    """`like`, an optimizer of torch's, with one slip; `given` are its own options."""

    def __init__(self, params: Any, like: str, slip: str, **given: Any) -> None:
        own = getattr(torch.optim, like)([torch.zeros(1)], **given).defaults
        super().__init__(params, {**own, "like": like, "slip": slip})

    def step(self, closure: Any = None) -> None:
        """One update of every parameter that has a gradient."""
        weights = [(one, group) for group in self.param_groups for one in group["params"] if one.grad is not None]
        with torch.no_grad():
            for weight, group in weights:
                _update(weight, group, self.state[weight])


def _update(weight: torch.Tensor, group: dict[str, Any], state: dict[str, Any]) -> None:
    if group["slip"] == "forgetful":
        state.clear()
    state["step"] = state.get("step", 0) + 1
    gradient, decay = weight.grad, group["weight_decay"]
    assert gradient is not None
    decay *= {"decay doubled": 2, "decay unrated": 1 / group["lr"], "decay uphill": -1}.get(group["slip"], 1)
    if group["slip"] == "stale":
        gradient = state.setdefault("first", gradient.clone())
    if group["like"] == "AdamW" or group["slip"] == "decay unrated":
        weight.mul_(1 - group["lr"] * decay)
    else:
        gradient = gradient + decay * weight
    direction = _DIRECTIONS[group["like"]](gradient, group, state)
    if group["slip"] == "repeated":
        direction = state.setdefault("direction", direction)
    weight.sub_(group["lr"] * direction)


def _momentum(gradient: torch.Tensor, group: dict[str, Any], state: dict[str, Any]) -> torch.Tensor:
    """μv + g; as an average, μv + (1 − μ)g, from 0 or from the first gradient on."""
    slip, share, before = group["slip"], group["momentum"], state.get("momentum_buffer")
    old = torch.zeros_like(gradient) if before is None else before
    match slip:
        case "averaged":
            found = share * old + (1 - share) * gradient
        case "averaged on":
            found = gradient if before is None else share * old + (1 - share) * gradient
        case "summed":
            found = old + gradient
        case "both":
            found = gradient if before is None else share * (old + gradient)
        case "scaled":
            found = gradient if before is None else share * gradient
        case "scaled on":
            found = share * gradient
        case _:
            found = share * old + gradient
    state["momentum_buffer"] = found
    return gradient + share * found if group["nesterov"] and not slip.startswith("scaled") else found


def _adam(gradient: torch.Tensor, group: dict[str, Any], state: dict[str, Any]) -> torch.Tensor:
    slip, (first, second) = group["slip"], group["betas"]
    if slip == "swapped":
        first, second = second, first
    moment = _averaged("exp_avg", gradient, first, state)
    spread = _averaged("exp_avg_sq", gradient.abs() if slip == "unsquared" else gradient**2, second, state)
    if slip == "turned":
        state["exp_avg"] = moment = moment / (1 - first) * first
    if not slip.endswith("uncorrected") and slip != "second only":
        moment = moment / (1 - first ** state["step"])
    if not slip.endswith("uncorrected") and slip != "first only":
        spread = spread / (1 - second ** state["step"])
    return moment if slip.startswith("unscaled") else moment / _root(spread, group)


def _rmsprop(gradient: torch.Tensor, group: dict[str, Any], state: dict[str, Any]) -> torch.Tensor:
    slip, alpha = group["slip"], group["alpha"]
    square = gradient.abs() if slip == "unsquared" else gradient**2
    if slip == "forgetful":
        return gradient / _root(square, group)
    if slip == "summed":
        state["square_avg"] = state.get("square_avg", 0) + square
        return gradient / _root(state["square_avg"], group)
    return gradient / _root(_averaged("square_avg", square, 1 - alpha if slip == "swapped" else alpha, state), group)


def _adagrad(gradient: torch.Tensor, group: dict[str, Any], state: dict[str, Any]) -> torch.Tensor:
    square = gradient.abs() if group["slip"] == "unsquared" else gradient**2
    state["sum"] = state.get("sum", group["initial_accumulator_value"]) + square
    return gradient / _root(state["sum"], group)


def _root(spread: torch.Tensor, group: dict[str, Any]) -> torch.Tensor:
    return (spread if group["slip"] == "unrooted" else spread**0.5) + group["eps"]


def _averaged(name: str, new: torch.Tensor, share: float, state: dict[str, Any]) -> torch.Tensor:
    state[name] = share * state.get(name, torch.zeros_like(new)) + (1 - share) * new
    found: torch.Tensor = state[name]
    return found


_DIRECTIONS = {"SGD": _momentum, "Adam": _adam, "AdamW": _adam, "RMSprop": _rmsprop, "Adagrad": _adagrad}
