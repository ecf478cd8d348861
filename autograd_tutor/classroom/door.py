"""The SSH server's door: who may come in, how often one may try, and everything but a terminal refused."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import asyncssh

from autograd_tutor.classroom.doorway import Doorway
from autograd_tutor.classroom.inflate import bound_inflation
from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.names import quoted
from autograd_tutor.classroom.register import Register, Who
from autograd_tutor.classroom.screen import Screen
from autograd_tutor.classroom.throttle import Throttle

_TRIES = 6
"""Codes on one connection."""
_PATIENCE = 15.0
"""Seconds that a try may have to wait for its turn."""
_NICE = 5
"""How much the slow hashes stand back for whoever is typing."""
SERVER_OPTIONS = {
    "server_version": "autograd-tutor",
    "encoding": None,
    "line_editor": False,
    "agent_forwarding": False,
    "x11_forwarding": False,
    "allow_scp": False,
    "compression_algs": ["zlib@openssh.com", "none"],
    "encryption_algs": [
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "aes256-ctr",
        "aes192-ctr",
        "aes128-ctr",
    ],
    "keepalive_interval": 15,
    "keepalive_count_max": 4,
    "login_timeout": 120,
    "gss_host": None,
    "kex_algs": "-*sha1",
}
"""For asyncssh.listen. Compression takes a first frame from 50 KB to 2; agent forwarding is asyncssh's default.

Of the ciphers chacha20 is left out: asyncssh makes four of it for every packet, which was most of a key stroke's cost
here; AES in GCM costs a tenth, and every client has it or AES in CTR."""


class Desks:
    """What all doors share: the register, the limits, and threads for the slow hashes."""

    def __init__(self, register: Register) -> None:
        bound_inflation()
        self.register = register
        self.throttle = Throttle()
        self.doorway: Doorway[Door] = Doorway()
        # On Linux a thread has a niceness of its own.
        self.threads = ThreadPoolExecutor(2, "codes", initializer=partial(os.nice, _NICE))


class Door(asyncssh.SSHServer):
    """One connection."""

    def __init__(self, desks: Desks, screen: Callable[[Who], Screen]) -> None:
        self._desks = desks
        self._make_screen = screen
        self._who: Who | None = None
        self._typed = ""
        self._tries = 0
        self._seated = False
        self._connection: asyncssh.SSHServerConnection
        self._address = ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody knocks; whoever stands there longest without asking for a screen may have to go."""
        self._connection = conn
        peer = conn.get_extra_info("peername")
        self._address = str(peer[0]).removeprefix("::ffff:") if peer else ""
        turned_away = self._desks.doorway.enter(self._address, self)
        if turned_away is not None:
            turned_away.close()

    def close(self) -> None:
        """No more room in the doorway."""
        self._connection.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone."""
        self._desks.doorway.leave(self._address, self)

    # --- logging in -----------------------------------------------------------------------------------------------

    def begin_auth(self, username: str) -> bool:
        """Everybody has to show a code or a key."""
        self._typed = username[:64]
        self._who = self._desks.register.who(self._typed)
        # Set even where there are none: a client may try several names, and one's keys must not open another's door.
        self._connection.set_authorized_keys(self._keys())
        return True

    def _keys(self) -> asyncssh.SSHAuthorizedKeys:
        try:
            return asyncssh.import_authorized_keys(self._desks.register.authorized_keys(self._typed) or "")
        except ValueError as problem:
            LOG.warning("%s: the keys can't be read: %s", quoted(self._typed), problem)
            return asyncssh.import_authorized_keys("")

    def public_key_auth_supported(self) -> bool:
        """Where there are keys."""
        return True

    def password_auth_supported(self) -> bool:
        """A code."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Whether it is this name's code; in a thread, since it is slow by intent."""
        self._tries += 1
        if self._tries > _TRIES:
            raise asyncssh.DisconnectError(
                asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "Too many wrong codes: connect again."
            )
        desks, typed, who = self._desks, self._typed, self._who
        if not await self._turn():
            LOG.warning("%s from %s: too many wrong codes, has to wait", quoted(typed), self._address)
            return False
        check = desks.register.check
        right = await asyncio.get_running_loop().run_in_executor(desks.threads, check, typed, password[:200])
        if right and who is not None and who is self._who:
            desks.throttle.succeeded(typed, self._address)
            return True
        LOG.warning("%s from %s: a wrong code", quoted(typed), self._address)
        return False

    async def _turn(self) -> bool:
        """Wait until a code may be tried; False if that would take too long."""
        now = asyncio.get_running_loop().time
        throttle, name, address = self._desks.throttle, self._typed, self._address
        own_code = self._who is not None and self._who.kept
        end = now() + _PATIENCE
        while not throttle.allowed(name, address, now(), own_code=own_code):
            if now() > end:
                return False
            await asyncio.sleep(throttle.wait(name, address, now(), own_code=own_code))
        return True

    def kbdint_auth_supported(self) -> bool:
        """A code, asked for by us."""
        return True

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        """One prompt; clients answer by themselves only where its last word is one like this."""
        return "", "", "", [("Your passcode: ", False)]

    async def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        """As a password."""
        return len(responses) == 1 and await self.validate_password(username, responses[0])

    def auth_completed(self) -> None:
        """They are in, and may ask for a screen."""
        if self._who is not None:
            LOG.info("%s (%s) from %s", self._who.name, self._who.role, self._address)

    # --- what is given: one terminal ------------------------------------------------------------------------------

    def session_requested(self) -> Screen | bool:
        """One channel with a screen; a second one is refused."""
        if self._who is None or self._seated:
            return False
        self._seated = True
        self._desks.doorway.leave(self._address, self)
        return self._make_screen(self._who)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        """No forwarding (-L, -D)."""
        return False

    def unix_connection_requested(self, dest_path: str) -> bool:
        """Nor to sockets here."""
        return False

    def server_requested(self, listen_host: str, listen_port: int) -> bool:
        """Nor from here (-R)."""
        return False

    def unix_server_requested(self, listen_path: str) -> bool:
        """Nor from sockets here."""
        return False

    def tun_requested(self, unit: int | None) -> bool:
        """No tunnels."""
        return False

    def tap_requested(self, unit: int | None) -> bool:
        """Nor these."""
        return False
