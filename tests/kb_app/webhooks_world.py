"""A webhook on a receiver of this machine, for tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from kb_app.jobs import Worker
from kb_app.ports import Ports
from kb_app.webhooks import setup
from kb_app.webhooks.setup import HookInput
from models import Job, JobKind, JobStatus, Viewer, Webhook, WebhookDelivery, reading, unit_of_work
from tests.servers.receiver import Receiver


@dataclass
class Time:
    """A clock that goes when told."""

    now: datetime

    def __call__(self) -> datetime:
        """What it says."""
        return self.now


def inward(ports: Ports, clock: Time) -> Ports:
    """The product with this machine as an allowed network, and its own time."""
    config = ports.config.model_copy(update={"webhook_networks": "127.0.0.0/8"})
    return replace(ports, config=config, clock=clock)


def add_hook(ports: Ports, admin: Viewer, receiver: Receiver, *events: str) -> int:
    """A webhook that listens for these events."""
    return setup.save_webhook(ports, admin, None, HookInput("中转", receiver.url(), events))


def work(ports: Ports, *kinds: JobKind) -> None:
    """Everything of these kinds that is due by the world's own clock."""
    wanted = frozenset(kinds or (JobKind.RUN_RULES, JobKind.SEND_WEBHOOK))
    for _ in range(50):
        with unit_of_work(ports.database) as session:
            session.execute(
                sa.update(Job)
                .where(Job.status == JobStatus.WAITING, Job.kind.in_(sorted(wanted)))
                .where(Job.run_after <= ports.clock())
                .values(run_after=datetime(2020, 1, 1, tzinfo=ports.clock().tzinfo))
            )
        if not Worker(ports, kinds=wanted).step():
            return
    raise AssertionError("it never comes to rest")


def later(ports: Ports, clock: Time, **time: float) -> None:
    """Some time goes by, and what is due is done."""
    clock.now += timedelta(**time)
    work(ports)


def hook(ports: Ports, hook_id: int) -> Webhook:
    """As it is now."""
    with reading(ports.database) as session:
        return session.get_one(Webhook, hook_id)


def deliveries(ports: Ports) -> list[WebhookDelivery]:
    """Every telling."""
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(WebhookDelivery).order_by(WebhookDelivery.id)))
