"""Programs that try to get out of their process by what the kernel offers. Each prints GOT where it succeeds.

`$secret` is a file that holds `$token`, in a folder `$folder` that the program may not change; `$port`, `$udp`,
`$path` and `$abstract` are addresses where someone listens; `$sibling` is a process of the same user;
`$folder` also has the file `$mine`, mode 600, to be changed, and `$home` is the learner's home.
"""

from dataclasses import dataclass

BOTH = ("landlock", "seccomp")

CALLS = """
import ctypes, os, platform
from autograd_tutor.sandbox.syscalls import REFUSED
library = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    number = REFUSED[name][platform.machine() == 'aarch64']
    result = library.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result
"""


@dataclass(frozen=True)
class Attempt:
    """A program, and which layers must each stop it alone; with all of them it is stopped in any case."""

    source: str
    alone: tuple[str, ...] = ()
    live: bool = True
    """Without confinement it succeeds for root, also in a container with few capabilities."""


def _files(*lines: str, alone: tuple[str, ...] = ("landlock",)) -> dict[str, Attempt]:
    return {line: Attempt(f"import os, pathlib, shutil, tempfile\n{line}\nprint('GOT')\n", alone) for line in lines}


def _reads(*expressions: str, live: bool = True) -> dict[str, Attempt]:
    return {
        f"prints {one}": Attempt(
            f"import glob, linecache, mmap, os, pathlib\ngot = {one}\nassert got\nprint('GOT', got)\n",
            ("landlock",),
            live,
        )
        for one in expressions
    }


def _calls(*lines: str, live: bool = True) -> dict[str, Attempt]:
    return {line: Attempt(f"{CALLS}{line}\nprint('GOT')\n", ("seccomp",), live) for line in lines}


READING = _reads(
    "open('$secret').read()",
    "pathlib.Path('$secret').read_bytes()",
    "linecache.getlines('$secret')",
    "os.listdir('$folder')",
    "list(os.scandir('$folder'))",
    "glob.glob('$folder/*')",
    "os.read(os.open('$secret', os.O_RDONLY), 99)",
    "os.open('$secret', os.O_WRONLY)",
    "os.open('$folder', os.O_TMPFILE | os.O_RDWR)",
    "open('/proc/self/root$secret').read()",
    "os.open('secret', os.O_RDONLY, dir_fd=os.open('$folder', os.O_PATH))",
    "mmap.mmap(os.open('$secret', os.O_RDONLY), 0, prot=mmap.PROT_READ)[:]",
    "open('$lib/../../../../../../../../../../$secret').read()",
    "open('/etc/passwd').read()",
    "open('/etc/shadow').read()",
    "open('/etc/hostname').read()",
    "open('/proc/self/environ', 'rb').read()",
    "open('/proc/self/maps').read()",
    "open('/proc/self/mem', 'rb')",
    "os.listdir('/proc/self/fd')",
    "open('/proc/1/cmdline').read()",
    "open('/proc/$sibling/environ', 'rb').read()",
    "open(f'/proc/{os.getppid()}/cmdline').read()",
    "open('/proc/net/tcp').read()",
    "open('/proc/cpuinfo').read()",
    "os.listdir('/proc')",
    "os.listdir('/')",
    "os.listdir('/sys')",
    "os.listdir('/tmp') + ['it is there']",
    "os.listdir('$home') + ['it is there']",
    "os.listdir('.') + ['it is there']",
    "os.readlink(f'/proc/{os.getppid()}/exe')",
) | {
    "sqlite3 opens the records": Attempt(
        "import sqlite3\nrecords = sqlite3.connect('file:$records?mode=ro', uri=True)\n"
        "print('GOT', records.execute('select * from t').fetchall())\n",
        ("landlock",),
    ),
    "numpy reads a file": Attempt(
        "import numpy\nprint('GOT', numpy.fromfile('$secret', 'u1').tobytes())\n", ("landlock",)
    ),
    "torch maps a file": Attempt(
        "import torch\nprint('GOT', bytes(torch.from_file('$secret', size=8, dtype=torch.uint8).tolist()))\n",
        ("landlock",),
    ),
    "an open file is inherited": Attempt(
        "import os, stat\nfor number in range(1024):\n    try:\n        mode = os.fstat(number).st_mode\n"
        "    except OSError:\n        continue\n"
        "    if number > 2 and not stat.S_ISFIFO(mode):\n        print('GOT', number)\n",
        live=False,
    ),
    "the environment": Attempt(
        "import os\nprint('GOT' if any('$token' in value for value in os.environ.values()) else '')\n"
    ),
    "the environment as C sees it": Attempt(
        "import ctypes\nget = ctypes.CDLL(None).getenv\nget.restype = ctypes.c_char_p\n"
        "print('GOT', get(b'$variable').decode())\n"
    ),
    "the environment as it was at the start": Attempt("import posix\nprint('GOT', posix.environ[b'$variable'])\n"),
    "the environment where the kernel put it": Attempt(
        "import ctypes\nwhere = ctypes.c_void_p.in_dll(ctypes.CDLL(None), 'program_invocation_name').value\n"
        "while text := ctypes.string_at(where):\n    where += len(text) + 1\n"
        "    if b'$token' in text:\n        print('GOT')\n",
    ),
}

