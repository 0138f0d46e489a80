"""The demo's tickets: real-looking conversations in every state of a ticket's life."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.demo.desk import add_desk, set_up_ticket
from kb_app.demo.people import FOLDER
from kb_app.ports import Ports
from kb_app.ticket_log import add_message, findable
from kb_app.ticket_moves import put_away, restand
from kb_app.ticket_opening import FIRST_NUMBER
from models import (
    Category,
    JobKind,
    Message,
    MessageKind,
    Product,
    Question,
    QuestionStatus,
    Ticket,
    TicketEvent,
    TicketStatus,
    User,
    enqueue,
)
from ticket_bridge.lifecycle import ENDED

HIDDEN_TALES = {
    TicketStatus.QUARANTINED: ("财运来", "代开各类发票，加微信详谈，价格优惠"),
    TicketStatus.DELETED: ("访客", "测试测试"),
}


def add_tickets(ports: Ports, session: Session, people: dict[str, User]) -> None:
    """Questions that became tickets, with their messages and history."""
    add_desk(session, people)
    lines = (FOLDER / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
    for place, line in enumerate(lines):
        data = json.loads(line)
        created = ports.clock() - timedelta(hours=9 * (len(lines) - place))
        telling = _Telling(session, people, data, TicketStatus(data["status"]))
        ticket = telling.tell(place, created)
        set_up_ticket(ports, session, ticket, place)
    for status in (TicketStatus.QUARANTINED, TicketStatus.DELETED):
        _put_away(ports, session, people, status)


def _put_away(
    ports: Ports, session: Session, people: dict[str, User], status: TicketStatus
) -> None:
    """Advertising that came in, and a slip of a finger."""
    ticket = Ticket(
        number=f"demo-{status.value}",
        requester_key=f"v:demo-{status.value}",
        requester_name=HIDDEN_TALES[status][0],
        subject=HIDDEN_TALES[status][1],
        body=HIDDEN_TALES[status][1],
        created_at=ports.clock() - timedelta(hours=30),
        updated_at=ports.clock() - timedelta(hours=29),
    )
    session.add(ticket)
    session.flush()
    ticket.number = f"WD-{FIRST_NUMBER + ticket.id}"
    findable(session, ticket)
    put_away(ports, session, ticket, people["agent@yujian.example"].as_viewer(), status)


class _Telling:
    """One ticket's story."""

    def __init__(
        self, session: Session, people: dict[str, User], data: dict[str, Any], status: TicketStatus
    ) -> None:
        self._session = session
        self._agent = people["agent@yujian.example"]
        # The first tickets belong to the demo customer, so that "我的" is not empty.
        self._customer = people["customer@yujian.example"]
        self._data = data
        self._status = status

    def tell(self, place: int, created: Any) -> Ticket:
        """Write question, ticket, messages and history."""
        mine = place % 4 == 0
        key = f"u:{self._customer.id}" if mine else f"v:demo-ticket-{place}"
        question = Question(
            public_id=f"demo-{self._data['id']}",
            text=self._data["body"],
            asker_id=self._customer.id if mine else None,
            asker_key=key,
            category_id=self._id_of(Category, self._data["category"]),
            product_id=self._id_of(Product, (self._data["products"] or [""])[0]),
            status=QuestionStatus.ESCALATED,
            is_public=self._status in ENDED,
            submission_key=f"demo-{self._data['id']}",
            created_at=created,
        )
        self._session.add(question)
        self._session.flush()
        ticket = self._ticket(question, mine, created)
        self._session.add(ticket)
        self._session.flush()
        ticket.number = f"WD-{FIRST_NUMBER + ticket.id}"
        self._events(ticket, created)
        self._messages(ticket, created)
        findable(self._session, ticket)
        restand(self._session, ticket)
        enqueue(self._session, JobKind.INDEX_QUESTION, question_id=question.id)
        return ticket

    def _id_of(self, kind: type[Category] | type[Product], slug: str) -> int | None:
        return self._session.scalar(sa.select(kind.id).where(kind.slug == slug))

    def _ticket(self, question: Question, mine: bool, created: Any) -> Ticket:
        ended = self._status in ENDED
        working = self._status is not TicketStatus.NEW
        data = self._data
        return Ticket(
            number=f"demo-{data['id']}",
            question_id=question.id,
            requester_id=question.asker_id,
            requester_key=question.asker_key,
            requester_name=self._customer.name if mine else data["asker_name"],
            subject=data["subject"],
            body=data["body"],
            status=self._status,
            category_id=question.category_id,
            product_id=question.product_id,
            assignee_id=self._agent.id if working else None,
            rating=data.get("rating") if ended else None,
            rating_comment=data.get("rating_comment") or "",
            created_at=created,
            updated_at=created + timedelta(hours=3),
            first_reply_at=created + timedelta(minutes=22) if working else None,
            solved_at=created + timedelta(hours=3) if ended else None,
            closed_at=created + timedelta(hours=5) if self._status is TicketStatus.CLOSED else None,
        )

    def _events(self, ticket: Ticket, created: Any) -> None:
        story = [("created", "", "new", ticket.requester_name, 0)]
        if self._status is not TicketStatus.NEW:
            story.append(("assigned", "", self._agent.name, self._agent.name, 20))
            story.append(("status", "new", "open", self._agent.name, 22))
        if self._status not in {TicketStatus.NEW, TicketStatus.OPEN}:
            story.append(("status", "open", self._status.value, self._agent.name, 180))
        for action, before, after, actor, minutes in story:
            self._session.add(
                TicketEvent(
                    ticket_id=ticket.id,
                    actor_name=actor,
                    action=action,
                    before=before,
                    after=after,
                    created_at=created + timedelta(minutes=minutes),
                )
            )

    def _messages(self, ticket: Ticket, created: Any) -> None:
        for number, said in enumerate(self._data["messages"]):
            staff = said["from"] == "agent"
            add_message(
                self._session,
                Message(
                    ticket_id=ticket.id,
                    author_id=self._agent.id if staff else ticket.requester_id,
                    author_name=self._agent.name if staff else ticket.requester_name,
                    from_staff=staff,
                    kind=MessageKind(said["kind"]),
                    body=said["body"],
                    client_key=f"{ticket.id}:demo-{number}",
                    created_at=created + timedelta(minutes=22 + 40 * number),
                ),
            )
