"""`autograd-tutor equal`: its document, its exit codes, its sentences."""

import json

import pytest

from autograd_tutor.cli import main


@pytest.mark.parametrize(
    ("answer", "expected", "code", "equal"),
    [("2x", "x + x", 0, True), ("-x^2", "(-x)^2", 1, False), ("5%", "0.05", 2, False), ("-3", "−3", 0, True)],
)
def test_the_document_and_the_exit_code(
    answer: str, expected: str, code: int, equal: bool, capsys: pytest.CaptureFixture[str]
):
    assert main(["equal", answer, expected, "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert document["equal"] is equal
    assert len(document["read_as"]) == 2
    assert document["message"].endswith(".")


def test_for_people_both_readings_come_first(capsys: pytest.CaptureFixture[str]):
    assert main(["equal", "x/2*y", "x/(2/y)"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ANSWER   read as (x/2)·y"
    assert lines[1] == "EXPECTED read as x/(2/y)"
    assert lines[2].startswith("Equal")
