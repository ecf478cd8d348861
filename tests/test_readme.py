"""What README says is true: its commands exist, its lesson is a lesson, CI runs its test command."""

import re
import textwrap
from pathlib import Path

from autograd_tutor.cli import COMMANDS
from autograd_tutor.course.load import read

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_table_and_the_other_way_round():
    told = re.findall(r"^\| `autograd-tutor (?:\[|(\w+))", README, flags=re.MULTILINE)
    assert set(filter(None, told)) == set(COMMANDS)


def test_the_lesson_that_is_shown_can_be_played(tmp_path):
    block = re.search(r"(?:^    .*\n|^\n)*^    format: 1\n(?:^    .*\n)+", README, flags=re.MULTILINE)
    path = tmp_path / "first.yaml"
    path.write_text(textwrap.dedent(block[0]), encoding="utf-8")
    assert [one.id for one in read(path).exercises] == ["cube"]


def test_ci_installs_and_tests_as_readme_says():
    line = next(line for line in README.splitlines() if "'.[test]'" in line)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for step in (part.strip().removeprefix(".venv/bin/") for part in line.split("&&")[1:]):
        said = step.removeprefix("python -m ")
        assert re.sub(r"^pip install", "pip install -q", said) in script


def test_every_room_in_the_map_is_there():
    rooms = re.findall(r"^      (\w+)/ ", README, flags=re.MULTILINE)
    assert len(rooms) >= 9
    for room in rooms:
        assert (ROOT / "autograd_tutor" / room / "__init__.py").is_file(), room
