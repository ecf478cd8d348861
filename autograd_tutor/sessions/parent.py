"""The warm parent of the sessions: has the app imported and run once, and forks one child per student.

Run as `python -P -m autograd_tutor.sessions.parent DESCRIPTOR`; standard input is its lifeline.
"""

from __future__ import annotations

import gc
import os
import socket
import sys

from autograd_tutor.sandbox.lifeline import end_with_lifeline

_TEXTUAL = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_FPS": "30", "TEXTUAL_SMOOTH_SCROLL": "0"}
"""Read when Textual is imported: nothing moves by itself, few frames in a second."""


def main(channel: socket.socket) -> None:
    """Warm up, and serve until the front ends."""
    os.environ.update(_TEXTUAL)
    gc.disable()
    from autograd_tutor.sessions import confinement, warm
    from autograd_tutor.sessions.forking import Nursery

    styles = warm.up()
    confinement.get_ready()
    Nursery(channel, styles).serve()


if __name__ == "__main__":
    end_with_lifeline()
    main(socket.socket(fileno=int(sys.argv[1])))
