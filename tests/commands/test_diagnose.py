"""`diagnose`: the verdict, the mistake behind a wrong answer, and the exit code."""

import pytest


@pytest.mark.parametrize(
    ("answer", "code", "verdict"),
    [
        ("-7.6613", 0, "right"),
        ("8 cos(16)", 0, "right"),
        ("2x cos(x^2)", 0, "right"),
        ("cos(16)", 1, "wrong"),
        ("None", 1, "wrong"),
        ("raises", 1, "wrong"),
        ("1,5", 2, "invalid"),
        ("-7.7", 2, "invalid"),
    ],
)
def test_verdicts_and_exit_codes(tutor, sine, answer, code, verdict):
    found = tutor("diagnose", sine, "--target", "x.grad", f"--answer={answer}", "--json")
    assert (found.code, found.json["verdict"]) == (code, verdict)


def test_the_inner_slope_left_out_is_named(tutor, sine):
    found = tutor("diagnose", sine, "--target", "x.grad", "--answer", "cos(16)", "--json").json
    mistake = found["mistakes"][0]
    assert (mistake["tag"], mistake["family"]) == ("inner-derivative-dropped", "L")
    assert mistake["nodes"]
    assert "7.66" not in found["message"] + mistake["words"]


def test_as_if_the_detached_copy_were_tracked(tutor, detached):
    found = tutor("diagnose", detached, "--target", "x.grad", "--answer", "8", "--json").json
    assert found["verdict"] == "wrong"
    assert "as-if-tracked" in {mistake["tag"] for mistake in found["mistakes"]}


def test_what_grad_was_left_at_is_partly_right(tutor, detached):
    found = tutor("diagnose", detached, "--target", "x.grad", "--answer", "4", "--json")
    assert (found.code, found.json["verdict"]) == (1, "partly")
    assert "line 7" in found.json["message"]
    assert found.json["truth"] == {"raises": found.json["truth"]["raises"], "line": 7, "left": 4.0}


def test_raises_is_right_there(tutor, detached):
    assert tutor("diagnose", detached, "--target", "x.grad", "--answer", "raises").code == 0
    assert tutor("diagnose", detached, "--target", "x.grad", "--answer", "raises RuntimeError").code == 0


def test_a_target_that_is_not_there_is_one_sentence(tutor, sine):
    found = tutor("diagnose", sine, "--target", "q.grad", "--answer", "1", "--json")
    assert (found.code, found.out) == (2, "")
    assert "q" in found.complaint
