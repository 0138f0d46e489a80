"""From which tickets an article came: the one it was made of, and those that added to it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Article, AuditEntry, Ticket

MOST = 20


def sources_of(session: Session, article: Article) -> tuple[str, ...]:
    """The numbers of the tickets, oldest first."""
    first = session.scalar(
        sa.select(Ticket.number).where(Ticket.id == (article.source_ticket_id or 0))
    )
    details = session.scalars(
        sa.select(AuditEntry.detail)
        .where(
            AuditEntry.subject == f"article:{article.id}",
            AuditEntry.action == "article.from_ticket",
        )
        .order_by(AuditEntry.id)
        .limit(MOST)
    )
    numbers = [first, *(detail.get("ticket") for detail in details)]
    return tuple(dict.fromkeys(str(number) for number in numbers if number))
