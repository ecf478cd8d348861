"""The words in a formula: a variable, a number by name, a function, or several of them written together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple, NoReturn

from autograd_tutor.teaching.expr import FUNCTIONS
from autograd_tutor.teaching.letters import RAISED, lettered, spelled, worded
from autograd_tutor.teaching.refusals import CHOICE, DERIVATIVE, HINTS, IN_WORDS, Refused
from autograd_tutor.teaching.spellings import ALIASES, STANDS_FOR

LONGEST_WORD = 40
"""A longer word is not taken apart."""
_CONSTANTS = {"pi": "pi", "π": "pi", "e": "e", "nan": "nan", "inf": "inf", "infinity": "inf", "infty": "inf"}
_CONSTANTS |= {"oo": "inf", "true": "1", "false": "0", "zero": "0"}
_WORDS_OF_CHOICE = frozenset({"for", "when", "otherwise", "then"})
_WORDS_OF_SUMS = frozenset({"minus", "plus", "times", "over", "squared", "cubed"})
_KEYWORDS = frozenset({"if", "else", "and", "or", "not"})
_LIBRARIES = re.compile(r"(?:torch\.nn\.functional|torch\.special|torch|math|np|numpy|nn\.functional|F)\.")
_INDEXED = re.compile(r"([^\W\d]+?)_?(\d+|(?<=_)[ijkn])")
_EXPONENT = r"[-−]?\s*(?:\d+|[^\W\d_])"
_CALLED = re.compile(
    rf"(?:\s*(?:(?:\^|\*\*)\s*(?:{_EXPONENT}|[({{]\s*{_EXPONENT}\s*[)}}])(?=\s*[({{])|[{RAISED}]+))?\s*[({{]"
)
_SUBSCRIPT = re.compile(r"_?\d+$")
_OPERAND = re.compile(r"\s*[\w√|]")
_BASE = re.compile(r"log_([^\W\d_]|\d+)")
_SHORT = "sinh|sin|cosh|cos|tanh|tan|exp|ln|log|sqrt"
_OTHERS = "[aA]bs|Max|Min|arg|(?:sec|csc|cot)h?|sign|floor|ceiling|ceil"
_LONG = rf"atan2|(?:arc|a)(?:sin|cos|tan|sec|csc|cot)h?|{_SHORT}|{_OTHERS}"
_OF_NUMBER = re.compile(r"(sin|cos|tan|exp|ln|sqrt)(\d+)")
_WHOLE_TENSOR = {
    "sum", "mean", "prod", "norm", "var", "std", "softmax", "log_softmax", "argmax", "argmin", "detach", "item", "t",
    "backward", "numel", "numpy", "zeros", "ones", "zeros_like", "ones_like", "dot", "matmul", "mm", "mv",
}  # fmt: skip
"""What makes something else of a tensor than the same function of each element."""
_WITH_BRACKETS = re.compile(rf"([^\W\d_]{{0,2}}?)({_LONG})(.*)")
_WITHOUT = re.compile(rf"([^\W\d_]?)({_SHORT})(\d*)(([^\W\d_]{{1,2}}|[^\W\d_]({_SHORT}).*))")


class Piece(NamedTuple):
    """One token: its kind for the grammar, its normalised text, its column in what was typed."""

    kind: str
    text: str
    column: int


def named(word: str, at: int, text: str, end: int, names: Collection[str]) -> Iterator[Piece]:
    """The tokens of the word that stands in `text` from `at` to `end`; `names` are the program's variables."""
    plain = spelled(word)
    if word.lower() in ("diff", "derivative", "grad"):
        raise Refused(DERIVATIVE, at)
    if (name := _known(word, plain, names)) is not None:
        yield Piece("NAME", name, at)
        return
    if plain in _WORDS_OF_SUMS:
        raise Refused(IN_WORDS, at)
    called = text[end:].lstrip().startswith("(")
    lower = _LIBRARIES.sub("", plain, count=1).lower()
    if (function := function_named(lower)) and _applies(lower, text, end):
        yield Piece("CALL" if _CALLED.match(text, end) else "FUNC", function, at)
    elif called and "." in plain and not _LIBRARIES.match(plain):
        head, _, method = plain.rpartition(".")
        yield from named(head, at, text, at + len(head), names)
        yield Piece("METHOD", function_named(method) or unknown(method, at), at + len(head))
    elif lower in _CONSTANTS and (lower != "e" or plain != "E"):
        yield Piece("NUMBER", _CONSTANTS[lower], at)
    elif lower in _WORDS_OF_CHOICE:
        raise Refused(CHOICE, at)
    elif lower in _KEYWORDS:
        yield Piece(lower.upper(), lower, at)
    elif (base := _BASE.fullmatch(plain)) and (called or base[1].isdigit()):
        yield Piece("CALL" if called else "FUNC", plain, at)
    elif (parts := (split(plain, names) or split(plain.replace("_", ""), names)) if names else None) is not None:
        yield from _joined(parts, at, names)
    elif not called and (number := _OF_NUMBER.fullmatch(plain)):
        yield Piece("FUNC", function_named(number[1]) or number[1], at)
        yield Piece("NUMBER", number[2], at + number.start(2))
    elif parts := _glued(plain, called=called):
        for offset, part in parts:
            if part.isdigit():
                yield Piece("NUMBER", part, at + offset)
            else:
                yield from named(part, at + offset, text, at + offset + len(part), names)
    else:
        if len(_SUBSCRIPT.sub("", plain)) > 1 and text.startswith("(", end):
            unknown(plain, at)
        _check_attribute(plain, names, at)
        yield Piece("NAME", plain if names else lettered(plain), at)


