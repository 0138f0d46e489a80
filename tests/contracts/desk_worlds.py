"""Each desk with somebody on the other side who works there, for the contract suite."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import sqlalchemy as sa

from models import Database, Message, MessageKind, Ticket, TicketEvent, unit_of_work
from tests.factories_tickets import make_ticket
from tests.servers.request_tracker import AGENT, OURS, PASSWORD, QUEUE, TrackerServer
from ticket_bridge.desks.builtin import BuiltinDesk
from ticket_bridge.desks.mail import MailDesk
from ticket_bridge.desks.request_tracker import RequestTracker
from ticket_bridge.desks.webhook import WebhookDesk
from ticket_bridge.handover import DeskAccess, DeskFile, DeskKind, TicketDesk
from ticket_bridge.webhook_signing import ID, is_signed, new_secret

SECRET = new_secret()


class World(Protocol):
    """A desk; `told` is what lies there, `answer` and `close` are somebody's work there."""

    pulls: bool
    names_once: bool
    after_solved: list[str]

    @property
    def desk(self) -> TicketDesk:
        """The way to it."""

    def key(self) -> str:
        """A case's key that the desk can take."""

    def cases(self, key: str) -> int:
        """How many cases lie there under a key."""

    def told(self, external_id: str) -> list[str]:
        """The texts that came from here after the case."""

    def states(self, external_id: str) -> list[str]:
        """The states that came from here."""

    def answer(self, external_id: str, text: str) -> None:
        """Somebody there answers."""

    def close(self, external_id: str) -> str:
        """Somebody there ends it; returns the status as it is called there."""


class TrackerWorld:
    """Request Tracker and its agent Alice."""

    pulls = True
    names_once = True
    after_solved = ["resolved"]  # noqa: RUF012  never changed

    def __init__(self, server: TrackerServer) -> None:
        self.url = server.url
        access = DeskAccess(DeskKind.REQUEST_TRACKER, server.url, OURS, PASSWORD, QUEUE)
        self.desk = RequestTracker(access)
        self._count = 0

    def key(self) -> str:
        """See World."""
        self._count += 1
        return f"WD-{int(time.time() * 1000)}-{self._count}"

    def cases(self, key: str) -> int:
        """See World."""
        return int(self.ask(f"/tickets?query=Subject%20LIKE%20%27{key}%27")["total"])

    def told(self, external_id: str) -> list[str]:
        """See World."""
        found = self.ask(f"/ticket/{external_id}/history?fields=Type,Data,Creator&per_page=100")
        said = [each for each in found["items"] if each["Type"] == "Correspond"]
        return [each["Data"].strip() for each in said if each["Creator"]["id"] == OURS]

    def states(self, external_id: str) -> list[str]:
        """See World."""
        fields = "fields=Type,NewValue,Creator&per_page=100"
        found = self.ask(f"/ticket/{external_id}/history?{fields}")
        moved = [each for each in found["items"] if each["Type"] == "Status"]
        return [each["NewValue"] for each in moved if each["Creator"]["id"] == OURS]

    def answer(self, external_id: str, text: str, files: tuple[DeskFile, ...] = ()) -> None:
        """See World."""
        sent = [
            {
                "FileName": file.filename.encode().decode("latin-1"),
                "FileType": file.media_type,
                "FileContent": base64.b64encode(file.content).decode(),
            }
            for file in files
        ]
        said = {"Content": text, "ContentType": "text/plain", "Attachments": sent}
        self.ask(f"/ticket/{external_id}/correspond", said)

    def comment(self, external_id: str, text: str) -> None:
        """Alice notes something for her colleagues."""
        said = {"Content": text, "ContentType": "text/plain"}
        self.ask(f"/ticket/{external_id}/comment", said)

    def close(self, external_id: str) -> str:
        """See World."""
        self.ask(f"/ticket/{external_id}", {"Status": "resolved"}, "PUT")
        return "resolved"

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str = "") -> Any:
        """Alice's own call."""
        pair = base64.b64encode(f"{AGENT}:{PASSWORD}".encode()).decode()
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}/REST/2.0{path}", data)
        request.method = method or ("POST" if data else "GET")
        request.add_header("Authorization", f"Basic {pair}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")


