"""The words of the questions that can be worded before anything is answered."""

from __future__ import annotations

import re
from collections.abc import Set

from autograd_tutor.explanation import Step
from autograd_tutor.notation import array, is_name, number
from autograd_tutor.teaching.apart.model import Piece
from autograd_tutor.trace import Array, Operand, Operation, Trace

_STANDS_FOR = re.compile(r"(?:[^\W\d]\w* (?:stands for .+?|is the \w+ of line [^.]+)\. )+?(?=[A-Z])")
_LONGEST = 48
_SHOWN = 4
"""Elements of an operand that are written out in a question."""


def first_sentence(text: str) -> str:
    """Without the numbers that come after it."""
    return f"{text.partition('. ')[0].rstrip('.')}."


def shown(value: Array | None) -> str:
    """A tensor in a question: `1 in each of 4×3` where all its elements are alike."""
    if value is not None and value.data and value.numel > _SHOWN and len(set(value.data)) == 1:
        return f"{number(value.data[0])} in each of {'×'.join(map(str, value.shape))}"
    return array(value)


def slope(trace: Trace, step: Step, below: str, hidden: Set[str], *, asked: bool) -> Piece:
    """A local derivative: `What is ∂z/∂y, the slope of torch.sin(y) at y = 16?`."""
    node = trace.nodes[step.node]
    made = trace.operations[node.operation] if node.operation is not None else None
    operands = [one for one in made.inputs if one.value is not None] if made is not None else []
    title = step.rule.partition(" = ")[0]
    here = shown(step.local)
    value = "" if here.startswith(step.symbol) else f" = {here}"
    return Piece(
        "slope",
        step.local,
        title,
        asked=asked,
        question=invented(step) + _question(title, step, made, below, _at(operands, hidden)),
        said=f"{step.rule}{value}. {invented(step)}{step.reason}.",
        reason=_safe(step, below),
        rule=step.rule,
        symbol=step.symbol,
        operation=" ".join(node.text.split()),
        output=made.values[0] if made is not None and made.values else None,
        inputs={one.text: one.value for one in operands if is_name(one.text) and one.value is not None},
        node=node.id,
        span=node.span,
    )


def invented(step: Step) -> str:
    """What the symbols that the account makes up, and uses here first, stand for: `u₁ stands for y·log(p) + 1. `."""
    found = _STANDS_FOR.match(step.words)
    return found[0] if found is not None else ""


def _question(title: str, step: Step, made: Operation | None, below: str, at: str) -> str:
    text = _short(made.text) if made is not None else "this operation"
    several = made is not None and len({one.text for one in made.inputs if one.requires_grad}) > 1
    inside = f" in {below}" if several else ""
    each = ""
    if step.local is not None and step.local.shape and len(set(step.local.data or ())) == 1:
        each = ", for each element alike"
    return f"What is {title}, the slope of {text}{inside}{at}{each}?"


def _at(operands: list[Operand], hidden: Set[str]) -> str:
    """` at x = 3 and y = 9`, of the tensors only, as far as they may be seen."""
    shown = {
        _short(one.text): array(one.value)
        for one in operands
        if one.tensor is not None
        and _small(one.value)
        and not one.text.startswith("torch.tensor(")
        # Nor what is made of a hidden name: it would tell its value.
        and hidden.isdisjoint(re.findall(r"[\w.]+", one.text))
    }
    parts = [f"{text} = {value}" for text, value in shown.items() if len(text) <= _LONGEST]
    return f" at {', '.join(parts[:-1])}{' and ' if len(parts) > 1 else ''}{parts[-1]}" if parts else ""


def _small(value: Array | None) -> bool:
    return value is not None and value.data is not None and len(value.data) <= _SHOWN


def _safe(step: Step, below: str) -> str:
    """The rule's words, unless they say the slope itself."""
    if any(letter.isalpha() for letter in step.symbol) or step.symbol not in step.reason:
        return f"{step.reason}."
    return f"How much does the result change when {below} changes a little?"


def by_rule(step: Step, below: str) -> str:
    """Where what goes on is asked for as a whole."""
    if not step.ruled:
        return f"{invented(step)}What goes on to {below}?"
    stretched = ""
    up, sent = step.upstream, step.contribution
    if up is not None and sent is not None and up.numel > sent.numel and "G" not in step.symbol:
        stretched = f" {below} was stretched to fit, so what its copies get is summed."
    return f"{invented(step)}By the rule {step.rule}.{stretched} What goes on to {below}?"


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= _LONGEST else f"{one[: _LONGEST - 1]}…"
