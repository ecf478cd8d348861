"""The sandbox as a face uses it."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import pytest
from hostile import HARMLESS, QUICK

from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Limits, Mutation
from autograd_tutor.trace import Finished, Raised, Stopped, named

SQUARE = "x = torch.tensor(3.0, requires_grad=True)\ny = x ** 2\ny.backward()\n"


def square(**more) -> Job:
    return Job(SQUARE, prelude=True, **more)


def test_a_job_comes_back_whole(sandbox):
    run = sandbox.run(square(mutations=(Mutation("cube", SQUARE.replace("** 2", "** 3")),)))
    assert run.note is None
    assert run.trace.outcome == Finished()
    assert run.trace.find("x.grad").value.data == (6.0,)
    account = run.whole.of("x.grad")
    assert account.formula == "2*x"
    assert account.witnesses.agree is True
    assert next(one for one in run.whole.imagine("x.grad") if one.tag == "cube").value.data == (27.0,)


def test_only_what_was_asked_for_is_worked_out(sandbox):
    run = sandbox.run(square(explain=False))
    assert run.explanation is None
    assert run.forms is None
    assert run.note is None
    run = sandbox.run(square(closed_forms=False, imagine=False))
    assert run.explanation.imagined == ()
    assert run.forms is None


def test_instalments_come_before_the_end(sandbox):
    seen = []
    run = sandbox.run(square(), on_trace=seen.append, on_explanation=seen.append)
    assert seen == [run.trace, run.explanation]


def test_a_fresh_sandbox_starts_in_the_background_and_the_program_s_clock_after_that(request):
    with Sandbox(request.config.getoption("--sandbox")) as sandbox:
        assert not sandbox.ready, "whoever made it waited for torch"
        run = sandbox.run(Job(HARMLESS.source, explain=False, limits=QUICK))
        assert run.trace.outcome == Finished(), "the warm-up counted as the program's time"
        assert sandbox.versions()["torch"] == run.trace.torch
    assert not sandbox.ready


def test_two_threads_run_at_once(sandbox):
    job = Job("import time\nprint(time.time())\ntime.sleep(1)\nprint(time.time())\n", explain=False)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(sandbox.run, [job] * 2))
    assert all(run.trace.outcome == Finished() for run in runs)
    if sandbox.mode == "spawn":
        return  # the second worker is only started when the first is taken
    times = [[float(line) for line in run.trace.printed.split()] for run in runs]
    assert max(begin for begin, _ in times) < min(end for _, end in times)


def test_runs_share_nothing(sandbox):
    sandbox.run(Job("import torch, sys\ntorch.set_default_dtype(torch.float64)\nsys.leftover = 1\n", explain=False))
    run = sandbox.run(Job("import torch, sys\nx = torch.ones(1)\nassert not hasattr(sys, 'leftover')\n", explain=False))
    assert run.trace.outcome == Finished()
    assert named(run.trace)["x"].value.dtype == "float32"


def test_the_same_seed_gives_the_same_numbers(sandbox):
    job = Job("import torch\nx = torch.rand(3)\n", explain=False, seed=7)
    first, second = (named(sandbox.run(job).trace)["x"].value for _ in range(2))
    assert first == second


def test_a_file_finds_its_neighbours_and_not_the_working_directory(sandbox, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("number = 5\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "torch.py").write_text("raise SystemExit('the wrong torch')\n")
    monkeypatch.chdir(tmp_path / "elsewhere")
    file = tmp_path / "program.py"
    file.write_text("import torch\nfrom mine import number\nx = torch.tensor(number)\n")
    run = sandbox.run(Job(file.read_text(), filename=str(file), explain=False))
    assert run.trace.outcome == Finished()


def test_an_explanation_without_time_leaves_the_trace_and_says_what_is_missing(sandbox):
    """The child itself keeps the time, so that a busy machine changes nothing of what is there."""
    run = sandbox.run(square(limits=Limits(explain_seconds=0)))
    assert run.trace.find("x.grad").value.data == (6.0,)
    (told,) = run.whole.targets
    assert (told.steps, told.formula) == ((), None)
    assert "no time left to tell the steps" in told.sum
    assert "in the time it has" in told.no_formula
    assert told.witnesses.torch.data == (6.0,)
    assert "took too long" in run.note


def test_an_explanation_that_never_ends_leaves_the_trace(sandbox):
    """The program has blocked the child's alarm, and its hook hangs when the passes are run again."""
    hangs = """
        import signal, torch
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        x = torch.tensor(3.0, requires_grad=True)
        calls = []
        def hook(gradient):
            calls.append(gradient)
            while len(calls) > 1:
                pass
        x.register_hook(hook)
        (x * x).backward()
    """
    run = sandbox.run(Job(dedent(hangs), limits=Limits(explain_seconds=0.3)))
    assert run.trace.find("x.grad").value.data == (6.0,)
    assert (run.explanation, run.forms) == (None, None)
    assert "The explanation took longer than 0.3 seconds and was stopped." in run.note