WRITING = (
    _files(
        "open('$mine', 'w')",
        "open('$mine', 'a').write('more')",
        "open('$mine', 'r+')",
        "open('$folder/new', 'w')",
        "os.open('$folder/new', os.O_CREAT | os.O_WRONLY)",
        "open('/tmp/autograd-tutor-$token', 'w')",
        "open('/dev/shm/autograd-tutor-$token', 'w')",
        "open('/var/tmp/autograd-tutor-$token', 'w')",
        "open('autograd-tutor-$token', 'w')",
        "open('$lib/autograd-tutor-$token', 'w')",
        "open('$home/autograd-tutor-$token', 'w')",
        "open('/proc/self/oom_score_adj', 'w').write('0')",
        "open('/proc/self/comm', 'w').write('x')",
        "tempfile.mkdtemp()",
        "tempfile.TemporaryFile()",
        "os.truncate(os.open('$mine', os.O_RDWR), 0)",
        "open('/dev/kmsg', 'w').write('')",
    )
    | _files(
        "os.unlink('$mine')",
        "os.rename('$mine', '$folder/moved')",
        "os.replace('$secret', '$mine')",
        "os.mkdir('$folder/new')",
        "os.rmdir('$folder/empty')",
        "os.symlink('$secret', '$folder/new')",
        "os.link('$mine', '$folder/new')",
        "os.mkfifo('$folder/new')",
        "shutil.rmtree('$folder/empty')",
        "os.truncate('$mine', 0)",
        alone=BOTH,
    )
    | _files(
        "os.chmod('$mine', 0o777)",
        "os.chmod('$folder', 0o777)",
        "os.chown('$mine', os.getuid(), os.getgid())",
        "os.utime('$mine', (0, 0))",
        "os.setxattr('$mine', 'user.x', b'1')",
        "os.fchmod(os.open('$lib', os.O_RDONLY), 0o755)",
        "os.utime(os.open('$lib/os.py', os.O_RDONLY))",
        alone=("seccomp",),
    )
)


def _network(**programs: str) -> dict[str, Attempt]:
    return {
        name.replace("_", " "): Attempt(f"import socket\n{source}\nprint('GOT')\n", ("seccomp",))
        for name, source in programs.items()
    }


