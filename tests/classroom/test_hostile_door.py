"""What a hostile client may try against the SSH server, while someone else goes on working undisturbed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

import asyncssh
import pytest
from asyncssh.packet import Byte, String, UInt32
from served import QUIET, Bystander, Served, Student

NAMES = ("alice", "bob", "eve", *(f"mallory{number}" for number in range(40)))
_UNUSED = pytest.StashKey[list[str]]()
_IGNORE, _USERAUTH_REQUEST, _WINDOW_ADJUST = 2, 50, 93


@contextlib.asynccontextmanager
async def bystander(served: Served, worst: float = 5) -> AsyncIterator[Bystander]:
    """Bob types throughout, and all of it arrives; the front does not grow meanwhile."""
    async with Bystander(served, "bob") as bob:
        before = served.peak
        yield bob
        await bob.is_served(worst)
        assert served.peak < before + 150
    assert "a fault of the front" not in served.log


@pytest.fixture
def mallory(request) -> str:
    """A student's name that no other test uses."""
    unused = request.config.stash.setdefault(_UNUSED, [name for name in NAMES if name.startswith("mallory")])
    return unused.pop()


# --- nothing but a terminal ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [["ls", "/"], ["-s", "sftp"], ["-W", "127.0.0.1:1"], ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:[::1]:1"]],
    ids=["a command", "a subsystem", "a way through", "a port from there"],
)
def test_no_client_of_openssh_gets_more_than_a_terminal(served, options, mallory):
    flags, command = (options, []) if options[0].startswith("-") else ([], options)
    if options[0] == "-s":
        flags, command = ["-s"], ["sftp"]
    said = served.run(mallory, [*served.openssh(mallory, "-T", *flags), *command])
    assert said.returncode != 0
    assert said.stdout == ""


@pytest.mark.parametrize("options", [[], ["-O"]], ids=["over SFTP", "by scp's own command"])
def test_no_file_is_copied(served, tmp_path, options, mallory):
    (tmp_path / "out").write_text("a file")
    copy = served.openssh(mallory, *options, program="scp")
    assert served.run(mallory, [*copy, str(tmp_path / "out"), f"127.0.0.1:{tmp_path}/back"]).returncode != 0
    assert served.run(mallory, [*copy, "127.0.0.1:/etc/passwd", str(tmp_path / "back")]).returncode != 0
    assert not (tmp_path / "back").exists()


async def test_no_channel_leads_anywhere_else(served, tmp_path, mallory):
    async with bystander(served), Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        connection = rogue.connection
        ways = [
            connection.open_connection("127.0.0.1", served.port),
            connection.open_connection("169.254.169.254", 80),
            connection.open_unix_connection("/run/x.sock"),
            connection.open_tun(),
            connection.open_tap(),
            connection.create_process(),
            connection.create_process(term_type="xterm"),
            connection.start_sftp_client(),
            connection.run("id"),
        ]
        for way in ways:
            with pytest.raises((asyncssh.ChannelOpenError, asyncssh.ProcessError, asyncssh.SFTPError)):
                await way
        for listening in (connection.forward_remote_port("", 0, "::1", 1), connection.start_unix_server(None, "/x")):
            with pytest.raises(asyncssh.ChannelListenError):
                await listening
        rogue.type("?")
        await rogue.sees("esc back")


async def test_agent_and_x11_are_not_forwarded(served, mallory):
    said = await asyncio.to_thread(served.run, mallory, served.openssh(mallory, "-X", "-A", "-v", "-T"))
    assert "X11 forwarding request failed" in said.stderr or "No xauth" in said.stderr or "DISPLAY" in said.stderr
    assert "needs a terminal" in said.stdout
    assert said.returncode == 2


# --- terminals that cannot be -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (2**32 - 1, 2**32 - 1), (2**31, 3), (65536, 65536)], ids=str)
async def test_sizes_that_no_terminal_has(served, size, mallory):
    async with asyncssh.connect(
        "127.0.0.1", served.port, username=mallory, password=served.codes[mallory], **QUIET
    ) as connection:
        process = await connection.create_process(term_type="xterm", term_size=size, encoding=None)
        painted = await asyncio.wait_for(process.stdout.read(2000), 20)
        assert b"\x1b[?1049h" in painted
        process.change_terminal_size(*size)
        process.stdin.write(b"\x1b[B")
        await asyncio.wait_for(process.stdout.read(10), 20)


