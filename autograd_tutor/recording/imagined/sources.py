"""D and K by edits of the source: what no tape can tell, since it happened outside torch.

Each edited program is recorded anew; a lesson's own mistakes (`Job.mutations`) go the same way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import torch

from autograd_tutor.recording.aims import tensor_of
from autograd_tutor.recording.imagined.case import Guess
from autograd_tutor.recording.record import record
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox.protocol import Job, Limits
from autograd_tutor.trace import Found, Raised

_LONGEST = 60
"""Lines of source; a longer program is not run again."""
_MOST_TESTS = 4
_MATH = frozenset({"sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "sinh", "cosh", "atan", "asin", "acos", "log2"})
_LEAVES = frozenset({"item", "numpy", "tolist"})


class Ended(NamedTuple):
    """How another program ended."""

    raised: bool
    found: dict[str, Found]
    """By target."""


class Reruns:
    """Other programs in the place of the one that was recorded. Each runs once for all of its targets."""

    def __init__(self, recording: Recording, job: Job) -> None:
        targets = tuple(one.target for one in recording.trace.found)
        limits = msgspec.structs.replace(job.limits, seconds=min(job.limits.seconds, Limits().seconds))
        self._job = msgspec.structs.replace(job, targets=targets, mutations=(), limits=limits)
        self._ended: dict[str, Ended] = {}

    def of(self, source: str, target: str = "") -> Ended:
        """How `source` ends, recorded as the job would be and without anything more; `target` may be one more."""
        if source not in self._ended:
            targets = self._job.targets if not target or target in self._job.targets else (*self._job.targets, target)
            trace = record(msgspec.structs.replace(self._job, source=source, targets=targets)).trace
            found = {one.target: one for one in trace.found}
            self._ended[source] = Ended(isinstance(trace.outcome, Raised), found)
        return self._ended[source]

    def recording(self, source: str, target: str) -> Recording:
        """Another program, recorded for a target of its own."""
        return record(msgspec.structs.replace(self._job, source=source, targets=(target,)))

    def value(self, source: str, target: str) -> torch.Tensor | None:
        """What `target` is at the end of another program; None if it is no tensor of few elements."""
        found = self.of(source, target).found.get(target)
        return None if found is None or found.value is None else tensor_of(found.value)


def uncut(recording: Recording, target: str, reruns: Reruns) -> Iterator[Guess]:
    """D1: numbers that left torch kept in it; whole numbers made floats."""
    tree = parsed(recording)
    if tree is not None:
        stayed = _Stay()
        within = ast.unparse(ast.fix_missing_locations(stayed.visit(tree)))
        if stayed.edits:
            yield Guess("as-if-tracked", reruns.value(within, target), detail=", ".join(dict.fromkeys(stayed.edits)))


def repaired(recording: Recording, target: str, reruns: Reruns) -> Iterator[Guess]:
    """D1: a statement that raised (but for a backward) taken to work: out of autograd's sight, or not there at all."""
    outcome = recording.trace.outcome
    tree = parsed(recording)
    if tree is None or not isinstance(outcome, Raised) or outcome.span is None or outcome.pass_ is not None:
        return
    line = outcome.span.line
    for index, statement in enumerate(tree.body):
        if statement.lineno <= line <= (statement.end_lineno or line):
            before, after = ("\n".join(map(ast.unparse, part)) for part in (tree.body[:index], tree.body[index + 1 :]))
            hidden = "\n".join(
                ["with torch.no_grad():", *("    " + one for one in ast.unparse(statement).splitlines())]
            )
            for middle in (hidden, "pass"):
                value = reruns.value("\n".join([before, middle, after]), target)
                yield Guess("as-if-run", value, detail=outcome.type)
                if middle == "pass":
                    yield Guess("at-first-value", value, detail=target.removesuffix(".grad"))
            name = _written(statement)
            if name is not None and target == f"{name}.grad":
                middle = f"_whole = {name}\n{name} = {name}.clone()\n{ast.unparse(statement)}"
                value = reruns.value("\n".join([before, middle, after]), "_whole.grad")
                yield Guess("overwritten-as-constant", value, detail=name)


def _written(statement: ast.stmt) -> str | None:
    """`x` where some of its elements are assigned: `x[1] = 0.9`."""
    place = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return place.value.id if isinstance(place, ast.Subscript) and isinstance(place.value, ast.Name) else None


def branches(recording: Recording, target: str, reruns: Reruns) -> Iterator[Guess]:
    """K1: each test turned round."""
    tree = parsed(recording)
    tests = [] if tree is None else [one for one in ast.walk(tree) if isinstance(one, ast.If | ast.IfExp)]
    for test in tests[:_MOST_TESTS]:
        assert tree is not None
        asked, test.test = test.test, ast.UnaryOp(ast.Not(), test.test)
        turned = ast.unparse(ast.fix_missing_locations(tree))
        test.test = asked
        yield Guess("other-branch", reruns.value(turned, target), detail=ast.unparse(asked))


def parsed(recording: Recording) -> ast.Module | None:
    """The program, if it is short enough to be run again."""
    source = recording.trace.source
    try:
        return ast.parse(source) if len(source.splitlines()) <= _LONGEST else None
    except (SyntaxError, ValueError):
        return None


def _is_float(node: ast.Call) -> bool:
    named = isinstance(node.func, ast.Name) and node.func.id == "float"
    return named and len(node.args) == 1 and not isinstance(node.args[0], ast.Constant)


class _Stay(ast.NodeTransformer):
    """Keeps in torch what leaves it: `t.item()`, `float(t)`, `math.sin(t)`, `torch.tensor([a, b])`."""

    def __init__(self) -> None:
        self.edits: list[str] = []

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _LEAVES and not node.args:
            self.edits.append(f"{function.attr}()")
            return function.value
        if _is_float(node):
            self.edits.append("float()")
            return node.args[0]
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            return self._of_module(node, function, function.value.id)
        return node

    def _of_module(self, node: ast.Call, function: ast.Attribute, module: str) -> ast.AST:
        if module in ("math", "np", "numpy") and function.attr in _MATH:
            if not all(isinstance(argument, ast.Constant) for argument in node.args):
                self.edits.append(f"{module}.{function.attr}")
                function.value = ast.Name("torch", ast.Load())
        elif module == "torch" and function.attr in ("tensor", "as_tensor") and node.args:
            self._tensor(node, function)
        return node

    def _tensor(self, node: ast.Call, function: ast.Attribute) -> None:
        data = node.args[0]
        if isinstance(data, ast.ListComp) or (
            isinstance(data, ast.List) and data.elts and not any(isinstance(one, ast.Constant) for one in data.elts)
        ):
            self.edits.append("torch.tensor")
            function.attr, node.keywords = "stack", []
        elif any(keyword.arg == "requires_grad" for keyword in node.keywords):
            whole = [one for one in ast.walk(data) if isinstance(one, ast.Constant) and type(one.value) is int]
            if whole and not any(isinstance(one, ast.Constant) and type(one.value) is float for one in ast.walk(data)):
                self.edits.append("whole numbers")
                for one in whole:
                    one.value = float(one.value)  # type: ignore[arg-type]
