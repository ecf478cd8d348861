"""The tape: what a run called in torch, kept as torch objects so that it can be run again.

Unlike the trace, it never leaves the child. A replay runs the calls again in order, with other leaf
values, another dtype, or one call treated otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import torch

from autograd_tutor.trace import Array, Batch, Trace


class Ref(msgspec.Struct, frozen=True, gc=False):
    """In a call's arguments, the place of a tensor: its id in the trace."""

    tensor: int


class Known(msgspec.Struct, eq=False, gc=False):
    """What a tensor was at one of its versions."""

    tensor: int
    """Its id in the trace."""
    version: int
    value: Array
    copy: torch.Tensor
    """Detached. While the value waits to be read, the tensor itself."""


class Call(msgspec.Struct, eq=False):
    """One forward call, as it can be made again."""

    operation: int
    """Its id in the trace."""
    function: Callable[..., Any]
    args: tuple[Any, ...]
    """The arguments, every tensor (also inside lists, tuples and dicts) replaced by a `Ref`."""
    kwargs: dict[str, Any]
    outputs: tuple[int, ...]
    """Tensor ids, in the order in which the result holds them when flattened."""
    recorded: bool
    """Autograd recorded it. False for ghosts and for calls on plain data."""
    given: tuple[Known, ...] = ()
    """What the tensor arguments were at that moment."""
    made: tuple[Known, ...] = ()
    """What the outputs were at that moment."""
    rng: torch.Tensor | None = None
    """The generator's state before a call that draws random numbers."""

    @property
    def before(self) -> dict[int, torch.Tensor]:
        """Detached copies of the tensor arguments, by id."""
        return {known.tensor: known.copy for known in self.given}

    @property
    def results(self) -> tuple[torch.Tensor, ...]:
        """Detached copies of the outputs."""
        return tuple([known.copy for known in self.made])


@dataclass(slots=True)
class Backward:
    """One backward() or autograd.grad(), also one that raised."""

    pass_: int
    roots: tuple[int, ...]
    gradients: tuple[torch.Tensor | None, ...]
    """The seeds that were given; None: ones, for a root of one element."""
    position: int
    """How many calls had been made before it."""
    given: tuple[int | None, ...] = ()
    """For each root, the id of the seed where that requires grad."""
    inputs: tuple[int, ...] | None = None
    """`inputs=`, if it was given."""
    kind: str = "backward"
    raised: bool = False
    retain_graph: bool = False
    create_graph: bool = False
    batch: tuple[Batch, ...] = ()
    """Inside a vmap: what the first dimensions of the seeds and the results count."""
    results: tuple[int | None, ...] = ()
    """autograd.grad: ids of the tensors it returned; None where it returned None."""
    left: tuple[tuple[int, int], ...] | None = None
    """backward with create_graph: ids of leaves and of the .grad that it left there. None where it added to others."""


@dataclass(slots=True)
class Reset:
    """The program cleared a gradient (zero_() on it, .grad = None, zero_grad()) or put a tensor in its place."""

    tensor: int
    position: int
    passes: int
    """How many passes had been made before it."""
    held: torch.Tensor | None = None
    """What .grad held from then on, to which later passes added; None for nothing or zeros."""


@dataclass(slots=True)
class Tape:
    """All calls, passes and resets of one run, in order."""

    calls: list[Call] = field(default_factory=list)
    backwards: list[Backward] = field(default_factory=list)
    resets: list[Reset] = field(default_factory=list)
    edits: list[Reset] = field(default_factory=list)
    """Where the program changed what .grad held (`x.grad *= 2`): what it held then is still made of the passes."""
    leaves: dict[int, torch.Tensor] = field(default_factory=dict)
    """Tensors that no call on the tape made, by id: a detached copy from when they were first seen.

    A call without any tensor among its arguments (`torch.tensor(3.0)`, `torch.randn(3)`) is not on the tape:
    its outputs are here, and so are gradients that the program read from .grad."""


@dataclass(slots=True)
class Recording:
    """What `record` returns: the plain trace, and the torch objects behind it."""

    trace: Trace
    tape: Tape
    namespace: dict[str, Any]
    """The program's names at its end."""
