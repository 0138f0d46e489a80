"""Whom rules notify is told as they chose, in no storm; their words stay theirs (T6, T7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from kb_app import notice_mails, notice_settings
from kb_app.notice_settings import KINDS, SettingsInput
from kb_app.notices import notices
from kb_app.rules import trying
from kb_app.rules.building import ActionInput
from kb_app.rules.facts import facts_of
from kb_app.ticket_joining import merge
from models import Job, JobKind, Ticket, reading, unit_of_work
from tests.factories_tickets import make_ticket
from tests.kb_app.rules_world import World, on, words, world

__all__ = ["world"]
NOTED = (ActionInput("note", text="记一笔"),)


def _mails(world: World) -> list[str]:
    soon = replace(world.ports, clock=lambda: world.clock.now + timedelta(minutes=1))
    notice_mails.tend(soon)
    with reading(world.ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL))
        return [job.payload["body"] for job in jobs if job.payload["to"] == world.people.abo.email]


def _notifying(world: World) -> None:
    abo = str(world.people.abo.user_id)
    world.rule(on("customer_replied", do=(ActionInput("notify_agent", abo),)))


def test_many_runs_of_a_rule_are_one_mail(world: World) -> None:
    """T6 T7: what a rule finds within seconds comes together."""
    _notifying(world)
    for place in range(5):
        world.says(f"第 {place} 句")
    [body] = _mails(world)
    assert body.count(world.number) >= 5


def test_whoever_wants_no_mails_of_rules_gets_none(world: World) -> None:
    """T7: the choice holds for rules too."""
    ways = dict.fromkeys(KINDS, "app")
    notice_settings.save(world.ports, world.people.abo, SettingsInput(ways, "at_once", "", "", 0))
    _notifying(world)
    world.says("在吗")
    assert _mails(world) == []
    assert notices(world.ports, world.people.abo).unread >= 1


def test_what_a_rule_said_is_no_answer_after_a_merge_either(world: World) -> None:
    """T3 T6: in the ticket that is left the customer still waits for a person."""
    world.rule(on("customer_replied", do=(ActionInput("reply", text="已收到"),)))
    world.clock.now += timedelta(minutes=5)
    world.says("打不开")
    with unit_of_work(world.ports.database) as session:
        target = make_ticket(session)
        target.requester_key = world.people.xiaoai.voter_key
        into = target.number
    merge(world.ports, world.people.abo, world.number, into)
    with reading(world.ports.database) as session:
        left = session.scalars(sa.select(Ticket).where(Ticket.number == into)).one()
        numbers = facts_of(world.ports, session, [left])[left.id].numbers
    assert "since_customer" in numbers
    assert "since_staff" not in numbers


def test_a_dry_run_reads_what_was_said_together(world: World) -> None:
    """T6: over many messages it asks the database no more often than over few."""
    form = on("customer_replied", when=(words("message", "没有这样的话"),), do=NOTED)

    def asked() -> int:
        found: list[str] = []

        def count(*told: Any) -> None:
            found.append(told[2])

        sa.event.listen(world.ports.database.engine, "before_cursor_execute", count)
        try:
            trying.try_rule(world.ports, world.lead, form)
        finally:
            sa.event.remove(world.ports.database.engine, "before_cursor_execute", count)
        return len(found)

    world.says("一句")
    few = asked()
    for place in range(6):
        world.says(f"又一句 {place}")
    assert asked() == few
