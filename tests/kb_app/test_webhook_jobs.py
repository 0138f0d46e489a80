"""Two jobs of one telling are one telling: none is tried before its time (T7)."""

from __future__ import annotations

import sqlalchemy as sa

from kb_app import tickets
from models import DeliveryState, Job, JobKind, JobStatus, enqueue, reading, unit_of_work
from tests.kb_app.test_webhooks import World, admin, receiver, world
from tests.kb_app.webhooks_world import add_hook, deliveries, later, work

__all__ = ["admin", "receiver", "world"]


def test_a_second_job_neither_tries_early_nor_lives_on(world: World) -> None:
    """T7: after a failure one job is left, however many there were, and it waits its time."""
    add_hook(world.ports, world.admin, world.receiver, "ticket.customer_replied")
    world.receiver.behaviour = "fault"
    tickets.customer_reply(world.ports, world.people.xiaoai, world.number, "在吗", "k1")
    work(world.ports)
    later(world.ports, world.clock, seconds=11)
    [row] = deliveries(world.ports)
    assert row.attempts == 2
    with unit_of_work(world.ports.database) as session:
        enqueue(session, JobKind.SEND_WEBHOOK, delivery_id=row.id)
    later(world.ports, world.clock, seconds=1)
    [row] = deliveries(world.ports)
    assert (row.attempts, row.state) == (2, DeliveryState.WAITING)
    with reading(world.ports.database) as session:
        left = sa.select(sa.func.count()).where(
            Job.kind == JobKind.SEND_WEBHOOK, Job.status == JobStatus.WAITING
        )
        assert session.scalar(left) == 1