NETWORK = _network(
    sends_by_udp="socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'$token', ('127.0.0.1', $udp))",
    connects_to_a_path="socket.socket(socket.AF_UNIX).connect('$path')",
    sends_from_a_pair_to_a_path=(
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'$token', '$path.dgram')"
    ),
    netlink="socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    raw="socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
    packets="socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
) | {
    name: Attempt(f"import http.client, socket\n{source}\nprint('GOT')\n", BOTH)
    for name, source in {
        "connects by TCP": "socket.create_connection(('127.0.0.1', $port)).send(b'$token')",
        "connects by TCP over IPv6": ("socket.socket(socket.AF_INET6).connect(('::ffff:127.0.0.1', $port))"),
        "asks by HTTP": "http.client.HTTPConnection('127.0.0.1', $port).request('GET', '/$token')",
        "listens": "socket.create_server(('127.0.0.1', 0))",
        "connects to an abstract name": "socket.socket(socket.AF_UNIX).connect('\\0$abstract')",
    }.items()
}

PROCESSES = {
    name: Attempt(f"{CALLS}import signal, subprocess, threading\n{source}\nprint('GOT')\n", alone, live)
    for name, source, alone, live in (
        ("runs a command", "subprocess.run(['true'], check=True)", BOTH, True),
        ("runs a shell", "assert os.system('true') == 0", BOTH, True),
        ("opens a pipe to a shell", "print(os.popen('echo GOT').read())", BOTH, True),
        ("forks", "os.fork()", BOTH, True),
        ("forks by number", "assert library.fork() >= 0", BOTH, True),
        (
            "clones by number",
            "assert library.syscall(56 if platform.machine() == 'x86_64' else 220, 17, 0, 0, 0, 0) >= 0",
            BOTH,
            True,
        ),
        ("forks a terminal", "import pty\npty.fork()", BOTH, True),
        ("spawns", "os.posix_spawn('/bin/true', ['true'], {})", BOTH, True),
        (
            "uses multiprocessing",
            "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=print).start()",
            BOTH,
            True,
        ),
        ("becomes a shell", "os.execv('/bin/sh', ['sh', '-c', 'echo GOT'])", BOTH, False),
        (
            "becomes a shell by number",
            "call('execve', b'/bin/sh', (ctypes.c_char_p * 4)(b'sh', b'-c', b'echo GOT'), 0)",
            BOTH,
            False,
        ),
        ("becomes a file in memory", "os.memfd_create('x')", ("seccomp",), True),
        ("signals its supervisor", "os.kill(os.getppid(), 0)", BOTH, True),
        ("kills a sibling", "os.kill($sibling, signal.SIGKILL)", BOTH, True),
        (
            "stops a sibling in a thread",
            "done = []\ndef stop():\n    done.append(os.kill($sibling, signal.SIGSTOP))\n"
            "thread = threading.Thread(target=stop)\nthread.start()\nthread.join()\nassert done",
            BOTH,
            True,
        ),
        ("signals everyone", "os.kill(-1, 0)", ("seccomp",), True),
        ("signals a group", "os.killpg(os.getpgid($sibling), 0)", BOTH, True),
        ("signals a sibling's thread", "call('tkill', $sibling, 0)", BOTH, True),
        ("queues a signal", "call('rt_sigqueueinfo', $sibling, 0, (ctypes.c_int * 32)(0, 0, -1))", BOTH, True),
        ("holds a sibling", "os.pidfd_open($sibling)", ("seccomp",), True),
        (
            "lets the kernel signal",
            "import fcntl\nread, write = os.pipe()\nfcntl.fcntl(read, fcntl.F_SETOWN, $sibling)\n"
            "fcntl.fcntl(read, 10, signal.SIGKILL)\n"
            "fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)\nos.write(write, b'x')",
            ("seccomp",),
            True,
        ),
        ("traces its supervisor", "assert library.ptrace(0x4206, os.getppid(), 0, 0) == 0", BOTH, True),
        ("traces a sibling", "assert library.ptrace(16, $sibling, 0, 0) == 0", BOTH, True),
        (
            "reads its supervisor's memory",
            "here = ctypes.create_string_buffer(8)\nboth = (ctypes.c_void_p * 2)(ctypes.addressof(here), 8)\n"
            "call('process_vm_readv', os.getppid(), both, 1, both, 1, 0)",
            BOTH,
            True,
        ),
        (
            "takes its supervisor's descriptor",
            "call('pidfd_getfd', library.syscall(434, os.getppid(), 0), 0, 0)",
            BOTH,
            True,
        ),
        (
            "lifts its limits",
            "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY,) * 2)",
            BOTH,
            False,
        ),
        (
            "limits a sibling",
            "import resource\nresource.prlimit($sibling, resource.RLIMIT_CPU, (1, 1))",
            ("seccomp",),
            True,
        ),
        ("slows a sibling", "os.setpriority(os.PRIO_PROCESS, $sibling, 19)", ("seccomp",), True),
        ("moves a sibling", "os.sched_setaffinity($sibling, {0})", ("seccomp",), True),
        ("may be looked into again", "assert library.prctl(4, 1, 0, 0, 0) == 0", ("seccomp",), True),
        ("outlives its supervisor", "assert library.prctl(1, 0, 0, 0, 0) == 0", ("seccomp",), True),
    )
}

