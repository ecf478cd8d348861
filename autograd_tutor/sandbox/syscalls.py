"""What a program that computes never asks of the system, and what of it is refused to a confined one.

Most calls fail with "not permitted", so that a program meets an ordinary error. Starting a process ends
the run at once, since nobody can count as fast as a program can fork. Threads are allowed.
"""

from __future__ import annotations

import os
from functools import cache

from autograd_tutor.sandbox.seccomp import ENOSYS, EPERM, KILL, Rule, compiled, machine

_CLONE_THREAD = 0x10000

REFUSED: dict[str, tuple[int | None, int | None]] = {
    # name: (number on x86_64, number on aarch64); None: it does not exist there
    # other programs: a run is one program, and starts none
    "execve": (59, 221),
    "execveat": (322, 281),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # the network, and sockets of any kind
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    # other processes: signals, memory, descriptors, tracing, namespaces
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "unshare": (272, 97),
    "setns": (308, 268),
    "get_robust_list": (274, 100),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # other processes' share of the machine
    "setpriority": (141, 140),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    # what outlives a run: shared memory, semaphores, message queues, keys
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "mq_notify": (244, 184),
    "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # names in the file system
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "creat": (85, None),
    "truncate": (76, 45),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    # owners, modes, times and attributes of files, which Landlock leaves alone
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    # watching what others do with files
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "lookup_dcookie": (212, 18),
    # mounts and roots
    "mount": (165, 40),
    "umount2": (166, 39),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "chroot": (161, 51),
    "pivot_root": (155, 41),
    # who one is
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setgroups": (116, 159),
    "setfsuid": (122, 151),
    "setfsgid": (123, 152),
    "capset": (126, 91),
    "personality": (135, 92),
    "lsm_set_self_attr": (460, 460),
    # ways into the kernel that are wide, or act outside the other rules
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "vmsplice": (278, 75),
    "splice": (275, 76),
    "tee": (276, 77),
    "io_setup": (206, 0),
    "io_submit": (209, 2),
    # the machine itself
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "create_module": (174, None),
    "query_module": (178, None),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "acct": (163, 89),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "uselib": (134, None),
    "_sysctl": (156, None),
    "nfsservctl": (180, 42),
    "ustat": (136, None),
    "sysfs": (139, None),
}

_STARTING = {"fork": (57, None), "vfork": (58, None)}
_CLONE = (56, 220)
_CLONE3 = (435, 435)

_OWN = {"kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261), "sched_setaffinity": (203, 122)}
"""Calls whose first argument is a process: this one alone may be meant (the last two call it 0 as well)."""
_ZERO_IS_ALL = ("kill", "tgkill")

_NARROWED: dict[str, tuple[tuple[int, int], int, tuple[int, ...]]] = {
    # a terminal's settings and size, bytes that wait, blocking, closing on exec; not key presses for a
    # terminal (TIOCSTI), whom signals go to (FIOSETOWN), or a file's flags
    "ioctl": ((16, 29), 1, (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),
    # copies, flags, locks, a pipe's size; not whom signals go to (F_SETOWN, F_SETSIG), nor leases
    "fcntl": ((72, 25), 1, (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)),
    # names of threads and of memory, vector lengths (aarch64); not whom one dies with, nor who may look inside
    "prctl": ((157, 167), 0, (15, 16, 0x53564D41, 50, 51)),
}
"""Calls of which only some uses are allowed: numbers, which argument tells the use, the uses."""

NEWEST = 469
"""The newest call that these tables have looked at; later ones do not exist for a confined program."""


@cache
def no_processes() -> bytes:
    """Compiled rules: further processes are barred, threads are not.

    glibc tries clone3 first, whose flags a filter can't see: told that there is none, it uses clone.
    """
    starting = [Rule(number, KILL) for both in _STARTING.values() if (number := _here(both)) is not None]
    return compiled([*starting, Rule(_known(_CLONE), KILL, unless_bit=_CLONE_THREAD), Rule(_known(_CLONE3), ENOSYS)])


def only_itself() -> bytes:
    """Compiled rules: of all processes only the present one may be sent a signal, limited or moved."""
    own = os.getpid()
    return compiled(
        Rule(_known(both), EPERM, unless=(own,) if name in _ZERO_IS_ALL else (own, 0)) for name, both in _OWN.items()
    )


@cache
def only_computing() -> bytes:
    """Compiled rules: all else that the tables refuse."""
    return compiled(
        [
            *(Rule(number, EPERM) for both in REFUSED.values() if (number := _here(both)) is not None),
            *(Rule(_known(both), EPERM, argument, uses) for both, argument, uses in _NARROWED.values()),
        ]
    )


def _here(both: tuple[int | None, int | None]) -> int | None:
    """A call's number on this machine."""
    return both[0] if machine() == "x86_64" else both[1]


def _known(both: tuple[int, int]) -> int:
    """A call's number on this machine, where it exists on each."""
    return both[0] if machine() == "x86_64" else both[1]
