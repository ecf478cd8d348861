"""The hub: what one run of a program left behind, as immutable plain data with no torch in it.

Everything that draws, explains, grades or compares is a pure function of a `Trace`.
A trace travels as MessagePack (`encode`, `decode`): JSON would turn nan and inf into null.

Three layers describe one run, each pointing at the one below by number:

* `Operation`: one call into torch that the program made, recorded by autograd or not; those that one
  call of an `nn.Module` made are a group (`ModuleCall`).
* `Node` and `Edge`: the autograd graph, with a *ghost* node for each operation that torch
  would have recorded but for a cut, and the reason for the cut.
* `Pass`: one walk of the engine over that graph, with what flowed along every edge.

Ids are positions: `trace.nodes[i].id == i`, and so for operations, module calls, edges, tensors and passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

FORMAT = 1
WHOLE = 64
"""Tensors of up to this many elements are kept whole; larger ones as a `Summary`."""
KEPT = 4096
"""Of tensors of up to this many elements all numbers are at hand in the process that ran the program (`Large`)."""
MOST_NODES = 20_000
"""A larger graph is not recorded: freeing it can crash the process."""


OUT_OF_SIGHT = "where nothing is recorded (in a thread, in what torch.jit made, or in a Function that vmap mapped)"
"""Said of nodes that no call accounts for."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of all plain data here: immutable, compared by value, bounded by its schema.

    It can't hold itself, so the garbage collector need not look at the many of a large trace.
    """


class Complex(Record, frozen=True, tag="complex"):
    """A complex number."""

    re: float
    im: float


Scalar = bool | int | float | Complex


class Span(Record, frozen=True, array_like=True):
    """A piece of the source: lines count from 1, columns from 0, in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Summary(Record, frozen=True):
    """What is kept of a tensor too large to keep whole (`WHOLE`)."""

    numel: int
    min: float
    max: float
    mean: float


class Array(Record, frozen=True):
    """The value of a tensor or of a plain Python number at one moment."""

    dtype: str
    """As torch prints it without the prefix: `float32`. `python` for a plain Python number or bool."""
    shape: tuple[int, ...] = ()
    data: tuple[Scalar, ...] | None = None
    """Row-major; None when there are more than `WHOLE` elements."""
    summary: Summary | None = None

    @property
    def numel(self) -> int:
        """How many elements it has."""
        count = 1
        for length in self.shape:
            count *= length
        return count


class Large(Array, frozen=True, gc=True, dict=True):
    """One that travels as a summary. In the process that ran the program its numbers are still at hand."""

    @property
    def numbers(self) -> Any:
        """A numpy array of its shape, in the nearest dtype that numpy has; None where they were not kept."""
        return self.__dict__.get("numbers")

    def keep(self, numbers: Any) -> None:
        """Put its numbers there."""
        self.__dict__["numbers"] = numbers


Reason = Literal[
    "no_grad",  # made while grad mode was off
    "detach",  # x.detach()
    "data",  # x.data
    "inference_mode",  # made in inference mode
    "frozen",  # its inputs once required grad, or could; requires_grad_(False) turned that off
    "not differentiable",  # integer or boolean output, argmax, comparison…
    "left torch",  # item(), float(), numpy(), tolist(), math.…, torch.tensor(t)
    "downstream",  # nothing cut here: an input was already cut off (see Node.cut)
]


class Operand(Record, frozen=True):
    """One argument of an operation, as it was when the operation ran."""

    text: str
    """What a person would call it: the name or source text, else the constant's repr."""
    tensor: int | None = None
    """The tensor's id; None for a constant."""
    value: Array | None = None
    """Numbers and tensors; None for anything else (a string, a slice)."""
    requires_grad: bool = False
    keyword: str | None = None
    """The parameter's name when passed by keyword."""
    items: tuple[Operand, ...] = ()
    """What a list or tuple that holds tensors (`torch.stack([a, b])`) holds, in order; empty for all else."""
    constant: str = ""
    """What is no number, as Python writes its value, where `text` does not: for `n:` with n = 1, `1:`."""


def tensor_operands(operands: Iterable[Operand]) -> Iterator[Operand]:
    """Those that are tensors, also within the lists and tuples that a call was given, in order."""
    for operand in operands:
        if operand.tensor is not None:
            yield operand
        yield from tensor_operands(operand.items)


