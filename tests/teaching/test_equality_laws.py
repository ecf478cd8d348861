"""Laws of the judge: what an identity turns into another is equal, what is moved by however little is not."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd_tutor.teaching.equality import judge

IDENTITIES = (
    "({0})·3/3",
    "({0}) + y - y",
    "-(-({0}))",
    "({0})(sin²x + cos² x)",
    "({0})² - ({0})(({0}) - 1)",
    "({0})·e^x·exp(-x)",
    "({0})/2 + 0.5({0})",
    "1/(1/({0}))",
    "({0}) + tanh(y) - (2σ(2y) - 1)",
    "({0})cosh²(x) - ({0})sinh²(x)",
    "ln(exp({0}))",
    "({0}) - relu(x) + max(x, 0)",
    "({0})·(x + y)²/(x² + 2xy + y²)",
    "({0})·1{{x < 0}} + ({0})·1{{x >= 0}}",
)
CHANGES = (
    "({0}) + 1e-9",
    "({0}) + x/10^9",
    "1.0001({0}) + 1",
    "({0}) - 0.0001y²",
    "({0}) + sin(x)/10^6",
    "({0}) + relu(x - 3)/1000",
    "({0}) + 1{{x = 2.75}}",
    "({0}) + 1{{3x > y}} - 1{{3x >= y}}",
)


def unproved(*_: object) -> None:
    """SymPy is not asked."""


def formulas() -> st.SearchStrategy[str]:
    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        unary = st.sampled_from(["sin", "exp", "σ", "√", "abs", "log", "relu", "softplus", "atan"])
        return st.one_of(
            st.builds("{}({})".format, unary, inner),
            st.builds("({}){}({})".format, inner, st.sampled_from("+-*/"), inner),
            st.builds("({})^{}".format, inner, st.sampled_from(["2", "-1", "½"])),
        )

    return st.recursive(st.sampled_from(["x", "y", "2", "0.5", "1.25", "1/3"]), grow, max_leaves=5)


@given(formulas(), st.sampled_from(IDENTITIES))
@settings(max_examples=30, deadline=None)
def test_an_identity_changes_nothing(formula: str, identity: str):
    found = judge(identity.format(formula), formula, unproved)
    assert found.verdict in ("equal", "unsettled") or "inf here" in found.message, found


@given(formulas(), st.sampled_from(CHANGES))
@settings(max_examples=30, deadline=None)
def test_a_small_change_is_seen(formula: str, change: str):
    assume("x" in formula.replace("exp", ""))
    changed = change.format(formula).replace("x = 2", "x == 2")
    assert judge(changed, formula, unproved).verdict in ("different", "unsettled"), changed


@given(formulas(), formulas())
@settings(max_examples=20, deadline=None)
def test_the_verdict_does_not_depend_on_the_order(one: str, other: str):
    assert judge(one, other, unproved).verdict == judge(other, one, unproved).verdict


few = st.lists(st.integers(0, 4), max_size=5)
whole = st.integers(-3, 3)
other_than_0 = whole.filter(bool)


@given(few, few)
@settings(max_examples=40, deadline=None)
def test_sets_are_equal_that_have_the_same_elements(ours: list[int], theirs: list[int]):
    one, other = (f"{{{', '.join(map(str, numbers))}}}" for numbers in (ours, theirs))
    assert (judge(one, other, unproved).verdict == "equal") is (set(ours) == set(theirs))


@given(formulas(), st.sampled_from(["3({0})/2 = 1.5·{1}", "{1} = {0}", "({0}) - {1} = 0", "({0})/y = {1}/y"]))
@settings(max_examples=20, deadline=None)
def test_an_equation_stays_the_same_when_both_sides_are_treated_alike(formula: str, change: str):
    found = judge(change.format(formula, "z"), f"{formula} = z", unproved)
    assert found.verdict in ("equal", "unsettled") or "inf here" in found.message, found


@given(st.tuples(other_than_0, whole, whole), st.tuples(whole, other_than_0, whole))
@settings(max_examples=40, deadline=None)
def test_linear_equations_are_equal_that_are_multiples(ours: tuple[int, ...], theirs: tuple[int, ...]):
    one, other = (f"{a}*x + {b}*y = {c}" for a, b, c in (ours, theirs))
    multiples = all(ours[i] * theirs[j] == ours[j] * theirs[i] for i, j in ((0, 1), (0, 2), (1, 2)))
    assert (judge(one, other, unproved).verdict == "equal") is multiples


@given(other_than_0, whole, other_than_0, whole, st.sampled_from([(">", ">"), (">", "<"), (">=", ">=")]))
@settings(max_examples=40, deadline=None)
def test_inequalities_are_equal_that_hold_on_the_same_side_of_the_same_place(a, b, c, d, signs):
    same_side = (a > 0) == ((c > 0) == (signs[0] == signs[1]))
    verdict = judge(f"{a}x {signs[0]} {b}", f"{c}x {signs[1]} {d}", unproved).verdict
    assert (verdict == "equal") is (same_side and a * d == c * b)
    assert judge(f"{a}x > {b}", f"{a}x >= {b}", unproved).verdict == "different"
