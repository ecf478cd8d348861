"""What is printed when a class opens: where it listens, the line to type, the fingerprint; a card for the board."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import asyncssh

from autograd_tutor.classroom.roster import Issued
from autograd_tutor.classroom.slips import ssh_line


def opening(
    listening: Sequence[tuple[str, int]], group: str, key: asyncssh.SSHKey, teachers: Sequence[str], open_class: bool
) -> str:
    """The first lines, for the teacher's terminal."""
    port = listening[0][1]
    host = _reached_at(listening[0][0])
    lines = [f"listening on {address} port {port}" for address, port in listening]
    student = "your-name" if open_class else "NAME"
    lines += [
        "",
        f"class {group}",
        f"  students:  {ssh_line(student, host, port)}",
        *(f"  teacher:   {ssh_line(name, host, port)}" for name in teachers),
        f"  host key:  {key.get_fingerprint()}",
    ]
    return "\n".join(lines)


def card(address: str, port: int, group: str, key: asyncssh.SSHKey, *, code: str | None, by_keys: bool) -> str:
    """A card for the board: what a student types, and what to check at the first connection.

    `code`: an open class's; `by_keys`: students have SSH keys, so that nobody is asked for a code.
    """
    passcode = code or "on your slip"
    lines = [
        f"autograd-tutor · {group}",
        "",
        ssh_line("your-name" if code else "NAME", _reached_at(address), port),
        "",
        *([] if by_keys else [f"passcode: {passcode}"]),
        "Asked about the host key at first? It must say",
        key.get_fingerprint(),
    ]
    width = max(map(len, lines))
    rows = [f"  │ {line.ljust(width)} │" for line in lines]
    return "\n".join([f"  ╭{'─' * (width + 2)}╮", *rows, f"  ╰{'─' * (width + 2)}╯"])


def codes(fresh: Sequence[Issued]) -> str:
    """The codes of teachers who have none yet, shown this once."""
    if not fresh:
        return ""
    made = "\n".join(f"  {one.name}: {one.code}" for one in fresh)
    return f"a new code for each teacher, shown only now:\n{made}"


def _reached_at(address: str) -> str:
    """The name to type for a server that listens on `address`."""
    return socket.gethostname() if address in ("*", "0.0.0.0", "::", "") else address
