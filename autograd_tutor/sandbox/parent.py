"""The warm parent: has everything imported once, and answers the face's requests for workers.

The face asks with a byte and gets a socket to a worker that is ready.
Run as `python -P -m autograd_tutor.sandbox.parent DESCRIPTOR`.
"""

from __future__ import annotations

import fcntl
import gc
import os
import select
import socket
import sys

_QUIET = 400
"""Milliseconds without a request after which there is time to warm up what fewer programs need."""


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


def main(channel: socket.socket) -> None:
    """Answer as soon as most programs can run; then warm up the rest, and go on."""
    from autograd_tutor.sandbox import warm
    from autograd_tutor.sandbox.forking import Nursery

    gc.disable()
    warm.up()
    nursery = Nursery(channel)
    nursery.serve(_QUIET)
    for _ in warm.further():
        nursery.serve(0)
    nursery.serve()


if __name__ == "__main__":
    end_with_lifeline()
    main(socket.socket(fileno=int(sys.argv[1])))
