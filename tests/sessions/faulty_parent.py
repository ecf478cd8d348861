"""A sessions' parent whose children break when help is asked for."""

import os
import socket
import sys

from autograd_tutor.sandbox.lifeline import end_with_lifeline
from autograd_tutor.sessions import parent
from autograd_tutor.tui.app import TutorApp

end_with_lifeline()
HERE = os.getpid()
ask_for_help = TutorApp.action_help


def broken(app: TutorApp) -> None:
    if os.getpid() != HERE:
        raise RuntimeError("help is broken")
    ask_for_help(app)


TutorApp.action_help = broken  # type: ignore[method-assign]
parent.main(socket.socket(fileno=int(sys.argv[1])))
