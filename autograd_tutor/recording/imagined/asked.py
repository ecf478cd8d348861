"""Which of torch's functional calls made a target, and of what function, at which point, in which direction."""

from __future__ import annotations

import ast
import copy
from typing import NamedTuple

TABLES = frozenset({"jacobian", "jacrev", "jacfwd", "hessian"})
_PRODUCTS = frozenset({"jvp", "vjp", "hvp", "vhp"})


class Asked(NamedTuple):
    """`name(function, point, vector)`, however it is written."""

    name: str
    function: str
    point: str
    vector: str | None
    source: str = ""
    """Of a dual number: the program with a tensor that requires grad in its place; `function` is then what it gave."""


def asked(tree: ast.Module, target: str) -> Asked | None:
    """The call that made the target, if it is one of these."""
    for statement in reversed(tree.body):
        if isinstance(statement, ast.Assign) and target in {
            one.id for place in statement.targets for one in ast.walk(place) if isinstance(one, ast.Name)
        }:
            value = statement.value.value if isinstance(statement.value, ast.Subscript) else statement.value
            return _call(value) if isinstance(value, ast.Call) else None
    return None


def _call(node: ast.Call) -> Asked | None:
    if isinstance(node.func, ast.Call):  # torch.func.jacrev(f)(x)
        name = name_of(node.func.func)
        if name == "vmap":
            return _mapped(node, node.func)
        if name in TABLES and len(node.args) == 1 and node.func.args:
            return Asked(name, ast.unparse(node.func.args[0]), ast.unparse(node.args[0]), None)
        return None
    name = name_of(node.func)
    given = [ast.unparse(_only(one)) for one in node.args]
    if name in TABLES and len(given) >= 2:
        return Asked(name, given[0], given[1], None)
    if name in _PRODUCTS and len(given) == 3:
        return Asked(name, *given)
    return None


def _mapped(node: ast.Call, mapped: ast.Call) -> Asked | None:
    """`vmap(grad(f))(x, …)`: the slopes of all samples are those of their sum, where each has a point of its own."""
    inner = mapped.args[0] if mapped.args else None
    if not isinstance(inner, ast.Call) or name_of(inner.func) != "grad" or len(inner.args) != 1 or inner.keywords:
        return None
    point, *rest = map(ast.unparse, node.args)
    if any(one.arg == "in_dims" and ast.unparse(one.value).startswith("(None") for one in mapped.keywords) and rest:
        point = f"({point}).expand(len({rest[0]}), *({point}).shape)"
    return Asked("vmap", ast.unparse(inner.args[0]), f"({point}).detach().clone().requires_grad_()", ", ".join(rest))


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