LOAD = {
    "starts threads without end": Attempt(
        "import threading, time\nthreading.stack_size(1 << 15)\nfor _ in range(2000):\n"
        "    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()\nprint('GOT')\n"
    ),
    "opens files without end": Attempt("import os\nfor _ in range(5000):\n    os.dup(1)\nprint('GOT')\n", live=False),
    "locks memory": Attempt(
        "import ctypes\npiece = ctypes.create_string_buffer(1 << 28)\n"
        "assert ctypes.CDLL(None).mlock(piece, ctypes.c_size_t(len(piece))) == 0\nprint('GOT')\n"
    ),
    "asks for all memory": Attempt("x = bytearray(1 << 36)\nprint('GOT')\n", live=False),
}

RIGHTS = {
    line: Attempt(f"import os\n{line}\nprint('GOT')\n", BOTH)
    for line in ("os.setgroups([0])", "os.chroot('/usr/lib')", "os.setresuid(1, 1, 1)", "os.setresgid(1, 1, 1)")
}

KERNEL = _calls(
    "call('shmget', 0, 4096, 0o1600)",
    "call('msgget', 0, 0o1600)",
    "call('semget', 0, 1, 0o1600)",
    "call('mq_open', b'autograd-tutor', os.O_CREAT | os.O_RDWR, 0o600, 0)",
    "call('unshare', 0x20000)",
    "call('personality', 0x40000)",
    "call('inotify_init1', 0)",
    "call('sync')",
    "call('capset', (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())",
) | _calls(
    "call('unshare', 0x10000000)",
    "call('mount', b'none', b'/tmp', b'tmpfs', 0, 0)",
    "call('io_uring_setup', 1, (ctypes.c_char * 120)())",
    "call('bpf', 0, 0, 0)",
    "call('perf_event_open', (ctypes.c_char * 128)(), 0, -1, -1, 0)",
    "call('userfaultfd', 0)",
    "call('keyctl', 0, -3, 0)",
    "call('add_key', b'user', b'x', b'y', 1, -3)",
    "call('reboot', 0, 0, 0, 0)",
    "call('open_by_handle_at', -100, (ctypes.c_char * 64)(), 0)",
    "call('init_module', 0, 0, 0)",
    "call('settimeofday', 0, 0)",
    "import fcntl\nfcntl.ioctl(0, 0x5412, b'x')",
    "import fcntl\nfcntl.ioctl(os.open('$lib', os.O_RDONLY), 0x40086602, b'\\0' * 8)",
    "assert library.syscall(0x40000000 + 39) > 0",
    live=False,
)

ATTEMPTS = READING | WRITING | NETWORK | PROCESSES | LOAD | RIGHTS | KERNEL
