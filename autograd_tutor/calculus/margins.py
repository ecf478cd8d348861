"""The rules for losses that compare distances or angles of vectors, with a margin."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.calculus.broadcasting import unstretched
from autograd_tutor.calculus.distances import direction, length, normalized, normalized_back
from autograd_tutor.calculus.losses import reduced, spread
from autograd_tutor.calculus.rule import FIXED, Rule, Slope

SMALL = 1e-12
"""What torch's cosine_embedding_loss adds to a squared length."""


def _triplet(
    anchor: Any, positive: Any, negative: Any, margin: Any = 1.0, p: Any = 2, eps: Any = 1e-6, swap: Any = False,
    reduction: str = "mean",
) -> Any:  # fmt: skip
    near = length(anchor - positive + eps, p, -1)[..., 0]
    far = length(anchor - negative + eps, p, -1)[..., 0]
    if swap:
        far = np.minimum(far, length(positive - negative + eps, p, -1)[..., 0])
    return reduced(np.maximum(margin + near - far, 0), reduction)


def _triplet_back(which: int) -> Any:
    def back(
        g: Any, y: Any, anchor: Any, positive: Any, negative: Any, margin: Any = 1.0, p: Any = 2, eps: Any = 1e-6,
        swap: Any = False, reduction: str = "mean",
    ) -> Any:  # fmt: skip
        near, far, third = anchor - positive + eps, anchor - negative + eps, positive - negative + eps
        sizes = [length(d, p, -1) for d in (near, far, third)]
        to_near, to_far, to_third = (direction(d, n, p, -1) for d, n in zip((near, far, third), sizes, strict=True))
        swapped = sizes[2] < sizes[1] if swap else np.zeros(sizes[1].shape, dtype=bool)
        counts = margin + sizes[0] - np.where(swapped, sizes[2], sizes[1]) >= 0
        each = (
            to_near - to_far * ~swapped,
            -to_near - to_third * swapped,
            np.where(swapped, to_third, to_far),
        )[which]
        arrived = np.expand_dims(np.broadcast_to(spread(g, counts.shape[:-1], reduction), counts.shape[:-1]), -1)
        return unstretched(arrived * counts * each, (anchor, positive, negative)[which].shape).astype(anchor.dtype)

    return back


def _cosine(input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: str = "mean") -> Any:
    cosine = np.sum(normalized(input1, 2, -1, SMALL) * normalized(input2, 2, -1, SMALL), axis=-1)
    return reduced(np.where(target == 1, 1 - cosine, np.maximum(cosine - margin, 0)), reduction)


def _cosine_back(which: int) -> Any:
    def back(g: Any, y: Any, input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: str = "mean") -> Any:
        one, other = (input1, input2)[:: (1, -1)[which]]
        turned = normalized(other, 2, -1, SMALL)
        cosine = np.sum(normalized(one, 2, -1, SMALL) * turned, axis=-1)
        slope = np.where(target == 1, -1, np.where((target == -1) & (cosine >= margin), 1, 0))
        arrived = np.expand_dims(spread(g, cosine.shape, reduction) * slope, -1)
        return normalized_back(arrived * turned, y, one, 2, -1, SMALL).astype(one.dtype)

    return back


_COUNTS = "Only a triplet whose negative is not farther than its positive by the margin counts; "
_PAIR = (
    "A pair that belongs together (target 1) is turned together, another (target −1) apart while its cosine is above "
    "the margin; only the part across {it} turns it"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "triplet_margin_loss",
        _triplet,
        (
            Slope(
                f"{_COUNTS}the anchor's slope is the direction from the positive less that from the negative",
                back=_triplet_back(0),
                symbol="G·(({a} − {b})/‖{a} − {b}‖ − ({a} − {c})/‖{a} − {c}‖) where it counts",
            ),
            Slope(
                f"{_COUNTS}the positive is pulled to the anchor",
                back=_triplet_back(1),
                symbol="G·({b} − {a})/‖{b} − {a}‖ where it counts",
            ),
            Slope(
                f"{_COUNTS}the negative is pushed away from the anchor",
                back=_triplet_back(2),
                symbol="G·({a} − {c})/‖{a} − {c}‖ where it counts",
            ),
        ),
    ),
    Rule(
        "cosine_embedding_loss",
        _cosine,
        (
            Slope(_PAIR, back=_cosine_back(0), symbol="∓G·({b}/‖{b}‖ − cos·{a}/‖{a}‖)/‖{a}‖"),
            Slope(_PAIR, back=_cosine_back(1), symbol="∓G·({a}/‖{a}‖ − cos·{b}/‖{b}‖)/‖{b}‖"),
            FIXED,
        ),
    ),
)
