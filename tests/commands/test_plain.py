"""The exercise as lines: for screen readers, pipes and plain terminals."""


def test_wrong_then_a_hint_then_right_then_the_steps(tutor):
    name = _exercise(tutor, "Sine of a square", "chains/")
    found = tutor("play", "--plain", name, stdin="q\n?\ncos(16)\nHint\n2,5\n-7.6613\n")
    assert found.code == 0, found.out + found.complaint
    before, after = found.out.split("Hint 1 of", 1)
    assert "7.66" not in before
    assert "To leave, type quit." in before
    assert "run to see what torch does" in before
    assert "question mark out" not in before
    assert "read as cos(16) = −0.9577" in before
    assert "all three agree" in after
    assert "solved" in _state(tutor, name)


def test_run_is_recorded_as_revealed(tutor):
    name = _exercise(tutor, "Sine of a square", "chains/")
    found = tutor("play", "--plain", name, stdin="run\n")
    assert found.code == 1
    assert "torch says x.grad = −7.6613" in found.out
    assert "revealed" in _state(tutor, name)


def test_the_end_of_input_saves_and_leaves(tutor):
    name = _exercise(tutor, "Sine of a square", "chains/")
    found = tutor("play", "--plain", name, stdin="16\n")
    assert found.code == 1
    assert "Your work is saved." in found.out
    assert "started" in _state(tutor, name)


def test_list_as_json(tutor):
    lessons = tutor("list", "--json").json["lessons"]
    assert sum(len(lesson["exercises"]) for lesson in lessons) >= 20
    assert {one["state"] for lesson in lessons for one in lesson["exercises"]} == {"new"}


def _exercise(tutor, title, prefix):
    every = [
        (f"{lesson['id']}/{one['id']}", one["title"])
        for lesson in tutor("list", "--json").json["lessons"]
        for one in lesson["exercises"]
    ]
    return next(key for key, name in every if key.startswith(prefix) and "sine" in (key + name).lower())


def _state(tutor, name):
    return next(line for line in tutor("list").out.splitlines() if f" {name} " in line)


def test_taken_apart_with_a_slip_that_is_carried_on(tutor):
    name = _exercise(tutor, "Sine of a square", "chains/")
    lines = (
        "apart",
        "16",
        "apart",
        "-0.2879",
        "on",
        "2x",
        "-2.3032",
        "-2.3032",
        "apart",
        "cos(y)",
        "-7.6613",
        "8cos(16)",
    )
    found = tutor("play", "--plain", name, stdin="\n".join(lines) + "\n")
    assert found.code == 0, found.out + found.complaint
    before, after = found.out.split("Right with what you had", 1)
    assert "First predict" in before
    assert "value of torch.sin(y) itself" in before
    assert "−0.9577" not in before
    assert "∂z/∂y was off" in after
    assert "solved" in _state(tutor, name)
