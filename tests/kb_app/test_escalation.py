"""没解决: one ticket with everything already known, told to the customer (Q2, Q6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from kb_app import ticket_opening
from kb_app.errors import InvalidInput
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.questions import settle, submit
from kb_app.ticket_pages import customer_ticket, desk_ticket
from models import Job, JobKind, Question, QuestionStatus, Ticket, reading
from tests.conftest import People
from tests.factories import publish_articles
from tests.kb_app.test_questions import BODY, TITLE, answered_with, asking, stored

NOTHING = Escalation("", "")


def _mails(ports: Ports) -> list[dict[str, str]]:
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL))
        return [job.payload for job in jobs]


def test_it_hands_over_what_the_asker_was_shown(ports: Ports, people: People) -> None:
    """Q2: the agent sees the articles that did not help, and what the asker adds."""
    [article_id] = publish_articles(ports, (TITLE, BODY))
    public_id = answered_with(ports, people.xiaoai, article_id)
    number = escalate(ports, people.xiaoai, public_id, Escalation("收不到邮件", ""))
    seen = desk_ticket(ports, people.abo, number)
    assert [card.article_id for card in seen.shown] == [article_id]
    assert "收不到邮件" in seen.body_html
    assert seen.subject == TITLE
    assert [event.action for event in seen.events] == ["created"]
    assert customer_ticket(ports, people.xiaoai, number).number == number


def test_it_makes_one_ticket_however_often_it_is_pressed(ports: Ports, people: People) -> None:
    """Q2 C9: a repeated 没解决 leads to the same ticket, with one mail."""
    public_id = submit(ports, people.xiaoai, asking())
    with ThreadPoolExecutor(4) as pool:
        numbers = set(
            pool.map(lambda _: escalate(ports, people.xiaoai, public_id, NOTHING), range(8))
        )
    with reading(ports.database) as session:
        assert set(session.scalars(sa.select(Ticket.number))) == numbers
    assert len(numbers) == len(_mails(ports)) == 1


def test_it_tells_the_customer_by_mail(ports: Ports, people: People) -> None:
    """Q6 T7: number and link go out to whoever left an address."""
    public_id = submit(ports, people.passer_by, asking(email="Guest@Example.com"))
    number = escalate(ports, people.passer_by, public_id, NOTHING)
    [mail] = _mails(ports)
    assert mail["to"] == "guest@example.com"
    assert number in mail["subject"]
    assert f"/tickets/{number}" in mail["body"]


@pytest.mark.parametrize("step", ["record", "enqueue"])
def test_it_writes_ticket_and_mail_in_one_transaction(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """O1: no ticket without its mail, no mail without its ticket."""
    public_id = submit(ports, people.xiaoai, asking())

    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ticket_opening, step, break_down)
    with pytest.raises(ZeroDivisionError):
        escalate(ports, people.xiaoai, public_id, NOTHING)
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Ticket)).all() == []
    assert _mails(ports) == []
    assert stored(ports).status is QuestionStatus.UNANSWERED


def test_it_sends_no_mail_to_nobody(ports: Ports, people: People) -> None:
    """T7: a visitor without an address still gets a ticket."""
    public_id = submit(ports, people.passer_by, asking())
    assert escalate(ports, people.passer_by, public_id, NOTHING).startswith("WD-")
    assert _mails(ports) == []


def test_it_makes_no_ticket_of_a_settled_question(ports: Ports, people: People) -> None:
    """Q2: finished is finished; a new question is one click away."""
    [article_id] = publish_articles(ports, (TITLE, BODY))
    public_id = answered_with(ports, people.xiaoai, article_id)
    settle(ports, people.xiaoai, public_id)
    with pytest.raises(InvalidInput):
        escalate(ports, people.xiaoai, public_id, NOTHING)
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Ticket)).all() == []


def test_it_does_not_count_as_deflected_afterwards(ports: Ports, people: People) -> None:
    """K10: 解决了 after 没解决 does not turn a ticket into a deflection."""
    [article_id] = publish_articles(ports, (TITLE, BODY))
    public_id = answered_with(ports, people.xiaoai, article_id)
    escalate(ports, people.xiaoai, public_id, NOTHING)
    settle(ports, people.xiaoai, public_id)
    assert stored(ports).status is QuestionStatus.ESCALATED


@pytest.mark.parametrize("form", [Escalation("长" * 5_001, ""), Escalation("", "not an address")])
def test_it_refuses_a_form_it_cannot_keep(ports: Ports, people: People, form: Escalation) -> None:
    """Q1: the question stays as it was."""
    public_id = submit(ports, people.xiaoai, asking())
    with pytest.raises(InvalidInput):
        escalate(ports, people.xiaoai, public_id, form)
    assert stored(ports).status is QuestionStatus.UNANSWERED


def test_it_shortens_a_long_question_to_a_subject(ports: Ports, people: People) -> None:
    """T4: a list stays readable, the whole text stays in the ticket."""
    text = "门锁\n" + "很长的描述" * 200
    public_id = submit(ports, people.xiaoai, asking(text))
    escalate(ports, people.xiaoai, public_id, NOTHING)
    with reading(ports.database) as session:
        ticket = session.scalars(sa.select(Ticket)).one()
        question = session.scalars(sa.select(Question)).one()
    assert len(ticket.subject) == 61
    assert "\n" not in ticket.subject
    assert ticket.body == question.text == text
