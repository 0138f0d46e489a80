"""Against a real mail server, in all its moods: nothing lost, nothing doubled (M1, M3)."""

from __future__ import annotations

import imaplib
import smtplib
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from kb_app import jobs
from kb_app.mail import fetching, watching
from kb_app.mail.access import open_box, sealed, smtp_for
from kb_app.ports import Ports
from models import BoxKind, BoxSecurity, Mailbox, unit_of_work
from tests.kb_app.mail.post import came, make_box, tickets, went
from tests.kb_app.mail.test_crashes import wake
from tests.letters import Letter, letter
from tests.servers.fault_proxy import fault_proxy
from tests.servers.greenmail import MailServer
from ticket_bridge.mail import boxes, imap, pop, sender
from ticket_bridge.mail.boxes import BoxFault, FaultCode
from ticket_bridge.mail.sender import MailFailed, MailRefused, OutgoingMail

pytestmark = pytest.mark.server
_numbers = count(1)
BROKEN = {FaultCode.PROTOCOL, FaultCode.TIMEOUT, FaultCode.FOLDER, FaultCode.LOGIN}


@pytest.fixture
def address() -> str:
    """An address of this test's own."""
    return f"box{next(_numbers)}-{time.time_ns()}@yujian.example"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a server that hangs."""
    for module in (boxes, imap, pop, sender):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", 1.0)


def post(server: MailServer, to: str, *forms: Letter) -> None:
    """Customers write."""
    with smtplib.SMTP(server.host, server.smtp, timeout=10) as smtp:
        for form in forms:
            smtp.sendmail("xiaoai@example.com", [to], letter(form))


def box_at(ports: Ports, port: int, address: str, **facts: Any) -> Mailbox:
    """A mailbox of the site there."""
    known = {
        "address": address,
        "username": address,
        "secret": sealed(ports, "secret"),
        "host": "127.0.0.1",
        "port": port,
        "security": BoxSecurity.NONE,
    }
    return make_box(ports, **{**known, **facts})


def inbox(server: MailServer, address: str) -> list[bytes]:
    """What lies at the server, with flags."""
    with imaplib.IMAP4(server.host, server.imap, timeout=10) as client:
        client.login(address, "secret")
        client.select("INBOX")
        _, rows = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        return [row[0] + row[1] for row in rows if isinstance(row, tuple)]


@pytest.mark.parametrize("kind", list(BoxKind))
def test_mail_is_taken_over_and_nothing_is_deleted(
    ports: Ports, mail_server: MailServer, address: str, kind: BoxKind
) -> None:
    """M1: IMAP and POP3, twice; the server keeps everything."""
    port = mail_server.imap if kind is BoxKind.IMAP else mail_server.pop3
    box = box_at(ports, port, address, kind=kind)
    post(mail_server, address, Letter(message_id="1@x"), Letter(message_id="2@x", text="二"))
    assert [fetching.fetch(ports, box.id) for _ in range(2)] == [2, 0]
    post(mail_server, address, Letter(message_id="3@x", text="三"))
    assert fetching.fetch(ports, box.id) == 1
    jobs.drain(ports)
    assert len(tickets(ports)) == 3
    kept = inbox(mail_server, address)
    assert len(kept) == 3
    assert kind is BoxKind.POP3 or all(b"\\Seen" in row for row in kept)


def test_a_lost_line_at_any_place_loses_and_doubles_nothing(
    ports: Ports, mail_server: MailServer, address: str, quick: None
) -> None:
    """M3: the connection breaks after ever more bytes; in the end every mail is there once."""
    post(mail_server, address, *(Letter(message_id=f"{n}@x", text=f"第 {n}") for n in range(5)))
    with fault_proxy(mail_server.imap) as proxy:
        box = box_at(ports, proxy.port, address)
        codes: set[FaultCode | None] = set()
        for limit in range(20, 4000, 110):
            proxy.drop_after = limit
            codes.add(outcome(ports, box.id))
        proxy.drop_after = None
        fetching.fetch(ports, box.id)
    assert codes <= {None, *BROKEN}
    assert len(came(ports)) == 5
    jobs.drain(ports)
    assert len(tickets(ports)) == 5


def outcome(ports: Ports, mailbox_id: int) -> FaultCode | None:
    """Why fetching ended; None when it did not have to."""
    try:
        fetching.fetch(ports, mailbox_id)
    except BoxFault as fault:
        return fault.code
    return None


def test_a_server_that_hangs_is_given_up_in_time_and_named(
    ports: Ports, mail_server: MailServer, address: str, quick: None
) -> None:
    """M3: a timeout, written on the box."""
    with fault_proxy(mail_server.imap) as proxy:
        proxy.hangs = True
        box = box_at(ports, proxy.port, address)
        begun = time.monotonic()
        with pytest.raises(BoxFault) as caught:
            fetching.fetch(ports, box.id)
    assert caught.value.code is FaultCode.TIMEOUT
    assert time.monotonic() - begun < 8
    with unit_of_work(ports.database) as session:
        assert session.get_one(Mailbox, box.id).fault.startswith("timeout")


def test_a_watched_box_hears_of_new_mail_at_once(
    ports: Ports, mail_server: MailServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M1: IDLE, and the watch ends when told."""
    monkeypatch.setattr(watching, "IDLE_SECONDS", 4.0)
    box = box_at(ports, mail_server.imap, address)
    stop = threading.Event()
    thread = threading.Thread(target=watching.watch_box, args=(ports, box.id, "me", stop))
    thread.start()
    try:
        wait_for(lambda: box_of(ports, box.id).seen_at is not None)
        post(mail_server, address, Letter())
        assert wait_for(lambda: len(came(ports)) == 1, 15)
        assert not fetching.hold(ports, box.id, "another")
    finally:
        stop.set()
        thread.join(25)
    assert not thread.is_alive()


