"""What to call each tensor: the learner's names, and short ones for what has none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from autograd_tutor.calculus.ink import ATOM, POWER, SUM, Ink
from autograd_tutor.notation import MINUS, is_name, superscript
from autograd_tutor.trace import WRAP, Operand, Tensor, Trace

_CALL = re.compile(r"[\w.]+\([^()]*(\([^()]*\)[^()]*)*\)")
_BETWEEN = re.compile(r"[\s·(){}+−/=∂,;:|^]+")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ."
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
LONGEST = 18
"""A longer piece of source gets an invented symbol."""


def tidy(source: str) -> str:
    """A short piece of source as a person writes it: `x ** 2` as `x²`."""
    text = re.sub(r"(?<![\w.])(\d+)\.0*(?![\w.])", r"\1", source)
    text = re.sub(r"\s*\*\*\s*(\d+)\b(?![.])", lambda found: superscript(int(found[1])), text)
    text = re.sub(r"\s*\*\*\s*", "^", text)
    text = re.sub(r"(?<=\S)\s*\*\s*(?=\S)", "·", text)
    text = re.sub(r"\b(torch|math|F|nn\.functional)\.", "", text)
    return re.sub(r"^-|(?<=[(\s·])-", MINUS, text)


def _level(short: str) -> int:
    """How tightly a piece of source holds together: a call does, `x²` nearly, a sum does not."""
    if _CALL.fullmatch(short):
        return ATOM
    return POWER if re.fullmatch(r"\w+[⁰¹²³⁴⁵⁶⁷⁸⁹]+", short) else SUM


def _symbols(text: str) -> Iterator[str]:
    """What may be symbols in a formula: `∂y₂/∂u₁` has `y₂` and `u₁`, `h₂[0]` has `h₂` and itself."""
    for piece in _BETWEEN.split(text):
        word = piece.rstrip(_RAISED)
        yield word
        yield from {word.partition("[")[0], word.partition(".")[0]} - {word}


class Names:
    """Symbols for the tensors of one trace, each used for one tensor only."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._symbols: dict[int, Ink] = {}
        self._taken: set[str] = set()
        self._taken_in: dict[tuple[str, int], str] = {}
        self._invented = 0
        self._stories: dict[str, str] = {}
        self._told: set[str] = set()
        self._count = Counter[str]()
        self._looped = {one.span for one in trace.operations if one.repeat}
        self._used = {name for tensor in trace.tensors for name in tensor.names}

    def of(self, tensor: int, text: str = "") -> Ink:
        """The symbol of a tensor; `text` is what the source calls it where it is used."""
        known = self._symbols.get(tensor)
        if known is None:
            known = self._symbols[tensor] = self._choose(tensor, text)
            self._taken.add(known.text)
        return known

    def news(self, *texts: str) -> list[str]:
        """What the symbols in `texts` stand for, a sentence each; each is told once in an account."""
        new = dict.fromkeys(one for text in texts for one in _symbols(text) if one in self._stories)
        told = [self._stories[one] for one in new if one not in self._told]
        self._told.update(new)
        return told

    def begin(self) -> None:
        """An account of its own begins: what symbols stand for is to be told anew."""
        self._told.clear()

    def operand(self, operand: Operand) -> Ink | float:
        """The symbol of a tensor, or the number itself."""
        if operand.tensor is not None:
            return self.of(operand.tensor, operand.text)
        value = operand.value
        if value is not None and value.data is not None and isinstance(value.data[0], int | float):
            return value.data[0]
        return Ink(tidy(operand.text))

    def _choose(self, tensor: int, text: str) -> Ink:
        one = self._trace.tensors[tensor]
        words = one.names[0] if one.names else one.label or text
        if not is_name(words) and is_name(text):
            words = text
        if words.isidentifier() or words in one.names:
            return Ink(self._numbered(words, one))
        if is_name(words):
            return Ink(words)
        short = tidy(words)
        if len(short) <= LONGEST and not {"\n", "…"} & set(short):
            return Ink(short, _level(short))
        return Ink(self._invent(words))

    def _numbered(self, name: str, tensor: Tensor) -> str:
        if not self._within(tensor):
            return self._free(name, tensor)
        key = name, tensor.storage  # every transform that takes the same tensor in calls it the same
        if key not in self._taken_in:
            self._taken_in[key] = self._free(name, tensor)
        return self._taken_in[key]

    def _free(self, name: str, tensor: Tensor) -> str:
        """The name, with a number if another tensor has it."""
        if name not in self._taken:
            return name
        symbol = name
        while symbol in self._taken:
            self._count[name] = max(self._count[name], 1) + 1
            symbol = f"{name}{str(self._count[name]).translate(_SUBSCRIPTS)}"
        self._stories[symbol] = f"({symbol} is the {name}{self._where(tensor)}.)"
        return symbol

    def _within(self, tensor: Tensor) -> bool:
        """Whether it is what a transform of torch.func took in to differentiate by, under its name outside."""
        made = self._trace.operations[tensor.operation] if tensor.operation is not None else None
        return not tensor.names and (made is None or made.name == WRAP)

    def _where(self, tensor: Tensor) -> str:
        """` of line 4, round 2`: where one of several tensors of a name was made."""
        if tensor.span is None:
            return ""
        made = self._trace.operations[tensor.operation] if tensor.operation is not None else None
        if made is None or made.span not in self._looped:
            return f" of line {tensor.span.line}"
        return f" of line {tensor.span.line}, round {made.repeat + 1}"

    def _invent(self, words: str) -> str:
        while True:
            self._invented += 1
            symbol = f"u{str(self._invented).translate(_SUBSCRIPTS)}"
            if symbol not in self._used and symbol not in self._taken:
                break
        self._stories[symbol] = f"({symbol} stands for {' '.join(tidy(words).split())}.)"
        return symbol
