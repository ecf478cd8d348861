"""The trace while it is being written: mutable drafts of its tensors, nodes and edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from autograd_tutor.trace import Array, Reason, Saved, Span

UNNAMED, LOCAL, NAMED = range(3)
"""How good a tensor's label is: the text that made it, a name in a function or loop, a name of the program."""


@dataclass(slots=True)
class TensorDraft:
    """One tensor of the program. It is held, so that its identity can't pass to another."""

    id: int
    held: torch.Tensor
    label: str = ""
    naming: int = UNNAMED
    operation: int | None = None
    span: Span | None = None
    outside: bool = False
    """It came from no call that was seen, so that memory may be shared unseen too."""
    ghost: int | None = None
    """The ghost node that made it, if one did."""
    frozen: bool = False
    """requires_grad was turned off on it."""
    required: bool = False
    """It required grad at some moment."""
    filled: bool = False
    """A pass put something into its .grad."""
    retained: int | None = None
    """How many passes had been made when retain_grad() was called on it."""
    hooked: bool = False
    node: int | None = None
    """A leaf's accumulate node."""
    owner: int | None = None
    """It is (or was) the .grad of this tensor."""
    known: tuple[int, Array, torch.Tensor] | None = None
    """The version for which its value and its copy are those."""

    @property
    def lost(self) -> bool:
        """It was cut off from the graph, and has not joined it again."""
        return self.ghost is not None and not self.held.requires_grad


@dataclass(slots=True)
class NodeDraft:
    """One node of the graph, real or ghost."""

    id: int
    kind: Literal["function", "accumulate", "ghost"]
    name: str
    text: str
    operation: int | None = None
    tensor: int | None = None
    span: Span | None = None
    saved: tuple[Saved, ...] = ()
    reason: Reason | None = None
    cut: int | None = None


@dataclass(slots=True)
class EdgeDraft:
    """One edge; `flows` holds what went along it, by pass."""

    id: int
    tail: int
    head: int
    input: int
    output: int
    ghost: bool = False
    flows: dict[int, Array] = field(default_factory=dict)


@dataclass(slots=True)
class PassDraft:
    """What the trace does not keep of a pass, but its explanation needs."""

    reached: frozenset[int]
    """Nodes that the engine could have reached from the roots."""
    starts: tuple[int, ...]
    """The roots' nodes; for a root that was cut off, its ghost."""
    named: frozenset[int] | None
    """Tensors in `inputs=`; None if it was not given."""
    captured: frozenset[int]
    """Tensors whose gradient was returned."""


Handle = Any
"""torch's own nodes have no public type in common."""
