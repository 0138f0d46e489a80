"""Sending tellings: each webhook in a line of its own, so that one that hangs holds up no other.

At least once, under the same id each time. A failure is tried again with growing waits while the
webhook rests; one that keeps failing for long is switched off, and its administrators are told.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.ports import Ports
from kb_app.sealing import Unsealable, unseal
from kb_app.webhooks.letters import OFF_BODY, OFF_SUBJECT
from models import (
    DeliveryState,
    Job,
    JobKind,
    Role,
    User,
    Webhook,
    WebhookDelivery,
    enqueue,
    reading,
    unit_of_work,
)
from ticket_bridge.webhook_call import Call, CallFault, Limits, call, networks
from ticket_bridge.webhook_signing import signed_headers

PURPOSE = "webhook"
LINES = 8
LINE_SECONDS = 60.0
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 60, 300, 1800, 7200, 6 * 3600, 12 * 3600, 24 * 3600)
)
LONGEST_REST = timedelta(minutes=5)
MOST_FAILURES = 30
FAILING_FOR = timedelta(hours=12)
GONE = 410
LONGEST_ANSWER = 500


@dataclass(frozen=True)
class Tried:
    """How one call ended: a status, or why there is none."""

    ok: bool
    status: int | None = None
    took_ms: int | None = None
    fault: str = ""
    answer: str = ""


def send(ports: Ports, jobs: Sequence[Job]) -> None:
    """Send the tellings of these jobs; what fails gets a new job, so none of these stays."""
    ids = [int(job.payload["delivery_id"]) for job in jobs]
    with reading(ports.database) as session:
        rows = session.execute(
            sa.select(WebhookDelivery.id, WebhookDelivery.webhook_id)
            .where(WebhookDelivery.id.in_(ids), WebhookDelivery.state == DeliveryState.WAITING)
            .order_by(WebhookDelivery.id)
        ).all()
    lines: dict[int, list[int]] = {}
    for row in rows:
        lines.setdefault(row.webhook_id, []).append(row.id)
    with ThreadPoolExecutor(min(LINES, max(1, len(lines)))) as pool:
        list(pool.map(lambda line: _send_line(ports, line), lines.values()))


def _send_line(ports: Ports, delivery_ids: Sequence[int]) -> None:
    """One webhook's tellings in order; after a failure the rest wait with it."""
    until = time.monotonic() + LINE_SECONDS
    for place, delivery_id in enumerate(delivery_ids):
        if time.monotonic() > until or not _send_one(ports, delivery_id):
            for other in delivery_ids[place if time.monotonic() > until else place + 1 :]:
                _later(ports, other)
            return


def _send_one(ports: Ports, delivery_id: int) -> bool:
    """False when this webhook is to be left alone now."""
    with reading(ports.database) as session:
        row = session.get(WebhookDelivery, delivery_id)
        hook = session.get(Webhook, row.webhook_id) if row else None
    if row is None or hook is None or row.state is not DeliveryState.WAITING:
        return True
    if row.next_at is not None and ports.clock() < row.next_at:
        # A second job of the same telling: the one that is due later does it.
        return True
    if not hook.is_active:
        # It stays waiting: switched on again, it is told what happened meanwhile.
        return False
    if hook.resting_until is not None and ports.clock() < hook.resting_until:
        _later(ports, delivery_id)
        return False
    tried = attempt(ports, hook, row)
    _note(ports, delivery_id, tried)
    return tried.ok


def attempt(ports: Ports, hook: Webhook, row: WebhookDelivery) -> Tried:
    """One call, now; never raises."""
    try:
        secret = unseal(ports.config.secret_key, PURPOSE, hook.secret)
    except Unsealable:
        return Tried(False, fault="sealed")
    body = json.dumps(row.payload, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Wenda-Event": row.event,
        **signed_headers(secret, row.key, int(ports.clock().timestamp()), body),
    }
    limits = Limits(networks(ports.config.webhook_networks))
    try:
        answer = call(Call(hook.url, body, headers), limits)
    except CallFault as error:
        return Tried(False, fault=error.code.value)
    text = answer.body[: LONGEST_ANSWER * 4].decode("utf-8", "replace").replace("\x00", "")
    fault = "" if answer.ok else "status"
    return Tried(answer.ok, answer.status, answer.took_ms, fault, text[:LONGEST_ANSWER])


def _note(ports: Ports, delivery_id: int, tried: Tried) -> None:
    with unit_of_work(ports.database) as session:
        row = session.get(WebhookDelivery, delivery_id, with_for_update=True)
        hook = session.get(Webhook, row.webhook_id, with_for_update=True) if row else None
        if row is None or hook is None:
            return
        row.attempts += 1
        row.status, row.took_ms = tried.status, tried.took_ms
        row.fault, row.answer = tried.fault, tried.answer
        if tried.ok:
            row.state, row.finished_at, row.next_at = DeliveryState.SENT, ports.clock(), None
            _standing(session, hook, failures=0)
        else:
            _failed(ports, session, hook, row)


def _failed(ports: Ports, session: Session, hook: Webhook, row: WebhookDelivery) -> None:
    now = ports.clock()
    failures = hook.failures + 1
    wait = WAITS[min(row.attempts, len(WAITS)) - 1]
    if row.attempts > len(WAITS):
        row.state, row.finished_at, row.next_at = DeliveryState.FAILED, now, None
    else:
        row.next_at = now + wait
        enqueue(session, JobKind.SEND_WEBHOOK, run_after=row.next_at, delivery_id=row.id)
    since = hook.failing_since or now
    rest = now + min(LONGEST_REST, WAITS[min(failures, len(WAITS)) - 1])
    _standing(session, hook, failures=failures, failing_since=since, resting_until=rest)
    long_enough = failures >= MOST_FAILURES and now - since >= FAILING_FOR
    if row.status == GONE or long_enough:
        switch_off(ports, session, hook, "gone" if row.status == GONE else "failures")


def _standing(session: Session, hook: Webhook, **values: object) -> None:
    """How it does is no edit: the version people edit against stays as it is."""
    known = {"failures": 0, "failing_since": None, "resting_until": None, **values}
    if all(getattr(hook, name) == value for name, value in known.items()):
        return
    session.execute(sa.update(Webhook).where(Webhook.id == hook.id).values(**known))
    session.refresh(hook)


def switch_off(ports: Ports, session: Session, hook: Webhook, fault: str) -> None:
    """Nothing more is sent until somebody switches it on; administrators get one mail."""
    values = {"is_active": False, "fault": fault}
    session.execute(sa.update(Webhook).where(Webhook.id == hook.id).values(**values))
    people = session.scalars(
        sa.select(User).where(User.role.in_([Role.ADMIN, Role.OWNER]), User.is_active)
    )
    link = f"{ports.config.base_url}/manage/webhooks/{hook.id}"
    for user in people:
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=user.email,
            subject=OFF_SUBJECT.format(name=hook.name),
            body=OFF_BODY.format(
                who=user.name, name=hook.name, link=link, site=ports.config.site_name
            ),
        )


def _later(ports: Ports, delivery_id: int) -> None:
    """Not its turn: again when its webhook has rested. Costs it no try."""
    with unit_of_work(ports.database) as session:
        row = session.get(WebhookDelivery, delivery_id, with_for_update=True)
        hook = session.get(Webhook, row.webhook_id) if row else None
        if row is None or hook is None or row.state is not DeliveryState.WAITING:
            return
        if hook.is_active:
            row.next_at = max(hook.resting_until or ports.clock(), ports.clock())
            enqueue(session, JobKind.SEND_WEBHOOK, run_after=row.next_at, delivery_id=row.id)
