"""Typing ahead of a slow line or a busy machine: every key finds the screen that the keys before it left.

Textual hands all waiting keys out before the first has done its work: a letter overtakes a backspace, which has to
bubble up to the bindings, and what is typed after `enter` acts on the screen that is about to go.
"""

from __future__ import annotations

import time
from collections import deque

from textual import on
from textual.app import App
from textual.events import Event, Key, MouseEvent, Paste
from textual.keys import _character_to_key
from textual.message import Message

PATIENCE = 2.0
"""Seconds after which a key that never came back is given up."""


class Passed(Message):
    """Follows a key on its way up through the same queues: when this arrives at the app, the key is done."""


def _parted(event: Key | Paste) -> list[Key | Paste]:
    """`esc` and `h` that come in one packet read as alt+h: no screen has keys with alt, so they are two."""
    if isinstance(event, Key) and event.key.startswith("alt+") and event.character:
        return [Key("escape", "\x1b"), Key(_character_to_key(event.character), event.character)]
    return [event]


class OneKeyAtATime(App[None]):
    """An app that looks at a key only when the key before has done its work."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting_keys: deque[Key | Paste] = deque()
        self._out_since: float | None = None
        self._held = False
        self.deaf = False
        """Keys, pasted text and the mouse do nothing."""

    @property
    def keys_waiting(self) -> int:
        """How many keys and pastes have not had their turn."""
        return len(self._waiting_keys)

    def hold_keys(self) -> None:
        """From now on keys wait, until `release_keys`: a screen opens on which they are to act."""
        self._held = True

    def release_keys(self) -> None:
        """The screen is there: now the keys."""
        self._held = False
        self.call_next(self._hand_out)

    def drop_keys(self) -> None:
        """Forget the keys that wait: they were meant for a screen that is covered now."""
        self._waiting_keys.clear()

    async def on_event(self, event: Event) -> None:
        """Keys and pasted text wait for their turn; ctrl+c never waits."""
        if self.deaf and isinstance(event, Key | Paste | MouseEvent) and getattr(event, "key", "") != "ctrl+c":
            self._waiting_keys.clear()
            return
        if not isinstance(event, Key | Paste) or event.is_forwarded or getattr(event, "key", "") == "ctrl+c":
            await super().on_event(event)
            return
        self._waiting_keys.extend(_parted(event))
        if self._out_since is not None and time.monotonic() - self._out_since > PATIENCE:
            self._out_since = None
        await self._hand_out()

    async def _hand_out(self) -> None:
        if self._waiting_keys and not self._held and self._out_since is None:
            self._out_since = time.monotonic()
            target = self.focused or self.screen
            await super().on_event(self._waiting_keys.popleft())
            target.post_message(Passed())

    @on(Passed)
    async def _passed(self) -> None:
        self._out_since = None
        await self._hand_out()