def test_a_thread_that_crashes_the_explanation_leaves_the_trace(sandbox):
    """The thread waits until the process has come to explaining, however long that takes."""
    crash = """
        import ctypes, sys, threading, time, torch
        x = torch.ones(20, requires_grad=True)
        (x * x).sum().backward()
        def crash(main):
            while True:
                frame = sys._current_frames()[main]
                while frame is not None:
                    if "explain" in frame.f_code.co_name:
                        ctypes.string_at(0)
                    frame = frame.f_back
                time.sleep(0.0005)
        threading.Thread(target=crash, args=(threading.get_ident(),)).start()
    """
    run = sandbox.run(Job(dedent(crash)))
    assert run.trace.outcome == Finished()
    assert run.forms is None
    assert "crashed" in run.note


def test_processes_may_be_allowed(sandbox):
    job = Job("import subprocess\nsubprocess.run(['true'])\n", explain=False, limits=Limits(processes=2))
    assert sandbox.run(job).trace.outcome == Finished()


def test_memory_can_be_caught_and_given_back(sandbox):
    source = "import torch\ntry:\n    torch.ones(10**9)\nexcept RuntimeError:\n    x = torch.ones(10**6)\n"
    assert sandbox.run(Job(source, explain=False, limits=QUICK)).trace.outcome == Finished()


def test_an_error_of_the_program_is_no_matter_of_limits(sandbox):
    outcome = sandbox.run(Job("raise RuntimeError('shapes differ')\n")).trace.outcome
    assert isinstance(outcome, Raised)
    assert outcome.message == "shapes differ"


def test_a_parent_that_died_is_replaced(sandbox):
    if sandbox.mode == "spawn":
        pytest.skip("there is no warm parent")
    parent = sandbox._source._parent.pid
    os.kill(parent, signal.SIGKILL)
    for _ in range(3):
        assert sandbox.run(HARMLESS).trace.outcome == Finished()
    assert sandbox._source._parent.pid != parent


def test_what_cannot_start_says_so_in_a_sentence(tmp_path, monkeypatch, request):
    (tmp_path / "torch.py").write_text("raise ImportError('this torch is broken')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Sandbox(request.config.getoption("--sandbox")) as sandbox:
        outcome = sandbox.run(HARMLESS).trace.outcome
    assert isinstance(outcome, Stopped)
    assert "this torch is broken" in outcome.message


def test_the_face_imports_no_more_than_it_needs():
    code = "import sys, autograd_tutor.sandbox.client as _; print(*sys.modules)"
    modules = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split())
    assert not modules & {"torch", "sympy", "numpy", "asyncio", "textual", "ctypes", "multiprocessing"}
    assert not [name for name in modules if name.startswith(("autograd_tutor.recording", "autograd_tutor.calculus"))]
