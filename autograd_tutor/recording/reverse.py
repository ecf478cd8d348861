"""The backward pass over the tape, call by call, with any one element of it changed.

Each call's vector-Jacobian product is exact for every operation: the call is made again on detached inputs
and differentiated by torch. Nothing is computed twice: a pass that differs from the last in one place
shares all that came before it.
"""

from __future__ import annotations

import cmath
import contextlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush

import torch

from autograd_tutor.recording.pullback import Gradients, Pullback
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.straight import Program, Step, apply

_MOST = 10_000
"""Products kept from one target to the next."""


@dataclass(slots=True)
class Local:
    """What a rule for one call may look at."""

    step: Step
    inputs: list[torch.Tensor]
    """As they were when the call was made, detached."""
    outputs: list[torch.Tensor]
    upstream: Gradients
    """For each output."""
    true: Gradients
    """For each input, what torch passes on."""


Hook = Callable[[torch.Tensor], torch.Tensor | None]

Rule = Callable[[Local], Sequence[torch.Tensor | None]]
"""What a call passes on to each of its inputs, in place of the truth."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a pass differs from torch's own. Empty: not at all."""

    rules: Mapping[int, Rule] = field(default_factory=dict)
    """By step: another local rule."""
    opened: frozenset[int] = frozenset()
    """Steps that pass gradients on although autograd did not record them."""
    everything: bool = False
    """All are opened, and leaves that did not require grad receive theirs."""
    dropped: frozenset[tuple[int, int]] = frozenset()
    """Uses (step, input) that pass nothing on."""
    product: frozenset[int] = frozenset()
    """Values at which contributions are multiplied in place of added."""
    hooks: Mapping[int, Sequence[Hook]] | None = None
    """By value, what is called on what arrives there in place of the program's own hooks."""


TRUE = Change()


