"""The state of one run: everything recorded so far, and the few ways in which it grows."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import torch

from autograd_tutor.recording.calls import Asked
from autograd_tutor.recording.calm import PLAIN
from autograd_tutor.recording.drafts import (
    LOCAL,
    EdgeDraft,
    Handle,
    NodeDraft,
    PassDraft,
    TensorDraft,
)
from autograd_tutor.recording.source import Source
from autograd_tutor.recording.tape import Known, Ref, Tape
from autograd_tutor.recording.values import array, copy, fulfil, promised, version
from autograd_tutor.trace import MOST_NODES, Array, Batch, Event, Operation, Pass, Span

MOST_CELLS = 4_000_000
"""Edges times passes: every edge tells what flowed along it in every pass."""
MOST_EVENTS = 100_000

TOO_LARGE = f"The program builds more than {MOST_NODES} graph nodes; what came after them is not recorded."
LARGE = 5_000
"""Nodes; a run of more has to watch the time, of which recording takes most."""
SHARE = 0.6
"""Of the run's time, for what comes before the backward pass."""
TOO_SLOW = (
    "The program makes so many operations that recording them all would take longer than the run may; "
    "those after the first {} graph nodes are not recorded."
)
TOO_MANY_PASSES = "The program makes too many backward passes; what came after them is not recorded."
UNSEEN = "Something wrote into a tensor unseen: what it held before is not known."

