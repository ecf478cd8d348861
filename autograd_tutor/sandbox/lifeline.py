"""How a warm parent ends with the process that started it."""

from __future__ import annotations

import fcntl
import os
import select


def end_with_lifeline() -> None:
    """The kernel ends this process when the other end of its standard input is closed.

    Not by PR_SET_PDEATHSIG: that follows the thread which started this process, and a face may
    start it from one that ends. Needs no thread, so it holds while importing, too.
    """
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    lifeline = select.poll()
    lifeline.register(0, select.POLLIN)
    if lifeline.poll(0):
        os._exit(0)
