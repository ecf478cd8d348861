"""The face imports neither torch nor SymPy, whatever is played."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAYED = """
import asyncio, sys, time
sys.path.insert(0, sys.argv[1])
from screenplay import Kept, opened, seen, type_text, until
from autograd_tutor.course.load import lessons
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.tui.app import TutorApp
from autograd_tutor.tui.services import Services

async def play():
    app = TutorApp(Services(Sandbox(), lessons, Kept, time.monotonic), "chains/sine-of-square")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await type_text(pilot, "8cos(16)")
        await until(pilot, lambda: screen.scene.done)
        await pilot.press("right", "e")
        await until(pilot, lambda: hasattr(app.screen, "trial"))
        await pilot.press("1")
        await until(pilot, lambda: app.screen.trial.runs is not None)
        await type_text(pilot, "0")
        await until(pilot, lambda: app.screen.trial.phase == "seen")
        await pilot.press("question_mark")

asyncio.run(play())
print(sorted({"torch", "sympy", "numpy"} & sys.modules.keys()))
"""


@pytest.mark.battery
def test_a_whole_played_exercise_imports_neither_torch_nor_sympy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAYED, str(Path(__file__).parent)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_app_alone_imports_no_yaml_no_database_no_grammar() -> None:
    heavy = "print(sorted({'yaml', 'sqlalchemy', 'torch', 'sympy', 'markdown_it'} & sys.modules.keys()))"
    code = f"import sys, autograd_tutor.tui.app; {heavy}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_fault_of_our_own_is_a_sentence(tmp_path: Path) -> None:
    code = """
import sys
from autograd_tutor.tui.app import TutorApp, run_tutor
from autograd_tutor.tui.services import Services

class Nothing:
    def start(self): raise ZeroDivisionError("on purpose")
    def close(self): pass

TutorApp.run.__kwdefaults__["headless"] = True
sys.exit(run_tutor(Services(Nothing(), list, dict, float)))
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "errors shown" not in done.stdout + done.stderr
    assert "fault of its own" in " ".join((done.stdout + done.stderr).split())
    (report,) = tmp_path.glob("autograd-tutor-*.txt")
    assert "on purpose" in report.read_text()
