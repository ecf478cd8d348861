"""Slips of paper: what one student needs to come in, to print, cut and hand out."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.classroom.roster import Issued

USUAL_PORT = 2222
_CUT = "- " * 36
_SLIP = """
    {title}

    1. Open a terminal (on Windows: PowerShell) and type

           {command}

    2. The first time, ssh shows the server's fingerprint: if it is the
       one on the board, answer yes.

    3. Type your passcode. Nothing appears while you type; capitals and
       dashes do not matter.

           {code}

    The passcode is yours alone: what you do is kept under your name.
"""


def ssh_line(name: str, host: str, port: int) -> str:
    """What someone types to come in. Compressed (-C), a screen travels as 2 KB in place of 50."""
    return f"ssh -C {name}@{host}" if port == 22 else f"ssh -C -p {port} {name}@{host}"


def slips(issued: Iterable[Issued], host: str, port: int) -> str:
    """One slip for each, a dashed line to cut along after each; 72 columns of plain text."""
    return "".join(
        _SLIP.format(
            title=f"{one.full}  ({one.name})" if one.full else one.name,
            command=ssh_line(one.name, host, port),
            code=one.code,
        )
        + f"\n{_CUT.rstrip()}\n"
        for one in issued
    )
