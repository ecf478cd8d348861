"""Why a tensor's .grad is None at the program's end."""

from __future__ import annotations

from collections import deque

from autograd_tutor.recording import ghosts
from autograd_tutor.recording.drafts import NodeDraft, TensorDraft
from autograd_tutor.recording.graph import node_of
from autograd_tutor.recording.state import State
from autograd_tutor.trace import Absent

_CUTS = frozenset({"no_grad", "detach", "data", "inference_mode"})


class Absences:
    """Looks at one finished run."""

    def __init__(self, state: State) -> None:
        self._state = state
        ghosts.reborn(state)
        self._ghosts = _ghost_paths(state)

    def why(self, draft: TensorDraft) -> tuple[Absent | None, int | None]:
        """The reason, and for `cut` the ghost that cut it off; None if there is a gradient.

        Of tensors that have one: leaves, and those that retain it.
        """
        held = draft.held
        if held.grad is not None:
            return None, None
        if not held.requires_grad:
            return self._untracked(draft)
        if draft.filled:
            return "cleared", None
        if not self._state.passes:
            return "no backward", None
        if draft.lost:
            return "cut", draft.ghost
        return self._unfilled(draft)

    def _untracked(self, draft: TensorDraft) -> tuple[Absent, int | None]:
        if draft.filled:
            return "cleared", None
        if draft.frozen and draft.required:
            if any(draft.node in passed.reached for passed in self._state.passed):
                return "frozen later", None
            if draft.node in self._ghosts:
                return "cut", self._ghosts[draft.node]
        return "no requires_grad", None

    def _unfilled(self, draft: TensorDraft) -> tuple[Absent, int | None]:
        node = draft.node if draft.is_leaf else node_of(self._state, draft)
        passes = [number for number, passed in enumerate(self._state.passed) if node in passed.reached]
        reasons = [reason for number in passes if (reason := self._of_pass(draft, number)) is not None]
        if reasons:
            return reasons[-1], None
        if self._transformed(draft):
            return "grad returned", None
        if passes and not any(one.kind == "backward" and one.error is None for one in self._state.passes):
            return "left out", None
        if node is not None and node in self._ghosts:
            nearest = self._ghosts[node]
            return ("grad returned", None) if self._copied(nearest) else ("cut", nearest)
        if self._required_late(draft):
            return "required late", None
        if all(one.error is not None for one in self._state.passes):
            return "no backward", None
        if node is None:
            return "unused", None
        left = self._left_torch(node)
        cut = left if left is not None else self._only_cut(node)
        return ("unused", None) if cut is None else ("cut", cut)

    def _transformed(self, draft: TensorDraft) -> bool:
        """A torch.func transform differentiated with respect to it: within, to what wraps it."""
        for one in (captured for passed in self._state.passes for captured in passed.captured):
            inner: TensorDraft | None = self._state.tensors[one.of]
            while inner is not None:
                inner = inner.wraps
                if inner is draft:
                    return True
        return False

    def _copied(self, cut: int) -> bool:
        """A library's function detached it only to differentiate with respect to the copy: functional.jacobian."""
        ghost = self._state.nodes[cut]
        copies = {one.of for passed in self._state.passes for one in passed.captured}
        return ghost.text.startswith("detach in ") and ghost.tensor in copies

    def _required_late(self, draft: TensorDraft) -> bool:
        """It was used before requires_grad was turned on, and not since."""
        turned, used = -1, -1
        for one in self._state.operations:
            if one.name == "requires_grad" and draft.id in one.outputs:
                turned = one.id
            elif any(operand.tensor == draft.id for operand in one.inputs):
                used = one.id
        return 0 <= used < turned

    def _only_cut(self, node: int) -> int | None:
        """The first ghost that used a leaf which nothing else used: no backward could have come from there."""
        users = [edge for edge in self._state.edges if edge.head == node]
        cuts = [tail for edge in users if (tail := self._state.nodes[edge.tail]).reason in _CUTS]
        return cuts[0].id if cuts and len(cuts) == len(users) else None

    def _left_torch(self, node: int) -> int | None:
        """The ghost by which a leaf's number left torch before a root was made, and not just to be printed.

        What plain Python makes of a number (`math.sin(x)`) has lost its tracks, so there is no path to follow.
        """
        users = self._behind(node)
        last = max((start for passed in self._state.passed for start in passed.starts), default=-1)
        for edge in self._state.edges:
            tail = self._state.nodes[edge.tail]
            if edge.head in users and _leaves(tail) and tail.id < last and not self._shown(tail):
                return tail.cut if tail.cut is not None else tail.id
        return None

    def _behind(self, node: int) -> set[int]:
        """The nodes that were computed from a leaf, ghosts too, and its own."""
        above: dict[int, list[int]] = {}
        for edge in self._state.edges:
            above.setdefault(edge.head, []).append(edge.tail)
        found, waiting = {node}, [node]
        while waiting:
            fresh = set(above.get(waiting.pop(), ())) - found
            found |= fresh
            waiting += fresh
        return found

    def _shown(self, ghost: NodeDraft) -> bool:
        line = ghost.span.line if ghost.span is not None else 0
        lines = self._state.source.lines
        return 0 < line <= len(lines) and lines[line - 1].lstrip().startswith("print(")

    def _of_pass(self, draft: TensorDraft, number: int) -> Absent | None:
        """Why this pass, which could reach the tensor, left nothing in its .grad; None for a gradient by others."""
        one, passed = self._state.passes[number], self._state.passed[number]
        if one.error is not None:
            return "backward raised"
        if one.kind == "grad":
            return "grad returned" if draft.id in passed.captured else None
        if passed.named is not None and draft.id not in passed.named:
            return "left out"
        return "retained late" if draft.retained is not None and draft.retained > number else "nothing arrived"


def _leaves(ghost: NodeDraft) -> bool:
    """Its result is no tensor; or it is a copy that has no history (`torch.tensor(x)`)."""
    return ghost.reason == "left torch" or (ghost.reason == "downstream" and ghost.tensor is None)


def _ghost_paths(state: State) -> dict[int, int]:
    """Nodes that only a path with a ghost leads to from any root, each with the ghost on it nearest to it."""
    if not any(one.reason is not None for one in state.nodes):
        return {}
    below: dict[int, list[int]] = {}
    for edge in state.edges:
        below.setdefault(edge.tail, []).append(edge.head)
    cut_by: dict[int, int | None] = {}
    waiting: deque[int] = deque()
    for passed in state.passed:
        waiting.extend(start for start in passed.starts if start not in cut_by)
        cut_by |= dict.fromkeys(passed.starts)
    while waiting:
        tail = waiting.popleft()
        node = state.nodes[tail]
        cut = tail if node.reason not in (None, "downstream") else cut_by[tail]
        for head in below.get(tail, ()):
            if head not in cut_by:
                cut_by[head] = cut
                waiting.append(head)
    return {node: cut for node, cut in cut_by.items() if cut is not None}
