"""What recording costs: `record()` against the plain program, which is compiled once and then only run.

    python tests/benchmarks/recorder_cost.py [ROUNDS]

Each program is forward and one backward(), 6 to 10,001 graph nodes of small tensors. Its plain run and its
recording take turns in one process of one thread; both are timed in processor time, which other processes
disturb less, and the medians are compared. "record" is everything: parsing and compiling, running under the
recorder, making the trace. "running" leaves out parsing and compiling, which the plain run has not got either.
"learner" is `record()` too, against what it stands in for when a learner runs a program: the plain program from
its source text on, compiled and then run. No run is cut short for taking too long (`Limits.seconds`): what other
processes take from this one would decide how much of a large program is recorded.

"floor" is the least that any recorder could cost which sees every call and every node: the plain program
under a mode that only passes on, with hooks on all nodes that do nothing. "least" is that of one which writes
down the least that a trace of numbers has: for each call its place, its operands and its node with what that
saved, for each node what arrived there; all numbers copied, what can be read together read together.

A garbage collection before each step and what ran before it drive torch's own code out of the processor's caches: at
6 nodes whatever came first in a turn paid for that, the plain run, and the floor seemed to cost less than nothing. So
each step follows a plain run that is not timed. On a busy machine the ratios still differ by half from run to run.

What is the same for all programs is known from the first round on (of torch's functions, of kinds of nodes), as in
a worker that has warmed up. Nothing is kept of the program itself: each round parses and compiles it again. The
garbage collection that is due after a recording is in none of the figures; the process of a run never makes it.

Beside it, where installed: torchviz's make_dot on the finished graph, and torchlens' trace of the same forward
pass (neither sees a gradient). They come last: torchlens puts functions of its own in the place of torch's and leaves
them there, after which a recording took up to twice as long.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import torch
from torch.overrides import TorchFunctionMode

from autograd_tutor.recording.graph import reachable
from autograd_tutor.recording.record import record
from autograd_tutor.recording.source import Source
from autograd_tutor.sandbox.protocol import Job, Limits

NEURON = """\
w = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
loss = F.binary_cross_entropy(torch.sigmoid(w * torch.tensor(6.7) + b), torch.tensor(0.0))
"""
NETWORK = """\
inputs = torch.linspace(-1, 1, 32).reshape(8, 4)
hidden = torch.zeros(8, 3)
W = torch.linspace(-1, 1, 12).reshape(4, 3).requires_grad_()
U = torch.linspace(-1, 1, 9).reshape(3, 3).requires_grad_()
b = torch.zeros(3, requires_grad=True)
for _ in range(9):
    hidden = torch.tanh(inputs @ W + hidden @ U + b)
loss = ((hidden - 1) ** 2).mean().sqrt()
"""
LOOP = """\
x = torch.tensor(0.5, requires_grad=True)
loss = x
for _ in range({}):
    loss = torch.sin(loss) + 1
"""
PROGRAMS = ((NEURON, 1.5), (NETWORK, 2.5), (LOOP.format(500), 5.0), (LOOP.format(5000), 9.0))
"""Each with the goal for its ratio."""
BACKWARD = "loss.backward()\n"


class Idle(TorchFunctionMode):  # type: ignore[misc]
    """Sees every call and does nothing about it."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Pass on."""
        return func(*args, **(kwargs or {}))


class Call(msgspec.Struct, gc=False):
    """The least that is to be written down of a call."""

    name: str
    place: tuple[int, int]
    operands: tuple[Any, ...]
    made: torch.Tensor
    node: Any
    saved: tuple[Any, ...]
    next: tuple[Any, ...]
    value: Any = None


class Arrival(msgspec.Struct, gc=False):
    """The least that is to be written down of a node that fired."""

    node: int
    gradients: tuple[Any, ...]


class Keeping(TorchFunctionMode):  # type: ignore[misc]
    """Writes down the least of each call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._numbers: dict[int, int] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Pass on, and keep what came of it."""
        result = func(*args, **(kwargs or {}))
        frame = sys._getframe(1)
        if isinstance(result, torch.Tensor):
            node = result.grad_fn
            kept = tuple([getattr(node, name) for name in _saved(type(node))])
            operands = tuple([self._numbers.get(id(one), one) for one in args])
            place = (id(frame.f_code), frame.f_lasti)
            following = node.next_functions if node is not None else ()
            self._numbers[id(result)] = len(self.calls)
            self.calls.append(Call(func.__name__, place, operands, result, node, kept, following))
        return result


@cache
def _saved(kind: Any) -> tuple[str, ...]:
    return tuple(name for name in dir(kind) if name.startswith("_saved_"))


def space() -> dict[str, Any]:
    """The names that a lesson's program starts with."""
    return {"torch": torch, "F": torch.nn.functional}


def floor(code: Any) -> None:
    """Run the forward pass under an idle mode, the backward pass with idle hooks."""
    names = space()
    with Idle():
        exec(code, names)
    handles = reachable([names["loss"].grad_fn])
    hooks = [one.register_prehook(lambda gradients: None) for one in handles]
    hooks += [one.register_hook(lambda given, arrived: None) for one in handles]
    names["loss"].backward()
    for hook in hooks:
        hook.remove()


