"""The shipped course: found, in order, and whole."""

import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from autograd_tutor.course.load import BadLesson, UnknownLesson, files, find, lessons, read, shipped
from autograd_tutor.course.schema import schema


def test_the_course_is_in_order_and_needs_only_what_came_before() -> None:
    course = lessons()
    seen: set[str] = set()
    assert [one.number for one in course] == sorted({one.number for one in course})
    for lesson in course:
        assert seen.issuperset(lesson.needs)
        seen.add(lesson.id)
    assert len([exercise for lesson in course for exercise in lesson.exercises]) >= 26


def test_a_file_is_named_after_its_lesson() -> None:
    for file in files(shipped()):
        lesson = read(file)
        assert file.name == f"{lesson.number:02}-{lesson.id}.yaml"


def test_reading_lessons_imports_neither_torch_nor_sympy() -> None:
    code = "import sys; from autograd_tutor.course import load, jobs; load.lessons(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"torch", "sympy", "textual", "jsonschema"}.isdisjoint(loaded)


def test_exercises_are_found_by_name_and_number() -> None:
    lesson, exercise = find("chains/middle")
    assert exercise is not None
    assert (lesson.id, exercise.id) == ("chains", "middle")
    assert find("2") == (lesson, None)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("chain/middle", "no lesson called chain. Did you mean chains?"),
        ("chains/midle", "no exercise in chains called midle. Did you mean middle?"),
        ("zzzzzzzz", "There are slopes, chains"),
    ],
)
def test_a_name_that_is_not_there(key: str, says: str) -> None:
    with pytest.raises(UnknownLesson, match=says):
        find(key)


def test_lessons_of_ones_own_join_the_course(tmp_path: Path, good: str) -> None:
    (tmp_path / "mine.yml").write_text(good)
    (tmp_path / "notes.txt").write_text("not a lesson")
    assert [one.id for one in lessons([tmp_path])][2] == "demo"
    (tmp_path / "mine.yml").write_text(good.replace("id: demo", "id: slopes"))
    assert find("slopes", lessons([tmp_path]))[0].title == "A demonstration"


def test_bad_lessons_of_ones_own_are_all_reported(tmp_path: Path, good: str) -> None:
    (tmp_path / "a.yaml").write_text(good.replace("number: 3", "number: x"))
    (tmp_path / "b.yaml").write_text(good.replace("target: b", "target: q"))
    with pytest.raises(BadLesson) as bad:
        lessons([tmp_path])
    assert [Path(one.file).name for one in bad.value.problems] == ["a.yaml", "b.yaml"]


def test_the_schema_agrees_with_the_reader(good: str) -> None:
    checker = jsonschema.Draft202012Validator(schema())
    checker.check_schema(schema())
    for text in [good, *(file.read_text(encoding="utf-8") for file in files(shipped()))]:
        assert list(checker.iter_errors(yaml.safe_load(text))) == []
    for old, new in [
        ("number: 3", "number: three"),
        ("    hints: [Add]", "    hintz: [Add]"),
        ("id: demo", "id: De mo"),
    ]:
        assert list(checker.iter_errors(yaml.safe_load(good.replace(old, new))))


def test_the_schema_explains_every_field() -> None:
    parts = schema()["$defs"].items()
    fields = {(part, name): field for part, one in parts for name, field in one["properties"].items()}
    assert ("Exercise", "hints") in fields
    assert [name for name, field in fields.items() if "description" not in field] == []
