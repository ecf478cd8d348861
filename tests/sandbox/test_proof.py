"""SymPy is asked in a process of its own, and whatever it does there is an answer in bounded time."""

from autograd_tutor.formula import Expr
from autograd_tutor.sandbox.proof import prove
from autograd_tutor.teaching.grammar import parse


def formula(text: str) -> Expr:
    item = parse(text)
    assert not isinstance(item, list)
    return item


def test_it_proves_it_disproves_and_it_gives_up():
    assert prove(formula("√(-1-x²)"), formula("√(-x²-1)")) is True
    assert prove(formula("√(-1-x²) + 1"), formula("√(-x²-1)")) is False
    assert prove(formula("√(-x²)"), formula("x")) is None
    assert prove(formula("9^9^9^9"), formula("x")) is None