@pytest.mark.parametrize("term", ["dumb", "x" * 10_000, "xterm\x1b]0;owned\x07", "../../etc/passwd", "a\nb"])
async def test_terminal_types_that_nobody_knows(served, term, mallory):
    async with asyncssh.connect(
        "127.0.0.1", served.port, username=mallory, password=served.codes[mallory], **QUIET
    ) as connection:
        process = await connection.create_process(term_type=term, term_size=(80, 24), encoding=None)
        assert b"owned" not in await _painted(process, b"enter")


@pytest.mark.battery
async def test_hundreds_of_variables_signals_breaks_and_new_keys(served, mallory):
    async with bystander(served):
        async with asyncssh.connect(
            "127.0.0.1", served.port, username=mallory, password=served.codes[mallory], rekey_bytes=10_000, **QUIET
        ) as connection:
            many = {f"LD_PRELOAD{number}": "x" * 1000 for number in range(300)}
            many |= {"PYTHONPATH": "/tmp", "TEXTUAL": "devtools", "COLORTERM": "true\x1b[31mcolor", "HOME": "/tmp"}
            process = await connection.create_process(term_type="xterm", term_size=(80, 24), env=many, encoding=None)
            for signal in ("KILL", "STOP", "SEGV", "INT", "WINCH") * 10:
                process.channel.send_signal(signal)
                process.channel.send_break(1000)
            await _painted(process, b"enter")
            for _ in range(30):
                process.stdin.write(b"\x1b[B\x1b[A")
                assert await process.stdout.read(1 << 16)
        (session,) = served.sessions(mallory)
        environment = _environment(session)
        assert not {key for key in environment if "LD_PRELOAD" in key}
        assert environment.get("PYTHONPATH") != "/tmp"


async def _painted(process: asyncssh.SSHClientProcess[bytes], text: bytes) -> bytes:
    """What comes until a text does."""
    painted = b""
    async with asyncio.timeout(20):
        while text not in painted:
            data = await process.stdout.read(1 << 16)
            assert data, f"the screen ended after {painted!r}"
            painted += data
    return painted


def _environment(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/environ") as file:
        return dict(one.partition("=")[::2] for one in file.read().split("\0") if one)


# --- floods -------------------------------------------------------------------------------------------------------


@pytest.mark.battery
async def test_a_paste_of_megabytes(served, mallory):
    async with bystander(served), Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        rogue.type("\r")
        await rogue.sees("enter check")
        rogue.type(b"\x1b[200~" + b"7" * 3_000_000 + b"\x1b[201~")
        rogue.type(b"8" * 3_000_000)
        await asyncio.sleep(3)
        rogue.type(b"\x03")


@pytest.mark.battery
async def test_a_window_that_never_stops_being_dragged(served, mallory):
    async with bystander(served), Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        for step in range(300):
            rogue.process.change_terminal_size(20 + step % 380, 6 + step % 140)
            await asyncio.sleep(0.01)
        rogue.resize(80, 24)
        rogue.type("?")
        await rogue.sees("esc back")


@pytest.mark.battery
async def test_a_client_that_reads_nothing_while_its_screen_is_painted(served, mallory):
    async with bystander(served), Student(served, mallory) as rogue:
        await rogue.sees("enter open")
        connection = rogue.connection
        connection.send_packet(_WINDOW_ADJUST, UInt32(0), UInt32(2**31))
        connection._transport.pause_reading()
        for step in range(200):
            rogue.process.change_terminal_size(300 + step % 100, 100 + step % 50)
            rogue.type("\x1b[B\x1b[A")
            await asyncio.sleep(0.01)
        async with Student(served, mallory, columns=100) as again:
            await again.sees("enter open")


async def test_packets_that_swell_when_they_are_unpacked(served, mallory):
    async with bystander(served):
        bomb = await asyncssh.connect(
            "127.0.0.1",
            served.port,
            username=mallory,
            password=served.codes[mallory],
            compression_algs=["zlib@openssh.com"],
            **QUIET,
        )
        bomb.send_packet(_IGNORE, String(bytes(100 << 20)))
        await asyncio.wait_for(bomb.wait_closed(), 20)


# --- the way in ---------------------------------------------------------------------------------------------------


async def test_connections_that_never_say_what_they_want(served):
    async with bystander(served):
        idle = []
        for number in range(600):
            one = socket.create_connection(("127.0.0.1", served.port))
            one.setblocking(False)
            if number % 3 == 1:
                one.send(b"\x00\xff garbage \x1b[31m" * 20 + b"\r\n")
            elif number % 3 == 2:
                one.send(b"SSH-2.0-slow\r\n\x00")
            idle.append(one)
            await asyncio.sleep(0)
        async with Student(served, "alice") as alice:
            await alice.sees("enter open")
        assert served.descriptors < 600
        for one in idle:
            one.close()


@pytest.mark.battery
async def test_logins_that_never_ask_for_a_screen(served, mallory):
    async with bystander(served):
        many = [
            await asyncssh.connect("127.0.0.1", served.port, username=mallory, password=served.codes[mallory], **QUIET)
            for _ in range(20)
        ]
        async with Student(served, mallory) as rogue:
            await rogue.sees("enter open")
        for one in many:
            one.abort()


@pytest.mark.battery
async def test_wrong_codes_by_the_hundred_keep_nobody_out(served):
    async def guess(number: int) -> None:
        name = "alice" if number % 2 else f"nobody{number}"
        with contextlib.suppress(asyncssh.Error, OSError):
            await asyncssh.connect("127.0.0.1", served.port, username=name, password=f"code {number}", **QUIET)

    async with bystander(served):
        guesses = [asyncio.ensure_future(guess(number)) for number in range(400)]
        await asyncio.sleep(2)
        async with Student(served, "eve") as eve:
            await eve.sees("enter open")
        for one in guesses:
            one.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)
        began = time.monotonic()
        async with Student(served, "alice") as alice:
            await alice.sees("enter open")
        assert time.monotonic() - began < 15


