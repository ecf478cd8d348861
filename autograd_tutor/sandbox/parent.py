"""The warm parent: has everything imported once, and answers the face's requests for workers.

The face asks with a byte and gets a socket to a worker that is ready.
Run as `python -P -m autograd_tutor.sandbox.parent DESCRIPTOR`.
"""

from __future__ import annotations

import gc
import socket
import sys

from autograd_tutor.sandbox.lifeline import end_with_lifeline

_QUIET = 400
"""Milliseconds without a request after which there is time to warm up what fewer programs need."""


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