class ModuleCall(Record, frozen=True):
    """One call of an `nn.Module`: the group of the operations that ran in it."""

    id: int
    module: str
    """How the program's end reaches it: `model`, `model.fc1`, `encoder.layers[0]`; else its class and the way on."""
    kind: str
    """Its class: `Linear`."""
    parent: int | None = None
    """The module call that it was made in."""
    repeat: int = 0
    """How often the same module had been called before."""


class Batch(Record, frozen=True):
    """One run of a vmap: what runs in it runs for all examples at once."""

    id: int
    size: int
    """How many examples there are."""
    span: Span | None = None
    """The program's call that led to it; also of jacrev, jacfwd and hessian, whose examples are rows or columns."""
    randomness: str = "error"
    """What the program said of random numbers in it."""


TAKES, STACKS = "take_examples", "stack_examples"
"""The operations by which a vmap takes a tensor apart into examples, and stacks what came out."""


PUTS, SEES = "written_through", "seen_through"
"""The operations that follow a write through a view: its base gets the view's numbers at their places, and another
view takes its own out of the base anew. Their second operand says which elements of the base those are."""


REARRANGES = frozenset(
    {STACKS, "split", "view", "movedim", "unflatten", "unsqueeze", "squeeze", "cat", "reshape", "stack", "detach"}
)
"""The operations by which a transform puts its result together of gradients or tangents: they compute nothing."""


WRAP = "wrap"
"""The operation by which a torch.func transform takes a tensor that autograd records outside it, to differentiate
with respect to it."""


MAKES, GIVES = "make_dual", "unpack_dual"
"""The operations that make a dual number of a value and a tangent, and that take one apart."""


class Operation(Record, frozen=True):
    """One call into torch that the program made."""

    id: int
    name: str
    """Canonical, lower case: `pow`, `sin`, `mul`, `rsub`, `mean`, `mse_loss`, `getitem`, `tensor`…"""
    text: str
    """As written: `x ** 2`; on several lines if it was."""
    span: Span | None = None
    repeat: int = 0
    """How often this same span had run before (the iteration, in a loop)."""
    function: str | None = None
    """The user's function it ran in; None at the top level."""
    inputs: tuple[Operand, ...] = ()
    outputs: tuple[int, ...] = ()
    """Ids of the tensors it returned."""
    values: tuple[Array, ...] = ()
    """The outputs' values at that moment, in the same order."""
    nodes: tuple[int, ...] = ()
    """Graph nodes it made, the one nearest its inputs first; a single ghost if it was cut."""
    in_place: bool = False
    call: int | None = None
    """The innermost module call that it ran in."""
    pass_: int | None = None
    """torch made the call itself, in this pass with create_graph, to work out a gradient; None: the program did."""

    @property
    def inside(self) -> bool:
        """It ran within a call that the program made, as of a layer: its text is `name in call`."""
        return self.text.startswith(f"{self.name} in ")


class Saved(Record, frozen=True):
    """What a node keeps for backward: `_saved_self` and so on, without the prefix."""

    name: str
    value: Array | str


class Node(Record, frozen=True):
    """A node of the autograd graph, or a ghost: an operation that torch did not record."""

    id: int
    kind: Literal["function", "accumulate", "ghost"]
    name: str
    """As torch prints it: `PowBackward0`, `AccumulateGrad`; for a ghost the operation's name."""
    text: str
    """The operation in the user's words; for accumulate, the leaf's name."""
    operation: int | None = None
    tensor: int | None = None
    """accumulate: the leaf. function and ghost: the main output, where known."""
    span: Span | None = None
    saved: tuple[Saved, ...] = ()
    reason: Reason | None = None
    """Ghosts only."""
    cut: int | None = None
    """Ghosts with reason `downstream`: the ghost (node id) where the graph was really cut."""

    @property
    def own(self) -> bool:
        """Of a torch.autograd.Function: torch numbers the names of its own nodes."""
        return self.kind == "function" and self.operation is not None and self.name.endswith("Backward")

    @property
    def unseen(self) -> bool:
        """Of an operation that the recorder did not see: it was made `OUT_OF_SIGHT`."""
        return self.kind == "function" and self.operation is None and self.span is None


class Edge(Record, frozen=True):
    """From a node nearer the loss (`tail`) to one nearer the leaves (`head`)."""

    id: int
    tail: int
    head: int
    input: int
    """The index in the tail's `next_functions` (for a ghost edge: which operand)."""
    output: int
    """Which of the head's outputs it leads from."""
    ghost: bool = False
    """True where torch has no edge: one of its ends is a ghost, or the operand was cut off."""
    contributions: tuple[Array | None, ...] = ()
    """Per pass, what flowed along it; None: it did not fire in that pass."""


