"""The tape in single-assignment form: each call reads some values and makes new ones, none ever changes.

A call that works in place makes a new value of the tensor it changed. That leaves a straight-line program
that can be run forwards with other numbers (`replay`) and backwards with one thing changed (`reverse`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from autograd_tutor.recording.tape import Backward, Call, Recording, Ref, Tape
from autograd_tutor.trace import Operation, Reason, Trace

_CUTS: frozenset[str] = frozenset({"no_grad", "detach", "data", "inference_mode", "frozen", "left torch"})
_FLAGS = frozenset({"requires_grad_", "retain_grad", "register_hook"})
"""Calls that change no number."""


@dataclass(slots=True)
class Step:
    """One call: `inputs` and `outputs` are indices into `Program.values`."""

    index: int
    call: Call
    operation: Operation
    inputs: tuple[int, ...]
    """One for each tensor argument, in the order of the arguments; a tensor used twice is there twice."""
    outputs: tuple[int, ...]
    live: tuple[bool, ...]
    """For each input: autograd recorded this use of it."""
    changes: bool
    """It changed its first argument in place."""
    reason: Reason | None = None
    """Why autograd did not record it, if it would have but for that."""
    cause: int | None = None
    """For reason `downstream`: the node of the cut before it."""

    @property
    def cut(self) -> bool:
        """The graph was really cut here."""
        return self.reason in _CUTS

    @property
    def edits(self) -> bool:
        """It changed the numbers of its first argument in place, not (as detach_ does) the graph alone."""
        return self.changes and self.reason != "detach"

    @property
    def node(self) -> int | None:
        """Its graph node nearest the root."""
        return self.operation.nodes[-1] if self.operation.nodes else None

    def option(self, name: str, place: int, usual: Any = None) -> Any:
        """An argument that the call may have by name or by place; `usual` where it has neither."""
        args = self.call.args
        return self.call.kwargs.get(name, args[place] if len(args) > place else usual)


Emit = Callable[..., int]
"""Makes one call of the pieces that a step is taken apart into, and returns the index of its value."""
Parts = Callable[[Emit, Step, list[torch.Tensor]], int | tuple[int, ...] | None]
"""Emits a step's pieces, whose inputs have these numbers."""


@dataclass(slots=True)
class Value:
    """What a tensor was, from when it was made or changed until it was changed again."""

    index: int
    tensor: int
    number: torch.Tensor
    """As recorded, detached."""
    maker: int | None
    """The step that made it; None for a leaf of the tape."""
    output: int = 0
    """Which of the maker's outputs it is."""
    uses: list[tuple[int, int]] = field(default_factory=list)
    """(step, input) for each use."""


@dataclass(slots=True)
class Program:
    """A whole run, straight-line."""

    trace: Trace
    tape: Tape
    namespace: dict[str, Any]
    steps: list[Step]
    values: list[Value]
    versions: dict[int, list[tuple[int, int]]]
    """By tensor id: (how many calls had been made, value), in order."""
    seeded: dict[int, tuple[Backward, dict[int, torch.Tensor]]] = field(default_factory=dict)
    """By `id` of a pass: where it starts, and with what (`aims.seeds`); the same tensors each time."""

    def value(self, tensor: int, position: int | None = None) -> int | None:
        """The value a tensor had after `position` calls (None: at the end); None for an unknown tensor."""
        found = None
        for at, value in self.versions.get(tensor, ()):
            if found is not None and position is not None and at > position:
                break
            found = value
        return found

    def first(self, tensor: int) -> int | None:
        """The first value a tensor had."""
        versions = self.versions.get(tensor)
        return versions[0][1] if versions else None

    def origin(self, value: int) -> int:
        """The value of the leaf whose .grad the gradient of `value` is added to.

        An edit that autograd did not see leaves a leaf the same leaf.
        """
        while (maker := self.values[value].maker) is not None:
            step = self.steps[maker]
            own = step.edits and self.values[step.inputs[0]].tensor == self.values[value].tensor
            if not own or step.call.recorded:
                break
            value = step.inputs[0]
        return value

    def dependents(self, value: int) -> list[int]:
        """The steps that a value can have an influence on, in order."""
        reached, found = {value}, []
        for step in self.steps:
            if not reached.isdisjoint(step.inputs):
                reached.update(step.outputs)
                found.append(step.index)
        return found

    def label(self, value: int) -> str:
        """What to call a value: its tensor's best name."""
        tensor = self.values[value].tensor
        return self.trace.tensors[tensor].label if tensor < len(self.trace.tensors) else f"tensor {tensor}"