_TORCH = str(Path(torch.__file__).parent)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class State:
    """All that is known of the run so far."""

    source: Source
    seconds: float = math.inf
    """How long the run may take."""
    began: float = field(default_factory=time.monotonic)
    tape: Tape = field(default_factory=Tape)
    tensors: list[TensorDraft] = field(default_factory=list)
    by_identity: dict[int, TensorDraft] = field(default_factory=dict)
    numbers: dict[int, tuple[float, int]] = field(default_factory=dict)
    """Python floats that left torch, held, with the ghost they left by; by identity."""
    leaves: dict[int, torch.Tensor | Known] = field(default_factory=dict)
    """The tape's, with what may still wait to be read."""
    waiting: list[Known] = field(default_factory=list)
    """What tensors are, to be read before anything can write into them."""
    nodes: list[NodeDraft] = field(default_factory=list)
    by_node: dict[Handle, NodeDraft] = field(default_factory=dict)
    """By torch's node, which hashes by identity and is held by being the key."""
    edges: list[EdgeDraft] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    calls: list[tuple[torch.nn.Module, int | None]] = field(default_factory=list)
    """The modules that were called, each with the number of the call that it was called in."""
    call: int | None = None
    """The module call that the program is in, the innermost."""
    placed: dict[int, tuple[torch.Tensor, Span]] = field(default_factory=dict)
    """The parameters that were put into modules, each with where; by identity."""
    events: list[Event] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    passed: list[PassDraft] = field(default_factory=list)
    """Beside `passes`."""
    flows: list[dict[int, Array]] = field(default_factory=list)
    """Beside `passes`: what flowed along each edge, by its id."""
    retaining: list[TensorDraft] = field(default_factory=list)
    """Tensors on which retain_grad() was called."""
    wrappers: dict[int, list[torch.Tensor]] = field(default_factory=dict)
    """By tensor id, the wrappers around it in torch.func transforms, the last one last."""
    variables: dict[int, Handle] = field(default_factory=dict)
    """By the wrapper's identity, the accumulate node of what a transform differentiates with respect to."""
    batches: list[Batch] = field(default_factory=list)
    """The runs of vmap."""
    levels: dict[int, Batch] = field(default_factory=dict)
    """Those that the program is in, by torch's number for each."""
    worn: set[int] = field(default_factory=set)
    """The tensors that are taken for their wrappers at the moment."""
    notes: list[str] = field(default_factory=list)
    full: bool = False
    """Nothing more is recorded."""
    aliased: bool = False
    """Memory may have been reached in ways that count no versions (.data, numpy)."""
    hooked: bool = False
    """Code of the program's (a hook, a Function's backward) may run inside a pass."""
    graded: bool = False
    """The program has had its hands on a `.grad`, into which passes write."""
    wrote: bool = False
    """The program has changed a tensor in place."""
    packed: bool = False
    """Saved values may be a hook's to give, and torch does not tell which: none is looked at."""
    inference: bool = False
    """Inference mode was on at the last look."""
    raised: tuple[BaseException, int | None] | None = None
    """The last error that torch raised, its pass if a pass did; None once it was caught."""

    def tensor(self, tensor: torch.Tensor, label: str = "") -> TensorDraft:
        """The draft of `tensor`; one never seen before came from outside the tape and is a leaf of it."""
        known = self.by_identity.get(id(tensor))
        if known is None:
            known = self.made(tensor, None, None)
            known.outside, known.label = True, label
            with contextlib.suppress(Exception):  # a tensor class of the program's own may refuse
                self.leaves[known.id] = copy(tensor)
        return known

    def made(self, tensor: torch.Tensor, operation: int | None, asked: Asked | None) -> TensorDraft:
        """The draft of a tensor that a call has just returned."""
        draft = self.by_identity.get(id(tensor))
        if draft is None:
            id_ = len(self.tensors)
            draft = TensorDraft(id_, tensor, tensor, Ref(id_), operation=operation)
            if asked is not None and asked.site is not None:
                draft.span, draft.label = asked.site.span, asked.text
                if asked.site.assigned is not None and asked.direct:
                    draft.label, draft.naming = asked.site.assigned, LOCAL
            self.tensors.append(draft)
            self.by_identity[id(tensor)] = draft
        draft.required = draft.required or tensor.requires_grad
        return draft

    def now(self, draft: TensorDraft) -> Known:
        """What it is at this moment; shared with whoever asked before: not to be changed."""
        held, known = draft.bare, draft.known
        sure = not (draft.outside or self.aliased)
        if sure and known is not None and held._version == known.version:
            return known
        number = version(held)
        if not sure or number < 0:  # it may change without a new version
            known = Known(draft.id, number, array(held), copy(held))
            draft.known = known if number >= 0 else None
            return known
        if type(held) in PLAIN:
            draft.known = known = Known(draft.id, number, promised(held), held)
            self.waiting.append(known)
        else:
            draft.known = known = Known(draft.id, number, array(held), copy(held))
        return known

    def settle(self, last: bool = False) -> None:
        """Read what waits to be read: something may be written now. After the `last` time nothing will be."""
        if self.waiting:
            self.safely(self._settle, last)

    def _settle(self, last: bool) -> None:
        waiting, self.waiting = self.waiting, []
        kept = [one for one in waiting if one.copy._version == one.version]
        if len(kept) < len(waiting):
            self.note(UNSEEN)
        fulfil([one.value for one in kept], [one.copy for one in kept])
        for known in waiting:
            known.copy = known.copy.detach() if last else copy(known.copy)

    def finished(self) -> Tape:
        """The tape, when all has been read."""
        self.tape.leaves = {id_: one.copy if type(one) is Known else one for id_, one in self.leaves.items()}
        return self.tape

    def event(
        self, kind: Any, text: str = "", span: Span | None = None, ref: int | None = None, empty: bool = False
    ) -> None:
        """Append one event; an error that the program has survived until now was caught.

        (A statement's names are noted, and its modes left, on the way out with an error as well.)
        """
        if self.raised is not None and kind not in ("leave", "assign"):
            self.caught()
        if len(self.events) < MOST_EVENTS:
            self.events.append(Event(kind, text, span, ref, empty))
        else:
            self.note(f"The program has more than {MOST_EVENTS} events; the later ones are not listed.")

    def raises(self, error: BaseException, pass_: int | None) -> None:
        """A call raised this. If that is another error than the last, the program has survived that one."""
        if self.raised is not None and self.raised[0] is not error:
            self.caught()
        self.raised = (error, pass_)

    def caught(self) -> None:
        """The program went on after torch's last error, if there was one (and torch did not catch that itself)."""
        if self.raised is None:
            return
        error, pass_ = self.raised
        self.raised = None
        reached = error.__traceback__
        if reached is not None and reached.tb_frame.f_code.co_filename.startswith(_TORCH):
            return
        span = self.passes[pass_].span if pass_ is not None else self.source.raised_at(error)
        if span is not None:  # else it never came to the program: a library tried something and did without
            self.event("caught", str(error), span, pass_)

    def note(self, sentence: str) -> None:
        """Say, once, what could not be recorded."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def safely(self, record: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Record; if that fails, the program goes on and a note says that something is missing."""
        try:
            return record(*args, **kwargs)
        except Exception as problem:
            self.missed(problem)
            return None

    def missed(self, problem: Exception) -> None:
        """The recorder failed on a call."""
        self.note(f"One call could not be recorded ({type(problem).__name__}: {str(problem)[:120]}).")

    def room(self, nodes: int) -> bool:
        """Whether that many more nodes still fit; if not, recording ends here and a note says so."""
        count = len(self.nodes)
        if count + nodes > MOST_NODES:
            self.full = True
            self.note(TOO_LARGE)
        elif self.passes and len(self.edges) * len(self.passes) > MOST_CELLS:
            self.full = True
            self.note(TOO_MANY_PASSES)
        elif count > LARGE and self._late():
            self.full = True
            self.note(TOO_SLOW.format(count))
        return not self.full

    def _late(self) -> bool:
        return time.monotonic() - self.began > SHARE * self.seconds

    def release(self) -> None:
        """Let go of torch's graph from the roots down: freed from the leaves up, a deep one can crash the process."""
        while self.by_node:
            self.by_node.popitem()
        while self.tensors:
            self.tensors.pop()
        while self.wrappers:
            self.wrappers.popitem()
        self.by_identity.clear()
        self.calls.clear()
        self.placed.clear()