class Seed(Record, frozen=True):
    """Where a pass started."""

    node: int
    output: int
    tensor: int | None
    gradient: Array
    given: int | None = None
    """The tensor that was given for it, where that requires grad: a gradient with a graph leads back to it too."""


class Arrival(Record, frozen=True):
    """The upstream gradient that reached a node in one pass, one for each of its outputs."""

    node: int
    gradients: tuple[Array | None, ...]


SAYS_NAN = "returned nan values in its"
"""Anomaly mode says this of the node that it stopped at."""

WITHIN = (
    "what ran within the pass, out of sight (the function of a reentrant checkpoint, or code of the program's), "
    "changed it"
)
"""The note of an accumulation that no contribution of the pass itself accounts for."""


class Accumulation(Record, frozen=True):
    """What one pass did to one tensor's .grad (a leaf's, or that of a tensor that retains it)."""

    tensor: int
    node: int
    before: Array | None
    added: Array | None
    """The contributions into the node, summed in firing order; None where there are none (see `WITHIN`)."""
    after: Array | None
    exact: bool
    """`before` plus `added` equals `after` bit for bit (computed on the whole tensors)."""
    note: str | None = None
    """Why not, if not: `a hook changed it`."""


class Captured(Record, frozen=True):
    """One result of torch.autograd.grad: the gradient with respect to one input."""

    of: int
    """Tensor id of the input."""
    node: int | None
    result: int | None
    """Tensor id of the returned gradient; None if unused."""
    value: Array | None


class Pass(Record, frozen=True):
    """One call of backward() or autograd.grad(), also one that raised."""

    id: int
    kind: Literal["backward", "grad"]
    root: tuple[int, ...]
    """Tensor ids it was called on."""
    span: Span | None = None
    seeds: tuple[Seed, ...] = ()
    order: tuple[int, ...] = ()
    """Node ids in the engine's real firing order."""
    arrivals: tuple[Arrival, ...] = ()
    """In firing order."""
    leaves: tuple[Accumulation, ...] = ()
    captured: tuple[Captured, ...] = ()
    batch: tuple[int, ...] = ()
    """Inside a vmap (also that of jacrev, for its rows): what the first dimensions of all its gradients count, by the
    ids in `trace.batches`, the outer first."""
    retain_graph: bool = False
    create_graph: bool = False
    error: str | None = None
    """The message, if this call raised (even when the program caught it)."""
    error_kind: (
        Literal[
            "untracked root",
            "not scalar",
            "graph freed",
            "modified in place",
            "unused input",
            "no derivative",  # torch has none for an operation in the graph
            "other",
        ]
        | None
    ) = None
    culprit: Span | None = None
    """The operation at fault: the cut, the in-place write, the pass that freed the graph."""


Absent = Literal[
    "no requires_grad",  # a leaf that does not require grad, and never did
    "not a leaf",  # a computed tensor that does not retain its gradient
    "retained late",  # retain_grad() after the backward that would have filled it
    "no backward",  # no backward() ran (or none succeeded)
    "nothing arrived",  # a path leads to it, but an operation on it passes nothing on (a backward that gives None)
    "unused",  # requires grad, but no path leads from any backward's root to it
    "cut",  # it was used, but every path to the root passes a ghost (Tensor.cut)
    "required late",  # it was used before requires_grad was turned on, and not since
    "frozen later",  # requires_grad_(False) after the graph was built
    "cleared",  # .grad was set to None (also by zero_grad) after a backward
    "grad returned",  # autograd.grad gave the gradient to the caller instead
    "left out",  # backward(inputs=…) did not name it; nor did autograd.grad, and no backward() ran
    "backward raised",  # the call that would have filled it raised
]


class Tensor(Record, frozen=True):
    """A tensor that the program touched, as it stood when the program ended."""

    id: int
    label: str
    """The best name to call it: a name it had, else the source text that made it."""
    value: Array
    names: tuple[str, ...] = ()
    """Expressions by which the program's end reaches it, the plainest first: `w`, `model[0].weight`."""
    requires_grad: bool = False
    is_leaf: bool = True
    retains_grad: bool = False
    grad: Array | None = None
    absent: Absent | None = None
    """Why .grad is None; None when it is not."""
    cut: int | None = None
    """For `absent == "cut"`: the ghost node that cut it off."""
    node: int | None = None
    """Its grad_fn's node; for a leaf its accumulate node, if any graph reached it."""
    output: int = 0
    """Which output of that node it is."""
    operation: int | None = None
    """The operation that made it."""
    span: Span | None = None
    """Where the program made it."""
    storage: int = 0
    """Tensors with the same number share memory."""
    version: int = 0
    tangent: Array | None = None
    """Of a dual number (forward mode): how fast it changes along the direction given to `make_dual` or jvp."""
    batch: tuple[int, ...] = ()
    """Inside a vmap: what the first dimensions of its values count, by the ids in `trace.batches`, the outer first. The
    program sees it without them."""
    spread: tuple[int, ...] = ()
    """The same for the tangent: jacfwd gives it one for each column."""


