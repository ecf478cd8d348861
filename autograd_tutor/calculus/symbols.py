"""The run over again in symbols: each tensor as an array of SymPy expressions in the leaves' names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy

from autograd_tutor.calculus import calls, examples
from autograd_tutor.calculus.algebra import Expr, evaluate, exact, objects, size
from autograd_tutor.calculus.calls import Call, Unfit
from autograd_tutor.calculus.deadline import Deadline, NoForm
from autograd_tutor.calculus.graph import written_through
from autograd_tutor.calculus.inputs import identifier
from autograd_tutor.calculus.lengths import COMPLEX, TOO_LONG
from autograd_tutor.calculus.local import FAILURES
from autograd_tutor.calculus.rule import Slope
from autograd_tutor.calculus.values import few
from autograd_tutor.notation import is_name
from autograd_tutor.trace import GIVES, MAKES, PUTS, SEES, STACKS, TAKES, WHOLE, WRAP, Operand, Operation, Tensor, Trace

LARGEST = 1500
"""Expressions written with more parts are given up."""


_DROPS = frozenset({"detach", "data"})
"""Operations that drop a tangent; no_grad does not."""


@dataclass
class Algebra:
    """What every tensor is in symbols at one moment of the run."""

    trace: Trace
    deadline: Deadline
    tensors: dict[int, Any] = field(default_factory=dict)
    """By tensor id: an object array of the tensor's shape."""
    leaves: dict[int, list[Any]] = field(default_factory=dict)
    """All symbols under which each leaf was used with its gradient: new ones whenever it was written over."""
    values: dict[Expr, float] = field(default_factory=dict)
    """What each symbol stood for."""
    places: dict[Expr, tuple[int, ...]] = field(default_factory=dict)
    """Where in its tensor each symbol stands."""
    shapes: dict[Expr, tuple[int, ...]] = field(default_factory=dict)
    """The shape of that tensor."""
    memory: dict[Expr, int] = field(default_factory=dict)
    """The storage of the tensor that each stands for."""
    meanings: dict[Expr, Expr] = field(default_factory=dict)
    """What a symbol for a cut-off or named intermediate is in other symbols, later ones in earlier ones."""
    moves: dict[Expr, Any] = field(default_factory=dict)
    """The symbols of dual numbers (forward mode), each with its tangent; in a vmap, with that of each example."""
    depth: dict[Expr, int] = field(default_factory=dict)
    """How many dual numbers each is within: of those in those."""
    spread: dict[Expr, tuple[int, ...]] = field(default_factory=dict)
    """The vmaps that it has one for each example of."""
    still: set[Expr] = field(default_factory=set)
    """Those without a tangent, though what they mean has one."""
    wraps: set[Expr] = field(default_factory=set)
    """Those that stand for what a torch.func transform or autograd.grad differentiates with respect to, there."""
    pieces: list[str] = field(default_factory=list)
    """The operations in pieces (relu, clamp) of which one piece was taken."""
    old: set[int] = field(default_factory=set)
    """Tensors whose memory was written into in a way that the symbols do not follow."""
    named: dict[int, str] = field(default_factory=dict)
    """The names given to tensors that stand as symbols."""

    def run(self, operation: Operation, apart: frozenset[int], between: frozenset[int] = frozenset()) -> None:
        """Carry one operation out in symbols. The outputs in `apart` get symbols of their own, for good; those in
        `between` too, which mean what they are made of wherever something else is differentiated with respect to.

        Raises `NoForm` if it was recorded by autograd but has no rule.
        """
        self.deadline.check()
        special = {WRAP: self._wrap, MAKES: self._dual, GIVES: self._unpack}.get(operation.name)
        if special is not None:
            special(operation)
            return
        # handed on as they are: the operand of dropout in eval mode or of x.float() of a float
        same = set() if operation.in_place else {one.tensor for one in operation.inputs}
        if operation.outputs and same.issuperset(operation.outputs):
            return
        for output, kept in zip(operation.outputs, operation.values, strict=False):
            known = self.tensors.get(output)
            fresh = operation.name == SEES  # the same numbers, but with a way to the base
            if known is not None and operation.in_place and not fresh and self._unchanged(known, few(kept)):
                return
        tracked = operation.name in (TAKES, STACKS, PUTS) or any(
            self.trace.nodes[node].kind == "function" for node in operation.nodes
        )
        results = self._results(operation, tracked)
        for at, output in enumerate(operation.outputs):
            if output in same:
                continue
            value = few(operation.values[at]) if at < len(operation.values) else None
            if value is None:
                self.tensors.pop(output, None)
            elif (shifted := self._shifted(operation, value)) is not None:
                self.tensors[output] = shifted
            elif at >= len(results) or not tracked or output in apart:
                leaf = operation.in_place and self.trace.tensors[output].is_leaf
                keep = None if at >= len(results) or leaf or _constant(results[at]) else results[at]
                self.tensors[output] = self.apart(self.trace.tensors[output], value, keep)
                if operation.name in _DROPS:
                    self.still.update(self.tensors[output].flat)
            elif output in between:
                self.tensors[output] = self.wrapped(self.trace.tensors[output], value, results[at])
            else:
                self.tensors[output] = results[at]
        self.aside(operation)

    def _shifted(self, operation: Operation, value: Any) -> Any:
        """A tensor with a graph, written into under no_grad: the graph stays, the numbers move by a constant."""
        reasons = {self.trace.nodes[node].reason for node in operation.nodes}
        first = operation.inputs[0] if operation.inputs else None
        if not operation.in_place or reasons != {"no_grad"} or first is None or first.tensor is None:
            return None
        known, before = self.tensors.get(first.tensor), few(first.value) if first.value is not None else None
        if operation.outputs != (first.tensor,) or self.trace.tensors[first.tensor].is_leaf:
            return None
        if known is None or before is None or np.shape(before) != np.shape(value):
            return None
        moved = np.asarray(value, dtype=np.float64) - np.asarray(before, dtype=np.float64)
        return objects(known + np.frompyfunc(exact, 1, 1)(moved))

    def aside(self, operation: Operation) -> None:
        """A write changes also what shares the memory without being a view, as after detach(): its symbols are old."""
        if operation.in_place and operation.name not in (PUTS, SEES) and not (self.trace.batches or self.moves):
            written = {self.trace.tensors[output].storage for output in operation.outputs}
            base = written_through(self.trace, operation)
            followed = {*operation.outputs, *(base.outputs if base is not None else ())}
            self.old.update(
                one for one in self.tensors if one not in followed and self.trace.tensors[one].storage in written
            )

    def _wrap(self, operation: Operation) -> None:
        """Symbols of their own: outside the transform the same numbers are constants to it."""
        (operand,), (output,), value = operation.inputs, operation.outputs, few(operation.values[0])
        if value is not None:
            self.tensors[output] = self.wrapped(self.trace.tensors[output], value, self._operand(operand, value))

    def wrapped(self, tensor: Tensor, value: Any, meaning: Any) -> Any:
        """Symbols for a computed tensor to differentiate with respect to; for all else they are what they mean."""
        found = self.apart(tensor, value, meaning)
        self.wraps.update(found.flat)
        return found

    def _dual(self, operation: Operation) -> None:
        """Symbols of their own, which the tangent belongs to."""
        primal, tangent = operation.inputs[:2]
        output, value, moved = operation.outputs[0], few(operation.values[0]), few(tangent.value)
        batch = self.trace.tensors[tangent.tensor].batch if tangent.tensor is not None else ()
        if value is None or moved is None:
            raise NoForm("The tangent has too many elements to write a formula for each.")
        source = self._operand(primal, value)
        self.tensors[output] = self.apart(self.trace.tensors[output], value, source, primal.text)
        columns, own = self._operand(tangent, moved), self.trace.tensors[output].batch
        depth = max((self.depth[one] + 1 for one in self._duals(source.flat)), default=0)
        for place in np.ndindex(value.shape):
            examples_first = dict(zip(own, place, strict=False))
            at = (*(examples_first.get(one, slice(None)) for one in batch), *place[len(own) :])
            dual = self.tensors[output][place]
            self.moves[dual], self.depth[dual] = columns[at], depth
            self.spread[dual] = tuple(one for one in batch if one not in own)

    def _unpack(self, operation: Operation) -> None:
        """The value, and the sum over all duals of the slope times the tangent."""
        value = self.tensors.get(operation.inputs[0].tensor or 0)
        if value is None:
            raise NoForm("The dual number has no formula here.")
        whole = objects(np.frompyfunc(self.within, 1, 1)(value))
        innermost = max((self.depth[one] for one in self._duals(whole.flat)), default=0)
        duals = [one for one, depth in self.depth.items() if depth == innermost]
        own = self.trace.tensors[operation.inputs[0].tensor or 0].batch
        first, *rest = operation.outputs
        self.tensors[first] = self._outside(whole, duals)
        for output in rest:
            batch = self.trace.tensors[output].batch
            columns = []
            for index in examples.places(self.trace, batch):
                elements = np.asarray(examples.at(whole, own, index), dtype=object)
                columns.append(
                    objects(np.frompyfunc(lambda one, at=index: self._moved(one, duals, at), 1, 1)(elements))
                )
            self.tensors[output] = self._outside(examples.stacked(columns, examples.sizes(self.trace, batch)), duals)

    def _moved(self, expression: Expr, duals: list[Expr], index: examples.Index) -> Expr:
        """The tangent; of several columns, one."""
        terms = []
        for dual in duals:
            along = examples.at(objects(self.moves[dual]), self.spread[dual], index)
            terms.append(sympy.diff(expression, dual) * along)
        return sympy.Add(*terms)

    def _duals(self, expressions: Iterable[Expr]) -> set[Expr]:
        """The symbols of dual numbers that these are made of."""
        return {one for each in expressions for one in self.within(each).free_symbols if one in self.moves}

    def _outside(self, elements: Any, duals: list[Expr]) -> Any:
        """Where the dual numbers are over: in what they were made of."""
        meant = {one: self.meanings[one] for one in duals if one in self.meanings}
        return objects(np.frompyfunc(lambda one: one.xreplace(meant), 1, 1)(objects(elements)))

    def within(self, expression: Expr) -> Expr:
        """`expression` with intermediate symbols replaced by what they mean, as far as to the dual numbers."""
        ends = self.moves.keys() | self.still
        while known := {one for one in expression.free_symbols if one in self.meanings and one not in ends}:
            expression = expression.xreplace({one: self.meanings[one] for one in known})
        return expression

    def unwrapped(self, expression: Expr, kept: Any) -> Expr:
        """`expression` outside of the transforms that differentiate with respect to other symbols than `kept`."""
        others = self.wraps.difference(kept)
        while within := expression.free_symbols & others:
            expression = expression.xreplace({one: self.meanings[one] for one in within})
        return expression

    def _stale(self, tensor: Tensor, known: Any, value: Any) -> bool:
        """Whether a given tensor was overwritten since, by what is no operation (backward into .grad).

        A result that only comes to the symbol of another tensor, 1 - (1 - x), has memory of its own.
        """
        given = all(one.is_Symbol and one not in self.meanings for one in known.flat)
        memory = {self.memory.get(one) for one in known.flat}
        return given and memory == {tensor.storage} and not self._unchanged(known, value)

    def _comes_to(self, known: Any, number: Any) -> bool:
        """Whether symbols have the value that was recorded."""
        if np.shape(known) != np.shape(number):
            return False
        with np.errstate(all="ignore"):
            values = [evaluate(self.meant(one), self.values) for one in objects(known).flat]
        return bool(np.allclose(values, np.ravel(number), rtol=1e-3, atol=1e-6, equal_nan=True))

    def _unchanged(self, known: Any, value: Any) -> bool:
        if value is None or np.shape(known) != np.shape(value):
            return False
        return all(self.values.get(symbol) == float(one) for symbol, one in zip(known.flat, value.flat, strict=True))

    def _results(self, operation: Operation, tracked: bool) -> list[Any]:
        """The outputs in symbols as far as there are any; none if they can't be had and are cut off anyway."""
        if reason := calls.opaque(self.trace, operation):
            raise NoForm(reason)
        batch = examples.of(self.trace, operation)
        call = calls.call(self.trace, examples.example(self.trace, operation, {}) if batch else operation)
        if call is None:
            if tracked:
                raise NoForm(f"There is no closed form: {operation.name} has no formula here.")
            return []
        try:
            return self._together(operation, batch) if batch else self._forward(call)
        except FAILURES as error:
            if tracked:
                raise NoForm(f"There is no closed form: this form of {operation.name} has no formula here.") from error
            return []

    def _together(self, operation: Operation, batch: tuple[int, ...]) -> list[Any]:
        """The outputs for all examples of a vmap."""
        trace = self.trace
        wholes: dict[int, Any] = {}
        for operand in (one for outer in operation.inputs for one in (outer, *outer.items)):
            number = few(operand.value)
            if operand.tensor is not None and number is not None:
                wholes[operand.tensor] = self._operand(operand, number)
        found: list[list[Any]] = []
        for index in examples.places(trace, batch):
            call = calls.call(trace, examples.example(trace, operation, index))
            if call is None:
                raise Unfit("no rule")
            slices = {one: examples.at(whole, trace.tensors[one].batch, index) for one, whole in wholes.items()}
            found.append(self._forward(call, slices))
        lengths = examples.sizes(trace, batch)
        outputs = [objects(examples.stacked(list(one), lengths)) for one in zip(*found, strict=True)]
        kept = (trace.tensors[one].batch for one in operation.outputs)
        for at, (output, own) in enumerate(zip(outputs, kept, strict=False)):
            outputs[at] = objects(output[tuple(slice(None) if one in own else 0 for one in batch)])
        return outputs

    def _forward(self, call: Call, known: dict[int, Any] | None = None) -> list[Any]:
        given = call.numbers()
        if any(isinstance(number, np.ndarray) and number.size > WHOLE for number in given):
            raise Unfit("too large")
        operands = [
            objects(known[operand.tensor])
            if known and operand.tensor in known
            else _counted(self._operand(operand, number), call.rule.slope(position))
            for position, (operand, number) in enumerate(zip(call.operands, given, strict=True))
        ]
        options = {key: exact(value) for key, value in call.options.items()}
        if call.rule.branch is not None:
            result = call.rule.branch(given, *operands, **options)
            if call.rule.name not in self.pieces:
                self.pieces.append(call.rule.name)
        else:
            if call.rule.moves and not _same(call.rule.forward(*given, **call.options), call.output()):
                raise Unfit("it moves other numbers")  # as_strided of a tensor that lies otherwise in memory
            result = call.rule.forward(*operands, **options)
        found = [objects(one) for one in (result if isinstance(result, list | tuple) else (result,))]
        if any(one.shape != value.shape for one, value in zip(found, call.operation.values, strict=False)):
            raise Unfit("shape")
        if sum(size(one) for output in found for one in output.flat) > LARGEST:
            raise NoForm(TOO_LONG)
        return found

    def _operand(self, operand: Operand, number: Any) -> Any:
        if operand.tensor is None:
            return exact(number)
        if operand.value is not None and operand.value.dtype in ("bool", "uint8", "int8", "int16", "int32", "int64"):
            return number
        known = self.tensors.get(operand.tensor)
        tensor = self.trace.tensors[operand.tensor]
        written = known is not None and operand.tensor in self.old and not self._comes_to(known, number)
        if written and operand.requires_grad and not self._stale(tensor, known, number):
            raise NoForm(f"Memory that {tensor.label} shares was written into past autograd: no formula follows that.")
        if known is None or written or self._stale(tensor, known, number):
            known = self.tensors[tensor.id] = self.apart(tensor, number, None, operand.text)
        if operand.requires_grad:
            self._used(tensor, known)
        return known

    def known(self, tensor: Tensor, number: Any) -> Any:
        """A tensor that requires grad, where no operation uses it."""
        if tensor.id not in self.tensors:
            self.tensors[tensor.id] = self.apart(tensor, number, None)
        self._used(tensor, self.tensors[tensor.id])
        return self.tensors[tensor.id]

    def _used(self, tensor: Tensor, known: Any) -> None:
        if tensor.is_leaf:
            versions = self.leaves.setdefault(tensor.id, [])
            if not any(one is known for one in versions):
                versions.append(known)

    def apart(self, tensor: Tensor, value: Any, meaning: Any, text: str = "") -> Any:
        """Symbols for a tensor that is given, or cut off from its history; plain numbers if it has no name."""
        if np.iscomplexobj(value):
            raise NoForm(COMPLEX)
        name = self._name(tensor, text)
        if name is None and meaning is None:
            return objects(np.frompyfunc(exact, 1, 1)(value))
        found = np.empty(np.shape(value), dtype=object)
        for place in np.ndindex(found.shape):
            symbol = sympy.Dummy(name or "c", real=True)
            self.places[symbol], self.shapes[symbol] = place, found.shape
            self.memory[symbol] = tensor.storage
            found[place] = symbol
            self.values[symbol] = float(value[place])
            if meaning is not None:
                self.meanings[symbol] = meaning[place]
        return found

    def _name(self, tensor: Tensor, text: str) -> str | None:
        words = next((one for one in (*tensor.names, tensor.label, text) if is_name(one)), None)
        words = words or next(iter(tensor.names), None)  # params['weight'] is better than no name
        if words is None:
            return f"leaf{tensor.id}" if tensor.requires_grad and tensor.is_leaf else None
        self.named[tensor.id] = identifier(words)
        return self.named[tensor.id]

    def meant(self, expression: Expr) -> Expr:
        """`expression` with cut-off and intermediate symbols replaced by what they mean in leaves."""
        for _ in range(len(self.meanings) + 1):
            known = {one: self.meanings[one] for one in expression.free_symbols if one in self.meanings}
            if not known:
                break
            expression = expression.xreplace(known)
        return expression

    def placed(self, element: Expr, place: tuple[int, ...], shape: tuple[int, ...]) -> Expr | None:
        """An element's expression in names without places; None if it needs elements at other places.

        `shape`: that of what it is an element of; at the same place of another shape is another place.

        Raises `NoForm` if a name stands for two numbers in it.
        """
        renamed: dict[Expr, Expr] = {}
        values: dict[str, float] = {}
        for symbol in element.free_symbols:
            if self.places[symbol] and (self.places[symbol], self.shapes[symbol]) != (place, shape):
                return None
            if values.setdefault(symbol.name, self.values[symbol]) != self.values[symbol]:
                said = "stands for two different numbers here, so one formula can't tell them apart."
                raise NoForm(f"{symbol.name} {said}")
            renamed[symbol] = sympy.Symbol(symbol.name, real=True)
        return element.xreplace(renamed)


def _counted(value: Any, slope: Slope) -> Any:
    """Truth values that an operation reckons with, as 0 and 1."""
    truth = isinstance(value, np.ndarray) and value.dtype == bool and slope.local is not None
    return value.astype(int) if truth else value


def _same(one: Any, other: Any) -> bool:
    pairs = zip(*(each if isinstance(each, tuple) else (each,) for each in (one, other)), strict=False)
    return all(np.array_equal(first, second, equal_nan=True) for first, second in pairs)


def _constant(elements: Any) -> bool:
    """Worked out from plain numbers alone: by the name it was given it tells more."""
    return not any(one.free_symbols for one in elements.flat)