def least(code: Any) -> list[Arrival]:
    """Run the program and write down the least."""
    names, arrivals = space(), list[Arrival]()
    with Keeping() as keeping:
        exec(code, names)
    handles = reachable([names["loss"].grad_fn])
    hooks = [one.register_prehook(_arriving(at, arrivals)) for at, one in enumerate(handles)]
    names["loss"].backward()
    for hook in hooks:
        hook.remove()
    groups: dict[Any, list[Call]] = {}
    for one in keeping.calls:
        groups.setdefault((one.made.dtype, one.made.shape), []).append(one)
    with torch.no_grad():
        for group in groups.values():
            numbers = torch.stack([one.made for one in group]).flatten(1 if group[0].made.dim() else 0).tolist()
            for one, value in zip(group, numbers, strict=True):
                one.value = value
    return arrivals


def _arriving(node: int, arrivals: list[Arrival]) -> Callable[[Any], None]:
    def prehook(gradients: Any) -> None:
        arrivals.append(Arrival(node, tuple([None if one is None else one.tolist() for one in gradients])))

    return prehook


def compiling(source: str) -> None:
    """What record() does before the first statement runs, and compiling every statement."""
    text = Source(source, "<benchmark>")
    tree = text.parse()
    compile(tree, "<benchmark>", "exec")
    for statement in tree.body:
        compile(type(tree)([statement], []), "<benchmark>", "exec")


def timed(steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of processor time of each step, all taking turns, each after a plain run that is not timed."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for at in range(rounds + 1):
        for name, step in steps.items():
            gc.collect()
            steps["plain"]()
            began = time.process_time()
            result = step()
            if at:  # the first round warms up
                found[name].append(time.process_time() - began)
            del result
    return {name: statistics.median(values) for name, values in found.items()}


def torchviz(source: str) -> Callable[[], object]:
    """Its picture of the program's graph. Raises ImportError where it is not installed."""
    from torchviz import make_dot

    names = space()
    exec(source, names)
    return lambda: make_dot(names["loss"])


def torchlens(source: str) -> Callable[[], object]:
    """Its trace of the program's forward pass. Raises ImportError where it is not installed."""
    from torchlens import trace

    class Program(torch.nn.Module):  # type: ignore[misc]
        def forward(self, start: torch.Tensor) -> Any:
            inside = space() | {"start": start}
            exec(source, inside)
            return inside["loss"]

    return lambda: trace(Program(), torch.zeros(1))


def measured(tool: Callable[[str], Callable[[], object]], source: str, plain: float) -> str:
    """How another tool fares, the second time: at thousands of nodes they take minutes or fail."""
    try:
        step = tool(source)
        step()
        began = time.process_time()
        step()
    except ImportError:
        return "is not installed"
    except (Exception, RecursionError) as problem:
        return f"fails: {type(problem).__name__}"
    return f"{(time.process_time() - began) / plain:.1f}x"


def main(rounds: int) -> None:
    """Measure every program and print a table."""
    torch.set_num_threads(1)
    gc.freeze()  # as in the parent that forks each run's process
    print(f"{'nodes':>6} {'plain ms':>9} {'floor':>7} {'least':>7}", end="")
    print(f" {'record':>7} {'running':>8} {'learner':>8} {'goal':>6}")
    seen: list[tuple[int, str, float]] = []
    for forward, goal in PROGRAMS:
        code, whole = compile(forward, "<plain>", "exec"), compile(forward + BACKWARD, "<plain>", "exec")
        job = Job(forward + BACKWARD, prelude=True, limits=Limits(seconds=600))
        nodes = len(record(job).trace.nodes)
        steps: dict[str, Callable[[], object]] = {
            "plain": lambda whole=whole: exec(whole, space()),  # type: ignore[misc]
            "from text": lambda text=job.source: exec(compile(text, "<plain>", "exec"), space()),  # type: ignore[misc]
            "floor": lambda code=code: floor(code),  # type: ignore[misc]
            "least": lambda code=code: least(code),  # type: ignore[misc]
            "record": lambda job=job: record(job),  # type: ignore[misc]
            "compiling": lambda job=job: compiling(job.source),  # type: ignore[misc]
        }
        found = timed(steps, max(3, rounds if nodes < 5000 else rounds // 4))
        plain = found["plain"]
        running = found["record"] - found["compiling"]
        print(
            f"{nodes:6} {plain * 1000:9.2f} {found['floor'] / plain:6.1f}x "
            f"{found['least'] / plain:6.1f}x {found['record'] / plain:6.1f}x "
            f"{running / plain:7.1f}x {found['record'] / found['from text']:7.1f}x {goal:5.1f}x"
        )
        if nodes < 5000:
            seen.append((nodes, forward, plain))
    for tool in (torchviz, torchlens):
        for nodes, forward, plain in seen:
            print(f"{nodes:6} {tool.__name__} {measured(tool, forward, plain)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
