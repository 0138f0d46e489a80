"""没解决: a question becomes a ticket, with everything the asker was shown attached."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from kb_app.accounts import checked_email
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.questions import extra_text, own_question
from kb_app.ticket_opening import Added, open_ticket
from models import QuestionStatus, Ticket, Viewer, unit_of_work


@dataclass(frozen=True)
class Escalation:
    """What the asker adds on the way to a person."""

    extra: str
    email: str


def escalate(ports: Ports, viewer: Viewer, public_id: str, form: Escalation) -> str:
    """Open the ticket and return its number; asking twice gives the same ticket."""
    require(viewer, Permission.ASK)
    extra = extra_text(form.extra)
    email = checked_email(form.email) if form.email.strip() else ""
    with unit_of_work(ports.database) as session:
        question = own_question(session, viewer, public_id)
        known = session.scalar(sa.select(Ticket.number).where(Ticket.question_id == question.id))
        if known is not None:
            return known
        if question.status is QuestionStatus.DEFLECTED:
            raise InvalidInput("question", "settled")
        return open_ticket(ports, session, viewer, question, Added(extra, email)).number