class Reverse:
    """The backward passes over one program, at its recorded values or at others of the same shapes."""

    def __init__(self, program: Program, numbers: list[torch.Tensor] | None = None) -> None:
        """`numbers`: every value's number, when not the recorded ones."""
        self.program = program
        self.numbers = numbers
        self._graphs: dict[int, Pullback] = {}
        self._products: dict[tuple[int, tuple[int, ...]], tuple[Gradients, Gradients]] = {}
        self._after: dict[int, frozenset[int]] = {}
        self._slopes: dict[int, Gradients | None] = {}
        self._sums: dict[tuple[int, ...], tuple[Gradients, torch.Tensor]] = {}
        self._arrivals: dict[tuple[int, int], torch.Tensor | None] = {}
        self._ones: dict[int, torch.Tensor] = {}
        self.hooks = _hooks(program)
        """By value: the program's own hooks on that tensor, called on what arrives there."""

    def run(
        self, seeds: Mapping[int, torch.Tensor], change: Change = TRUE, toward: int | None = None
    ) -> dict[int, torch.Tensor]:
        """The gradient that reaches each value (by index) from `seeds`. Never recurses.

        `toward`: the one value that is asked for; what does not depend on it is passed over.
        Raises what torch raises where a call cannot be differentiated.
        """
        arrived: dict[int, list[torch.Tensor]] = {value: [seed] for value, seed in seeds.items()}
        found: dict[int, torch.Tensor] = {}
        after = None if toward is None else self._dependents(toward)
        waiting: list[int] = []
        known: set[int] = set()

        def reached(value: int) -> None:
            """Its maker's turn comes when all later steps have had theirs."""
            maker = self.program.values[value].maker
            if maker is not None and maker not in known and (after is None or maker in after):
                known.add(maker)
                heappush(waiting, -maker)

        for value in seeds:
            reached(value)
        while waiting:
            step = self.program.steps[-heappop(waiting)]
            upstream: Gradients = []
            for output in step.outputs:
                if output in arrived and output not in found:
                    found[output] = self._arrived(output, arrived[output], change)
                upstream.append(found.get(output))
            for use, gradient in enumerate(self._through(step, upstream, change)):
                if gradient is not None and (step.index, use) not in change.dropped:
                    arrived.setdefault(step.inputs[use], []).append(gradient)
                    reached(step.inputs[use])
        for value, contributions in arrived.items():
            if value not in found:
                found[value] = self._arrived(value, contributions, change)
        return found

    def arrived(self, seeds: Mapping[int, torch.Tensor], value: int) -> torch.Tensor | None:
        """What reaches one value in the pass from `seeds`, a mapping that lives as long as this does."""
        key = id(seeds), value
        if key not in self._arrivals:
            self._arrivals[key] = self.run(seeds, toward=value).get(value)
        return self._arrivals[key]

    def ones(self, value: int) -> torch.Tensor:
        """Of a value's shape, to start from; the same tensor each time, so that passes from there share all."""
        if value not in self._ones:
            self._ones[value] = torch.ones_like(self.program.values[value].number)
        return self._ones[value]

    @cached_property
    def wide(self) -> Reverse:
        """The same passes in float64. Raises what a call raises on such numbers."""
        return Reverse(self.program, Replay(self.program, wide=True).run({}))

    @cached_property
    def drifts(self) -> bool:
        """Whether numbers changed through shared memory between two uses."""
        return bool(Replay(self.program).drifts)

    def tidy(self) -> None:
        """Forget the products when they are many: what a further target shares with them is little."""
        if len(self._products) > _MOST:
            self._products.clear()
            self._sums.clear()
            self._arrivals.clear()

    def local(self, step: Step, upstream: Gradients) -> Local:
        """The exact vector-Jacobian product of one call, and what it was computed from."""
        graph = self._graph(step)
        true = self._product(step, upstream)
        inputs, outputs = ([one.detach() for one in some] for some in (graph.leaves, graph.outputs))
        return Local(step, inputs, outputs, upstream, true)

    def inputs(self, step: Step) -> list[torch.Tensor]:
        """What the call was given."""
        values = self.program.values
        if self.numbers is not None:
            return [self.numbers[index] for index in step.inputs]
        before = step.call.before
        return [before.get(values[index].tensor, values[index].number) for index in step.inputs]

    def _dependents(self, value: int) -> frozenset[int]:
        if value not in self._after:
            self._after[value] = frozenset(self.program.dependents(value))
        return self._after[value]

    def _through(self, step: Step, upstream: Gradients, change: Change) -> Sequence[torch.Tensor | None]:
        opened = change.everything or step.index in change.opened
        if not step.call.recorded and (not opened or self._of_leaf(step)):
            return self._past(step, upstream)
        if step.index in change.rules:
            passed = change.rules[step.index](self.local(step, upstream))
        else:
            passed = self._product(step, upstream)
        if change.everything or opened:
            return passed
        return [
            gradient if step.live[use] or self._made(step.inputs[use]) in change.opened else None
            for use, gradient in enumerate(passed)
        ]

    def _made(self, value: int) -> int | None:
        return self.program.values[value].maker

    def _of_leaf(self, step: Step) -> bool:
        """An edit in place of a leaf, as an optimizer makes: however seen, the leaf stays the same leaf."""
        return step.changes and self.program.values[self.program.origin(step.inputs[0])].maker is None

    def _past(self, step: Step, upstream: Gradients) -> Gradients:
        """An edit in place that autograd did not see leaves the tensor's place in the graph as it was."""
        passed: Gradients = [None] * len(step.inputs)
        arrived = upstream[0] if step.edits and upstream else None
        if arrived is not None and self.program.values[step.inputs[0]].number.shape == arrived.shape:
            passed[0] = arrived
        return passed

    def _arrived(self, value: int, contributions: list[torch.Tensor], change: Change) -> torch.Tensor:
        gradient = self._join(value, contributions, change)
        for hook in (self.hooks if change.hooks is None else change.hooks).get(value, ()):
            gradient = hooked(hook, gradient)
        return gradient

    def _join(self, value: int, contributions: list[torch.Tensor], change: Change) -> torch.Tensor:
        if len(contributions) == 1:
            return contributions[0]
        multiplied = value in change.product
        key = (int(multiplied), *map(id, contributions))
        if key not in self._sums:
            total = contributions[0]
            for one in contributions[1:]:
                total = total * one if multiplied else total + one
            self._sums[key] = (list(contributions), total)
        return self._sums[key][1]

    def _product(self, step: Step, upstream: Gradients) -> Gradients:
        key = (step.index, tuple(map(id, upstream)))
        if key not in self._products:
            self._products[key] = (list(upstream), self._differentiated(step, upstream))
        return self._products[key][1]

    def _differentiated(self, step: Step, upstream: Gradients) -> Gradients:
        if (slope := self._slope(step, upstream)) is not None:
            factor = upstream[0]
            assert factor is not None
            factor = factor.reshape(())
            return [None if one is None else one * factor for one in slope]
        return self._graph(step)(upstream)

    def _slope(self, step: Step, upstream: Gradients) -> Gradients | None:
        """For a call with one output of one element: its derivative, of which every product is a multiple."""
        if len(upstream) != 1 or upstream[0] is None or upstream[0].numel() != 1:
            return None
        if step.index not in self._slopes:
            slope: Gradients | None = self._graph(step)([torch.ones_like(upstream[0])])
            if not all(one is None or bool(torch.isfinite(one).all()) for one in slope or ()):
                slope = None
            self._slopes[step.index] = slope
        return self._slopes[step.index] if cmath.isfinite(upstream[0].item()) else None

    def _graph(self, step: Step) -> Pullback:
        """The call made again with gradients on; a call that cuts (detach, torch.tensor) as if it did not."""
        if step.index not in self._graphs:
            leaves = [
                _plain(one).requires_grad_(one.is_floating_point() or one.is_complex()) for one in self.inputs(step)
            ]
            with torch.enable_grad(), torch.inference_mode(False):
                outputs = list(apply(step, list(leaves)))
                if not any(output.requires_grad for output in outputs):
                    outputs = _uncut(step, leaves, outputs)
            self._graphs[step.index] = Pullback(leaves, outputs)
        return self._graphs[step.index]


