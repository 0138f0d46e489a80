"""Webhooks as administrators see, change and try them; a secret is shown to them alone."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import PAGE_SIZE, page_count
from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.sealing import Unsealable, seal, unseal
from kb_app.typed_text import clean_line, required
from kb_app.webhooks.events import EVENTS, PING
from kb_app.webhooks.sending import PURPOSE, Tried, attempt
from models import (
    DeliveryState,
    JobKind,
    Viewer,
    Webhook,
    WebhookDelivery,
    enqueue,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.webhook_call import CallFault, checked_url
from ticket_bridge.webhook_signing import new_secret


@dataclass(frozen=True)
class HookInput:
    """A webhook as the form sent it."""

    name: str
    url: str
    events: tuple[str, ...]
    version: int = 0


@dataclass(frozen=True)
class HookRow:
    """A webhook in the list; `fault` says why it is off, `failures` counts those in a row."""

    hook_id: int
    name: str
    url: str
    events: tuple[str, ...]
    is_active: bool
    fault: str
    failures: int
    waiting: int
    last_at: datetime | None


@dataclass(frozen=True)
class DeliveryRow:
    """One telling in the log."""

    delivery_id: int
    event: str
    state: DeliveryState
    attempts: int
    status: int | None
    took_ms: int | None
    fault: str
    answer: str
    payload: str
    created_at: datetime
    next_at: datetime | None


@dataclass(frozen=True)
class HooksPage:
    """All webhooks."""

    rows: tuple[HookRow, ...]


@dataclass(frozen=True)
class HookPage:
    """One webhook, its secret and its log; `tried` is a trial that was just made."""

    hook: HookRow | None
    version: int
    secret: str
    log: tuple[DeliveryRow, ...]
    page: int
    pages: int
    events: tuple[str, ...] = EVENTS
    tried: Tried | None = None


def webhooks(ports: Ports, viewer: Viewer) -> HooksPage:
    """All of them."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        rows = session.scalars(sa.select(Webhook).order_by(Webhook.name, Webhook.id)).all()
        return HooksPage(tuple(_row(session, hook) for hook in rows))


