"""Which of torch's functional calls made a target, and of what function, at which point, in which direction."""

from __future__ import annotations

import ast
import copy
from typing import NamedTuple

POINT = "_point"
"""The leaf that stands for the point, in a program made from the learner's."""
TABLES = frozenset({"jacobian", "jacrev", "jacfwd", "hessian"})
_SLOPES = frozenset({"grad", "jacrev", "jacfwd"})
"""Those that take a function; a table of theirs is a Hessian."""
_PRODUCTS = frozenset({"jvp", "vjp", "hvp", "vhp"})


class Asked(NamedTuple):
    """`name(function, point, vector)`, however it is written."""

    name: str
    function: str
    point: str
    vector: str | None
    source: str = ""
    """Of a dual number: the program with a tensor that requires grad in its place; `function` is then what it gave."""
    order: int = 1
    """How many times `vmap(grad(…))` differentiates; `function` is then what it differentiates, of all samples."""


def asked(tree: ast.Module, target: str) -> Asked | None:
    """The call that made the target, if it is one of these."""
    for statement in reversed(tree.body):
        if isinstance(statement, ast.Assign) and target in {
            one.id for place in statement.targets for one in ast.walk(place) if isinstance(one, ast.Name)
        }:
            value = statement.value.value if isinstance(statement.value, ast.Subscript) else statement.value
            return _call(tree, value) if isinstance(value, ast.Call) else None
    return None


def called(tree: ast.Module, node: ast.expr) -> ast.expr:
    """What a name was last given at the top of the program, if that is a call; else `node` itself."""
    given = [
        one.value
        for one in tree.body
        if isinstance(one, ast.Assign) and isinstance(node, ast.Name) and ast.unparse(one.targets[0]) == node.id
    ]
    return given[-1] if given and isinstance(given[-1], ast.Call) else node


def _call(tree: ast.Module, node: ast.Call) -> Asked | None:
    made = called(tree, node.func)
    if isinstance(made, ast.Call):  # torch.func.jacrev(f)(x)
        name = name_of(made.func)
        if name == "vmap":
            return _mapped(tree, node, made)
        place = argument(made)
        if name in TABLES and made.args and place is not None and place < len(node.args) and not node.keywords:
            given = [ast.unparse(one) for one in node.args]
            inner = called(tree, made.args[0])
            if (
                isinstance(inner, ast.Call)
                and name_of(inner.func) in _SLOPES
                and inner.args
                and argument(inner) == place
            ):
                name, function = "hessian", ast.unparse(inner.args[0])
            else:
                function = ast.unparse(made.args[0])
            if len(given) > 1:
                others = ", ".join(POINT if at == place else one for at, one in enumerate(given))
                function = f"lambda {POINT}: ({function})({others})"
            return Asked(name, function, given[place], None)
        return None
    name = name_of(node.func)
    given = [ast.unparse(_only(one)) for one in node.args]
    if name in TABLES and len(given) >= 2:
        return Asked(name, given[0], given[1], None)
    if name in _PRODUCTS and len(given) == 3:
        return Asked(name, given[0], given[1], given[2])
    return None


def argument(made: ast.Call) -> int | None:
    """By which argument `grad(f, argnums=…)` differentiates; None for several."""
    given = [one.value for one in made.keywords if one.arg == "argnums"] or made.args[1:2]
    if not given:
        return 0
    return given[0].value if isinstance(given[0], ast.Constant) and isinstance(given[0].value, int) else None


_DEEPEST = 4
"""Gradients of gradients that are told apart. (`f = grad(f)` leads back to itself.)"""


