"""Following public questions, and the time a receipt promises (Q8, Q6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app import following, question_pages, tickets
from kb_app.errors import NotFound, SignInNeeded
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.questions import submit
from models import Job, JobKind, Question, TicketStatus, reading, utcnow
from tests.conftest import People
from tests.factories_desk import make_desk
from tests.kb_app.desk import move, say
from tests.kb_app.test_questions import asking


@pytest.fixture
def public_id(ports: Ports, people: People) -> str:
    """小艾's public question, answered by a person."""
    form = replace(asking("门锁装反了怎么办"), agreed_public=True)
    found = submit(ports, people.xiaoai, form)
    number = escalate(ports, people.xiaoai, found, Escalation("", ""))
    say(ports, people.abo, number, "可以换向，拆下把手转 180 度。", TicketStatus.SOLVED)
    return found


def mails(ports: Ports) -> list[str]:
    """The subjects of every mail about followed questions."""
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).all()
        subjects = [str(job.payload["subject"]) for job in jobs]
    return [subject for subject in subjects if subject.startswith("您关注的问题")]


def number_of(ports: Ports, public_id: str) -> str:
    """Its ticket."""
    from models import Ticket

    with reading(ports.database) as session:
        return session.scalars(
            sa.select(Ticket.number)
            .join(Question, Question.id == Ticket.question_id)
            .where(Question.public_id == public_id)
        ).one()


def test_followers_hear_of_a_new_answer_once(ports: Ports, people: People, public_id: str) -> None:
    """Q8: not of the ones that were there, not twice, not the asker."""
    assert following.follow(ports, people.laochen, public_id)
    assert following.tend(ports) == 0
    number = number_of(ports, public_id)
    tickets.customer_reply(ports, people.xiaoai, number, "把手拆不下来", "k1")
    say(ports, people.abo, number, "先松开侧面的螺丝。", TicketStatus.SOLVED)
    assert following.tend(ports) == 1
    assert following.tend(ports) == 0
    assert len(mails(ports)) == 1
    page = question_pages.mine(ports, people.laochen, 1)
    assert [row.public_id for row in page.followed] == [public_id]
    assert question_pages.question_page(ports, people.laochen, public_id).follows


def test_following_stops(ports: Ports, people: People, public_id: str) -> None:
    """Q8: the same button."""
    assert following.follow(ports, people.laochen, public_id)
    assert not following.follow(ports, people.laochen, public_id)
    assert question_pages.mine(ports, people.laochen, 1).followed == ()


def test_only_public_questions_and_only_with_an_account(
    ports: Ports, people: People, public_id: str
) -> None:
    """Q8: nobody learns of a private question by following it."""
    form = replace(asking("我的私事"), submission_key="private")
    private = submit(ports, people.xiaoai, form)
    with pytest.raises(NotFound):
        following.follow(ports, people.laochen, private)
    with pytest.raises(SignInNeeded):
        following.follow(ports, people.passer_by, public_id)


def test_the_receipt_says_by_when(ports: Ports, people: People) -> None:
    """Q6: the time limit is told to the customer at once, by mail too."""
    desk = make_desk(ports, people.abo.user_id or 0)
    assert desk.limit_id
    public_id = submit(ports, people.xiaoai, asking("门锁打不开"))
    escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    with reading(ports.database) as session:
        job = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).one()
    assert "前答复您。" in job.payload["body"]
    assert "前处理完毕。" in job.payload["body"]
    assert f"{(utcnow() + timedelta(hours=8)).month} 月" in job.payload["body"]


def test_what_is_no_longer_public_is_told_to_nobody(
    ports: Ports, people: People, public_id: str
) -> None:
    """Q7: public only by decision; taken back, its followers hear nothing."""
    following.follow(ports, people.laochen, public_id)
    number = number_of(ports, public_id)
    with_reply = "又有新情况"
    tickets.customer_reply(ports, people.xiaoai, number, with_reply, "k2")
    say(ports, people.abo, number, "收到。")
    from models import unit_of_work

    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Question).values(is_public=False))
    assert following.tend(ports) == 0
    assert mails(ports) == []
    move(ports, people.abo, number, TicketStatus.SOLVED)