def webhook(
    ports: Ports, viewer: Viewer, hook_id: int | None, page: int = 1, tried: Tried | None = None
) -> HookPage:
    """One with its log, or an empty form."""
    require(viewer, Permission.CONFIGURE)
    if hook_id is None:
        return HookPage(None, 0, "", (), 1, 1)
    with reading(ports.database) as session:
        hook = row_of(session, Webhook, hook_id)
        mine = WebhookDelivery.webhook_id == hook_id
        count = session.scalar(sa.select(sa.func.count()).where(mine)) or 0
        pages = page_count(count)
        page = min(max(page, 1), pages)
        found = session.scalars(
            sa.select(WebhookDelivery)
            .where(mine)
            .order_by(WebhookDelivery.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
        log = tuple(_delivery(row) for row in found)
        secret = _secret(ports, hook)
        row = _row(session, hook)
        return HookPage(row, hook.version, secret, log, page, pages, tried=tried)


def save_webhook(ports: Ports, viewer: Viewer, hook_id: int | None, form: HookInput) -> int:
    """Make or change one; EditConflict when somebody else saved it meanwhile."""
    require(viewer, Permission.CONFIGURE)
    name = required("name", clean_line(form.name), 60)
    url = _checked(form.url)
    events = tuple(event for event in EVENTS if event in form.events)
    with unit_of_work(ports.database) as session:
        if hook_id is None:
            hook = Webhook(secret=seal(ports.config.secret_key, PURPOSE, new_secret()))
            session.add(hook)
        else:
            hook = row_of(session, Webhook, hook_id)
            if hook.version != form.version:
                raise EditConflict(hook_id)
        hook.name, hook.url, hook.events = name, url, list(events)
        hook.updated_at = ports.clock()
        session.flush()
        record(session, viewer, "webhook.saved", f"webhook:{hook.id}", url=url)
        return hook.id


def _checked(url: str) -> str:
    typed = url.strip()
    if not typed:
        raise InvalidInput("url", "empty")
    try:
        checked_url(typed)
    except CallFault as error:
        raise InvalidInput("url", "address") from error
    return typed


def try_webhook(ports: Ports, viewer: Viewer, hook_id: int) -> Tried:
    """Call it once, now; in the log, and never tried again."""
    require(viewer, Permission.CONFIGURE)
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        hook = row_of(session, Webhook, hook_id)
        key = f"ping-{secrets.token_hex(12)}"
        data = {"site": ports.config.site_name, "text": "ping"}
        payload = {"id": key, "event": PING, "at": now.isoformat(timespec="seconds"), "data": data}
        row = WebhookDelivery(webhook_id=hook.id, key=key, event=PING, payload=payload)
        row.state, row.created_at = DeliveryState.FAILED, now
        session.add(row)
        session.flush()
        record(session, viewer, "webhook.tried", f"webhook:{hook.id}")
    tried = attempt(ports, hook, row)
    with unit_of_work(ports.database) as session:
        row = session.get_one(WebhookDelivery, row.id)
        row.state = DeliveryState.SENT if tried.ok else DeliveryState.FAILED
        row.attempts, row.finished_at = 1, ports.clock()
        row.status, row.took_ms = tried.status, tried.took_ms
        row.fault, row.answer = tried.fault, tried.answer
    return tried


def renew_secret(ports: Ports, viewer: Viewer, hook_id: int) -> None:
    """A new secret from now on; the receiver has to be told."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        hook = row_of(session, Webhook, hook_id)
        hook.secret = seal(ports.config.secret_key, PURPOSE, new_secret())
        record(session, viewer, "webhook.secret_renewed", f"webhook:{hook.id}")


def switch(ports: Ports, viewer: Viewer, hook_id: int) -> bool:
    """Off, or on again with everything that waits; returns whether it is on now."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        hook = row_of(session, Webhook, hook_id)
        hook.is_active = not hook.is_active
        if hook.is_active:
            hook.failures, hook.failing_since, hook.resting_until, hook.fault = 0, None, None, ""
            mine = WebhookDelivery.id.in_(_waiting(hook_id))
            session.execute(sa.update(WebhookDelivery).where(mine).values(next_at=None))
            for delivery_id in session.scalars(_waiting(hook_id)):
                enqueue(session, JobKind.SEND_WEBHOOK, delivery_id=delivery_id)
        action = "webhook.on" if hook.is_active else "webhook.off"
        record(session, viewer, action, f"webhook:{hook.id}")
        return hook.is_active


def send_again(ports: Ports, viewer: Viewer, hook_id: int, delivery_id: int) -> None:
    """Once more from the beginning, under the same id."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        row = session.get(WebhookDelivery, delivery_id, with_for_update=True)
        if row is None or row.webhook_id != hook_id or row.event == PING:
            raise NotFound(delivery_id)
        row.state, row.attempts = DeliveryState.WAITING, 0
        row.finished_at = row.next_at = None
        hook = row_of(session, Webhook, hook_id)
        hook.resting_until = None
        enqueue(session, JobKind.SEND_WEBHOOK, delivery_id=row.id)
        record(session, viewer, "webhook.sent_again", f"webhook:{hook_id}", delivery=row.id)


def delete_webhook(ports: Ports, viewer: Viewer, hook_id: int) -> None:
    """Take it out with its log."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        hook = row_of(session, Webhook, hook_id)
        session.execute(sa.delete(WebhookDelivery).where(WebhookDelivery.webhook_id == hook_id))
        session.delete(hook)
        record(session, viewer, "webhook.deleted", f"webhook:{hook_id}", url=hook.url)


def _secret(ports: Ports, hook: Webhook) -> str:
    """Empty when SECRET_KEY has changed since: a new one must be made."""
    try:
        return unseal(ports.config.secret_key, PURPOSE, hook.secret)
    except Unsealable:
        return ""


def _waiting(hook_id: int) -> sa.Select[int]:
    return sa.select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == hook_id, WebhookDelivery.state == DeliveryState.WAITING
    )


def _row(session: Session, hook: Webhook) -> HookRow:
    waiting = session.scalar(sa.select(sa.func.count()).select_from(_waiting(hook.id).subquery()))
    sent = WebhookDelivery.state == DeliveryState.SENT
    last = sa.select(sa.func.max(WebhookDelivery.finished_at)).where(
        WebhookDelivery.webhook_id == hook.id, sent
    )
    return HookRow(
        hook.id,
        hook.name,
        hook.url,
        tuple(event for event in EVENTS if event in hook.events),
        hook.is_active,
        hook.fault,
        hook.failures,
        waiting or 0,
        session.scalar(last),
    )


def _delivery(row: WebhookDelivery) -> DeliveryRow:
    return DeliveryRow(
        row.id,
        row.event,
        row.state,
        row.attempts,
        row.status,
        row.took_ms,
        row.fault,
        row.answer,
        json.dumps(row.payload, ensure_ascii=False, indent=2),
        row.created_at,
        row.next_at,
    )
