"""The learner says how many colours the terminal has; the bytes that go to it are looked at."""

from __future__ import annotations

import os
import re
import select
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from terminal import Terminal

CODES = {
    "all": rb"[34]8;2;(\d+);(\d+);(\d+)",
    "256": rb"[34]8;5;\d+",
    "16": rb"\x1b\[(?:[\d;]*;)?(?:3[0-7]|9[0-7])[;m]",
}


class Recorded(Terminal):
    """Keeps what came since it was last looked at."""

    bytes = b""

    def read(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        data = os.read(self.master, 1 << 16)
        self.bytes += data
        self._stream.feed(data)
        return bool(data)

    def painted(self, key: str, *texts: str) -> dict[str, list[object]]:
        """Press a key; the codes of each kind of colour in what is painted then."""
        self.bytes = b""
        self.send(key)
        self.wait_for(*texts)
        self.settle(0.2)
        return {name: re.findall(code, self.bytes) for name, code in CODES.items()}


def test_colours_go_from_256_to_16_to_none_to_all(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "autograd_tutor"]
    with Recorded(command, env={"AUTOGRAD_TUTOR_DATA": str(tmp_path), "COLORTERM": ""}) as terminal:
        terminal.wait_for("Slopes", "enter open", seconds=60)
        terminal.settle()
        assert re.search(CODES["256"], terminal.bytes)
        assert not re.search(CODES["all"], terminal.bytes)
        sixteen = terminal.painted("c", "in 16 colours")
        assert sixteen["16"]
        assert not sixteen["all"]
        none = terminal.painted("c", "in no colours")
        assert none["all"]
        assert all(red == green == blue for red, green, blue in none["all"])
        everything = terminal.painted("c", "in all colours")
        assert any(red != blue for red, green, blue in everything["all"])
        assert not everything["256"]
        terminal.send("q")
