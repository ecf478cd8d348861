"""Z by edits of the source: an optimizer's step, or one written out, with one thing forgotten."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch

from autograd_tutor.recording.imagined.case import Guess
from autograd_tutor.recording.imagined.optimizers import DECAYS, SLIPS, Slipped
from autograd_tutor.recording.imagined.sources import Reruns, parsed
from autograd_tutor.recording.tape import Recording

RATES = frozenset({"lr", "learning_rate", "eta", "rate", "step_size"})
_MOMENTUM = frozenset({"momentum", "nesterov", "dampening"})
_DECAY = frozenset({"weight_decay"})
_SIBLINGS = {"Adam": "AdamW", "AdamW": "Adam"}
_ZEROING = frozenset({"zero_grad", "zero_"})


def forgotten(recording: Recording, target: str, reruns: Reruns) -> Iterator[Guess]:
    """The program with each single slip in its updates, run again in torch."""
    tree = parsed(recording)
    if tree is None:
        return
    gradients = _gradients(tree)
    nodes = list(ast.walk(tree))
    for edit in (*_EDITS, *_formulas(nodes, gradients), *_of_passes(recording, nodes, gradients)):
        if any(edit.applies(node, gradients) for node in nodes):
            edited = copy.deepcopy(tree)
            for node in [node for node in ast.walk(edited) if edit.applies(node, gradients)]:
                edit.change(node)
            source = ast.unparse(ast.fix_missing_locations(edited))
            value = reruns.value(source, target)
            yield Guess(edit.tag, value)
            if edit.tag == "step-left-out" and target.endswith(".grad"):
                yield Guess("at-first-value", value, detail=target.removesuffix(".grad"))


def _of_passes(recording: Recording, nodes: list[ast.AST], gradients: frozenset[str]) -> Iterator[_Edit]:
    """A: each backward taken to overwrite .grad, or all of them to be averaged, where an optimizer steps."""
    made = [one for one in nodes if isinstance(one, ast.Assign) and _optimizer(one.value, gradients)]
    names = [one.targets[0].id for one in made if isinstance(one.targets[0], ast.Name)]
    passes = sum(one.kind == "backward" and not one.raised for one in recording.tape.backwards)
    if len(names) != 1 or passes < 2:
        return
    yield _Edit("last-pass-only", _calls(frozenset({"backward"})), partial(_before, f"{names[0]}.zero_grad()"))
    every = f"[_one.grad.div_({passes}) for _all in {names[0]}.param_groups for _one in _all['params']]"
    if sum(_STEP(one, gradients) for one in nodes) == 1:
        yield _Edit("passes-averaged", _STEP, partial(_before, every))


def _before(source: str, node: ast.AST) -> None:
    assert isinstance(node, ast.Expr)
    node.value = ast.Tuple([ast.parse(source, mode="eval").body, node.value], ast.Load())


def of_state(recording: Recording, target: str, truth: torch.Tensor) -> Iterator[Guess]:
    """Of what an optimizer keeps: the same times its rate, and what else it keeps of that weight."""
    for name, held in recording.namespace.items():
        if not isinstance(held, torch.optim.Optimizer) or not target.startswith(f"{name}.state"):
            continue
        for group in held.param_groups:
            yield Guess("update-step", truth * group["lr"])
        for state in held.state.values():
            for key, kept in state.items():
                if isinstance(kept, torch.Tensor) and not target.endswith((f"'{key}']", f'"{key}"]')):
                    yield Guess("state-of-other", kept.detach(), detail=key)
        for weight in (one for group in held.param_groups for one in group["params"] if one.grad is not None):
            yield Guess("average-forgotten", weight.grad.detach().clone())


def alone(recording: Recording, target: str, truth: torch.Tensor) -> Iterator[Guess]:
    """Z1: of a value that was updated, the change alone."""
    found = recording.trace.find(target)
    first = None if found is None or found.tensor is None else recording.tape.leaves.get(found.tensor)
    if first is not None and first.shape == truth.shape and first.is_floating_point():
        yield Guess("update-step", truth - first)
        yield Guess("update-step", first - truth)


def _formulas(nodes: list[ast.AST], gradients: frozenset[str]) -> Iterator[_Edit]:
    """The optimizers of the program, with each slip in their formulas."""
    called = {_called(node) for node in nodes if isinstance(node, ast.Call) and _optimizer(node, gradients)}
    for name in called & SLIPS.keys():
        for slip, tag in SLIPS[name]:
            yield _Edit(tag, partial(_of, name), partial(_slipped, slip))
        for slip, tag in DECAYS:
            yield _Edit(tag, partial(_decaying, name), partial(_slipped, slip))


def _of(name: str, node: ast.AST, gradients: frozenset[str]) -> bool:
    if not isinstance(node, ast.Call) or _called(node) != name or not _optimizer(node, gradients):
        return False
    return name != "SGD" or bool(_named(node, frozenset({"momentum"})))


def _decaying(name: str, node: ast.AST, gradients: frozenset[str]) -> bool:
    known = isinstance(node, ast.Call) and _called(node) == name and _optimizer(node, gradients)
    return known and bool(_named(node, _DECAY)) and not _named(node, frozenset({"dampening"}))


def _slipped(slip: str, node: ast.AST) -> None:
    assert isinstance(node, ast.Call)
    like = ast.keyword("like", ast.Constant(_called(node)))
    node.keywords += [like, ast.keyword("slip", ast.Constant(slip))]
    node.func = ast.parse(f"__import__({Slipped.__module__!r}, fromlist=['Slipped']).Slipped", mode="eval").body


_Test = Callable[[ast.AST, frozenset[str]], bool]


class _Edit(NamedTuple):
    tag: str
    applies: _Test
    """Of a node of the source, and the names of gradients."""
    change: Callable[[ast.AST], None]


def _optimizer(node: ast.AST, _: frozenset[str]) -> bool:
    return isinstance(node, ast.Call) and _called(node) in dir(torch.optim) and bool(_named(node, RATES))


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _named(node: ast.AST, names: frozenset[str]) -> list[ast.keyword]:
    return [one for one in getattr(node, "keywords", ()) if one.arg in names]


def _without(names: frozenset[str]) -> tuple[_Test, Callable[[ast.AST], None]]:
    def drop(node: ast.AST) -> None:
        assert isinstance(node, ast.Call)
        node.keywords = [one for one in node.keywords if one.arg not in names]

    return lambda node, known: _optimizer(node, known) and bool(_named(node, names)), drop


def _whole_rate(node: ast.AST) -> None:
    for one in _named(node, RATES):
        one.value = ast.Constant(1.0)


def _uphill(node: ast.AST) -> None:
    assert isinstance(node, ast.Call)
    node.keywords.append(ast.keyword("maximize", ast.Constant(True)))


def _plain(node: ast.AST) -> None:
    assert isinstance(node, ast.Call)
    node.func = ast.Attribute(ast.Attribute(ast.Name("torch"), "optim"), "SGD")
    node.keywords = _named(node, RATES)


def _written_out(node: ast.AST, gradients: frozenset[str]) -> bool:
    """`w -= lr * w.grad`, `x = x - d1 / d2`: something times or over a gradient is subtracted."""
    if isinstance(node, ast.AugAssign | ast.BinOp) and isinstance(node.op, ast.Sub):
        step = node.value if isinstance(node, ast.AugAssign) else node.right
        return isinstance(step, ast.BinOp) and any(_is_gradient(one, gradients) for one in ast.walk(step))
    return False


def _is_gradient(node: ast.AST, gradients: frozenset[str]) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "grad"
    return isinstance(node, ast.Name) and node.id in gradients


def _gradients(tree: ast.Module) -> frozenset[str]:
    """Names that the program gives to gradients."""
    return frozenset(
        name.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(_gives_gradient(one) for one in ast.walk(node.value))
        for place in node.targets
        for name in ast.walk(place)
        if isinstance(name, ast.Name)
    )


def _gives_gradient(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "grad"


def _added(node: ast.AST) -> None:
    assert isinstance(node, ast.AugAssign | ast.BinOp)
    node.op = ast.Add()


def _whole(node: ast.AST) -> None:
    """The step without its rate, or without its divisor."""
    step = node.value if isinstance(node, ast.AugAssign) else getattr(node, "right", None)
    if isinstance(step, ast.BinOp):
        kept = step.right if _is_rate(step.left) else step.left
        setattr(node, "value" if isinstance(node, ast.AugAssign) else "right", kept)


def _is_rate(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in RATES)


def _calls(names: frozenset[str]) -> _Test:
    def calls(node: ast.AST, _: frozenset[str]) -> bool:
        return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _called(node.value) in names

    return calls


def _nothing(node: ast.AST) -> None:
    assert isinstance(node, ast.Expr)
    node.value = ast.Constant(None)


def _cleared(node: ast.AST) -> None:
    """`opt.step()` with `opt.zero_grad()` after it."""
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Call)
    assert isinstance(node.value.func, ast.Attribute)
    clear = ast.Call(ast.Attribute(node.value.func.value, "zero_grad"), [], [])
    node.value = ast.Tuple([node.value, clear], ast.Load())


def _cleared_by_hand(node: ast.AST) -> None:
    """`w -= lr * w.grad`, and then w.grad made 0."""
    assert isinstance(node, ast.AugAssign)
    clear = [
        ast.Call(ast.Attribute(one, "zero_"), [], [])
        for one in ast.walk(node.value)
        if isinstance(one, ast.Attribute) and one.attr == "grad"
    ]
    node.value = ast.Subscript(ast.Tuple([node.value, *clear], ast.Load()), ast.Constant(0))


def _scheduler(node: ast.AST, _: frozenset[str]) -> bool:
    return isinstance(node, ast.Call) and _called(node) in dir(torch.optim.lr_scheduler) and bool(node.args)


def _unscheduled(node: ast.AST) -> None:
    assert isinstance(node, ast.Call)
    steady = ast.parse("torch.optim.lr_scheduler.LambdaLR(0, lambda _: 1.0)", mode="eval").body
    assert isinstance(steady, ast.Call)
    node.func, node.args, node.keywords = steady.func, [node.args[0], steady.args[1]], []


def _loop(node: ast.AST, gradients: frozenset[str]) -> bool:
    inside = ast.walk(node) if isinstance(node, ast.For) else ()
    return any(_STEP(one, gradients) or _written_out(one, gradients) for one in inside)


def _other_optimizer(node: ast.AST, gradients: frozenset[str]) -> bool:
    if not isinstance(node, ast.Call) or not _optimizer(node, gradients):
        return False
    return _called(node) != "SGD" or len(_named(node, _MOMENTUM | _DECAY)) > 1


def _decoupled(node: ast.AST, gradients: frozenset[str]) -> bool:
    return isinstance(node, ast.Call) and _optimizer(node, gradients) and _called(node) in _SIBLINGS


def _sibling(node: ast.AST) -> None:
    """The same optimizer with the decay added to the gradient, or taken off the weight."""
    assert isinstance(node, ast.Call)
    own = torch.optim.AdamW if _called(node) == "AdamW" else torch.optim.Adam
    if _called(node) == "AdamW" and not _named(node, _DECAY):
        node.keywords.append(ast.keyword("weight_decay", ast.Constant(own([torch.zeros(1)]).defaults["weight_decay"])))
    node.func = ast.parse(f"torch.optim.{_SIBLINGS[_called(node)]}", mode="eval").body


def _in_place(node: ast.AST, gradients: frozenset[str]) -> bool:
    return isinstance(node, ast.AugAssign) and _written_out(node, gradients)


def _of_nothing(node: ast.AST) -> None:
    assert isinstance(node, ast.AugAssign)
    node.value = ast.Constant(0)


def _rounds(stop: int) -> Callable[[ast.AST], None]:
    def shorten(node: ast.AST) -> None:
        assert isinstance(node, ast.For)
        every = ast.Call(ast.Name("list"), [node.iter], [])
        node.iter = ast.Subscript(every, ast.Slice(upper=ast.Constant(stop)))

    return shorten


_STEP = _calls(frozenset({"step"}))

_EDITS = (
    _Edit("step-uphill", _optimizer, _uphill),
    _Edit("step-uphill", _written_out, _added),
    _Edit("rate-forgotten", _optimizer, _whole_rate),
    _Edit("rate-forgotten", _written_out, _whole),
    _Edit("momentum-forgotten", *_without(_MOMENTUM)),
    _Edit("decay-forgotten", *_without(_DECAY)),
    _Edit("momentum-forgotten", *_without(frozenset({"nesterov"}))),
    _Edit("as-plain-step", _other_optimizer, _plain),
    _Edit("schedule-ignored", _scheduler, _unscheduled),
    _Edit("decay-elsewhere", _decoupled, _sibling),
    _Edit("step-left-out", _STEP, _nothing),
    _Edit("step-left-out", _in_place, _of_nothing),
    _Edit("one-step-only", _loop, _rounds(1)),
    _Edit("one-step-only", _loop, _rounds(-1)),
    _Edit("not-reset", _calls(_ZEROING), _nothing),
    _Edit("last-pass-only", _STEP, _cleared),
    _Edit("last-pass-only", _in_place, _cleared_by_hand),
)