def straight(recording: Recording) -> Program:
    """`recording`'s tape in single-assignment form. Calls that returned no tensor and changed none are left out."""
    trace, tape = recording.trace, recording.tape
    program = Program(trace, tape, recording.namespace, [], [], {})
    for tensor, number in tape.leaves.items():
        _make(program, tensor, number, 0, None, 0)
    for position, call in enumerate(tape.calls):
        operation = trace.operations[call.operation]
        if getattr(call.function, "__name__", "") in _FLAGS:
            continue
        refs = tuple(references((call.args, call.kwargs)))
        written = _written(operation, call, refs)
        outputs, results = (call.outputs, call.results) if call.outputs else (written, ())
        if not outputs:
            continue
        inputs = tuple(_read(program, call, ref) for ref in refs)
        reason, cause = _reason(trace, operation)
        index = len(program.steps)
        step = Step(index, call, operation, inputs, (), _live(call, operation, refs), bool(written), reason, cause)
        program.steps.append(step)
        if len(results) != len(outputs):
            results = apply(step, [program.values[value].number for value in inputs])
        for use, value in enumerate(inputs):
            program.values[value].uses.append((index, use))
        handed_on = () if written else [ref.tensor for ref in refs]
        step.outputs = tuple(
            _make(program, tensor, number, position + 1, index, slot, fresh=tensor not in handed_on)
            for slot, (tensor, number) in enumerate(zip(outputs, results, strict=False))
        )
    return program


def references(arguments: Any) -> Iterator[Ref]:
    """Every `Ref` in some arguments, also inside lists, tuples, dicts and slices, in order."""
    stack = [arguments]
    while stack:
        one = stack.pop()
        if isinstance(one, Ref):
            yield one
        elif isinstance(one, list | tuple):
            stack.extend(reversed(one))
        elif isinstance(one, dict):
            stack.extend(reversed(list(one.values())))
        elif isinstance(one, slice):
            stack.extend((one.step, one.stop, one.start))


def filled(arguments: Any, tensors: Iterator[Any]) -> Any:
    """`arguments` with each `Ref` replaced by the next of `tensors`, or of what stands for them."""
    if isinstance(arguments, Ref):
        return next(tensors)
    if isinstance(arguments, tuple):
        parts = [filled(one, tensors) for one in arguments]
        return type(arguments)(*parts) if hasattr(arguments, "_fields") else tuple(parts)
    if isinstance(arguments, list):
        return [filled(one, tensors) for one in arguments]
    if isinstance(arguments, dict):
        return {key: filled(one, tensors) for key, one in arguments.items()}
    if isinstance(arguments, slice):
        return slice(*(filled(one, tensors) for one in (arguments.start, arguments.stop, arguments.step)))
    return arguments


def flattened(result: Any) -> list[torch.Tensor]:
    """Every tensor in what a call returned, in order."""
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, list | tuple):
        return [tensor for one in result for tensor in flattened(one)]
    if isinstance(result, dict):
        return [tensor for one in result.values() for tensor in flattened(one)]
    return []


def apply(step: Step, inputs: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    """Makes the call of `step` on other inputs; a call that works in place works on a copy.

    Draws the random numbers it drew when recorded. Raises whatever the call raises.
    """
    call = step.call
    if step.changes:
        inputs = [inputs[0].clone(), *inputs[1:]]
    tensors = iter(inputs)
    args, kwargs = filled(call.args, tensors), filled(call.kwargs, tensors)
    if call.rng is None:
        result = call.function(*args, **kwargs)
    else:
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(call.rng)
            result = call.function(*args, **kwargs)
    made = flattened(result)
    return (inputs[0],) if step.changes and not made else tuple(made)


def _read(program: Program, call: Call, ref: Ref) -> int:
    found = program.versions.get(ref.tensor)
    if found:
        return found[-1][1]
    number = call.before.get(ref.tensor)
    if number is None:
        raise LookupError(f"the tape holds no value of tensor {ref.tensor}")
    return _make(program, ref.tensor, number, 0, None, 0)


def _make(
    program: Program,
    tensor: int,
    number: torch.Tensor,
    position: int,
    maker: int | None,
    output: int,
    *,
    fresh: bool = True,
) -> int:
    """A value; one that is not `fresh` is the tensor as it was, handed on (`x.contiguous()`): nothing reads it here."""
    index = len(program.values)
    program.values.append(Value(index, tensor, number, maker, output))
    if fresh:
        program.versions.setdefault(tensor, []).append((position, index))
    return index


def _written(operation: Operation, call: Call, refs: tuple[Ref, ...]) -> tuple[int, ...]:
    """The tensor that a call changed in place: its first argument. What goes to `out` is a new value of that."""
    if any(one.keyword == "out" for one in operation.inputs):
        return ()
    name = getattr(call.function, "__name__", "")
    in_place = operation.in_place or name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))
    return (refs[0].tensor,) if in_place and refs else ()


def _live(call: Call, operation: Operation, refs: tuple[Ref, ...]) -> tuple[bool, ...]:
    required = {one.tensor: one.requires_grad for one in operation.inputs if one.tensor is not None}
    return tuple(call.recorded and required.get(ref.tensor, True) for ref in refs)


def _reason(trace: Trace, operation: Operation) -> tuple[Reason | None, int | None]:
    for index in operation.nodes:
        node = trace.nodes[index]
        if node.kind == "ghost":
            return node.reason, node.cut
    return None, None
