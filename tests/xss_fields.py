"""Forms whose every word is hostile, and what people filled into them.

The fields of a service, of customers and of articles; straight into the tables, past every form.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import (
    ArticleFacts,
    CustomerFacts,
    FieldSet,
    FormVersion,
    Question,
    QuestionForm,
    QuestionStatus,
    ServiceNode,
    Ticket,
    User,
)
from tests.xss import vectors
from tests.xss_world import short
from ticket_bridge.fields import MOST_FIELDS, Field, Kind, store

KINDS = (Kind.TEXT, Kind.AREA, Kind.CHOICE, Kind.MULTI, Kind.NUMBER, Kind.DATE)
OPTIONS = 12
FORMS = 6


@dataclass(frozen=True)
class Filled:
    """Where to look: services with a form, and what carries answers."""

    nodes: tuple[int, ...]
    ticket: str
    customer: int
    article: int


def fields(turn: int) -> tuple[Field, ...]:
    """As many fields as a form may have, other vectors in each turn."""
    words = short(80, MOST_FIELDS * FORMS)[turn::FORMS]
    return tuple(
        Field(
            key=f"f{n}", kind=KINDS[n % len(KINDS)], label=text[:60], required=n % 7 == 0,
            hint=vectors()[(turn * MOST_FIELDS + n) % len(vectors())][:200],
            options=tuple(vectors()[turn + n * OPTIONS :][:OPTIONS]),
            when_key="f2" if n % 5 == 4 else "", when_value=text if n % 5 == 4 else "",
        )
        for n, text in enumerate(words[:MOST_FIELDS])
    )  # fmt: skip


def answers(turn: int) -> dict[str, object]:
    """A hostile answer to each of them."""
    found: dict[str, object] = {}
    for n, field in enumerate(fields(turn)):
        text = vectors()[(turn * 97 + n * 11) % len(vectors())]
        found[field.key] = [text, text[::-1]] if field.kind is Kind.MULTI else text
    return found


def fill(session: Session, customer: User, article_id: int) -> Filled:
    """Services, own fields, and a ticket that came with a form."""
    nodes = [_service(session, turn) for turn in range(FORMS)]
    question = Question(
        public_id="xssform", text="表单里的字", asker_id=customer.id, asker_key=f"u:{customer.id}",
        submission_key="xssform", status=QuestionStatus.ESCALATED,
    )  # fmt: skip
    session.add(question)
    session.flush()
    ticket = Ticket(
        number="T-FORM", requester_key=f"u:{customer.id}", requester_id=customer.id,
        requester_name="小艾", subject="表单里的字", body="见表单", question_id=question.id,
    )  # fmt: skip
    version = session.scalars(sa.select(FormVersion).where(FormVersion.node_id == nodes[0])).one()
    form = QuestionForm(
        question_id=question.id, node_id=nodes[0], version_id=version.id, answers=answers(0)
    )
    session.add_all([ticket, form])
    for turn, about in ((1, "customer"), (2, "article")):
        session.add(FieldSet(about=about, fields=store(fields(turn))))
    session.add(CustomerFacts(user_id=customer.id, answers=answers(1)))
    session.add(ArticleFacts(article_id=article_id, answers=answers(2)))
    return Filled(tuple(nodes), ticket.number, customer.id, article_id)


def _service(session: Session, turn: int) -> int:
    text = short(60)[turn]
    node = ServiceNode(name=text[:60], summary=vectors()[turn * 31][:200], position=turn)
    session.add(node)
    session.flush()
    session.add(
        FormVersion(node_id=node.id, number=1, fields=store(fields(turn)), editor_name=text[:80])
    )
    return node.id
