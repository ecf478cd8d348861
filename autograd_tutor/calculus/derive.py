"""A target in symbols: the run carried out in expressions, each pass as a derivative, the passes summed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from autograd_tutor.calculus import examples
from autograd_tutor.calculus.algebra import Expr, exact, objects
from autograd_tutor.calculus.deadline import SLOW, Deadline, NoForm
from autograd_tutor.calculus.graph import Index, needed, started
from autograd_tutor.calculus.lengths import hopeless
from autograd_tutor.calculus.sums import Held, held
from autograd_tutor.calculus.symbols import Algebra
from autograd_tutor.calculus.target import Target, locate
from autograd_tutor.calculus.values import few
from autograd_tutor.trace import OUT_OF_SIGHT, Captured, Pass, Seed, Trace


@dataclass(frozen=True)
class Source:
    """What one pass differentiated, and by what."""

    total: Expr
    """What backward started from, weighed by its seed, in the symbols of that moment."""
    variables: Any
    """An object array of the target's shape: the symbols of its tensor."""
    earlier: tuple[Any, ...] = ()
    """The same, of what a leaf was before the program wrote over it: for torch it is one leaf all the time."""


@dataclass(frozen=True)
class Derived:
    """A target's elements as expressions, and the algebra they come from."""

    algebra: Algebra
    elements: Any
    """An object array of the target's shape, in the leaves' symbols."""
    operations: frozenset[int]
    """The operations that were carried out."""
    sources: tuple[Source, ...] = ()
    """For a gradient: what was differentiated in each pass."""

    @property
    def formulas(self) -> list[Expr]:
        """All of it: what was differentiated, and what came of that."""
        return [*(source.total for source in self.sources), *self.elements.flat]


