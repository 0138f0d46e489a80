"""A server as a child process: unprivileged, in a folder of its own, ended with its parent.

Linux only where it must be: elsewhere a server outlives a killed test run.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

USER = "wenda-test"
STOP_SECONDS = 20
TAIL_BYTES = 3000


class ServerFailedError(RuntimeError):
    """A server ended early or was not ready in time; the message ends with its last output."""


@dataclass(frozen=True)
class Account:
    """Whom a server runs as: somebody else when we are root, for no server here wants root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Command:
    """What to run, with which environment on top of ours, as whom; output goes to `log`."""

    argv: Sequence[str]
    log: Path
    account: Account | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def free_port() -> int:
    """Return a loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unprivileged() -> Account | None:
    """Return None when we are not root, else the account for servers, made if need be."""
    if os.geteuid() != 0:
        return None
    if shutil.which("useradd") and not _known(USER):
        quiet = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
        subprocess.run(quiet, check=False, capture_output=True, timeout=30)
    entry = pwd.getpwnam(USER if _known(USER) else "nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@contextmanager
def server_folder(name: str, account: Account | None) -> Iterator[Path]:
    """Give a folder that only the server's account may read, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"wenda-{name}-"))
    try:
        give(folder, account)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give(path: Path, account: Account | None) -> None:
    """Make the account the owner of a path and of all below it."""
    if account is None:
        return
    for one in [path, *path.rglob("*")]:
        os.chown(one, account.uid, account.gid, follow_symlinks=False)


def run_once(command: Command, seconds: float = 60) -> None:
    """Run a command to its end, or raise ServerFailedError with what it said."""
    with started(command) as process:
        if process.wait(seconds) != 0:
            raise ServerFailedError(f"{command.argv[0]} failed:\n{tail(command.log)}")


@contextmanager
def started(command: Command) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command in a process group of its own, and end the whole group on leaving."""
    account = command.account
    with command.log.open("ab") as output:
        process = subprocess.Popen(
            [*_ended_with_us(), *command.argv],
            cwd=command.log.parent,
            env={**os.environ, **command.env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    try:
        yield process
    finally:
        _end(process)


def _ended_with_us() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until_ready(
    process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool], seconds: float
) -> None:
    """Ask `ready` until it says yes; raise when the process ends first or the time is over."""
    until = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise ServerFailedError(f"it ended with {process.returncode}:\n{tail(log)}")
        if time.monotonic() > until:
            raise ServerFailedError(f"not ready after {seconds:.0f} s:\n{tail(log)}")
        time.sleep(0.1)


def tail(log: Path) -> str:
    """Return the end of a log."""
    return log.read_bytes()[-TAIL_BYTES:].decode("utf-8", "replace")