@pytest.mark.battery
async def test_a_name_is_not_changed_while_a_code_is_checked(served, mallory):
    class Turncoat(asyncssh.SSHClient):
        """Asks as mallory with mallory's code, and at once as the teacher."""

        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            self.connection = conn

        def password_auth_requested(self) -> str:
            asyncio.get_running_loop().call_later(0.005, self.turn)
            return served.codes[mallory]

        def turn(self) -> None:
            packet = (String("teacher"), String("ssh-connection"), String("password"), Byte(0), String("x"))
            self.connection.send_packet(_USERAUTH_REQUEST, *packet)

    for _ in range(2):
        try:
            connection, _client = await asyncssh.create_connection(
                Turncoat, "127.0.0.1", served.port, username=mallory, preferred_auth="password", **QUIET
            )
        except (asyncssh.Error, OSError):
            continue
        process = await connection.create_process(term_type="xterm", term_size=(100, 30), encoding=None)
        await process.stdout.read(100)
        connection.abort()
    assert "teacher (teacher)" not in served.log


@pytest.mark.battery
async def test_the_keys_of_one_name_open_no_other_names_door(tmp_path):
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "mallory").write_text(key.export_public_key().decode())
    (tmp_path / "keys" / "alice").write_text(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode())

    class Turncoat(asyncssh.SSHClient):
        """Is refused a code as mallory, then offers mallory's key as somebody else."""

        def __init__(self, name: str) -> None:
            self._name = name

        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            self._connection = conn

        def password_auth_requested(self) -> str | None:
            if self._connection._username == self._name:
                return None
            self._connection._username = self._name
            return "wrong"

    with Served(tmp_path, [], "--keys", str(tmp_path / "keys")) as served:
        for name in ("alice", "teacher", "nobody"):
            order = "password,publickey"
            with pytest.raises(asyncssh.Error):
                await asyncssh.create_connection(
                    lambda name=name: Turncoat(name),
                    "127.0.0.1",
                    served.port,
                    username="mallory",
                    preferred_auth=order,
                    **(QUIET | {"client_keys": [key]}),
                )
        assert " (teacher) from" not in served.log
        assert "alice (student) from" not in served.log


@pytest.mark.parametrize(
    "name",
    ["", "\x1b]0;owned\x07", "alice' OR '1'='1", "[bold red]alice[/]", "../alice", "a" * 1000, "a" * 10_000, "аlice"],
    ids=["empty", "escape", "SQL", "markup", "path", "long", "longer", "Cyrillic a"],
)
async def test_names_that_are_nobodys(served, name):
    with pytest.raises((asyncssh.Error, OSError, UnicodeError, ValueError)):
        await asyncssh.connect("127.0.0.1", served.port, username=name, password=served.codes["alice"], **QUIET)
    assert "\x1b" not in served.log


@pytest.mark.battery
async def test_two_hundred_comings_and_goings_leave_nothing_behind(served, mallory):
    async with bystander(served):
        async with Student(served, "alice") as alice:
            await alice.sees("enter")
        await asyncio.sleep(0.5)
        before = served.descriptors
        for round_ in range(20):
            many = [Student(served, ("alice", mallory, "eve")[one % 3]) for one in range(10)]
            await asyncio.gather(*(one.connect() for one in many), return_exceptions=True)
            for one in many:
                if round_ % 2:
                    one.connection.abort()
                else:
                    one.connection.close()
        async with asyncio.timeout(20):
            while served.descriptors > before + 8:
                await asyncio.sleep(0.1)
    assert "was never retrieved" not in served.log