def hooked(hook: Hook, gradient: torch.Tensor) -> torch.Tensor:
    """What the program's hook makes of a gradient, without a sound; RuntimeError for whatever it raises."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            changed = hook(gradient.clone())
        except Exception as problem:
            raise RuntimeError("the hook does not take this gradient") from problem
    return gradient if changed is None else changed


def _hooks(program: Program) -> dict[int, list[Hook]]:
    found: dict[int, list[Hook]] = {}
    for tensor in program.trace.tensors:
        held = next((program.namespace[name] for name in tensor.names if name in program.namespace), None)
        hooks = list((getattr(held, "_backward_hooks", None) or {}).values())
        value = program.value(tensor.id) if hooks else None
        if value is not None:
            found[program.origin(value)] = hooks
    return found


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """Without history; inference tensors, which can have none, copied."""
    return tensor.clone() if tensor.is_inference() else tensor.detach()


def _uncut(step: Step, leaves: list[torch.Tensor], outputs: list[torch.Tensor]) -> list[torch.Tensor]:
    """For a call whose result is its tensors' own numbers, copied: the same with a gradient; else `outputs`."""
    if len(outputs) != 1 or not outputs[0].is_floating_point() or step.reason in (None, "not differentiable"):
        return outputs
    if len(leaves) == 1 and leaves[0].numel() == outputs[0].numel() and leaves[0].is_floating_point():
        return [leaves[0].reshape(outputs[0].shape)]
    if leaves and sum(leaf.numel() for leaf in leaves) == outputs[0].numel():
        return [torch.cat([leaf.reshape(-1) for leaf in leaves]).reshape(outputs[0].shape)]
    return outputs
