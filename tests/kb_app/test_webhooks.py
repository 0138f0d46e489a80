"""Webhooks against a receiver that takes, refuses, hangs and drops (T7, X1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app import held_replies, tickets
from kb_app.clearing import clear
from kb_app.errors import EditConflict, InvalidInput, NotAllowed
from kb_app.keeping import Kept
from kb_app.ports import Ports
from kb_app.webhooks import sending, setup
from kb_app.webhooks.setup import HookInput
from models import (
    DeliveryState,
    Job,
    JobKind,
    Message,
    MessageKind,
    Role,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.desk import say, ticket
from tests.kb_app.webhooks_world import Time, add_hook, deliveries, hook, inward, later, work
from tests.servers.receiver import Receiver, receiving
from ticket_bridge.webhook_call import Limits
from ticket_bridge.webhook_signing import is_signed


@dataclass(frozen=True)
class World:
    """The product, allowed to call this machine, its people, a ticket, a receiver, the time."""

    ports: Ports
    people: People
    number: str
    clock: Time
    receiver: Receiver
    admin: Viewer


@pytest.fixture
def admin(ports: Ports) -> Viewer:
    """Who may set webhooks up."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "站长", Role.ADMIN).as_viewer()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A machine that listens."""
    with receiving() as found:
        yield found


@pytest.fixture
def world(ports: Ports, people: People, number: str, receiver: Receiver, admin: Viewer) -> World:
    """All of it."""
    clock = Time(utcnow())
    return World(inward(ports, clock), people, number, clock, receiver, admin)


def test_it_tells_what_happens_signed(world: World) -> None:
    """T7: a reply reaches the address with its text, signed with the webhook's own secret."""
    hook_id = add_hook(world.ports, world.admin, world.receiver, "ticket.staff_replied")
    say(world.ports, world.people.abo, world.number, "请先断电再重启。")
    work(world.ports)
    [got] = world.receiver.got
    secret = setup.webhook(world.ports, world.admin, hook_id).secret
    assert is_signed([secret], got.headers, got.body, int(world.clock.now.timestamp()))
    told = json.loads(got.body)
    assert (told["event"], told["id"]) == ("ticket.staff_replied", got.headers["webhook-id"])
    assert told["data"]["ticket"]["number"] == world.number
    assert told["data"]["message"]["body"] == "请先断电再重启。"
    assert told["data"]["change"]["by"] == "staff"
    assert [row.state for row in deliveries(world.ports)] == [DeliveryState.SENT]


def test_it_tells_only_what_was_asked_for(world: World) -> None:
    """T7: other events stay world.ports."""
    add_hook(world.ports, world.admin, world.receiver, "ticket.rated")
    say(world.ports, world.people.abo, world.number, "您好")
    work(world.ports)
    assert world.receiver.got == []


def test_it_costs_nothing_when_nobody_listens(world: World) -> None:
    """T7: without rules and webhooks no job is written."""
    say(world.ports, world.people.abo, world.number, "您好")
    with reading(world.ports.database) as session:
        assert session.scalar(sa.select(Job.id).where(Job.kind == JobKind.RUN_RULES)) is None


def test_it_tries_again_with_growing_waits_under_the_same_id(world: World) -> None:
    """T7: a 500 is tried again later; the world.receiver can tell it is the same call."""
    add_hook(world.ports, world.admin, world.receiver, "ticket.customer_replied")
    world.receiver.behaviour = "fault"
    tickets.customer_reply(world.ports, world.people.xiaoai, world.number, "还是打不开", "k1")
    work(world.ports)
    work(world.ports)
    assert len(world.receiver.got) == 1, "it waits before it tries again"
    later(world.ports, world.clock, seconds=11)
    assert len(world.receiver.got) == 2
    world.receiver.behaviour = "ok"
    later(world.ports, world.clock, seconds=61)
    assert len(world.receiver.got) == 3
    assert len({got.headers["webhook-id"] for got in world.receiver.got}) == 1
    [row] = deliveries(world.ports)
    assert (row.state, row.attempts, row.status) == (DeliveryState.SENT, 3, 200)