def box_of(ports: Ports, mailbox_id: int) -> Mailbox:
    """As it is now."""
    with unit_of_work(ports.database) as session:
        return session.get_one(Mailbox, mailbox_id)


def wait_for(done: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it comes true in time."""
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.1)
    return done()


def test_the_way_there_and_back_through_a_real_server(
    ports: Ports, mail_server: MailServer, address: str
) -> None:
    """M1 M3: a receipt arrives once although its first tries fail, with one Message-ID."""
    customer = f"customer-{time.time_ns()}@example.com"
    with fault_proxy(mail_server.smtp) as proxy:
        box = box_at(
            ports,
            mail_server.imap,
            address,
            smtp_host="127.0.0.1",
            smtp_port=proxy.port,
            smtp_security=BoxSecurity.STARTTLS,
        )
        post(mail_server, address, Letter(sender=customer))
        fetching.fetch(ports, box.id)
        proxy.replace = {b"250 OK": b"451 later"}
        jobs.drain(ports)
        assert went(ports)[0].state.value == "waiting"
        proxy.replace = {}
        wake(ports)
        jobs.drain(ports)
    assert went(ports)[0].state.value == "sent"
    [row] = inbox(mail_server, customer)
    assert went(ports)[0].message_id.encode() in row


def test_what_a_server_refuses_for_good_is_not_tried_again(
    ports: Ports, mail_server: MailServer, address: str
) -> None:
    """M3: 5xx is final, 4xx is not."""
    with fault_proxy(mail_server.smtp) as proxy:
        box = box_at(ports, 1, address, smtp_host="127.0.0.1", smtp_port=proxy.port,
                     smtp_security=BoxSecurity.STARTTLS)  # fmt: skip
        smtp_for(ports, box).check()
        mail = OutgoingMail("a@example.com", "x", "y")
        proxy.replace = {b"250 OK": b"550 no such user"}
        with pytest.raises(MailRefused):
            smtp_for(ports, box).send(mail)
        proxy.replace = {b"250 OK": b"450 try later"}
        with pytest.raises(MailFailed) as caught:
            smtp_for(ports, box).send(mail)
    assert not isinstance(caught.value, MailRefused)


def test_trying_a_mailbox_signs_in_for_real(
    ports: Ports, mail_server: MailServer, address: str
) -> None:
    """M1: what the form's button does; a wrong folder is named."""
    box = box_at(ports, mail_server.imap, address)
    open_box(ports, box).close()
    box.folder = "没有这个"
    with pytest.raises(BoxFault) as caught:
        open_box(ports, box)
    assert caught.value.code is FaultCode.FOLDER
