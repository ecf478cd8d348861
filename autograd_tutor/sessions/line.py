"""A session's end of its line to the front: what it tells, what it asks, and what it hears."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from threading import Lock
from typing import Any

import msgspec

from autograd_tutor.room import wire
from autograd_tutor.room.messages import (
    Ask,
    Attempts,
    Draft,
    Execute,
    Frame,
    FromSession,
    History,
    Ping,
    Places,
    Pong,
    Question,
    Reply,
    ToSession,
    Where,
    to_session,
)
from autograd_tutor.room.rules import Seat
from autograd_tutor.sandbox.frames import END
from autograd_tutor.teaching.model import Attempt

_ANSWERS: dict[type[Question], Any] = {
    Attempts: list[Attempt],
    Places: list[Where],
    Draft: str | None,
    History: list[Attempt],
}
"""Of which type an answer is; of all other questions: None."""
_PIECE = 1 << 16

Told = tuple[bytes, bytes]
"""One frame of a run: its kind and payload."""


class Line:
    """Tells from any thread; hears in the app's event loop, which alone reads the socket."""

    def __init__(self, connection: socket.socket, seat: Seat) -> None:
        """The stream socket to the front; whatever came before `attach` waits in it."""
        self._connection = connection
        self._seat = seat
        self._sending = Lock()
        self._numbers = count(1)
        self._unpacker = wire.Unpacker()
        self._asked: dict[int, tuple[type[Question], Future[Any]]] = {}
        self._runs: dict[int, Callable[[Told], object]] = {}
        self._kept: deque[ToSession] = deque()
        self._heard: Callable[[ToSession], None] | None = None
        self._first: Callable[[ToSession], None] = lambda message: None
        self._ended: Callable[[], None] = lambda: None
        self._broken: Callable[[Exception], None] = lambda error: None

    @property
    def seat(self) -> Seat:
        """Whose session this is."""
        return self._seat

    def attach(
        self,
        first: Callable[[ToSession], None],
        ended: Callable[[], None],
        broken: Callable[[Exception], None],
    ) -> None:
        """Begin to read, in the running event loop. `first` hears all that `listen`'s hearer does, before it.

        `ended` is called once the front has closed the line; `broken`, when what it said could not be heard.
        """
        self._first, self._ended, self._broken = first, ended, broken
        self._connection.setblocking(True)
        asyncio.get_running_loop().add_reader(self._connection, self._read)

    def listen(self, heard: Callable[[ToSession], None]) -> None:
        """Hand over what the front says, in the app's event loop; what it has said before, at once."""
        self._heard = heard
        while self._kept:
            heard(self._kept.popleft())

    def tell(self, message: FromSession) -> None:
        """Send one message, from any thread. What a front that has gone would be told is lost."""
        data = wire.pack(message)
        with self._sending:
            try:
                self._connection.sendall(data)
            except OSError:
                self._connection.close()

    async def ask(self, question: Question) -> Any:
        """The front's answer, of the type that the question names. Raises RuntimeError, whose message is a sentence."""
        return await asyncio.wrap_future(self._put(question))

    def call(self, question: Question) -> Any:
        """The same for another thread than the loop's: blocks it."""
        return self._put(question).result()

    def execute(self, job: bytes, shared: bool, told: Callable[[Told], object]) -> int:
        """Have a job run; `told` gets each frame, in the loop's thread. The run's number."""
        number = next(self._numbers)
        self._runs[number] = told
        self.tell(Execute(number, job, shared))
        return number

    def _put(self, question: Question) -> Future[Any]:
        number, answer = next(self._numbers), Future[Any]()
        self._asked[number] = type(question), answer
        self.tell(Ask(number, question))
        return answer

    def _read(self) -> None:
        try:
            data = self._connection.recv(_PIECE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close()
            return
        try:
            for message in self._unpacker.feed(data):
                self._take(to_session.decode(message))
        except Exception as error:
            self._broken(error)

    def _close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._connection)
        gone = RuntimeError("The class's server has gone.")
        for _, answer in self._asked.values():
            answer.set_exception(gone)
        self._asked.clear()
        self._ended()

    def _take(self, message: ToSession) -> None:
        match message:
            case Ping(number):
                self.tell(Pong(number))
            case Reply():
                self._answer(message)
            case Frame(number, kind, payload):
                told = self._runs.get(number)
                if kind in (END, b""):
                    self._runs.pop(number, None)
                if told is not None:
                    told((kind, payload))
            case _:
                self._first(message)
                if self._heard is None:
                    self._kept.append(message)
                else:
                    self._heard(message)

    def _answer(self, reply: Reply) -> None:
        asked = self._asked.pop(reply.number, None)
        if asked is None:
            return
        question, answer = asked
        try:
            if reply.error is not None:
                raise RuntimeError(reply.error)
            value = msgspec.msgpack.decode(reply.value, type=_ANSWERS.get(question))
        except (RuntimeError, msgspec.MsgspecError) as problem:
            answer.set_exception(problem)
        else:
            answer.set_result(value)
