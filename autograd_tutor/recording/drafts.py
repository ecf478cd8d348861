"""The trace while it is being written: mutable drafts of its tensors and nodes, and the state of one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from autograd_tutor.recording.source import Site, Source
from autograd_tutor.recording.tape import Tape
from autograd_tutor.trace import Array, Event, Operation, Pass, Reason, Saved, Span


@dataclass(slots=True)
class TensorDraft:
    """One tensor of the program. It is held, so that its identity can't pass to another."""

    id: int
    held: torch.Tensor
    label: str = ""
    named: bool = False
    """`label` is a name the program gave, not the text of an expression."""
    operation: int | None = None
    span: Span | None = None
    ghost: int | None = None
    """The ghost node that made it, while it is cut off."""
    frozen: bool = False
    """requires_grad was turned off on it."""
    required: bool = False
    """It required grad at some moment."""
    node: int | None = None
    """A leaf's accumulate node."""
    owner: int | None = None
    """It is (or was) the .grad of this tensor."""


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
    held: Any = None
    """torch's own node."""


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
class State:
    """All that is known of the run so far."""

    source: Source
    tape: Tape = field(default_factory=Tape)
    tensors: list[TensorDraft] = field(default_factory=list)
    by_identity: dict[int, TensorDraft] = field(default_factory=dict)
    nodes: list[NodeDraft] = field(default_factory=list)
    by_node: dict[Any, NodeDraft] = field(default_factory=dict)
    """By torch's node, which hashes by identity and is held by being the key."""
    edges: list[EdgeDraft] = field(default_factory=list)
    edge_at: dict[tuple[int, int], EdgeDraft] = field(default_factory=dict)
    """By tail and input; real edges only."""
    operations: list[Operation] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    too_large: bool = False

    def tensor(self, tensor: torch.Tensor) -> TensorDraft:
        """The draft of `tensor`; one never seen before came from outside the tape and is a leaf of it."""
        known = self.by_identity.get(id(tensor))
        if known is not None:
            return known
        draft = self.made(tensor, None, None)
        self.tape.leaves[draft.id] = tensor.detach().clone()
        return draft

    def made(self, tensor: torch.Tensor, operation: int | None, site: Site | None) -> TensorDraft:
        """The draft of a tensor that an operation has just returned."""
        draft = self.by_identity.get(id(tensor))
        if draft is None:
            draft = TensorDraft(len(self.tensors), tensor, operation=operation, span=site.span if site else None)
            if site is not None:
                draft.label, draft.named = site.assigned or site.text, site.assigned is not None
            self.tensors.append(draft)
            self.by_identity[id(tensor)] = draft
        draft.required = draft.required or tensor.requires_grad
        return draft

    def event(self, kind: Any, text: str = "", span: Span | None = None, ref: int | None = None) -> None:
        """Append one event."""
        self.events.append(Event(kind, text, span, ref))

    def note(self, sentence: str) -> None:
        """Say, once, what could not be recorded."""
        if sentence not in self.notes:
            self.notes.append(sentence)