def _joined(parts: list[tuple[int, str]], at: int, names: Collection[str]) -> Iterator[Piece]:
    for offset, part in parts:
        yield Piece("NUMBER" if part in ("e", "π") and part not in names else "NAME", part, at + offset)


def function_named(word: str) -> str | None:
    """The name under which a function is known, if it is."""
    name = ALIASES.get(word, word)
    return name if name in FUNCTIONS or name in STANDS_FOR else None


def unknown(word: str, at: int) -> NoReturn:
    """Refuses a function, with the one that may be meant."""
    import difflib  # seldom needed

    if (name := word.rpartition(".")[2].lower()) in _WHOLE_TENSOR:
        raise Refused(f"{name} is not worked out here: write the numbers, or the formula of one element.", at)
    near = difflib.get_close_matches(word.lower(), [*FUNCTIONS, *STANDS_FOR, *ALIASES], n=1)
    meant = f"did you mean {near[0]}?" if near else "write the formula out, or a product with ·."
    raise Refused(f"I do not know a function {word}: {meant}", at)


def _check_attribute(word: str, names: Collection[str], at: int) -> None:
    """Refuses `x.T`, and `x.y` where x and y are two variables."""
    head, _, tail = word.rpartition(".")
    if (tail in ("T", "mT", "H") and head) or "ᵀ" in word:
        raise Refused(HINTS["ᵀ"], at)
    if head in names and tail in names:
        raise Refused(f"A point does not multiply: write {head}·{tail}.", at)


def _applies(word: str, text: str, end: int) -> bool:
    """Whether it is a function here: σ is one in σ(x) and σ x, but the standard deviation in x/σ and σ²; Σ is none."""
    if word not in ("σ", "sigma"):
        return True
    if text[:end].endswith(("Σ", "Sigma")):
        return False
    return bool(_CALLED.match(text, end) or _OPERAND.match(text, end))


def _known(word: str, plain: str, names: Collection[str]) -> str | None:
    """The program's name that is meant: `w₁` may be `w_1` or `w1` or `w[1]`, and `x_i` stands for `x`."""
    if not names:
        return None
    ways = [word, plain, plain.replace("_", ""), lettered(plain), worded(plain), worded(plain).replace("_", "")]
    if indexed := _INDEXED.fullmatch(plain):
        ways.append(f"{indexed[1]}[{indexed[2]}]" if indexed[2].isdigit() else indexed[1])
    return next((name for name in ways if name in names), None)


def split(word: str, names: Collection[str]) -> list[tuple[int, str]] | None:
    """`wx` as `w` and `x` where both are names; None if the word is no such product."""
    if len(word) > LONGEST_WORD:
        return None
    known = {*names, "e", "π"}
    ways: list[list[tuple[int, str]] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            before = ways[start]
            if before is not None and word[start:end] in known:
                ways[end] = [*before, (start, word[start:end])]
                break
    return ways[-1] or None


def _glued(word: str, *, called: bool) -> list[tuple[int, str]] | None:
    """`xsinx` as x, sin, x, and `lnabs` before a bracket as ln, abs; None if the word is no such product."""
    if len(word) > LONGEST_WORD:
        return None
    found = (_WITH_BRACKETS if called else _WITHOUT).fullmatch(word)
    if found is None:
        return None
    parts = [(found.start(group), found[group]) for group in ((1, 2) if called else (1, 2, 3)) if found[group]]
    rest = found.start(3 if called else 4)
    if not called and found[6] is None:
        return [*parts, (rest, word[rest:])]
    if rest == len(word):
        return parts
    following = _glued(word[rest:], called=called)
    return None if following is None else [*parts, *((rest + offset, part) for offset, part in following)]