class BuiltinWorld:
    """This house's own tickets."""

    pulls = True
    names_once = True
    after_solved: list[str] = []  # noqa: RUF012  never changed

    def states(self, external_id: str) -> list[str]:
        """See World: it is the same ticket."""
        return []

    def __init__(self, database: Database) -> None:
        self.database = database
        self.desk = BuiltinDesk(database)

    def key(self) -> str:
        """See World."""
        with unit_of_work(self.database) as session:
            return make_ticket(session).number

    def cases(self, key: str) -> int:
        """See World."""
        with unit_of_work(self.database) as session:
            query = sa.select(sa.func.count()).select_from(Ticket).where(Ticket.number == key)
            return session.scalar(query) or 0

    def told(self, external_id: str) -> list[str]:
        """See World."""
        with unit_of_work(self.database) as session:
            rows = session.scalars(sa.select(Message.client_key).order_by(Message.id))
            return [row.partition("word-")[2] for row in rows if "word-" in row]

    def answer(self, external_id: str, text: str) -> None:
        """See World."""
        with unit_of_work(self.database) as session:
            ticket = session.scalars(sa.select(Ticket).filter_by(number=external_id)).one()
            said = {"kind": MessageKind.REPLY, "body": text, "from_staff": True}
            row = Message(ticket_id=ticket.id, client_key=f"{ticket.id}:{text}", **said)
            row.author_name = "alice"
            session.add(row)

    def close(self, external_id: str) -> str:
        """See World."""
        with unit_of_work(self.database) as session:
            ticket = session.scalars(sa.select(Ticket).filter_by(number=external_id)).one()
            session.add(
                TicketEvent(
                    ticket_id=ticket.id, actor_name="alice", action="status", after="solved"
                )
            )
        return "solved"


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is signed, once for each key, as a system on the other side would."""

    def do_POST(self) -> None:
        """Take one event."""
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = server.statuses.pop(0) if server.statuses else 200
        if status == 0:
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not is_signed((SECRET,), headers, body, int(time.time())):
            status = 401
        if status == 200:
            server.kept.setdefault(self.headers[ID], json.loads(body))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b'{"id": "A-%d"}' % len(server.kept))

    def log_message(self, *_said: object) -> None:
        """Quiet."""


class WebhookWorld:
    """A receiver on loopback; `statuses` are what it answers next, 0 hangs up."""

    pulls = False
    names_once = False
    after_solved = ["solved"]  # noqa: RUF012  never changed

    def __init__(self, server: Any) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        access = DeskAccess(DeskKind.WEBHOOK, self.url, secret=SECRET)
        self.desk = WebhookDesk(access, time.time)

    def key(self) -> str:
        """See World."""
        return f"WD-{len(self.server.kept) + 1}"

    def cases(self, key: str) -> int:
        """See World."""
        return sum(name == f"case.opened:{key}" for name in self.server.kept)

    def told(self, external_id: str) -> list[str]:
        """See World."""
        return [k.partition(":")[2] for k in self.server.kept if k.startswith("case.message")]

    def states(self, external_id: str) -> list[str]:
        """See World."""
        kept = self.server.kept.items()
        return [said["status"] for name, said in kept if name.startswith("case.status")]

    def answer(self, external_id: str, text: str) -> None:
        """See World: posted to us, not asked for."""

    def close(self, external_id: str) -> str:
        """See World."""
        return ""


@contextmanager
def webhook_world() -> Iterator[WebhookWorld]:
    """A receiver that runs meanwhile."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.kept, server.statuses = {}, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield WebhookWorld(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class MailWorld:
    """An outbox that keeps each key once."""

    pulls = False
    names_once = True
    after_solved = ["状态改为“处理完毕”（阿博）"]  # noqa: RUF012  never changed

    def __init__(self) -> None:
        self.sent: dict[str, str] = {}
        self.desk = MailDesk(DeskAccess(DeskKind.MAIL, username="team@other.test"), self)

    def put(self, key: str, to: str, subject: str, body: str, files: tuple[DeskFile, ...]) -> None:
        """See Outbox."""
        self.sent.setdefault(key, body)

    def check(self) -> None:
        """See Outbox."""

    def key(self) -> str:
        """See World."""
        return f"WD-{len(self.sent) + 1}"

    def cases(self, key: str) -> int:
        """See World."""
        return sum(name == f"case:{key}" for name in self.sent)

    def told(self, external_id: str) -> list[str]:
        """See World."""
        return [key.partition(":")[2] for key in self.sent if key.startswith("word:")]

    def states(self, external_id: str) -> list[str]:
        """See World."""
        return [text for key, text in self.sent.items() if key.startswith("status:")]

    def answer(self, external_id: str, text: str) -> None:
        """See World: a mail to our box."""

    def close(self, external_id: str) -> str:
        """See World."""
        return ""
