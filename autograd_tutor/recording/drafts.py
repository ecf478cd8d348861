"""The trace while it is being written: mutable drafts of its tensors, nodes and edges."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import msgspec
import torch

from autograd_tutor.recording.tape import Known, Ref
from autograd_tutor.trace import Array, Batch, Reason, Saved, Span

Handle = Any
"""torch's own nodes have no public type in common."""

UNNAMED, LOCAL, NAMED = range(3)
"""How good a tensor's label is: the text that made it, a name in a function or loop, a name of the program."""


class Draft(msgspec.Struct, eq=False, gc=False):
    """Base of the drafts, of which a run makes many. Nothing that they hold leads back to them."""


class TensorDraft(Draft):
    """One tensor of the program. It is held, so that its identity can't pass to another."""

    id: int
    held: torch.Tensor
    """With its flags and its graph; inside torch.func, the wrapper that stands for it there."""
    bare: torch.Tensor
    """With its numbers: the same, but for a wrapper what it wraps."""
    ref: Ref
    """What stands for it on the tape."""
    label: str = ""
    naming: int = UNNAMED
    operation: int | None = None
    span: Span | None = None
    required: bool = False
    """It required grad at some moment."""
    known: Known | None = None
    """What it was when last looked at."""
    outside: bool = False
    """It came from no call that was seen, so that memory may be shared unseen too."""
    ghost: int | None = None
    """The ghost node that made it, if one did."""
    frozen: bool = False
    """requires_grad was turned off on it."""
    apart: bool = False
    """It has no derivative, though the call that made it was recorded: the places that max gives beside its values."""
    filled: bool = False
    """A pass put something into its .grad."""
    retained: int | None = None
    """How many passes had been made when retain_grad() was called on it."""
    hooked: bool = False
    node: int | None = None
    """A leaf's accumulate node."""
    owner: int | None = None
    """It is (or was) the .grad of this tensor."""
    tangent: Array | None = None
    """A dual number's."""
    kept: int | None = None
    """Of a tensor that torch made and kept to itself: the node that made it. `held` has its numbers alone."""
    batch: tuple[Batch, ...] = ()
    """Inside a vmap: what the first dimensions of its numbers count."""
    spread: tuple[Batch, ...] = ()
    """The same for its tangent."""
    wraps: TensorDraft | None = None
    """A torch.func transform differentiates with respect to it: the tensor that it was given."""

    @property
    def grad_fn(self) -> Handle | None:
        """None too where torch gives none any more: for one of several views whose base was changed in place."""
        try:
            return self.held.grad_fn
        except RuntimeError:
            return None

    @property
    def gradient(self) -> torch.Tensor | None:
        """Its .grad. (torch warns who reads that of a tensor that will get none: this is no read of the program's.)"""
        if self.is_leaf or self.held.retains_grad:
            return self.held.grad
        with warnings.catch_warnings(action="ignore"):
            return self.held.grad

    @property
    def is_leaf(self) -> bool:
        """torch refuses this too for such a view."""
        try:
            return bool(self.held.is_leaf)
        except RuntimeError:
            return False

    @property
    def lost(self) -> bool:
        """It was cut off from the graph, and has not joined it again.

        A view of a leaf made under no_grad says that it requires grad, but no gradient finds its way through it.
        """
        if self.ghost is None:
            return False
        held = self.held
        return not held.requires_grad or (self.is_leaf and held._is_view())


class NodeDraft(Draft):
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
    edges: tuple[EdgeDraft | None, ...] = ()
    """A function's, in the order of its `next_functions`; None where that has none."""


class EdgeDraft(Draft):
    """One edge."""

    id: int
    tail: int
    head: int
    input: int
    output: int
    ghost: bool = False


class PassDraft(Draft):
    """What the trace does not keep of a pass, but its explanation needs."""

    reached: frozenset[int]
    """Nodes that the engine could have reached from the roots."""
    starts: tuple[int, ...]
    """The roots' nodes; for a root that was cut off, its ghost."""
    named: frozenset[int] | None
    """Tensors in `inputs=`; None if it was not given."""
    captured: frozenset[int]
    """Tensors whose gradient was returned."""
