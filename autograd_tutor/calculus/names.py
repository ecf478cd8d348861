"""What to call each tensor: the learner's names, and short ones for what has none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from autograd_tutor.calculus.ink import ATOM, POWER, SUM, Ink
from autograd_tutor.calculus.places import piece
from autograd_tutor.notation import MINUS, is_name, superscript
from autograd_tutor.trace import WRAP, Operand, Operation, Pass, Tensor, Trace, when

_INNERMOST = re.compile(r"\([^()\[\]]*\)|\[[^()\[\]]*\]")
_CALLED = re.compile(r"\w+(\.\w+)*|(\.\w+)+")
"""What is left of a call without its arguments: `exp`, `F.relu`, or of `(x + 1).exp()` the method."""
_BETWEEN = re.compile(r"[\s·(){}+−/=∂,;:|^]+")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀᴴ."
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_INVENTED = re.compile(r"u[₀-₉]+")
_WORD = r"(?<![\w.'\"])({})(?![\w('\"]|\s*=[^=])"
"""Names in a piece of source, where they are no attribute, no function that is called and no keyword."""
LONGEST = 18
"""A longer piece of source gets an invented symbol."""
MODULE_HOOK = "backwardhookfunction"
"""The Function in which torch carries a module's full backward hooks."""
UNKNOWN = "a tensor"
"""What a trace calls a result that the source has no words for."""
UNTOLD = "…"
"""What it calls a constant in the graph of a gradient."""
DEEPEST = 6
"""Unnamed results within unnamed results, in which the names of operands are looked for."""


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
    bare = short
    while (inner := _INNERMOST.sub("", bare)) != bare:
        bare = inner
    raised = bare.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
    if _CALLED.fullmatch(raised) and bare != short:
        return ATOM if raised == bare else POWER
    return POWER if re.fullmatch(r"\w+[⁰¹²³⁴⁵⁶⁷⁸⁹]+", short) else SUM


def _symbols(text: str) -> Iterator[str]:
    """What may be symbols in a formula: `∂y₂/∂u₁` has `y₂` and `u₁`, `h₂[0]` has `h₂` and itself."""
    for part in _BETWEEN.split(text):
        word = part.rstrip(_RAISED)
        yield word
        yield from {word.partition("[")[0], word.partition(".")[0]} - {word}