class Derivations:
    """The targets of one trace in symbols. A run in symbols that several of them need is made once."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._index = Index(trace)
        self._runs: dict[tuple[frozenset[int], frozenset[int], tuple[int, ...]], _Run | NoForm] = {}

    def derive(self, target: str, deadline: Deadline) -> Derived:
        """The target in symbols: a gradient, or the value itself. Raises `NoForm` with the reason if there is none."""
        trace = self.trace
        found = trace.find(target)
        if found is None or found.kind != "tensor" or found.value is None:
            raise NoForm(f"{target} is not a number here, so there is nothing to write as a formula.")
        if found.value.data is None:
            raise NoForm(f"{target} has too many elements to write a formula for each.")
        place = locate(trace, target)
        if place is not None and not place.gathered and (place.pass_ is None or not trace.passes[place.pass_].batch):
            return self._gradient(place, deadline)
        if found.tensor is None:
            raise NoForm(f"{target} is a plain number, not computed by torch.")
        run = self._run(needed(trace, [found.tensor]), frozenset(), (), deadline)
        value = run.algebra.tensors.get(found.tensor)
        if value is None or not run.operations:
            raise NoForm(f"{target} is not computed from anything: it was given.")
        if all(one.is_Symbol and one not in run.algebra.meanings for one in value.flat):
            raise NoForm(f"{target} got its value where torch records nothing, so its name alone stands for it.")
        return Derived(run.algebra, run.meant(value), run.operations)

    def _gradient(self, place: Target, deadline: Deadline) -> Derived:
        trace = self.trace
        account = held(trace, place, self._index)
        if not account.shares and place.result is not None:
            raise NoForm("Nothing leads back to it, so there is no formula to write.")
        if not account.shares or account.changed is not None:
            raise NoForm("What it holds now is no derivative, so there is no formula to write.")
        if any(trace.nodes[node].unseen for share in account.shares for node in share.flow.pass_.order):
            raise NoForm(f"Part of the graph was made {OUT_OF_SIGHT}: there is no formula.")
        roots = {root for share in account.shares for root in started(share.flow.pass_)}
        tensor = trace.tensors[place.tensor]
        apart = frozenset() if tensor.is_leaf else frozenset([tensor.id])
        passes = tuple(share.flow.pass_.id for share in account.shares)
        run = self._run(needed(trace, roots), apart, passes, deadline)
        total: Any = _already_there(account)
        sources = tuple(run.source(moment, place.tensor) for moment in run.moments)
        for source in sources:
            total = total + run.derivative(source)
        return Derived(run.algebra, run.meant(objects(total)), run.operations, sources)

    def _run(
        self, operations: frozenset[int], apart: frozenset[int], passes: tuple[int, ...], deadline: Deadline
    ) -> _Run:
        """The run up to each of the passes, or without one to its end."""
        key = operations, apart, passes
        known = self._runs.get(key)
        if isinstance(known, NoForm):
            raise known
        if known is not None:
            known.algebra.deadline = deadline
            return known
        doubt = hopeless(self.trace, operations, apart)
        self._runs[key] = NoForm(doubt or SLOW)  # slow, if it is broken off
        if doubt is not None:
            raise NoForm(doubt)
        run = _Run(self.trace, deadline, operations, apart)
        try:
            if not passes:
                run.until(None)
            for pass_ in passes:
                run.until(self.trace.passes[pass_])
                run.moments.append(run.moment(self.trace.passes[pass_]))
        except NoForm as reason:
            self._runs[key] = reason
            raise
        self._runs[key] = run
        return run


def _already_there(account: Held) -> Any:
    """What .grad held before the first pass that counts."""
    first = account.shares[0].accumulation
    before = few(first.before) if first is not None else None
    return 0 if before is None else objects(np.frompyfunc(exact, 1, 1)(before))


@dataclass(frozen=True)
class _Moment:
    """A backward pass in symbols."""

    total: Expr
    """The sum that it differentiates: what it started from, weighed by the seeds."""
    tensors: dict[int, Any]
    """What each tensor was then."""


class _Run:
    """The program's operations and passes, in the order in which they happened."""

    def __init__(self, trace: Trace, deadline: Deadline, operations: frozenset[int], apart: frozenset[int]) -> None:
        self._trace = trace
        self._apart = apart
        self._events = iter(trace.events)
        self.operations = operations
        self.algebra = Algebra(trace, deadline)
        self._between = _between(trace)
        self._reached: Pass | None = None
        """The pass up to which it has come; what that worked out is still to be taken up."""
        self.moments: list[_Moment] = []

    def until(self, end: Pass | None) -> None:
        """Go on to the pass `end`, or to the program's end."""
        if self._reached is not None:
            self._gone_through(self._reached)
        self._reached = end
        for event in self._events:
            if event.kind == "operation" and event.ref is not None:
                operation = self._trace.operations[event.ref]
                if operation.id in self.operations:
                    self.algebra.run(operation, self._apart, self._between)
                else:
                    self.algebra.aside(operation)
            elif event.kind == "backward" and event.ref is not None:
                if end is not None and event.ref == end.id:
                    return
                self._gone_through(self._trace.passes[event.ref])

    def _gone_through(self, pass_: Pass) -> None:
        """What a pass worked out goes on."""
        self._captured(pass_)
        self._left(pass_)

    def _captured(self, pass_: Pass) -> None:
        """What autograd.grad returned goes on as symbols: with its history if it has one."""
        for one in pass_.captured:
            value = few(one.value)
            known = self.algebra.tensors.get(one.of)
            if (
                one.result is None
                or value is None
                or known is None
                or not all(symbol.is_Symbol for symbol in known.flat)
            ):
                continue
            gradient = self._together(pass_, one)
            if not pass_.create_graph:
                gradient = self.algebra.apart(self._trace.tensors[one.result], value, gradient)
            elif one.result in self._between:
                gradient = self.algebra.wrapped(self._trace.tensors[one.result], value, gradient)
            self.algebra.tensors[one.result] = gradient

    def _left(self, pass_: Pass) -> None:
        """What backward with create_graph left in .grad goes on as what torch computed for it."""
        if pass_.create_graph and pass_.kind == "backward":
            for operation in self._trace.operations:
                if operation.pass_ == pass_.id and operation.id in self.operations:
                    self.algebra.run(operation, self._apart)

    def _together(self, pass_: Pass, one: Captured) -> Any:
        """The derivative; in a vmap, that of each example."""
        if not pass_.batch or one.result is None:
            return self.derivative(self.source(self.moment(pass_), one.of))
        trace, tensors = self._trace, self.algebra.tensors
        kept = examples.kept(trace, pass_, one)
        found = []
        for index in examples.places(trace, kept):
            source = self.source(self.moment(pass_, index), one.of)
            variables = examples.at(tensors[one.of], trace.tensors[one.of].batch, index)
            found.append(self.derivative(Source(source.total, objects(variables))))
        return objects(examples.stacked(found, examples.sizes(trace, kept)))

    def moment(self, pass_: Pass, index: examples.Index | None = None) -> _Moment:
        """What the pass starts from, as things stand; in a vmap, for one example."""
        total = sum((self._seeded(pass_, seed, index or {}) for seed in pass_.seeds), sympy.S.Zero)
        return _Moment(total, dict(self.algebra.tensors))

    def source(self, moment: _Moment, tensor: int) -> Source:
        """What a pass started from, and the symbols of a tensor."""
        self.algebra.deadline.check()
        variables = moment.tensors.get(tensor)
        if variables is None or not all(symbol.is_Symbol for symbol in variables.flat):
            raise NoForm("The tensor was changed in place, so there is no one formula in its name.")
        total = self.algebra.unwrapped(moment.total, variables.flat)
        before = [one for one in self.algebra.leaves.get(tensor, ()) if one is not variables]
        return Source(total, variables, tuple(one for one in before if one.shape == variables.shape))

    def derivative(self, source: Source) -> Any:
        """The derivative by each element."""
        terms: dict[Expr, list[Expr]] = defaultdict(list)
        for term in sympy.Add.make_args(source.total):
            for symbol in term.free_symbols:
                terms[symbol].append(term)
        found = np.empty(source.variables.shape, dtype=object)
        for place in np.ndindex(found.shape):
            self.algebra.deadline.check()
            variables = {one[place] for one in (source.variables, *source.earlier)}
            found[place] = _smooth(sympy.Add(*(sympy.diff(term, one) for one in variables for term in terms[one])))
        return found

    def _seeded(self, pass_: Pass, seed: Seed, index: examples.Index) -> Expr:
        """A root's elements, each weighed by its seed."""
        root = self.algebra.tensors.get(seed.tensor) if seed.tensor is not None else None
        weights = self._weights(seed)
        if root is None or weights is None or seed.tensor is None:
            raise NoForm("What backward started from has no formula here.")
        root = objects(examples.at(root, self._trace.tensors[seed.tensor].batch, index))
        weights = objects(examples.at(weights, pass_.batch, index))
        return sympy.Add(*(one * weight for one, weight in zip(root.flat, weights.flat, strict=True)))

    def _weights(self, seed: Seed) -> Any:
        """The seed's numbers; as what it is made of, where it was itself to be differentiated."""
        value = few(seed.gradient)
        if value is None:
            return None
        if seed.given is not None:
            return self.algebra.known(self._trace.tensors[seed.given], value)
        return objects(np.frompyfunc(exact, 1, 1)(value))

    def meant(self, elements: Any) -> Any:
        """In the leaves' symbols."""
        return np.asarray(np.frompyfunc(self.algebra.meant, 1, 1)(objects(elements)), dtype=object)


def _between(trace: Trace) -> frozenset[int]:
    """Computed tensors that autograd.grad differentiated with respect to: for that they need symbols of their own."""
    captured = [one for pass_ in trace.passes for one in pass_.captured]
    results = {one.result for one in captured}
    return frozenset(one.of for one in captured if one.of in results or trace.tensors[one.of].operation is not None)


def _smooth(expression: Expr) -> Expr:
    """Without the spike that SymPy has for the slope of sign at 0."""
    return (
        expression.replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)
        if expression.has(sympy.DiracDelta)
        else expression
    )
