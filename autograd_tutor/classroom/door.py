"""The SSH server's door: who may come in, how often one may try, and everything but a terminal refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import asyncssh

from autograd_tutor.classroom.doorway import Doorway
from autograd_tutor.classroom.log import LOG
from autograd_tutor.classroom.names import quoted
from autograd_tutor.classroom.register import Register, Who
from autograd_tutor.classroom.screen import Screen
from autograd_tutor.classroom.throttle import Throttle

_TRIES = 6
"""Codes on one connection."""
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
    "login_timeout": 30,
    "gss_host": None,
    "kex_algs": "-*sha1",
}
"""For asyncssh.listen. Compression takes a first frame from 50 KB to 2; agent forwarding is asyncssh's default.

Of the ciphers chacha20 is left out: asyncssh makes four of it for every packet, which was most of a key stroke's cost
here; AES in GCM costs a tenth, and every client has it or AES in CTR."""


class Desks:
    """What all doors share: the register, the limits, and threads for the slow hashes."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.throttle = Throttle()
        self.doorway: Doorway[Door] = Doorway()
        self.threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="codes")


class Door(asyncssh.SSHServer):
    """One connection."""

    def __init__(self, desks: Desks, screen: Callable[[Who], Screen]) -> None:
        self._desks = desks
        self._make_screen = screen
        self._who: Who | None = None
        self._typed = ""
        self._tries = 0
        self._inside = False
        self._seated = False
        self._connection: asyncssh.SSHServerConnection
        self._address = ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody knocks; whoever stands there longest may have to go."""
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
        keys = self._desks.register.authorized_keys(self._typed)
        if keys:
            try:
                self._connection.set_authorized_keys(asyncssh.import_authorized_keys(keys))
            except ValueError as problem:
                LOG.warning("%s: the keys can't be read: %s", quoted(self._typed), problem)
        return True

    def public_key_auth_supported(self) -> bool:
        """Where there are keys."""
        return True

    def password_auth_supported(self) -> bool:
        """A code."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Whether it is this name's code; in a thread, since it is slow by intent."""
        desks = self._desks
        self._tries += 1
        if self._tries > _TRIES:
            raise asyncssh.DisconnectError(
                asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "Too many wrong codes: connect again."
            )
        if not desks.throttle.allowed(self._typed, self._address, time.monotonic()):
            LOG.warning("%s from %s: too many wrong codes, has to wait", quoted(self._typed), self._address)
            return False
        right = await asyncio.get_running_loop().run_in_executor(
            desks.threads, desks.register.check, self._typed, password[:200]
        )
        if right and self._who is not None:
            desks.throttle.succeeded(self._typed, self._address)
            return True
        LOG.warning("%s from %s: a wrong code", quoted(self._typed), self._address)
        return False

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
        """They are in."""
        self._inside = True
        self._desks.doorway.leave(self._address, self)
        if self._who is not None:
            LOG.info("%s (%s) from %s", self._who.name, self._who.role, self._address)

    # --- what is given: one terminal ------------------------------------------------------------------------------

    def session_requested(self) -> Screen | bool:
        """One channel with a screen; a second one is refused."""
        if self._who is None or self._seated:
            return False
        self._seated = True
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
