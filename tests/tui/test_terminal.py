"""The tutor on a real terminal: every byte goes over a pty."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from terminal import Terminal

from autograd_tutor.records.store import Records

SINE = "chains/sine-of-square"


def tutor(data: Path, *arguments: str, columns: int = 80, rows: int = 24, **env: str) -> Terminal:
    command = [sys.executable, "-m", "autograd_tutor", *arguments]
    return Terminal(command, columns=columns, rows=rows, env={"AUTOGRAD_TUTOR_DATA": str(data), **env})


def invisible(terminal: Terminal) -> list[str]:
    """Characters painted in the colour of their background."""
    cells = (cell for row in terminal._screen.buffer.values() for cell in row.values())
    return [cell.data for cell in cells if cell.data.strip() and cell.fg == cell.bg != "default"]


def ended(terminal: Terminal, seconds: float = 30) -> int | None:
    """The exit code; read until then, since a program blocks on a terminal that nobody reads."""
    end = time.monotonic() + seconds
    while terminal.process.poll() is None and time.monotonic() < end:
        terminal.read(0.05)
    return terminal.process.poll()


def left_over(mark: str) -> list[str]:
    """The processes that still run and were started, however indirectly, with this mark in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"TUTOR_MARK={mark}".encode() in environment:
                found.append((entry / "cmdline").read_text(errors="replace"))
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_played_on_a_terminal_and_left_without_a_process(tmp_path: Path) -> None:
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    with tutor(tmp_path, SINE, TUTOR_MARK=mark) as terminal:
        terminal.wait_for("What is x.grad", "enter check", seconds=60)
        terminal.send("8cos(16)")
        terminal.wait_for("read as 8·cos(16)")
        terminal.send("\r")
        terminal.wait_for("torch says", seconds=90)
        terminal.send("\x1b[C")
        terminal.wait_for("step 2 of")
        terminal.resize(120, 40)
        terminal.wait_for("graph, with what flowed back")
        terminal.send("\x03")
        assert ended(terminal) == 0
        end = time.monotonic() + 10
        while left_over(mark) and time.monotonic() < end:
            time.sleep(0.1)
        assert left_over(mark) == []


def test_ctrl_c_at_once_leaves_at_once(tmp_path: Path) -> None:
    with tutor(tmp_path) as terminal:
        terminal.wait_for("autograd-tutor", seconds=60)
        terminal.send("\x03")
        assert ended(terminal) == 0


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "xterm"), ("TERM", "screen")])
def test_poor_terminals_are_enough(tmp_path: Path, name: str, value: str) -> None:
    with tutor(tmp_path, columns=60, rows=20, **{name: value}) as terminal:
        terminal.wait_for("Slopes", "enter open", seconds=60)
        terminal.send("j\r")
        terminal.wait_for("The slope of a square", "· new")
        assert invisible(terminal) == []
        terminal.send("q")
        assert ended(terminal) == 0


def test_killed_after_an_attempt_the_attempt_is_kept(tmp_path: Path) -> None:
    with tutor(tmp_path, SINE) as terminal:
        terminal.wait_for("enter check", seconds=60)
        terminal.send("16\r")
        terminal.wait_for("✗", seconds=90)
        time.sleep(0.5)
        terminal.process.send_signal(signal.SIGKILL)
        terminal.process.wait()
    with tutor(tmp_path) as terminal:
        terminal.wait_for("continue", "A sine around a square", seconds=60)


@pytest.mark.battery
def test_a_wrong_answer_taken_apart_and_killed_in_the_middle(tmp_path: Path) -> None:
    with tutor(tmp_path, SINE) as terminal:
        terminal.wait_for("enter check", seconds=60)
        terminal.send("16\r")
        terminal.wait_for("t take apart", seconds=90)
        terminal.send("\x1b")
        terminal.wait_for("enter answer")
        terminal.send("t")
        terminal.wait_for("step 1 of 3", "slope of torch.sin(y) at y = 16", "▸3")
        terminal.send("cos(y)\r")
        terminal.wait_for("step 2 of 3", "✓ ∂z/∂y = −0.9577", "▸2")
        terminal.send("2x")
        terminal.wait_for("read as 2·x")
        time.sleep(1.5)
        terminal.process.send_signal(signal.SIGKILL)
        terminal.process.wait()
    with tutor(tmp_path, SINE) as terminal:
        terminal.wait_for("step 2 of 3", "read as 2·x", "✓ ∂z/∂y = −0.9577", seconds=90)
        terminal.send("\r")
        terminal.wait_for("(−0.9577) · 8")
        terminal.send("-7.6613\r")
        terminal.wait_for("x.grad is yours to answer")
        terminal.send("\r")
        terminal.wait_for("What is x.grad", "read as −7.6613")
        terminal.send("\r")
        terminal.wait_for("torch says", seconds=30)


@pytest.mark.battery
def test_a_burst_of_keys_is_taken_in_its_order(tmp_path: Path) -> None:
    with tutor(tmp_path, SINE, columns=120, rows=36) as terminal:
        terminal.wait_for("enter check", seconds=60)
        terminal.send("9")
        terminal.wait_for("read as 9")
        terminal.send("\x7f2x+3")
        terminal.wait_for("read as 2·x + 3")
        terminal.send("\x15" + "1+2" + "\x1b[D" * 2 + "4" + "\x1b[H" + "5")
        terminal.wait_for("│ 514+2 ")
        # After esc, h is a hint and no letter; enter, and what follows in the same burst is typed again.
        # Nor is it alt+h, though both come at once.
        terminal.send("\x1bh\r")
        terminal.send("\x15" + "16\r\r17")
        terminal.wait_for("hint 1 of", "✗", "read as 17", seconds=90)


@pytest.mark.battery
def test_what_is_typed_before_the_exercise_opens_is_typed_into_it(tmp_path: Path) -> None:
    with tutor(tmp_path) as terminal:
        terminal.wait_for("enter open", "start", seconds=60)
        terminal.send("\rr+s-q")
        terminal.wait_for("The slope of a square", "r+s-q", seconds=60)
        assert "Shown" not in terminal.screen


@pytest.mark.skipif(sys.platform != "linux", reason="needs a terminal that can be taken away")
def test_a_terminal_that_goes_away_without_a_word_ends_the_tutor(tmp_path: Path) -> None:
    command = ["sh", "-c", f"trap '' HUP; exec {sys.executable} -m autograd_tutor {SINE}"]
    with Terminal(command, env={"AUTOGRAD_TUTOR_DATA": str(tmp_path)}) as terminal:
        terminal.wait_for("enter check", seconds=60)
        terminal.send("8cos")
        terminal.wait_for("8cos")
        os.close(terminal.master)
        terminal.master = os.open(os.devnull, os.O_RDONLY)
        assert terminal.process.wait(30) == 0
    assert Records.at(tmp_path).draft(SINE, 0) == "8cos"
