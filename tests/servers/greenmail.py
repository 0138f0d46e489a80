"""GreenMail on loopback: SMTP, IMAP and POP3 of one small mail server, for a session."""

from __future__ import annotations

import imaplib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.need import need
from tests.servers.process import (
    Command,
    free_port,
    give,
    server_folder,
    started,
    unprivileged,
    wait_until_ready,
)

VERSION = "2.1.13"
START_SECONDS = 60


@dataclass(frozen=True)
class MailServer:
    """Where it listens. Every address with any local part may sign in with its own as password."""

    smtp: int
    imap: int
    pop3: int
    host: str = "127.0.0.1"


@contextmanager
def running_greenmail() -> Iterator[MailServer]:
    """Start the server, and give its ports once IMAP answers."""
    java = shutil.which("java") or need("no Java")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wenda"
    jar = cache / f"greenmail-standalone-{VERSION}.jar"
    if not jar.is_file():
        need("no GreenMail")
    account = unprivileged()
    with server_folder("greenmail", account) as folder:
        log, mine = folder / "greenmail.log", folder / jar.name
        log.touch()
        shutil.copy(jar, mine)
        give(folder, account)
        server = MailServer(free_port(), free_port(), free_port())
        ports = {"smtp": server.smtp, "imap": server.imap, "pop3": server.pop3}
        options = [
            option
            for name, port in ports.items()
            for option in (
                f"-Dgreenmail.{name}.hostname={server.host}",
                f"-Dgreenmail.{name}.port={port}",
            )
        ]
        argv = [java, "-Xmx128m", *options, "-Dgreenmail.auth.disabled", "-jar", str(mine)]
        with started(Command(argv, log, account)) as process:
            wait_until_ready(process, log, lambda: _answers(server), START_SECONDS)
            yield server


def _answers(server: MailServer) -> bool:
    try:
        with imaplib.IMAP4(server.host, server.imap, timeout=2) as imap:
            return imap.noop()[0] == "OK"
    except (TimeoutError, OSError, imaplib.IMAP4.error):
        return False
