"""Plain Python as the gate lets it pass: syntax, builtins, special methods."""

from __future__ import annotations

import ast
import builtins

from autograd_tutor.sandbox.gate.listed import listed

LONGEST_SOURCE = 20_000
"""Characters."""
DEEPEST = 120
"""Nodes of the syntax tree within each other."""
LARGEST_INTEGER = 1 << 64
LONGEST_TEXT = 2_000
"""Characters of one literal."""

SYNTAX: tuple[type[ast.AST], ...] = (
    *(ast.Module, ast.Expression, ast.Expr, ast.Pass, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete),
    *(ast.If, ast.For, ast.While, ast.Break, ast.Continue, ast.With, ast.withitem, ast.Assert),
    *(ast.Try, ast.ExceptHandler, ast.Raise, ast.Import, ast.ImportFrom, ast.alias, ast.Global, ast.Nonlocal),
    *(ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.Return, ast.Yield, ast.YieldFrom, ast.arguments, ast.arg),
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.Call, ast.keyword, ast.NamedExpr),
    *(ast.Constant, ast.JoinedStr, ast.FormattedValue, ast.List, ast.Tuple, ast.Dict, ast.Set),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp),
    *(ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)
"""Left out on purpose: `async`, which has coroutines with frames; `match`, whose patterns read attributes."""

WORDS = {
    "AsyncFunctionDef": "`async def`",
    "AsyncFor": "`async for`",
    "AsyncWith": "`async with`",
    "Await": "`await`",
    "Match": "`match`",
    "TryStar": "`except*`",
    "TypeAlias": "a `type` statement",
    "TypeVar": "a type parameter",
    "ParamSpec": "a type parameter",
    "TypeVarTuple": "a type parameter",
    "TemplateStr": "a template string",
}
"""How a learner calls the syntax that is left out."""

EXCEPTIONS = listed("""
    ArithmeticError AssertionError AttributeError Exception FloatingPointError IndexError KeyError LookupError
    NameError NotImplementedError OverflowError RecursionError RuntimeError StopIteration TypeError
    UserWarning ValueError Warning ZeroDivisionError
    """)

PLAIN = listed("""
    abs all any bin bool callable chr classmethod complex dict divmod enumerate filter float format frozenset
    hex int isinstance issubclass iter len list map max min next oct ord pow print property range repr reversed
    round set slice sorted staticmethod str sum tuple zip Ellipsis NotImplemented
    """)
"""Builtins that are values like any other."""

TYPE, SUPER = "type", "super"
"""Builtins with one allowed use each: `type(x)` where only its name or identity is asked, `super()` before a dot."""

BUILTINS = EXCEPTIONS | PLAIN | {TYPE, SUPER}

IDLE = frozenset({"ascii", "bytes", "dir", "hash", "id", "input", "object"})
"""Builtins that are refused but could do no harm, so that a program may use these names for its own."""

REFUSED = frozenset(dir(builtins)) - BUILTINS
FIXED = (REFUSED - IDLE) | {TYPE, SUPER}
"""Builtins whose name a program can't take for its own: wherever it had no value yet, Python would find the builtin."""

SPECIAL_METHODS = frozenset(
    {
        *("__init__", "__call__", "__repr__", "__str__", "__bool__"),
        *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"),
        *("__neg__", "__pos__", "__abs__"),
        *(f"__{side}{name}__" for name in ("add", "sub", "mul", "truediv", "pow", "matmul") for side in ("", "r", "i")),
    }
)
"""What a class of the program may define. None is given a type, a frame or a traceback by Python.

Not `__float__`, `__len__`, `__getitem__`, `__iter__`: torch calls them while it walks through a list, which they could
empty under its feet (memory that is freed is then read).
"""

OWN_PRIVATE = frozenset({"_prev", "_op", "_backward"})
"""What hand-made scalar autograd engines usually call the parts of a value; nothing of torch has these."""
