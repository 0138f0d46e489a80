"""Giving up every power before a file is opened. Child side; Linux, best effort elsewhere.

After `confine` the process can compute, read what is open, write to what is open, and end:
a system call filter (seccomp) refuses files, network, processes and everything unnamed.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_DUMPABLE, PR_SET_PDEATHSIG = 38, 22, 4, 1
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ARCH_AT, CALL_AT = 4, 0
# read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask
# rt_sigreturn ioctl pread64 readv writev sched_yield mremap madvise getpid exit uname fcntl
# gettimeofday getrusage sysinfo sigaltstack gettid futex sched_getaffinity restart_syscall
# clock_gettime clock_nanosleep exit_group set_robust_list getrandom
# membarrier rseq, and on x86 poll, nanosleep, time. Not tgkill nor prlimit64: both reach
# other processes of the same user.
MACHINES = {
    "x86_64": (0xC000003E, (
        0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 24, 25, 28, 39, 60, 63, 72,
        96, 98, 99, 131, 186, 202, 204, 219, 228, 230, 231, 273, 318, 324, 334,
        7, 35, 201,
    )),
    "aarch64": (0xC00000B7, (
        63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 29, 67, 65, 66, 124, 216, 233,
        172, 93, 160, 25, 169, 165, 179, 132, 178, 98, 123, 128, 113, 115, 94, 99,
        278, 283, 293,
    )),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine(seconds: int, memory_mb: int) -> bool:
    """Set the limits and the filter; False where this system has no such filter."""
    for kind, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory_mb * 1024 * 1024),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _lower(kind, most)
    return sys.platform == "linux" and _filtered()


def _lower(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(kind, (bound, bound))
    except (ValueError, OSError):  # a system without this limit
        return


def _filtered() -> bool:
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    lines = _lines(*machine)
    code = ctypes.create_string_buffer(b"".join(lines))
    program = _Program(len(lines), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    done = libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return bool(done == 0)


def _lines(architecture: int, calls: tuple[int, ...]) -> list[bytes]:
    """The filter: another architecture dies, a call of the list passes, all else is refused."""

    def line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    head = [line(LOAD, ARCH_AT), line(EQUAL, architecture, 1, 0), line(RETURN, KILL)]
    body = [line(LOAD, CALL_AT)]
    for place, call in enumerate(calls):
        body.append(line(EQUAL, call, len(calls) - place, 0))
    return [*head, *body, line(RETURN, REFUSE), line(RETURN, ALLOW)]