@pytest.mark.parametrize(("behaviour", "fault"), [("hang", "timeout"), ("drop", "protocol")])
def test_it_outlives_receivers_that_hang_and_drop(
    world: World, behaviour: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T7: a bad world.receiver is a line in the log, not a lost job."""
    real = Limits
    monkeypatch.setattr(sending, "Limits", lambda nets: real(nets, total_seconds=0.4))
    add_hook(world.ports, world.admin, world.receiver, "ticket.note", "ticket.customer_replied")
    world.receiver.behaviour = behaviour
    tickets.customer_reply(world.ports, world.people.xiaoai, world.number, "还是打不开", "k1")
    work(world.ports)
    [row] = deliveries(world.ports)
    assert (row.state, row.fault, row.attempts) == (DeliveryState.WAITING, fault, 1)


def test_a_bad_receiver_holds_up_no_other(world: World) -> None:
    """T7: each webhook has its own line, and rests after a failure."""
    with receiving() as other:
        world.receiver.behaviour = "fault"
        add_hook(world.ports, world.admin, world.receiver, "ticket.customer_replied")
        add_hook(world.ports, world.admin, other, "ticket.customer_replied")
        for place in range(5):
            tickets.customer_reply(
                world.ports, world.people.xiaoai, world.number, f"第 {place} 句", f"k{place}"
            )
        work(world.ports)
        assert len(other.got) == 5
        assert len(world.receiver.got) == 1


def test_it_switches_off_what_fails_for_long_and_tells_administrators(world: World) -> None:
    """T7: off with a reason and one mail; on again, everything that waited is told."""
    hook_id = add_hook(world.ports, world.admin, world.receiver, "ticket.customer_replied")
    world.receiver.behaviour = "fault"
    for place in range(10):
        tickets.customer_reply(
            world.ports, world.people.xiaoai, world.number, f"第 {place} 句", f"k{place}"
        )
    for _ in range(60):
        later(world.ports, world.clock, minutes=20)
    found = hook(world.ports, hook_id)
    assert (found.is_active, found.fault) == (False, "failures")
    with reading(world.ports.database) as session:
        mails = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).all()
        assert [mail.payload["to"] for mail in mails].count(world.admin.email) == 1
    world.receiver.behaviour = "ok"
    world.receiver.got.clear()
    waiting = [row for row in deliveries(world.ports) if row.state is DeliveryState.WAITING]
    assert waiting
    assert setup.switch(world.ports, world.admin, hook_id)
    later(world.ports, world.clock, minutes=1)
    assert len(world.receiver.got) == len(waiting)


def test_gone_is_gone(world: World) -> None:
    """T7: 410 switches off at once."""
    hook_id = add_hook(world.ports, world.admin, world.receiver, "ticket.customer_replied")
    world.receiver.behaviour = "gone"
    tickets.customer_reply(world.ports, world.people.xiaoai, world.number, "在吗", "k1")
    work(world.ports)
    assert hook(world.ports, hook_id).fault == "gone"


def test_it_waits_until_a_reply_can_no_longer_be_taken_back(world: World) -> None:
    """T2, T7: what is taken back within ten seconds was never told."""
    add_hook(world.ports, world.admin, world.receiver, "ticket.staff_replied")
    version = ticket(world.ports, world.number).version
    for key in ("a", "b"):
        posting = tickets.Posting(MessageKind.REPLY, key, key, version, held=True)
        tickets.post_message(world.ports, world.people.abo, world.number, posting)
    work(world.ports)
    assert world.receiver.got == []
    with reading(world.ports.database) as session:
        first = session.scalars(sa.select(Message.id).where(Message.body == "a")).one()
    held_replies.take_back(world.ports, world.people.abo, world.number, first)
    later(world.ports, world.clock, seconds=11)
    assert [json.loads(got.body)["data"]["message"]["body"] for got in world.receiver.got] == ["b"]


def test_it_stays_out_of_private_networks(
    ports: Ports, people: People, admin: Viewer, number: str, receiver: Receiver
) -> None:
    """T7: without the setting this machine cannot be called, and the page says why."""
    hook_id = add_hook(ports, admin, receiver)
    tried = setup.try_webhook(ports, admin, hook_id)
    assert (tried.ok, tried.fault) == (False, "private")
    assert receiver.got == []


def test_a_trial_is_in_the_log_and_tried_once(world: World) -> None:
    """T7: 试一试 calls now and says what came back."""
    hook_id = add_hook(world.ports, world.admin, world.receiver)
    tried = setup.try_webhook(world.ports, world.admin, hook_id)
    assert (tried.ok, tried.status, tried.answer) == (True, 200, "taken")
    [row] = setup.webhook(world.ports, world.admin, hook_id).log
    assert (row.event, row.state) == ("ping", DeliveryState.SENT)


def test_it_checks_what_is_typed(world: World) -> None:
    """T7: no name, no address, a stale form, somebody who may not."""
    for form, field in (
        (HookInput("", "https://a.example/", ()), "name"),
        (HookInput("a", "", ()), "url"),
        (HookInput("a", "javascript:alert(1)", ()), "url"),
    ):
        with pytest.raises(InvalidInput) as caught:
            setup.save_webhook(world.ports, world.admin, None, form)
        assert caught.value.field == field
    hook_id = setup.save_webhook(
        world.ports, world.admin, None, HookInput("a", "https://a.example/", ())
    )
    form = HookInput("b", "https://a.example/", (), version=1)
    setup.save_webhook(world.ports, world.admin, hook_id, form)
    with pytest.raises(EditConflict):
        setup.save_webhook(world.ports, world.admin, hook_id, form)
    with pytest.raises(NotAllowed):
        setup.webhooks(world.ports, world.people.abo)


def test_it_forgets_what_ended_long_ago(world: World) -> None:
    """T7: the log does not grow for ever."""
    setup.try_webhook(world.ports, world.admin, add_hook(world.ports, world.admin, world.receiver))
    assert clear(world.ports, world.ports.clock())[Kept.WEBHOOKS] == 0
    old = replace(world.ports, clock=lambda: world.clock.now + timedelta(days=31))
    assert clear(old, old.clock())[Kept.WEBHOOKS] == 1
