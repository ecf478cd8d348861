"""The walk over the syntax tree: every node is allowed by its kind, its names and its place, or refused."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from autograd_tutor.sandbox.gate import python
from autograd_tutor.sandbox.gate.attributes import ATTRIBUTES
from autograd_tutor.sandbox.gate.bindings import Bindings, given, members
from autograd_tutor.sandbox.gate.modules import CONSTRUCTORS, is_base, is_leaf, is_module
from autograd_tutor.sandbox.gate.refusal import Refusal, refuse
from autograd_tutor.sandbox.gate.reserved import reserved

_KEYWORDS = frozenset({"cdata", "file"})
"""Arguments that are an address in memory (of the old constructors of tensors) or a stream (of `print`)."""

_USES = {
    python.TYPE: "`type(x)` is only printed, compared or asked for its `__name__` in class",
    python.SUPER: "`super()` stands only before a dot in class, as in `super().__init__()`",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the tree from above, so that what is allowed in one place only is met at that place."""

    bound: Bindings

    def read(self, node: ast.AST) -> Iterator[Refusal]:
        """All refusals in `node` and below it."""
        if not isinstance(node, python.SYNTAX):
            yield refuse(node, f"{python.WORDS.get(type(node).__name__, 'this syntax')} is not available in class")
            return
        yield from _names(node)
        match node:
            case ast.Name():
                yield from self._name(node)
            case ast.Attribute():
                yield from self._attribute(node)
            case ast.Call():
                yield from self._call(node)
            case ast.ClassDef():
                yield from self._class(node)
            case ast.Compare():
                plain = self.read_type if self._compares_types(node) else self.read
                yield from _each(plain, [node.left, *node.comparators])
            case ast.FormattedValue():
                yield from self.read_type(node.value)
                yield from _each(self.read, [node.format_spec])
            case ast.arg():
                yield from _each(self.read_annotation, [node.annotation])
            case ast.AnnAssign():
                yield from self.read_annotation(node.annotation)
                yield from _each(self.read, [node.target, node.value])
            case ast.FunctionDef():
                yield from _each(self.read_annotation, [node.returns])
                yield from _each(
                    self.read, [*node.decorator_list, node.args, *node.body, *getattr(node, "type_params", ())]
                )
            case ast.Constant():
                yield from _constant(node)
            case _:
                yield from _each(self.read, ast.iter_child_nodes(node))

    def read_type(self, node: ast.AST) -> Iterator[Refusal]:
        """The same where a type is only looked at: `type(x)` and `torch.Tensor` may stand here too."""
        if _is_call(node, python.TYPE) and len(node.args) == 1 and not node.keywords:
            yield from _each(self.read, node.args)
            if isinstance(node.args[0], ast.Starred):
                yield refuse(node, _USES[python.TYPE])
        elif not self._is_constructor(node):
            yield from self.read(node)

    def read_annotation(self, node: ast.AST) -> Iterator[Refusal]:
        """The same in an annotation: `list[torch.Tensor] | None`."""
        match node:
            case ast.Subscript(value=ast.Name(id="list" | "tuple" | "dict" as name)) if self.bound.is_builtin(name):
                yield from self.read_annotation(node.slice)
            case ast.Tuple():
                yield from _each(self.read_annotation, node.elts)
            case ast.BinOp(op=ast.BitOr()):
                yield from _each(self.read_annotation, [node.left, node.right])
            case _ if not self._is_constructor(node):
                yield from self.read(node)

    def _name(self, node: ast.Name) -> Iterator[Refusal]:
        name, path = node.id, self.bound.imported.get(node.id)
        if not isinstance(node.ctx, ast.Load):
            if name in python.FIXED:
                yield refuse(node, f"`{name}` is a name of Python's own; choose another")
        elif name in _USES:
            yield refuse(node, _USES[name])
        elif path is not None and is_module(path):
            yield refuse(node, f"`{name}` is a module, and stands only before a dot in class, as in `torch.sin`")
        elif path in CONSTRUCTORS:
            yield _only_called(node, name)
        elif name in python.REFUSED and self.bound.is_builtin(name) and name != "__name__":
            yield refuse(node, f"`{name}` is not available in class; use torch, math and plain Python")

    def _attribute(self, node: ast.Attribute) -> Iterator[Refusal]:
        path = self._path(node)
        if path is None:
            yield from self._of_value(node)
        elif not isinstance(node.ctx, ast.Load):
            yield refuse(node, f"`{path}` can't be changed in class")
        elif path in CONSTRUCTORS:
            yield _only_called(node, path)
        elif is_module(path):
            yield refuse(node, f"`{path}` is a module, and stands only before a dot in class, as in `torch.sin`")
        elif not is_leaf(path):
            yield refuse(node, f"`{path}` is not available in class; use torch, math and plain Python")

    def _path(self, node: ast.AST) -> str | None:
        """The dotted path that `node` is, from a module on; None for any other value."""
        match node:
            case ast.Name():
                return self.bound.module(node.id)
            case ast.Attribute():
                above = self._path(node.value)
                return f"{above}.{node.attr}" if above is not None and is_module(above) else None
        return None

    def _is_constructor(self, node: ast.AST) -> bool:
        path = self.bound.imported.get(node.id) if isinstance(node, ast.Name) else self._path(node)
        return path in CONSTRUCTORS

    def _of_value(self, node: ast.Attribute) -> Iterator[Refusal]:
        """An attribute of something that is no module."""
        name, holder = node.attr, node.value
        of_super = _is_call(holder, python.SUPER)
        if name == "__name__" and isinstance(node.ctx, ast.Load):
            match holder:
                case ast.Attribute(attr="__class__"):
                    yield from self.read(holder.value)
                case _:
                    yield from self.read_type(holder)
            return
        if name.startswith("_"):
            if name not in python.OWN_PRIVATE and not (of_super and name == "__init__"):
                yield refuse(node, f"`.{name}` is not available in class, nor any other attribute that begins with `_`")
        elif name not in ATTRIBUTES and (name not in self.bound.attributes or name in reserved()):
            yield refuse(node, f"the attribute `.{name}` is not available in class")
        elif not isinstance(node.ctx, ast.Load) and self._path(holder) is not None:
            yield refuse(node, f"`{self._path(holder)}` can't be changed in class")
        yield from self._super(holder) if _is_call(holder, python.SUPER) else self.read(holder)

    def _super(self, node: ast.Call) -> Iterator[Refusal]:
        """`super()`, or `super(Net, self)` with a class of the program's own."""
        match node.args:
            case []:
                fine = True
            case [ast.Name(id=name), ast.Name() as instance]:
                fine = self.bound.is_class(name)
                yield from self.read(instance)
            case _:
                fine = False
        if node.keywords or not fine:
            yield refuse(node, _USES[python.SUPER])

    def _call(self, node: ast.Call) -> Iterator[Refusal]:
        builtin = node.func.id if isinstance(node.func, ast.Name) and self.bound.is_builtin(node.func.id) else None
        for keyword in node.keywords:
            if keyword.arg in _KEYWORDS:
                yield refuse(keyword, f"the argument `{keyword.arg}=` is not available in class")
        if self._is_constructor(node.func):
            if node.keywords:
                yield refuse(node, f"`{ast.unparse(node.func)}` takes no named arguments in class; use `torch.tensor`")
        else:
            yield from self.read(node.func)
        match builtin, node.args:
            case "print", _:
                yield from _each(self.read_type, node.args)
            case "isinstance" | "issubclass", [what, ast.Tuple() as kinds]:
                yield from self.read(what)
                yield from _each(self.read_type, kinds.elts)
            case "isinstance" | "issubclass", [what, kind]:
                yield from self.read(what)
                yield from self.read_type(kind)
            case _:
                yield from _each(self.read, node.args)
        yield from _each(self.read, node.keywords)

    def _compares_types(self, node: ast.Compare) -> bool:
        """Whether no method of the program's own gets to see what is compared: by `is`, or types with types."""
        if all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops):
            return True
        alike = all(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        return alike and all(self._is_type(one) for one in (node.left, *node.comparators))

    def _is_type(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name) and self.bound.is_builtin(node.id):
            return node.id in python.PLAIN
        path = self._path(node)
        return _is_call(node, python.TYPE) or self._is_constructor(node) or (path is not None and is_leaf(path))

    def _class(self, node: ast.ClassDef) -> Iterator[Refusal]:
        for extra in (*node.keywords, *node.decorator_list):
            yield refuse(extra, "a class has neither metaclass nor decorator in class")
        for base in node.bases:
            if not self._is_base(base):
                yield refuse(base, "a class inherits from nn.Module, autograd.Function or one of your own in class")
        for inner in members(node):
            for name in given(inner):
                if name.startswith("_") and name not in python.SPECIAL_METHODS | python.OWN_PRIVATE | {"_"}:
                    yield refuse(inner, f"`{name}`: in class, names in a class don't begin with `_`")
        yield from _each(self.read, [*node.body, *getattr(node, "type_params", ())])

    def _is_base(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name) and self.bound.is_builtin(node.id):
            return node.id == "object" or node.id in python.EXCEPTIONS
        if isinstance(node, ast.Name) and self.bound.is_class(node.id):
            return True
        path = self._path(node)
        if isinstance(node, ast.Name) and node.id not in self.bound.own:
            path = self.bound.imported.get(node.id)
        return path is not None and is_leaf(path) and is_base(path)


def _each(read: Callable[[ast.AST], Iterator[Refusal]], nodes: Iterable[ast.AST | None]) -> Iterator[Refusal]:
    for node in nodes:
        if node is not None:
            yield from read(node)


def _is_call(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _names(node: ast.AST) -> Iterator[Refusal]:
    """The identifiers that stand in `node` itself, but for attributes and imports."""
    for name in _identifiers(node):
        special = isinstance(node, ast.FunctionDef | ast.Name) and name in python.SPECIAL_METHODS
        asked = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and name == "__name__"
        if name.startswith("__") and not special and not asked:
            yield refuse(node, f"`{name}` is not available in class, nor any other name that begins with `__`")
        elif name in python.FIXED and not isinstance(node, ast.Name | ast.keyword):
            yield refuse(node, f"`{name}` is a name of Python's own; choose another")


def _identifiers(node: ast.AST) -> Iterator[str]:
    yield from given(node)
    match node:
        case ast.Name(ctx=ast.Load()):
            yield node.id
        case ast.keyword(arg=str(name)):
            yield name
        case ast.Global() | ast.Nonlocal():
            yield from node.names


def _only_called(node: ast.AST, name: str) -> Refusal:
    return refuse(node, f"`{name}` is only called, or named as a type, in class; `torch.tensor` does more")


def _constant(node: ast.Constant) -> Iterator[Refusal]:
    match node.value:
        case bytes():
            yield refuse(node, "bytes are not available in class")
        case str(text) if len(text) > python.LONGEST_TEXT:
            yield refuse(node, f"a text may have {python.LONGEST_TEXT:,} characters in class, not more")
        case int(number) if number > python.LARGEST_INTEGER:
            yield refuse(node, "this whole number is too large for a class; write it as a float")
