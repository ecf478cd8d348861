"""Simple LaTeX as plain text: fractions, roots, names, signs; what else it has is left to be refused.

A text keeps its length, so that columns stay what the learner sees, within a fraction to one or two.
"""

from __future__ import annotations

import re

from autograd_tutor.teaching.letters import GREEK
from autograd_tutor.teaching.naming import function_named

_SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠",
    "neq": "≠", "lt": "<", "gt": ">", "infty": "∞", "partial": "∂", "nabla": "∇", "lvert": "|", "rvert": "|",
    "vert": "|",
    "land": "∧", "lor": "∨", "lnot": "¬", "neg": "¬", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "{": "{", "}": "}", "%": "%", "mid": "|", "to": "→", "ldots": "…", "dots": "…", "circ": "°",
}  # fmt: skip
_SPACES = frozenset(["left", "right", "big", "Big", "bigl", "bigr", "displaystyle", "quad", "qquad", *",;:!() []"])
_GROUPED = frozenset(
    ["text", "textbf", "textit", "mbox", "boxed", "fbox", "mathrm", "operatorname", "mathbf", "mathit", "mathsf",
     "boldsymbol", "bm"]
)  # fmt: skip
_FRACTIONS = frozenset(["frac", "dfrac", "tfrac", "cfrac"])
_SPELLED = {"varepsilon": "ε", "varphi": "φ", "vartheta": "θ"}
_COMMAND = re.compile(r"\\([A-Za-z]+|[,;:!() \[\]{}%])")
_ARGUMENT = re.compile(r"\s*(?:[^\W_]|\\[A-Za-z]+)")
_AROUND = re.compile(r"\s*(?:\\\((.*)\\\)|\\\[(.*)\\\]|\$\$([^$]*)\$\$|([$`])([^$`]*)\4)\s*", re.S)
"""Signs around a formula."""
_BASE = re.compile(r"(\\log)(\s+)(_\s*(?:\w|\{\w+\}))")
_POWER = re.compile(r"\s*\[(\d+|[a-z])\]")
_SLOPE = re.compile(r"\s*(?:d|∂|\\partial)\s*[\w.]*\s*")
_MATRIX = re.compile(r"(\\begin\{[bpv]?matrix\})(.*?)(\\end\{[bpv]?matrix\})", re.S)
MOST = 60
"""Commands in an answer; one with more is left as it is."""


def plain(text: str) -> str:
    r"""`\frac{1}{2} \cdot x` as `  ((1)/(2))   * x`."""
    if around := _AROUND.fullmatch(text):
        inside = next(group for group in (1, 2, 3, 5) if around[group] is not None)
        text = f"{' ' * around.start(inside)}{around[inside]}"
    if "\\" not in text or text.count("\\") > MOST:
        return text
    text = _BASE.sub(r"\2\1\3", text)
    text = _MATRIX.sub(_rows, text)
    for command in reversed(list(_COMMAND.finditer(text))):  # what is within another stands behind its beginning
        written, end = _written(command[1], text, command.end())
        text = f"{text[: command.start()]}{written.rjust(end - command.start())}{text[end:]}" if written else text
    return _COMMAND.sub(_said, text)


def _rows(matrix: re.Match[str]) -> str:
    """`1 & 2 \\\\ 3 & 4` as `[1 , 2 ;  3 , 4]`."""
    rows = matrix[2].replace("&", ",").replace("\\\\", " ;")
    return f"{'[':>{len(matrix[1])}}{rows}{']':>{len(matrix[3])}}"


def _written(command: str, text: str, at: int) -> tuple[str, int]:
    """A fraction, a root or a name with what it is given from `at` on, and where that ends; empty if it is no such."""
    power = _POWER.match(text, at) if command == "sqrt" else None
    if command not in _FRACTIONS | _GROUPED and not power:
        return "", at
    one, end = _argument(text, power.end() if power else at)
    if power:
        return (f"root({one},{power[1]})" if one else ""), end
    if command in _GROUPED:
        return one, end
    other, end = _argument(text, end)
    if not (one and other):
        return "", at
    slope = _SLOPE.fullmatch(one) and _SLOPE.fullmatch(other)
    return f"{one}/{other.lstrip()}" if slope else f"(({one})/({other}))", end


def _argument(text: str, at: int) -> tuple[str, int]:
    """What a command is given from here on, without its braces, and where it ends; empty if there is nothing."""
    start = len(text) - len(text[at:].lstrip())
    if text[start : start + 1] != "{":
        found = _ARGUMENT.match(text, at)
        return (found[0].strip(), found.end()) if found else ("", at)
    inside = 0
    for place in range(start, len(text)):
        inside += (text[place] == "{") - (text[place] == "}")
        if not inside:
            return text[start + 1 : place], place + 1
    return "", at


def _said(command: re.Match[str]) -> str:
    name = command[1]
    if name in _SIGNS or name in _SPELLED:
        said = _SIGNS.get(name) or _SPELLED[name]
    elif name in _SPACES:
        said = ""
    elif name in GREEK or name == "pi" or function_named(name.lower()):
        said = f" {name}"
    else:
        return command[0]
    if command.string[command.start() - 1 : command.start()] == "_":
        return said.strip().ljust(len(command[0]))
    return said.rjust(len(command[0]))
