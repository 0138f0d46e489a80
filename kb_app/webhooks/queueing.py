"""A telling is written with its job in the transaction that causes it; once for its key."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import JobKind, Webhook, WebhookDelivery, enqueue, insert_if_absent

KEY_CHARS = 32


def tell(
    session: Session, event: str, mark: str, at: datetime, data: dict[str, Any]
) -> tuple[int, ...]:
    """Tell every webhook that asked for this event; `mark` names what happened, once."""
    rows = session.execute(sa.select(Webhook.id, Webhook.events).where(Webhook.is_active))
    wanted = [row.id for row in rows if event in row.events]
    return tuple(
        queue(session, hook_id, event, f"{mark}:{event}", (at, data)) for hook_id in wanted
    )


def queue(
    session: Session, webhook_id: int, event: str, mark: str, said: tuple[datetime, dict[str, Any]]
) -> int:
    """One telling to one webhook, with its job; the same mark again is the same telling."""
    key = hashlib.sha256(f"{webhook_id}:{mark}".encode()).hexdigest()[:KEY_CHARS]
    found = WebhookDelivery.key == key
    known = session.scalar(sa.select(WebhookDelivery.id).where(found))
    if known is not None:
        return known
    at, data = said
    payload = {"id": key, "event": event, "at": at.isoformat(timespec="seconds"), "data": data}
    insert_if_absent(
        session,
        WebhookDelivery,
        webhook_id=webhook_id,
        key=key,
        event=event,
        payload=payload,
        created_at=at,
    )
    delivery_id = session.scalars(sa.select(WebhookDelivery.id).where(found)).one()
    enqueue(session, JobKind.SEND_WEBHOOK, delivery_id=delivery_id)
    return delivery_id