class Event(Record, frozen=True):
    """Something that happened, in order."""

    kind: Literal[
        "statement", "operation", "assign", "enter", "leave", "backward", "read", "write", "warning", "print", "caught"
    ]
    text: str = ""
    """assign: the name. enter/leave: `no_grad`… read/write: `x.grad`. warning, print, caught: the text."""
    span: Span | None = None
    """None for a warning: the program did not give it, looking at a target afterwards did."""
    ref: int | None = None
    """operation: its id. assign, read, write: the tensor's id. backward, and caught if a pass raised it: its id."""
    empty: bool = False
    """read: `.grad` was None then."""


class Finished(Record, frozen=True, tag_field="kind", tag="finished"):
    """The program ran to its end."""


class Raised(Record, frozen=True, tag_field="kind", tag="raised"):
    """The program ended with an exception it did not catch."""

    type: str
    message: str
    span: Span | None = None
    pass_: int | None = None
    """The pass that raised it, if a backward call did."""


class Stopped(Record, frozen=True, tag_field="kind", tag="stopped"):
    """The run overstepped a limit, or ended without an answer; `message` is a sentence for people."""

    reason: Literal["time", "memory", "output", "processes", "crashed", "exited", "refused", "too large"]
    message: str


Outcome = Finished | Raised | Stopped


class Found(Record, frozen=True):
    """What a target expression (`x.grad`, `y.requires_grad`, `g`) was at the program's end."""

    target: str
    kind: Literal["tensor", "none", "flag", "text", "missing"]
    """tensor: numbers of any shape, plain Python numbers too. missing: it could not be evaluated."""
    value: Array | None = None
    flag: bool | None = None
    text: str | None = None
    """text: the repr. missing: why."""
    tensor: int | None = None
    """For NAME.grad, the tensor NAME; for a tensor, itself."""
    is_grad: bool = False
    """It ends in `.grad`."""


class Trace(Record, frozen=True):
    """All that one run of one program left behind."""

    source: str
    torch: str
    outcome: Outcome
    format: int = FORMAT
    operations: tuple[Operation, ...] = ()
    calls: tuple[ModuleCall, ...] = ()
    """In the order in which they began, so that a parent comes before what it calls."""
    batches: tuple[Batch, ...] = ()
    """The runs of vmap, in order."""
    tensors: tuple[Tensor, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    passes: tuple[Pass, ...] = ()
    events: tuple[Event, ...] = ()
    found: tuple[Found, ...] = ()
    """The targets asked for, in that order."""
    printed: str = ""
    notes: tuple[str, ...] = ()
    """What could not be recorded, and why, in sentences."""

    @property
    def warnings(self) -> tuple[Event, ...]:
        """The warnings the program gave, in order."""
        return tuple(event for event in self.events if event.kind == "warning")

    def find(self, target: str) -> Found | None:
        """What `target` was at the program's end, if it was asked for."""
        return next((found for found in self.found if found.target == target), None)


def when(trace: Trace, pass_: Pass) -> str:
    """Where in the program a pass was made: `line 6`, or `line 6, round 2` where that call was made several times."""
    if pass_.span is None:
        return ""
    same = [one.id for one in trace.passes if one.span == pass_.span]
    return f"line {pass_.span.line}" + (f", round {same.index(pass_.id) + 1}" if len(same) > 1 else "")


def module_call(trace: Trace, node: Node) -> ModuleCall | None:
    """The innermost module call that a node's operation ran in."""
    call = trace.operations[node.operation].call if node.operation is not None else None
    return trace.calls[call] if call is not None else None


def named(trace: Trace) -> dict[str, Tensor]:
    """The tensors that the program's end can reach, by each of their names."""
    return {name: tensor for tensor in trace.tensors for name in tensor.names}


_encoder = msgspec.msgpack.Encoder()


def encode(record: Record) -> bytes:
    """`record` as MessagePack, nan and inf included."""
    return _encoder.encode(record)