class Names:
    """Symbols for the tensors of one trace, each used for one tensor only."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._symbols: dict[int, Ink] = {}
        self._taken: set[str] = set()
        self._taken_in: dict[tuple[str, int], str] = {}
        self._texts: dict[str, Tensor] = {}
        """The last result of each piece of source that is a symbol."""
        self._invented = 0
        self._settled: dict[str, str] = {}
        self._stories: dict[str, str] = {}
        self._told: set[str] = set()
        self._count = Counter[str]()
        self._looped = {one.span for one in trace.operations if one.repeat}
        self._used = {name for tensor in trace.tensors for name in tensor.names}
        for found in trace.found:  # what is asked for keeps its name
            if found.is_grad and found.tensor is not None:
                self.of(found.tensor)

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

    def settle(self, text: str) -> str:
        """`text` with the invented symbols numbered in the order in which they are shown; some never are."""

        def number(found: re.Match[str]) -> str:
            symbol = found[0]
            if symbol not in self._stories:
                return symbol
            if symbol not in self._settled:
                free = (one for at in range(1, self._invented + 1) if (one := _u(at)) in self._stories)
                shown = set(self._settled.values())
                self._settled[symbol] = next(one for one in free if one not in shown)
            return self._settled[symbol]

        return _INVENTED.sub(number, text) if self._invented else text

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
        words = one.names[0] if one.names else self._written(one) or text
        if is_name(text) and (not is_name(words) or self._within(one)):
            words = text  # in a function by its parameter
        if words.isidentifier() or words in one.names:
            self._texts[words] = one
            return Ink(self._numbered(words, one))
        if is_name(words):
            return Ink(self._free(words, one) if self._apart(words, one) else words)
        words = self._with_symbols(words, one)
        short = tidy(words)
        if len(short) <= LONGEST and not {"\n", "…"} & set(short) and not self._apart(short, one):
            return Ink(short, _level(short))
        return Ink(self._invent(words, one))

    def _written(self, tensor: Tensor) -> str:
        """The source that made a tensor; of the last call inside another one, as of a layer, the whole call."""
        made = self._made(tensor)
        inside = made is not None and made.text == tensor.label and made.inside
        return self._calls.get(tensor.id, tensor.label) if inside else tensor.label

    @cached_property
    def _calls(self) -> dict[int, str]:
        """What calls gave back, as the source has them: where it is used, or a layer's by where it was called."""
        trace = self._trace
        found: dict[int, str] = {}
        last: dict[int, Operation] = {}
        left = {seed.tensor for pass_ in trace.passes for seed in pass_.seeds}
        """Results that were used elsewhere than where they were made."""
        for operation in trace.operations:
            for operand in operation.inputs:
                if operand.tensor is None:
                    continue
                of = trace.tensors[operand.tensor]
                if operand.text not in (of.label, UNKNOWN) and " in " not in operand.text:
                    found.setdefault(of.id, operand.text)
                if (made := self._made(of)) is not None and made.span != operation.span:
                    left.add(of.id)
            call = operation.call
            while call is not None:
                last[call] = operation
                call = trace.calls[call].parent
        for operation in last.values():
            if len(operation.outputs) == 1 and operation.span is not None and operation.outputs[0] in left:
                found.setdefault(operation.outputs[0], piece(trace, operation.span))
        return found

    def _made(self, tensor: Tensor) -> Operation | None:
        return self._trace.operations[tensor.operation] if tensor.operation is not None else None

    def _with_symbols(self, words: str, tensor: Tensor) -> str:
        """The source with the symbols of its operands: inside a function, or in a loop, they have other names."""
        symbols: dict[str, str] = {}
        waiting = [(self._made(tensor), DEEPEST)]
        while waiting:
            operation, depth = waiting.pop()
            for operand in operation.inputs if operation is not None else ():
                if operand.tensor is None:
                    continue
                if is_name(operand.text):
                    symbol = self.of(operand.tensor, operand.text).text
                    if symbols.setdefault(operand.text, symbol) != symbol:
                        return words  # one name, two tensors
                elif depth and operand.text in words:
                    waiting.append((self._made(self._trace.tensors[operand.tensor]), depth - 1))
        if all(name == symbol for name, symbol in symbols.items()):
            return words
        own = "|".join(sorted(map(re.escape, symbols), key=len, reverse=True))
        return re.sub(_WORD.format(own), lambda found: symbols[found[0]], words)

    def _apart(self, short: str, tensor: Tensor) -> bool:
        """Whether one of two results of the same text is made of the other, as in a recursion."""
        known = self._texts.get(short)
        self._texts[short] = tensor
        return known is not None and (self._made_of(known, tensor) or self._made_of(tensor, known))

    def _made_of(self, later: Tensor, earlier: Tensor) -> bool:
        """Whether the one was computed from the other."""
        if later.operation is None or earlier.operation is None:
            return False
        waiting, seen = [later.operation], set[int]()
        while waiting:
            operation = waiting.pop()
            if operation in seen or operation < earlier.operation:
                continue
            seen.add(operation)
            for outer in self._trace.operations[operation].inputs:
                for operand in (outer, *outer.items):
                    if operand.tensor == earlier.id:
                        return True
                    made = self._trace.tensors[operand.tensor].operation if operand.tensor is not None else None
                    waiting += [made] if made is not None else []
        return False

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
        self._stories[symbol] = f"{symbol} is the {name}{self._where(tensor)}."
        return symbol

    def _within(self, tensor: Tensor) -> bool:
        """Whether it is what a transform of torch.func took in to differentiate by, under its name outside."""
        made = self._made(tensor)
        return not tensor.names and (made is None or made.name == WRAP)

    def _where(self, tensor: Tensor) -> str:
        """` of line 4, round 2`: where one of several tensors of a name was made."""
        if (pass_ := self._passes.get(tensor.id)) is not None:
            return f" of {when(self._trace, pass_)}" if pass_.span is not None else ""
        if tensor.span is None:
            return ""
        made = self._made(tensor)
        if made is None or made.span not in self._looped:
            return f" of line {tensor.span.line}"
        return f" of line {tensor.span.line}, round {made.repeat + 1}"

    def _invent(self, words: str, tensor: Tensor) -> str:
        while True:
            self._invented += 1
            symbol = _u(self._invented)
            if symbol not in self._used and symbol not in self._taken:
                break
        made = self._made(tensor)
        if made is not None and made.name == MODULE_HOOK and made.inputs:
            words = f"{self._hooked(made.inputs[0])} at the backward hooks of {words.partition(' in ')[2]}"
        where = self._where(tensor) if self._labels[tensor.label] > 1 else ""
        meant = f"{' '.join(tidy(words).split())}{where and f',{where[3:]}'}"
        if words == UNTOLD:
            meant = f"a constant that the pass{self._where(tensor)} worked out"
        self._stories[symbol] = f"{symbol} stands for {meant}."
        return symbol

    @cached_property
    def _passes(self) -> dict[int, Pass]:
        """The passes that worked tensors out: what they returned, and what their recorded steps are made of."""
        passes = self._trace.passes
        found = {one.result: pass_ for pass_ in passes for one in pass_.captured if one.result is not None}
        for operation in self._trace.operations:
            if operation.pass_ is not None:
                unknown = (one.tensor for one in operation.inputs if one.text == UNTOLD and one.tensor is not None)
                for tensor in (*operation.outputs, *unknown):
                    found.setdefault(tensor, passes[operation.pass_])
        return found

    def _hooked(self, operand: Operand) -> str:
        """What a module with hooks was given; of another such module what that gave."""
        tensor = self._trace.tensors[operand.tensor] if operand.tensor is not None else None
        made = self._made(tensor) if tensor is not None else None
        if made is None or made.name != MODULE_HOOK:
            return operand.text
        return f"what {operand.text.partition(' in ')[2]} gave,"

    @cached_property
    def _labels(self) -> Counter[str]:
        return Counter(one.label for one in self._trace.tensors if not one.names)


def _u(number: int) -> str:
    return f"u{str(number).translate(_SUBSCRIPTS)}"
