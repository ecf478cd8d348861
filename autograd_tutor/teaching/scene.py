"""The facts of one run that sentences about one target are made of: names, lines, nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.trace import Found, Node, Pass, Raised, Span, Tensor, Trace


@dataclass(frozen=True)
class Scene:
    """One target in one run."""

    run: Run
    target: str

    @property
    def trace(self) -> Trace:
        """The run's trace."""
        return self.run.trace

    @cached_property
    def found(self) -> Found | None:
        """What the target was at the program's end."""
        return self.trace.find(self.target)

    @cached_property
    def tensor(self) -> Tensor | None:
        """The tensor that the target is about: `x` for `x.grad`."""
        if self.found is None or self.found.tensor is None:
            return None
        return self.trace.tensors[self.found.tensor]

    @cached_property
    def name(self) -> str:
        """What the learner calls that tensor: `x` for `x.grad`, `g` for `g`."""
        head, dot, tail = self.target.rpartition(".")
        return head if dot and tail in _ATTRIBUTES else self.target

    @cached_property
    def raised(self) -> Raised | None:
        """The error that ended the program."""
        return self.trace.outcome if isinstance(self.trace.outcome, Raised) else None

    @cached_property
    def last(self) -> Pass | None:
        """The pass that matters: the one that raised, else the last."""
        if self.raised is not None and self.raised.pass_ is not None:
            return self.trace.passes[self.raised.pass_]
        return self.trace.passes[-1] if self.trace.passes else None

    @cached_property
    def root(self) -> str:
        """What backward started from."""
        return root_of(self.trace, self.last)

    def node(self, node: int) -> str:
        """A node in the learner's words, and where it is: `y = x ** 2 (line 2)`."""
        one = self.trace.nodes[node]
        return f"{operation(self.trace, one)}{_at(one.span)}"

    def nodes(self, nodes: tuple[int, ...]) -> str:
        """Several nodes in the learner's words."""
        words = list(dict.fromkeys(self.node(node) for node in nodes))
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


_ATTRIBUTES = frozenset({"grad", "requires_grad", "is_leaf", "retains_grad", "grad_fn", "data", "shape", "dtype"})


def called(tensor: Tensor) -> str:
    """The plainest name of a tensor, else the source that made it."""
    return tensor.names[0] if tensor.names else " ".join(tensor.label.split()) or "the result"


def root_of(trace: Trace, pass_: Pass | None) -> str:
    """What a pass started from."""
    return called(trace.tensors[pass_.root[0]]) if pass_ is not None and pass_.root else "the result"


def operation(trace: Trace, node: Node) -> str:
    """A node as the program says it: `y = x ** 2`, or `x ** 2` where the result has no name."""
    text = " ".join(node.text.split()) or node.name
    if node.kind == "accumulate" or node.tensor is None:
        return text
    names = trace.tensors[node.tensor].names
    named = names and names[0] != text and not _edits(trace, node)
    return f"{names[0]} = {text}" if named else text


def _edits(trace: Trace, node: Node) -> bool:
    """Whether a change in place made it: a statement of its own, with no name to put before it: `row *= 2`."""
    return any(one.in_place and node.id in one.nodes for one in trace.operations)


def line(span: Span | None) -> str:
    """`line 3`, or a vague word where the place is not known."""
    return f"line {span.line}" if span is not None else "the program"


def _at(span: Span | None) -> str:
    return f" (line {span.line})" if span is not None else ""
