"""The gate: nothing of a list of ways out passes, all of the course and of what students write does."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from classwork import PROGRAMS
from escapes import LIVE
from escapes_other import OTHER

from autograd_tutor.course.jobs import job
from autograd_tutor.course.load import lessons
from autograd_tutor.course.model import Variant
from autograd_tutor.course.variants import count, variant
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.gate import check
from autograd_tutor.sandbox.protocol import Job, Mutation
from autograd_tutor.teaching.experiments import apply, offers
from autograd_tutor.trace import Finished, Stopped

EXERCISES = [(lesson, exercise) for lesson in lessons() for exercise in lesson.exercises]


def variants(most: int) -> list[Variant]:
    return [
        variant(lesson, exercise, seed) for lesson, exercise in EXERCISES for seed in range(min(most, count(exercise)))
    ]


def readable(program: str) -> bool:
    """Python can read it: what it can't, runs nowhere, and would prove nothing here."""
    try:
        compile(program, "<program>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    except (RecursionError, MemoryError):
        pass
    return True


@pytest.mark.parametrize("way", [*LIVE, *OTHER])
def test_no_way_out_passes(way):
    programs = (LIVE | OTHER)[way]
    assert [program for program in programs if not readable(program)] == []
    assert [program for program in programs if check(program, prelude=True) is None] == []


def test_the_list_is_long_and_says_each_thing_once():
    programs = [program for group in (*LIVE.values(), *OTHER.values()) for program in group]
    assert len(programs) == len(set(programs)) > 400


@pytest.mark.battery
def test_each_live_way_leads_out_where_there_is_no_gate(tmp_path):
    """Without the gate (and without confinement) every program of the first list gets what it is after."""
    programs = [program for group in LIVE.values() for program in group]
    runner = Path(__file__).parent / "loot.py"
    ran = subprocess.run(
        [sys.executable, "-P", runner], input=json.dumps(programs), capture_output=True, text=True, cwd=tmp_path
    )
    told = json.loads(ran.stdout)
    assert [pair for pair in zip(programs, told, strict=True) if pair[1].startswith("nothing")] == []


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x = 1\n\nopen('a')", "Line 3: `open` is not available in class; use torch, math and plain Python."),
        ("import os", "Line 1: `os` can't be imported in class; use torch, math and plain Python."),
        ("y = torch.hub.load('a')", "Line 1: `torch.hub` is not available in class; use torch, math and plain Python."),
        ("t = torch", "Line 1: `torch` is a module, and stands only before a dot in class, as in `torch.sin`."),
        ("F = 3 * 2", "Line 1: `F` stands for `torch.nn.functional` here; choose another name."),
        (
            "x = 1\ny = x.__class__",
            "Line 2: `.__class__` is not available in class, nor any other attribute that begins with `_`.",
        ),
        ("x = torch.ones(1).data_ptr()", "Line 1: the attribute `.data_ptr` is not available in class."),
        ("async def f():\n    pass", "Line 1: `async def` is not available in class."),
        ("x = 10\nt = type(x)(3)", "Line 2: `type(x)` is only printed, compared or asked for its `__name__` in class."),
        ("#" * 20_001, "Line 1: a program may have 20,000 characters in class, not more."),
    ],
)
def test_a_refusal_says_in_one_sentence_what_and_where(source, sentence):
    refusal = check(source, prelude=True)
    assert refusal is not None
    assert refusal.message == sentence


def test_of_several_things_the_first_in_the_text_is_named():
    refusal = check("x = torch.ones(1)\ny = x.storage()\nimport os\nz = eval('1')", prelude=True)
    assert refusal is not None
    assert (refusal.line, refusal.column) == (2, 4)


def test_what_python_cannot_read_is_left_to_the_run():
    assert check("x = = 1", prelude=True) is None
    assert check("x = 1\0", prelude=True) is None


def test_without_the_prelude_a_name_is_just_a_name():
    assert check("F = 3.0\nprint(F)", prelude=False) is None
    assert check("import torch\nmath = torch.ones(1)\nprint(math)", prelude=False) is None


def test_every_variant_of_every_lesson_passes_and_so_do_its_mistakes():
    for one in variants(12):
        work = job(one)
        for source in (work.source, *(mutation.source for mutation in work.mutations)):
            assert check(source, prelude=True, targets=work.targets) is None, source


def offered_pass(sandbox: Sandbox, some: list[Variant]) -> None:
    passed = 0
    for one in some:
        trace = sandbox.run(msgspec.structs.replace(job(one), explain=False)).trace
        for offer in offers(trace, one):
            assert check(apply(one.code, offer), prelude=True) is None, apply(one.code, offer)
            passed += 1
    assert passed > len(some)


def test_experiments_that_are_offered_pass(sandbox: Sandbox):
    offered_pass(sandbox, variants(1)[::30])


@pytest.mark.battery
def test_every_experiment_that_is_offered_passes(sandbox: Sandbox):
    offered_pass(sandbox, variants(3))


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_ordinary_program_passes_and_runs(name, sandbox: Sandbox):
    run = sandbox.run(Job(PROGRAMS[name], prelude=True, explain=False, gated=True))
    assert run.trace.outcome == Finished()


def test_a_refused_program_is_not_run_at_all(sandbox: Sandbox):
    run = sandbox.run(Job("print('here')\nimport os\n", gated=True))
    assert run.trace.outcome == Stopped(
        "refused", "Line 2: `os` can't be imported in class; use torch, math and plain Python."
    )
    assert run.trace.printed == ""
    assert run.explanation is None


def test_the_same_program_runs_where_no_gate_is_asked_for(sandbox: Sandbox):
    assert sandbox.run(Job("import os\nx = os.sep\n", explain=False)).trace.outcome == Finished()


def test_a_target_is_no_way_around_the_gate(sandbox: Sandbox):
    run = sandbox.run(Job("x = torch.ones(1)", prelude=True, targets=("x.__class__.__base__",), gated=True))
    assert isinstance(run.trace.outcome, Stopped)
    assert run.trace.outcome.reason == "refused"


def test_a_mistake_is_no_way_around_the_gate(sandbox: Sandbox):
    source = "x = torch.tensor(2.0, requires_grad=True)\ny = x ** 2\ny.backward()"
    mistakes = (Mutation("own", source.replace("x ** 2", "x * len(open('/etc/passwd').read())")),)
    run = sandbox.run(Job(source, prelude=True, targets=("x.grad",), mutations=mistakes, gated=True))
    assert run.trace.outcome == Finished()
    assert run.explanation is not None
    assert "own" not in {one.tag for one in run.explanation.imagined}
    assert "open" in (run.note or "")
