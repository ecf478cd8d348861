"""J and V for what torch.autograd.functional and torch.func return: another of their functions in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from autograd_tutor.recording.imagined.asked import POINT, TABLES, Asked, argument, asked, called, name_of
from autograd_tutor.recording.imagined.case import Guess
from autograd_tutor.recording.imagined.sources import Reruns, parsed
from autograd_tutor.recording.tape import Recording

_MODULE = "torch.autograd.functional"


def others(recording: Recording, target: str, reruns: Reruns) -> Iterator[Guess]:
    """What the same function and point give in another of these calls."""
    tree = parsed(recording)
    call = None if tree is None else asked(tree, target)
    if tree is not None and call is None:
        yield from _of_duals(tree, target, reruns)
        yield from _of_refused(tree, target, recording.trace.source, reruns)
    if call is None:
        return
    for tag, expression in _instead(call):
        yield Guess(tag, reruns.value(f"{recording.trace.source}\n{target} = {expression}\n", target))


def _of_duals(tree: ast.Module, target: str, reruns: Reruns) -> Iterator[Guess]:
    """J2 and J3 in forward mode: the direction left out, or given back."""
    duals = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and name_of(one.func) == "make_dual"]
    for dual in duals:
        if len(dual.args) == 2:
            point, direction = dual.args
            dual.args = [point, ast.Call(ast.parse("torch.ones_like", mode="eval").body, [direction], [])]
            yield Guess("seed-as-ones", reruns.value(ast.unparse(ast.fix_missing_locations(tree)), target))
            dual.args = [point, direction]
            source = f"{ast.unparse(tree)}\n{target} = {ast.unparse(direction)}\n"
            yield Guess("seed-itself", reruns.value(source, target))


def _of_refused(tree: ast.Module, target: str, source: str, reruns: Reruns) -> Iterator[Guess]:
    """J1 and B3 where `grad(f)(x)` raises since f gives several numbers: a slope for each, or for their sum."""
    made = [one for one in tree.body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == target]
    node = made[-1].value if made else None
    outer = called(tree, node.func) if isinstance(node, ast.Call) else None
    if not isinstance(node, ast.Call) or not isinstance(outer, ast.Call) or name_of(outer.func) != "grad":
        return
    if not outer.args or not reruns.of(source).raised:
        return
    place = argument(outer)
    if place is None or place >= len(node.args) or node.keywords:
        return
    before = "\n".join(ast.unparse(one) for one in tree.body[: tree.body.index(made[-1])])
    given = [ast.unparse(one) for one in node.args]
    others = ", ".join(POINT if at == place else one for at, one in enumerate(given))
    function = f"lambda {POINT}: ({ast.unparse(outer.args[0])})({others})"
    table = reruns.value(f"{before}\n{target} = {_MODULE}.jacobian({function}, {given[place]})\n", target)
    if table is not None:
        yield Guess("as-if-run", table.sum(0), detail="grad")
        yield Guess("whole-jacobian", table)
        yield Guess("summed-to-one", table.sum())


def tables(recording: Recording, target: str, truth: torch.Tensor) -> Iterator[Guess]:
    """J, T and B for a Jacobian or a Hessian: its transpose, its diagonal, its sums."""
    tree = parsed(recording)
    call = None if tree is None else asked(tree, target)
    if call is None or call.name not in TABLES or truth.dim() < 2:
        return
    yield Guess("seed-as-ones", truth.sum(0))
    if truth.dim() == 2:
        yield Guess("transposed", truth.T)
        yield Guess("jacobian-times-seed", truth.sum(1))
        yield Guess("summed-to-one", truth.diagonal().sum())
        if truth.shape[0] == truth.shape[1]:
            yield Guess("jacobian-diagonal", torch.diag(truth.diagonal()))
            yield Guess("jacobian-diagonal", truth.diagonal())
    yield Guess("rows-added", truth.sum(0))
    yield Guess("summed-to-one", truth.sum())


def _instead(asked: Asked) -> Iterator[tuple[str, str]]:
    function, point, vector = asked.function, asked.point, asked.vector
    yield "value-of-root", f"({function})({point})"
    if asked.name == "hessian":
        yield "gradient-of-other", f"{_MODULE}.jacobian({function}, {point})"
    if vector is None:
        return
    second = asked.name in ("hvp", "vhp")
    if asked.name in ("jvp", "vjp"):
        turned = {"jvp": "vjp", "vjp": "jvp"}[asked.name]
        yield "jacobian-times-seed", f"{_MODULE}.{turned}({function}, {point}, {vector})[1]"
    yield "seed-as-ones", f"{_MODULE}.{asked.name}({function}, {point}, torch.ones_like({vector}))[1]"
    yield "sign", f"{_MODULE}.{asked.name}({function}, {point}, torch.abs({vector}))[1]"
    yield "seed-itself", vector
    yield "whole-jacobian", f"{_MODULE}.{'hessian' if second else 'jacobian'}({function}, {point})"
    if second:
        yield "gradient-of-other", f"{_MODULE}.jacobian({function}, {point})"
