"""The judge agrees with other tutors' judges, on pairs of answers that the tutor's grammar has; see the table."""

from pathlib import Path

import pytest
import yaml

from autograd_tutor.teaching.equality import judge

TABLE = yaml.safe_load(Path(__file__).with_name("answers_of_peers.yaml").read_text(encoding="utf-8"))
GROUPS = [(peer, verdict) for peer, groups in TABLE.items() for verdict in groups]

BY_INTENT = [
    # SymPy and STACK think of complex numbers; torch and the tutor of real ones, where both sides have a value.
    ("(a*b)^c", "a^c*b^c", "equal"),
    ("√((x-3)(x-5))", "√(x-3)·√(x-5)", "equal"),
    # STACK compares the elements of sets as they stand, not by what they are.
    ("{(x-a)^6}", "{(a-x)^6}", "equal"),
    # A label says what the answer is of. STACK reads an equation.
    ("x = 1", "1", "equal"),
    # Three digits are enough for a number that is right. STACK wants numbers exact.
    ("0.333333333333333", "1/3", "equal"),
    # PrairieLearn reads 2·e + 3; Python, torch and the tutor a number.
    ("2e+3", "2000", "equal"),
    # torch's log is the natural one, its sinc has π in it, and max of one number is a mistake in it.
    ("log(100)", "2", "different"),
    ("sinc(x)", "sin(x)/x", "different"),
    ("max(x)", "x", "unread"),
    # Where a text can be read in two ways, others choose one; the tutor asks, if the answer is right in the other only.
    ("2^3x", "2^(3x)", "unread"),
    ("x/2y", "x/(2y)", "unread"),
    ("sin^-1(x)", "1/sin(x)", "unread"),
    ("6x/3x", "2", "unread"),
    # A root or a power of a negative base is taken as torch takes it; others think of positive variables.
    ("(x^2*y^2)^(1/2)", "x*y", "different"),
    ("(x^y)^z", "x^(y*z)", "different"),
    ("23e^{-t}", "23e^{-1\\times\\sqrt{t^2}}", "different"),
    # The function without brackets ends at the sign.
    (r"\sin 2\cdot\theta", "sin(2*theta)", "different"),
    # Units, thousands, percent and degrees are not guessed at.
    ("1,000.99", "1000.99", "unread"),
    (r"28\%", "28", "unread"),
    (r"90^\circ", "90", "unread"),
    # Arithmetic of lists is torch's work, not an answer's.
    ("[1,2]+[3,4]", "[4,6]", "unread"),
    # E is a name (an error, an energy), e the number.
    ("E^x", "exp(x)", "different"),
]


def unproved(*_: object) -> None:
    """SymPy is not asked."""


@pytest.mark.parametrize(("peer", "verdict"), GROUPS)
def test_the_verdict_is_the_peers(peer: str, verdict: str):
    for row in TABLE[peer][verdict].splitlines():
        answer, _, expected = row.partition(" ; ")
        found = judge(answer, expected or "x", unproved)
        assert found.verdict == verdict, (row, found)
        assert found.message.endswith((".", "?"))


@pytest.mark.parametrize(("answer", "expected", "verdict"), BY_INTENT)
def test_another_verdict_by_intent(answer: str, expected: str, verdict: str):
    assert judge(answer, expected, unproved).verdict == verdict
