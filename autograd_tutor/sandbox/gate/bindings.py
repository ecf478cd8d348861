"""What each name of a program stands for: a module, a part of one, or something of the program's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograd_tutor.sandbox.gate.modules import PRELUDE, is_leaf, is_module
from autograd_tutor.sandbox.gate.python import BUILTINS, FIXED
from autograd_tutor.sandbox.gate.refusal import Refusal, refuse


@dataclass(slots=True)
class Bindings:
    """The names of one program. They hold everywhere in it: the gate makes no difference between scopes."""

    imported: dict[str, str] = field(default_factory=dict)
    """The dotted path of the module or of the part of one; a module's name never stands for anything else."""
    own: dict[str, list[ast.AST]] = field(default_factory=dict)
    """Where the program gives a name a value of its own."""
    attributes: set[str] = field(default_factory=set)
    """Attributes of its own: set somewhere, or named in a class."""

    def module(self, name: str) -> str | None:
        """The module's path, if `name` stands for one."""
        path = self.imported.get(name)
        return path if path is not None and is_module(path) else None

    def is_builtin(self, name: str) -> bool:
        """Whether `name`, one of Python's builtins, has its meaning in the whole program."""
        return name not in self.own and name not in self.imported

    def is_class(self, name: str) -> bool:
        """Whether `name` stands for a class of the program and nothing else."""
        places = self.own.get(name, [])
        only_class = bool(places) and all(isinstance(place, ast.ClassDef) for place in places)
        return only_class and name not in self.imported and name not in BUILTINS


def bindings(tree: ast.Module, *, prelude: bool) -> tuple[Bindings, list[Refusal]]:
    """All names of the program, and what is wrong with its imports."""
    found = Bindings(dict(PRELUDE) if prelude else {})
    refusals: list[Refusal] = []
    for node in ast.walk(tree):
        for name in given(node):
            found.own.setdefault(name, []).append(node)
        match node:
            case ast.Import() | ast.ImportFrom():
                if node not in tree.body:
                    refusals.append(refuse(node, "in class, an import stands at the top level of the program"))
                for alias in node.names:
                    refusals += _imported(node, alias, found)
            case ast.ClassDef():
                found.attributes.update(name for inner in members(node) for name in given(inner))
            case ast.Attribute(ctx=ast.Store()):
                found.attributes.add(node.attr)
    return found, refusals + list(_clashes(found))


def given(node: ast.AST) -> Iterator[str]:
    """Names that `node` itself gives a value, or takes it from, by other means than an import."""
    match node:
        case ast.Name(ctx=ast.Store() | ast.Del()):
            yield node.id
        case ast.FunctionDef() | ast.ClassDef():
            yield node.name
        case ast.arg():
            yield node.arg
        case ast.ExceptHandler() if node.name:
            yield node.name


def members(node: ast.ClassDef) -> Iterator[ast.AST]:
    """What stands in the class's own body, not in that of its methods: the names given there are its attributes."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(inner)


def _imported(node: ast.Import | ast.ImportFrom, alias: ast.alias, found: Bindings) -> Iterator[Refusal]:
    """One name that an import gives: noted in `found`, or refused."""
    if isinstance(node, ast.ImportFrom):
        path, name = f"{node.module}.{alias.name}", alias.asname or alias.name
        known = is_module(path) or is_leaf(path)
    else:
        path, name = alias.name, alias.asname or alias.name.partition(".")[0]
        known = is_module(path)
    stands_for = name if isinstance(node, ast.Import) and alias.asname is None else path
    if isinstance(node, ast.ImportFrom) and node.level:
        yield refuse(node, "an import with dots in front is not available in class; name the module in full")
    elif alias.name == "*":
        yield refuse(node, "`import *` is not available in class; name what you need")
    elif not known:
        yield refuse(node, f"`{path}` can't be imported in class; use torch, math and plain Python")
    elif name.startswith("_") or name in FIXED:
        yield refuse(node, f"an import can't be called `{name}` in class; choose another name")
    elif found.imported.setdefault(name, stands_for) != stands_for:
        yield refuse(node, f"`{name}` stands for `{found.imported[name]}` already; choose another name")


def _clashes(found: Bindings) -> Iterator[Refusal]:
    """A module's name can't be given to anything else: it must mean the module wherever it stands."""
    for name, places in found.own.items():
        path = found.module(name)
        if path is not None:
            yield from (refuse(place, f"`{name}` stands for `{path}` here; choose another name") for place in places)
