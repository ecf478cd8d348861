"""An author's slip becomes one sentence about it, with the line and what to do."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.course.load import BadLesson, read
from autograd_tutor.course.model import Problem

GOOD = (Path(__file__).parent / "good.yaml").read_text(encoding="utf-8")

Write = Callable[[str | bytes], Path]


class Slip(NamedTuple):
    name: str
    old: str
    new: str
    at: str
    """A text in the line at fault."""
    says: str


SLIPS = [
    Slip(
        "unknown field",
        "    prose: Just a sum.",
        "    prose: Just a sum.\n    hintz: [a]",
        "hintz",
        "Did you mean hints?",
    ),
    Slip("missing field", "    title: The second\n", "", "- id: second", "lacks title"),
    Slip("number for text", "    title: The second", "    title: 2", "title: 2", "not text. Put it in quotes"),
    Slip("yes for text", "  - See a whole lesson", "  - yes", "- yes", "yes or no, not text"),
    Slip("text for number", "number: 3", "number: three", "number: three", "not a whole number"),
    Slip("number too small", "number: 3", "number: 0", "number: 0", "Write 1 or more"),
    Slip("text for list", "    hints: [Add]", "    hints: Add", "hints: Add", "not a list"),
    Slip("list for mapping", "      x: [3.0, -1.5]", "      - 3.0", "parameters:", "parameters is a list"),
    Slip("value for values", "      x: [3.0, -1.5]", "      x: 3.0", "x: 3.0", "x is a number, not a list"),
    Slip("nothing given", "  - See a whole lesson", "  -", "  -\n", "is empty, not text"),
    Slip("bad id", "  - id: second", "  - id: The Second", "id: The", "lower-case letters"),
    Slip("id too long", "  - id: second", f"  - id: {'a' * 61}", "aaa", "61 characters"),
    Slip("no such choice", "change: {x: 5.0}", "again: twice", "again: twice", "accumulate or zero"),
    Slip("newer format", "format: 1", "format: 7", "format: 7", "has format 7; this tutor reads 1"),
    Slip("format in quotes", "format: 1", 'format: "1"', "format:", "Write 1."),
    Slip("empty hint", "      - A nudge", '      - " "', '" "', "Item 1 of hints is empty"),
    Slip("no hints", "    hints: [Add]", "    hints: []", "hints: []", "hints is empty"),
    Slip(
        "two exercises alike",
        "  - id: second",
        "  - id: first",
        "  - id: first\n    title: The second",
        "Two exercises",
    ),
    Slip(
        "repeated key",
        "    title: The second",
        "    title: A\n    title: B",
        "title: B",
        "given twice, first in line 38",
    ),
    Slip("unclosed bracket", "hints: [Add]", "hints: [Add", "hints: [Add", "A bracket opens here"),
    Slip("colon in a text", "      - A nudge", "      - A nudge: small: this", "nudge:", "in quotes"),
    Slip("tab for indentation", "    title: The second", "\ttitle: The second", "\ttitle", "Indent with spaces"),
    Slip("second document", "    hints: [Add]", "    hints: [Add]\n---\nid: more", "---", "one lesson is one file"),
    Slip("alias", "    hints: [Add]", "    hints: &h [Add]\n    links: *h", "*h", "aliases are not read"),
    Slip("python tag", "    hints: [Add]", "    hints: [!!python/object:os.system x]", "!!python", "!!python/object"),
    Slip("binary tag", "    prose: Just a sum.", "    prose: !!binary aGk=", "!!binary", "The tag !!binary"),
    Slip("set tag", "    hints: [Add]", "    hints: !!set {a: }", "!!set", "The tag !!set is not read"),
    Slip("list as key", "    prose: Just a sum.", "    ? [a]\n    : b", "? [a]", "A key is not a word"),
    Slip("control character", "Just a sum.", "Just \x07 a sum.", "\x07", "not allowed"),
    Slip("name without parameter", "      y = x**2", "      y = x**$n", "$n", "$n has no parameter n"),
    Slip("lone dollar", "      At `x`.", "      It costs 5$ there.", "5$", "Write $$"),
    Slip(
        "unused parameter",
        "      x: [3.0, -1.5]",
        "      x: [3.0]\n      k: [1]",
        "k: [1]",
        "does not use the parameter k",
    ),
    Slip("no values", "      x: [3.0, -1.5]", "      x: []", "x: []", "x has no values"),
    Slip("same value twice", "      x: [3.0, -1.5]", "      x: [3.0, 3.0]", "x: [3.0, 3.0]", "same value twice"),
    Slip("value of nan", "      x: [3.0, -1.5]", "      x: [.nan]", "x: [.nan]", "finite"),
    Slip("not python", "      y = x**2", "      y = x**", "y = x**\n", "This is not Python"),
    Slip("wrong indentation", "      y = x**2", "        y = x**2", "  y = x**2", "unexpected indent"),
    Slip("after an empty line", "      b = a + 1", "      b = a +", "b = a +", "This is not Python"),
    Slip(
        "no code",
        "      a = torch.tensor(2.0)\n\n      b = a + 1",
        "      # nothing",
        "    code: |\n      # nothing",
        "no code",
    ),
    Slip("tab in code", "      b = a + 1", "      b = a +\t1", "b = a", "A tab stands in the code"),
    Slip("no expression", "      - target: b", "      - target: b =", "target: b", "no expression"),
    Slip("unknown name", "      - target: b", "      - target: w.grad", "w.grad", "The name w never appears"),
    Slip("asked twice", "      - target: b", "      - target: b\n      - target: b", "b\n    hints", "asked twice"),
    Slip("empty experiment", "      - no_grad: 2", "      - ask: And now?", "- ask", "does nothing"),
    Slip(
        "double experiment",
        "      - no_grad: 2",
        "      - no_grad: 2\n        detach: y",
        "- no_grad",
        "has detach and no_grad",
    ),
    Slip("missing line", "      - no_grad: 2", "      - no_grad: 9", "no_grad: 9", "Give a line of the code, 1 to 3"),
    Slip("missing name", "      - no_grad: 2", "      - detach: q", "detach: q", "q never appears"),
    Slip("missing leaf", "      - no_grad: 2", "      - freeze: q", "freeze: q", "q never appears"),
    Slip("no parameter to change", "{x: 5.0}", "{y: 5.0}", "{y: 5.0}", "no parameter y"),
    Slip("change without a number", "{x: 5.0}", "{x: much}", "{x: much}", "not a number"),
    Slip("piece not there", "        replace: x**2", "        replace: x**4", "replace:", "is not in the code"),
    Slip("piece there twice", "        replace: x**2", "        replace: x", "replace:", "in the code 3 times"),
    Slip("nothing changed", "        by: x**3", "        by: x**2", "by:", "changes nothing"),
    Slip("mistake is no python", "        by: x**3", "        by: x**", "by:", "the code is not Python"),
    Slip(
        "mistake about nothing",
        "        by: x**3",
        "        by: x**3\n        target: y",
        "target: y",
        "No question asks for y",
    ),
    Slip("no web address", "https://", "ftp://", "ftp", "Start it with https"),
]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_is_named_at_its_line(slip: Slip, good: str, write: Write) -> None:
    assert slip.old in good
    text = good.replace(slip.old, slip.new, 1)
    line = text[: text.index(slip.at)].count("\n") + 1
    with pytest.raises(BadLesson) as bad:
        read(write(text))
    said = [f"{one.problem} {one.fix}" for one in bad.value.problems]
    hits = [one for one, words in zip(bad.value.problems, said, strict=True) if slip.says in words]
    assert hits, said
    assert line in [one.line for one in hits], bad.value
    assert len(bad.value.problems) == 1, said


def test_the_good_lesson_is_good(good: str, write: Write) -> None:
    assert [one.id for one in read(write(good)).exercises] == ["first", "second"]
    windows = good.replace("\n", "\r\n").encode("utf-8-sig")
    assert read(write(windows)) == read(write(good))


def test_all_slips_of_a_file_at_once(good: str, write: Write) -> None:
    text = good.replace("number: 3", "number: three").replace("y = x**2", "y = x**").replace("target: b", "target: c")
    with pytest.raises(BadLesson) as bad:
        read(write(text))
    assert [(one.line, one.exercise) for one in bad.value.problems] == [(3, None), (17, "first"), (45, "second")]
    assert str(bad.value).splitlines()[1].startswith(f"{bad.value.problems[1].file}:17: This is not Python")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (b"", 1, "is empty"),
        (b"# only a comment\n", 1, "is empty"),
        (b"just words\n", 1, "The file is text"),
        (b"[1, 2]\n", 1, "The file is a list"),
        (b"format: 1\nid: caf\xe9\n", 2, "not UTF-8"),
        (b"format: 1\n" + b"#" * (1 << 20), 1, "at most"),
        (b"[" * 100_000, 1, "deeper than"),
        (b"- " * 100_000, 1, "deeper than"),
        (b"number: " + b"9" * 5000 + b"\n", 1, "cannot be read as a number"),
        (b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 2, "aliases"),
        (b"exercises: 5\n", 1, "not a list"),
        (b"exercises: [5, {id: 3}]\n", 1, "lacks"),
    ],
)
def test_what_is_hardly_a_lesson(text: bytes, line: int, says: str, write: Write) -> None:
    with pytest.raises(BadLesson) as bad:
        read(write(text))
    hits = [one for one in bad.value.problems if says in one.problem]
    assert [one.line for one in hits][:1] == [line], bad.value


def test_no_file_at_all(tmp_path: Path) -> None:
    for path, says in (
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "This folder"),
        (Path("/dev/zero"), "no such"),
    ):
        with pytest.raises(BadLesson, match=says):
            read(path)


def test_code_that_would_exhaust_the_parser(good: str, write: Write) -> None:
    for old in ("b = a + 1", "target: b"):
        with pytest.raises(BadLesson) as bad:
            read(write(good.replace(old, old[:-1] + "-" * 100_000 + "b")))
        assert [one.exercise for one in bad.value.problems] == ["second"]


@given(st.data())
def test_whatever_is_typed_into_a_lesson_it_is_read_or_its_problems_are_told(data: st.DataObject) -> None:
    text = GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        typed = data.draw(st.text(alphabet=st.sampled_from("ab$:-#&*!|>[]{}\"'\t\n 0.é"), max_size=6))
        text = text[:start] + typed + text[end:]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.yaml"
        path.write_text(text, encoding="utf-8")
        told = problems(path)
    last = text.count("\n") + 1
    for one in told:
        assert 1 <= one.line <= last + 1
        assert one.problem.endswith((".", "?"))
        assert one.fix


def problems(path: Path) -> tuple[Problem, ...]:
    try:
        read(path)
    except BadLesson as bad:
        return bad.problems
    return ()
