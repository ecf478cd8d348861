"""Cells of recurrent networks as a textbook has them: linear maps, gates, and what they let through.

Each entry is one of `composites.COMPOSITES`. The formulas are those of torch's documentation of the modules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograd_tutor.recording.straight import Emit, Parts, Step, filled

_LSTM, _GRU, _PLAIN = 4, 3, 1
"""Gates, whose weights lie one below the other."""


def _given(step: Step) -> list[Any]:
    """input, hidden (a pair for an LSTM), w_ih, w_hh, b_ih, b_hh; tensors as indices of their values."""
    given, _ = filled((step.call.args, step.call.kwargs), iter(step.inputs))
    return [*given, *[None] * (6 - len(given))]


def _linear(emit: Emit, given: int, weight: int, bias: int | None) -> int:
    turned = emit("t", torch.t, inputs=(weight,))
    product = emit("matmul", torch.matmul, inputs=(given, turned))
    return product if bias is None else emit("add", torch.add, inputs=(product, bias))


def _gate(emit: Emit, whole: int, place: int, count: int) -> int:
    return emit("getitem", _part, ..., place, count, inputs=(whole,))


def _part(whole: torch.Tensor, place: int, count: int) -> torch.Tensor:
    return whole.chunk(count, -1)[place]


def _lstm(emit: Emit, step: Step, _: list[torch.Tensor]) -> tuple[int, ...]:
    given, (hidden, cell), w_in, w_hidden, b_in, b_hidden = _given(step)
    both = (_linear(emit, given, w_in, b_in), _linear(emit, hidden, w_hidden, b_hidden))
    whole = emit("add", torch.add, inputs=both)
    enter, forget, leave = (
        emit("sigmoid", torch.sigmoid, inputs=(_gate(emit, whole, place, _LSTM),)) for place in (0, 1, 3)
    )
    fresh = emit("tanh", torch.tanh, inputs=(_gate(emit, whole, 2, _LSTM),))
    kept = emit("mul", torch.mul, inputs=(forget, cell))
    cell = emit("add", torch.add, inputs=(kept, emit("mul", torch.mul, inputs=(enter, fresh))))
    hidden = emit("mul", torch.mul, inputs=(leave, emit("tanh", torch.tanh, inputs=(cell,))))
    return hidden, cell


def _gru(emit: Emit, step: Step, _: list[torch.Tensor]) -> int:
    given, hidden, w_in, w_hidden, b_in, b_hidden = _given(step)
    entered, held = _linear(emit, given, w_in, b_in), _linear(emit, hidden, w_hidden, b_hidden)

    def both(place: int) -> int:
        parts = (_gate(emit, entered, place, _GRU), _gate(emit, held, place, _GRU))
        return emit("sigmoid", torch.sigmoid, inputs=(emit("add", torch.add, inputs=parts),))

    reset, update = both(0), both(1)
    passed = emit("mul", torch.mul, inputs=(reset, _gate(emit, held, 2, _GRU)))
    fresh = emit("tanh", torch.tanh, inputs=(emit("add", torch.add, inputs=(_gate(emit, entered, 2, _GRU), passed)),))
    rest = emit("rsub", torch.rsub, ..., 1, inputs=(update,))
    kept = emit("mul", torch.mul, inputs=(update, hidden))
    return emit("add", torch.add, inputs=(emit("mul", torch.mul, inputs=(rest, fresh)), kept))


def _rnn(function: Callable[[torch.Tensor], torch.Tensor]) -> Parts:
    def parts(emit: Emit, step: Step, _: list[torch.Tensor]) -> int:
        given, hidden, w_in, w_hidden, b_in, b_hidden = _given(step)
        both = (_linear(emit, given, w_in, b_in), _linear(emit, hidden, w_hidden, b_hidden))
        return emit(function.__name__, function, inputs=(emit("add", torch.add, inputs=both),))

    return parts


CELLS: dict[str, Parts] = {
    "lstm_cell": _lstm,
    "gru_cell": _gru,
    "rnn_tanh_cell": _rnn(torch.tanh),
    "rnn_relu_cell": _rnn(torch.relu),
}
"""By operation."""