def _mapped(tree: ast.Module, node: ast.Call, mapped: ast.Call) -> Asked | None:
    """`vmap(grad(f))(x, …)`: the slopes of all samples are those of their sum, where each has a point of its own."""
    inner, order, place = called(tree, mapped.args[0]) if mapped.args else None, 0, 0
    while isinstance(inner, ast.Call) and name_of(inner.func) == "grad" and inner.args and order < _DEEPEST:
        found = argument(inner)
        if found is None or (order and found != place):
            return None
        inner, order, place = called(tree, inner.args[0]), order + 1, found
    dims = _dims(mapped, len(node.args))
    if inner is None or not order or dims is None or place >= len(dims) or node.keywords:
        return None
    given = [ast.unparse(one) for one in node.args]
    point = f"({given[place]})"
    if dims[place] is None:
        beside = next(one for one, dim in zip(given, dims, strict=True) if dim == 0)
        point = f"{point}.expand(len({beside}), *{point}.shape)"
    inside = tuple(0 if at == place else dim for at, dim in enumerate(dims))
    others = ", ".join(POINT if at == place else one for at, one in enumerate(given))
    return Asked("vmap", f"torch.vmap({ast.unparse(inner)}, in_dims={inside})({others})", point, None, order=order)


def _dims(mapped: ast.Call, count: int) -> tuple[int | None, ...] | None:
    """Which arguments hold one row for each sample; None for another axis than the first, or for none at all."""
    given = [one.value for one in mapped.keywords if one.arg == "in_dims"] or mapped.args[1:2]
    if any(one.arg in ("out_dims", "randomness", "chunk_size") for one in mapped.keywords) or len(mapped.args) > 2:
        return None
    try:
        dims = ast.literal_eval(given[0]) if given else 0
    except ValueError:
        return None
    every = dims if isinstance(dims, tuple) else (dims,) * count
    known = len(every) == count and 0 in every and all(one is None or one == 0 for one in every)
    return every if known else None


def name_of(node: ast.expr) -> str:
    """The last name in `torch.func.jvp`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _only(node: ast.expr) -> ast.expr:
    """`x` for `(x,)`."""
    return node.elts[0] if isinstance(node, ast.Tuple) and len(node.elts) == 1 else node


def of_dual(tree: ast.Module, target: str, point: str) -> Asked | None:
    """The tangent of what was made from one dual number: as a jvp."""
    tree = copy.deepcopy(tree)
    duals = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and name_of(one.func) == "make_dual"]
    given = _unpacked(tree, target)
    if len(duals) != 1 or len(duals[0].args) != 2 or given is None:
        return None
    primal, direction = map(ast.unparse, duals[0].args)
    leaf = ast.parse(f"({point} := ({primal}).detach().clone().requires_grad_())", mode="eval").body
    plain = ast.fix_missing_locations(_Plain(leaf).visit(tree))
    return Asked("jvp", given, "", direction, ast.unparse(plain))


def _unpacked(tree: ast.Module, target: str) -> str | None:
    """Whose tangent the target is."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        place, value = node.targets[0], node.value
        if isinstance(value, ast.Attribute) and value.attr == "tangent" and ast.unparse(place) == target:
            value = value.value
        elif not (isinstance(place, ast.Tuple) and ast.unparse(place.elts[-1]) == target):
            continue
        if isinstance(value, ast.Call) and name_of(value.func) == "unpack_dual" and value.args:
            return ast.unparse(value.args[0])
    return None


class _Plain(ast.NodeTransformer):
    """Reads `leaf` for the dual number, and forgets the blocks that forward mode needs or passes over."""

    def __init__(self, leaf: ast.expr) -> None:
        self._leaf = leaf

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """One call."""
        self.generic_visit(node)
        return self._leaf if name_of(node.func) == "make_dual" else node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Where a tangent is read there is none now."""
        read = any(isinstance(one, ast.Call) and name_of(one.func) == "unpack_dual" for one in ast.walk(node.value))
        return ast.Pass() if read else self.generic_visit(node)

    def visit_withitem(self, node: ast.withitem) -> ast.withitem:
        """One of a block's contexts."""
        if isinstance(node.context_expr, ast.Call) and name_of(node.context_expr.func) in ("dual_level", "no_grad"):
            node.context_expr = ast.parse("torch.enable_grad()", mode="eval").body
        return node
