"""Killed between any two steps, a mail is neither lost nor doubled (M3)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from kb_app import jobs
from kb_app.mail import fetching, processing, sending
from kb_app.mail.queueing import Draft, queue
from kb_app.ports import Ports
from models import (
    FormFile,
    Job,
    JobKind,
    JobStatus,
    Mailbox,
    MailIn,
    enqueue,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.kb_app.desk import say
from tests.kb_app.mail.post import (
    FakeBox,
    came,
    deliver,
    make_box,
    said,
    sent,
    tickets,
    went,
    words,
)
from tests.letters import Letter, attached, letter, mixed, plain


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@contextmanager
def killed_at(ports: Ports, step: int) -> Iterator[list[int]]:
    """The process dies right before (even) or right after (odd) its n-th commit."""
    count = [0]

    def before(_connection: Any) -> None:
        if step % 2 == 0 and count[0] == step // 2:
            raise Killed

    def after(_session: Any) -> None:
        count[0] += 1
        if step % 2 == 1 and count[0] == step // 2 + 1:
            raise Killed

    event.listen(ports.database.engine, "commit", before)
    event.listen(Session, "after_commit", after)
    try:
        yield count
    finally:
        event.remove(ports.database.engine, "commit", before)
        event.remove(Session, "after_commit", after)


def dying_everywhere(ports: Ports, make: Callable[[int], Callable[[], None]]) -> int:
    """For every step fresh work that dies there and is begun anew; how many times it was made."""
    for step in itertools.count():
        work = make(step)
        try:
            with killed_at(ports, step):
                work()
        except Killed:
            work()
        else:
            return step + 1
        assert step < 100
    raise AssertionError


def wake(ports: Ports) -> None:
    """What a dead worker had leased is due again."""
    with unit_of_work(ports.database) as session:
        session.execute(
            sa.update(Job).where(Job.status == JobStatus.WAITING).values(run_after=utcnow())
        )


def due(ports: Ports, kind: JobKind) -> list[Job]:
    """Jobs that wait, of one kind."""
    with reading(ports.database) as session:
        query = sa.select(Job).where(Job.kind == kind, Job.status == JobStatus.WAITING)
        return list(session.scalars(query.order_by(Job.id)))


def arrive(ports: Ports, box: Mailbox, data: bytes) -> int:
    """A mail lies there, fetched but not read; returns its id."""
    with reading(ports.database) as session:
        known = session.scalar(sa.select(sa.func.count()).select_from(MailIn)) or 0
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Mailbox).values(uid_validity=7, last_uid=known))
    fetching.take_over(ports, box, FakeBox([b""] * known + [data]))
    return came(ports)[-1].id


def settle(ports: Ports) -> None:
    """A new worker finds what the dead one left."""
    wake(ports)
    jobs.drain(ports)


def mail_of(step: int) -> bytes:
    """One of many with a file."""
    head = f"Message-ID: <{step}@x>\n"
    return mixed(plain(f"第 {step} 封"), attached("照片.pdf", b"%PDF-1.4 x"), head=head)


def test_fetching_survives_death_at_every_step(ports: Ports) -> None:
    """M3: bytes, row and job, mark, progress: each may be the last."""
    fakes: list[FakeBox] = []

    def make(step: int) -> Callable[[], None]:
        box = make_box(ports, address=f"box{step}@yujian.example")
        fakes.append(FakeBox([mail_of(step * 10), mail_of(step * 10 + 1)]))
        return lambda: void(fetching.take_over(ports, box, fakes[step]))

    made = dying_everywhere(ports, make)
    assert made >= 10
    assert len(came(ports)) == made * 2
    assert all(set(fake.marked) == {"7:1", "7:2"} for fake in fakes)
    settle(ports)
    assert len(tickets(ports)) == made * 2


def void(_value: object) -> None:
    """Nothing."""


def test_becoming_a_ticket_survives_death_at_every_step(ports: Ports) -> None:
    """M3: files, question, answer, ticket, receipt: once each."""
    box = make_box(ports)

    def make(step: int) -> Callable[[], None]:
        mail_id = arrive(ports, box, mail_of(step))
        return lambda: processing.process(ports, mail_id)

    made = dying_everywhere(ports, make)
    assert made >= 5
    settle(ports)
    assert len(tickets(ports)) == made
    assert len({ticket.question_id for ticket in tickets(ports)}) == made
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(FormFile)) == made
    assert [out.kind for out in went(ports)] == ["receipt"] * made


def test_a_customers_reply_survives_death_at_every_step(ports: Ports, tmp_path: Path) -> None:
    """M3: said once on the ticket."""
    box = make_box(ports)
    deliver(ports, box, letter(Letter()))
    back = {"In-Reply-To": sent(tmp_path)[-1]["Message-ID"]}

    def make(step: int) -> Callable[[], None]:
        form = Letter(text=f"补充 {step}", message_id=f"c{step}@x", headers=back)
        mail_id = arrive(ports, box, letter(form))
        return lambda: processing.process(ports, mail_id)

    made = dying_everywhere(ports, make)
    assert made >= 3
    assert words(ports) == [f"补充 {step}" for step in range(made)]


def test_a_colleagues_reply_survives_death_at_every_step(
    ports: Ports, people: People, tmp_path: Path
) -> None:
    """M3: said once on the ticket, mailed to the customer once."""
    box = make_box(ports)
    deliver(ports, box, letter(Letter()))
    say(ports, people.abo, tickets(ports)[0].number, "我来看。")
    deliver(ports, box)
    back = {"In-Reply-To": sent(tmp_path)[-1]["Message-ID"]}
    deliver(ports, box, letter(Letter(text="急", message_id="2@x", headers=back)))
    passed = next(mail for mail in sent(tmp_path) if mail["To"] == people.abo.email)
    proof = {"In-Reply-To": passed["Message-ID"]}

    def make(step: int) -> Callable[[], None]:
        form = Letter(
            text=f"好了 {step}", message_id=f"s{step}@x", sender=people.abo.email, headers=proof
        )
        mail_id = arrive(ports, box, letter(form))
        return lambda: processing.process(ports, mail_id)

    made = dying_everywhere(ports, make)
    assert made >= 5
    settle(ports)
    assert words(ports) == ["我来看。", "急", *(f"好了 {step}" for step in range(made))]
    replies = [mail for mail in sent(tmp_path) if "客服回复如下" in said(mail)]
    assert len(replies) == made + 1


@pytest.mark.parametrize("kind", ["plain", "queued"])
def test_sending_survives_death_with_one_message_id(
    ports: Ports, tmp_path: Path, kind: str
) -> None:
    """M3: what is sent again because nobody knows is the same mail: one Message-ID."""

    def make(step: int) -> Callable[[], None]:
        with unit_of_work(ports.database) as session:
            if kind == "plain":
                enqueue(session, JobKind.SEND_MAIL, to=f"a{step}@b.cn", subject="x", body="y")
            else:
                queue(ports, session, Draft(f"k{step}", "receipt", f"a{step}@b.cn", "x", "y"))
        job = due(ports, JobKind.SEND_MAIL)[-1]
        return lambda: sending.send(ports, job)

    made = dying_everywhere(ports, make)
    assert made >= 5
    assert len({mail["Message-ID"] for mail in sent(tmp_path)}) == made
    assert [row.state.value for row in went(ports)] == ["sent"] * made
