"""The house that burns in bench.faults: web and worker processes, a mail server with moods."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from kb_app import bootstrap
from kb_app.accounts import Registration, create_user
from kb_app.config import Config
from kb_app.mail.access import sealed
from kb_app.ports import Ports
from models import BoxSecurity, Mailbox, Role, unit_of_work
from tests.servers.fault_proxy import FaultProxy, fault_proxy
from tests.servers.greenmail import MailServer, running_greenmail
from tests.servers.process import free_port

SECRET = "faults " * 7
ADDRESS = "support@bench.example"
AGENT, PASSWORD = "agent@bench.example", "correct horse 8"
START_SECONDS = 90.0
# A server that hangs is left after 2 s instead of 20: so that many hang within the time.
PATIENCE = 2.0
CODE = f"""
from ticket_bridge.mail import boxes, imap, pop, sender
for module in (boxes, imap, pop, sender):
    module.TIMEOUT_SECONDS = {PATIENCE}
from web.cli import main
main()
"""
FINE = "fine"
SMTP_MOODS = (FINE, FINE, "hangs", "drops", "later", "no")
IMAP_MOODS = (FINE, FINE, "hangs", "drops", "later")
ANSWERS = {
    "later": {b"250 OK": b"451 later", b" OK ": b" NO "},
    "no": {b"250 OK": b"550 no"},
}


@dataclass
class Process:
    """One command of the product, to be killed and started again."""

    folder: Path
    command: tuple[str, ...]
    port: int = 0
    running: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start(self) -> None:
        """Start it; one that serves is waited for."""
        kept = {
            "WENDA_DATA_DIR": str(self.folder),
            "WENDA_SECRET_KEY": SECRET,
            "WENDA_ENCODER": "none",
            "WENDA_RATE_LIMITS": "false",
            "WENDA_MAIL_URL": f"file://{self.folder}/other-mail",
        }
        with (self.folder / f"{self.command[0]}.log").open("ab") as said:
            self.running = subprocess.Popen(
                [sys.executable, "-c", CODE, *self.command],
                env={**os.environ, **kept},
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        until = time.monotonic() + START_SECONDS
        while self.port and time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        if self.port:
            raise TimeoutError("the server did not start")

    def kill(self) -> None:
        """No goodbye."""
        if self.running is not None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait(30)
            self.running, self.kills = None, self.kills + 1


@dataclass
class House:
    """Everything that can be hurt."""

    folder: Path
    ports: Ports
    mail: MailServer
    smtp: FaultProxy
    imap: FaultProxy
    web: Process
    worker: Process
    moods: dict[str, int] = field(default_factory=dict)

    def kill(self, process: Process) -> None:
        """One process dies and is started again; a box it held is free, as after three minutes."""
        process.kill()
        if process is self.worker:
            with unit_of_work(self.ports.database) as session:
                session.execute(sa.update(Mailbox).values(leased_until=None))
        process.start()

    def calm(self) -> None:
        """The mail server is itself again."""
        for proxy in (self.smtp, self.imap):
            _set(proxy, FINE)

    def trouble(self, seconds: float, chance: random.Random, stop: threading.Event) -> None:
        """Moods every few seconds, and a process killed now and then, until the time is over."""
        until = time.monotonic() + seconds
        next_kill = time.monotonic() + chance.uniform(3, 6)
        while time.monotonic() < until and not stop.is_set():
            for name, proxy, moods in (
                ("smtp", self.smtp, SMTP_MOODS),
                ("imap", self.imap, IMAP_MOODS),
            ):
                mood = chance.choice(moods)
                _set(proxy, mood, chance.randrange(20, 700))
                self.moods[f"{name} {mood}"] = self.moods.get(f"{name} {mood}", 0) + 1
            if time.monotonic() > next_kill:
                self.kill(chance.choice((self.web, self.worker)))
                next_kill = time.monotonic() + chance.uniform(5, 12)
            stop.wait(chance.uniform(1, 4))
        self.calm()


def _set(proxy: FaultProxy, mood: str, after: int = 0) -> None:
    proxy.hangs = mood == "hangs"
    proxy.drop_after = after if mood == "drops" else None
    proxy.replace = dict(ANSWERS.get(mood, {}))


@contextmanager
def standing(folder: Path) -> Iterator[House]:
    """The house, at work; everything is ended on leaving."""
    with ExitStack() as stack:
        mail = stack.enter_context(running_greenmail())
        smtp = stack.enter_context(fault_proxy(mail.smtp))
        imap = stack.enter_context(fault_proxy(mail.imap))
        port = free_port()
        ports = _base(folder, smtp.port, imap.port)
        stack.callback(bootstrap.close, ports)
        web = Process(folder, ("run", "--no-worker", "--port", str(port)), port)
        worker = Process(folder, ("worker",))
        for process in (web, worker):
            process.start()
            stack.callback(process.kill)
        yield House(folder, ports, mail, smtp, imap, web, worker)


def _base(folder: Path, smtp_port: int, imap_port: int) -> Ports:
    """A base with an agent and a mailbox whose server is behind the proxies."""
    config = Config(data_dir=folder, encoder="none", secret_key=SECRET, rate_limits=False)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    with unit_of_work(ports.database) as session:
        create_user(session, Registration("客服", AGENT, PASSWORD), Role.AGENT)
        session.add(
            Mailbox(
                name="客服",
                address=ADDRESS,
                username=ADDRESS,
                secret=sealed(ports, "secret"),
                host="127.0.0.1",
                port=imap_port,
                security=BoxSecurity.NONE,
                smtp_host="127.0.0.1",
                smtp_port=smtp_port,
                smtp_security=BoxSecurity.NONE,
                tags=True,
            )
        )
    return ports
