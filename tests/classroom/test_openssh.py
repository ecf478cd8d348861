"""A class with OpenSSH alone: its own server, a forced command, and no way to anything but the tutor."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from autograd_tutor.records.store import Records

sys.path.insert(0, str(Path(__file__).parents[1]))
from terminal import Terminal

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
USER = pwd.getpwuid(os.getuid()).pw_name
HOST = f"{USER}@127.0.0.1"

pytestmark = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None, reason="needs OpenSSH's server and client (openssh-server)"
)

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {folder}/me.pub
Subsystem sftp internal-sftp
SetEnv AUTOGRAD_TUTOR_RECORDS=sqlite:///{folder}/class.sqlite3 TUTOR_MARK={folder}

Match User {user}
    ForceCommand exec {python} -m autograd_tutor
    DisableForwarding yes
    PermitTTY yes
    PermitUserRC no
"""


class Server(NamedTuple):
    """A running sshd that lets this user in, and its folder."""

    folder: Path
    port: int

    def ssh(self, *options: str, program: str = "ssh") -> list[str]:
        """The client's command line up to the host."""
        known = f"UserKnownHostsFile={self.folder}/known_hosts"
        port = "-p" if program == "ssh" else "-P"
        common = ["-F", "none", "-i", f"{self.folder}/me", port, str(self.port)]
        for option in (known, "StrictHostKeyChecking=yes", "BatchMode=yes", "IdentitiesOnly=yes"):
            common += ["-o", option]
        return [program, *common, *options]

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a client without a terminal."""
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    @property
    def records(self) -> Records:
        """This user's records in the class's shared database."""
        return Records(f"sqlite:///{self.folder}/class.sqlite3", learner=USER)

    def tutors(self) -> list[int]:
        """The processes of tutors that this server started."""
        mark = f"TUTOR_MARK={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    """OpenSSH's own server on a free port of this machine, run as this user."""
    folder = tmp_path_factory.mktemp("sshd")
    for key in ("host", "me"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "sshd_config").write_text(CONFIG.format(folder=folder, port=port, user=USER, python=sys.executable))
    host_key = (folder / "host.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    if os.geteuid() == 0:  # Debian's service makes this folder; only a server that runs as root needs it.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    command = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log) as process:
        try:
            _wait_until_it_listens(port, process, folder / "log")
            yield Server(folder, port)
        finally:
            process.terminate()


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"sshd does not listen: {log.read_text()}")


@pytest.mark.battery
def test_a_student_is_cut_off_in_the_middle_and_goes_on_where_it_was(server):
    with Terminal(server.ssh("-tt", HOST), columns=100, rows=30) as terminal:
        terminal.wait_for("start", "The slope of a square", "enter open", seconds=60)
        terminal.send("\x1a")  # ctrl-z: no shell waits behind it
        terminal.send("\r")
        terminal.wait_for("What is x.grad", "enter check", seconds=60)
        terminal.send("1001\r")
        terminal.wait_for("✗", seconds=90)
        terminal.process.kill()
    end = time.monotonic() + 20
    while (left := server.tutors()) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []
    (attempt,) = server.records.attempts("slopes/square")
    assert (attempt.answer, attempt.verdict) == ("1001", "wrong")

    mine = f"SetEnv=AUTOGRAD_TUTOR_RECORDS=sqlite:///{server.folder}/mine.sqlite3"
    with Terminal(server.ssh("-tt", "-o", mine, HOST, "sh -i"), columns=100, rows=30) as terminal:
        terminal.wait_for("continue", "The slope of a square", seconds=60)
        terminal.send("\x03")
        end = time.monotonic() + 20
        while terminal.process.poll() is None and time.monotonic() < end:
            terminal.read(0.05)
        assert terminal.process.poll() == 0
    assert not (server.folder / "mine.sqlite3").exists()


def test_a_command_finds_the_tutor_and_no_shell(server):
    said = server.run(server.ssh("-T", HOST, "ls /; id"))
    assert (said.returncode, said.stdout) == (2, "")
    assert "The tutor needs a terminal" in said.stderr


@pytest.mark.parametrize("options", [[], ["-O"]], ids=["over SFTP", "by scp's own command"])
def test_no_file_is_copied(server, tmp_path, options):
    out, back = tmp_path / "out", tmp_path / "back"
    out.write_text("a file")
    assert server.run([*server.ssh(*options, str(out), f"{HOST}:{back}", program="scp")]).returncode != 0
    assert server.run([*server.ssh(*options, f"{HOST}:{out}", str(back), program="scp")]).returncode != 0
    assert not back.exists()


def test_no_subsystem_answers(server):
    said = server.run(server.ssh("-T", "-s", HOST, "sftp"))
    assert (said.returncode, said.stdout) == (2, "")


def test_no_port_is_forwarded_either_way(server):
    there = server.run(server.ssh("-W", f"127.0.0.1:{server.port}", HOST))
    assert there.returncode != 0
    assert "SSH-2.0" not in there.stdout
    assert "prohibited" in there.stderr
    here = server.run(server.ssh("-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", HOST))
    assert here.returncode != 0
    assert "remote port forwarding failed" in here.stderr
