"""Triggers and automations on real tickets: what they do, their log, and their guards (T6)."""

from __future__ import annotations

import sqlalchemy as sa

from kb_app import tickets
from kb_app.rules import hourly, pages, trying
from kb_app.rules.building import ActionInput, ConditionInput, RuleInput
from models import (
    DeskNotice,
    MailOut,
    MailOutState,
    Message,
    MessageKind,
    RunOutcome,
    Standing,
    TicketStatus,
    TicketWatch,
    reading,
)
from tests.kb_app.desk import bodies, log_of, move, say, ticket
from tests.kb_app.rules_world import AUTOMATION, World, on, words, world
from tests.kb_app.webhooks_world import later, work

__all__ = ["world"]


def test_it_acts_on_a_change_and_signs_as_the_rule(world: World) -> None:
    """T6: conditions on what was just said; the history names the rule as the actor."""
    abo = str(world.people.abo.user_id)
    actions = (
        ActionInput("add_tags", text="发票，加急"),
        ActionInput("urgency", "1"),
        ActionInput("agent", abo),
        ActionInput("note", text="{{客户称呼}}要发票"),
        ActionInput("follow", abo),
        ActionInput("notify_agent", abo),
    )
    world.rule(on("customer_replied", when=(words("message", "发票，开票"),), do=actions))
    world.says("在吗")
    assert world.tags() == set()
    world.says("麻烦开一下发票")
    assert world.tags() == {"发票", "加急"}
    found = ticket(world.ports, world.number)
    assert (found.urgency, found.assignee_id) == (1, world.people.abo.user_id)
    assert "小艾要发票" in bodies(world.ports)
    assert {"tags", "assigned", "priority"} <= {row[0] for row in log_of(world.ports, world.number)}
    with reading(world.ports.database) as session:
        assert session.scalar(sa.select(TicketWatch.follows)) is True
        assert "rule" in session.scalars(sa.select(DeskNotice.kind)).all()
    [run] = pages.runs_on(world.ports, world.people.abo, world.number).rows
    assert (run.rule_name, run.outcome, len(run.changes)) == ("发票", RunOutcome.DONE, 6)


def test_it_can_be_seen_in_the_history(world: World) -> None:
    """T6: 规则：发票 stands where a person's name stands."""
    world.rule(on("customer_replied", do=(ActionInput("status", "paused"),)))
    move(world.ports, world.people.abo, world.number, TicketStatus.OPEN)
    world.says("稍等我找一下")
    from kb_app.ticket_pages import desk_ticket

    events = desk_ticket(world.ports, world.people.abo, world.number).events
    assert ("规则：发票", "paused") in {(event.actor_name, event.after) for event in events}


def test_an_automatic_reply_is_no_answer_of_a_person(world: World) -> None:
    """T6, M2: the ticket stays waiting, its response clock goes on, three mails a day at most."""
    reply = ActionInput("reply", text="{{客户称呼}}您好，已收到，单号 {{工单号}}。")
    world.rule(on("customer_replied", do=(reply,)))
    for place in range(5):
        world.says(f"第 {place} 句")
    found = ticket(world.ports, world.number)
    assert (found.standing, found.first_reply_at) == (Standing.WAITING, None)
    with reading(world.ports.database) as session:
        mails = session.scalars(sa.select(MailOut).where(MailOut.kind == "answer")).all()
        sent = [mail for mail in mails if mail.state is not MailOutState.STOPPED]
        assert (len(mails), len(sent)) == (5, 3)
        said = session.scalars(
            sa.select(Message.body).where(Message.kind == MessageKind.REPLY, Message.from_staff)
        ).all()
    assert said[0] == f"小艾您好，已收到，单号 {world.number}。"


def test_a_rule_never_sets_itself_off(world: World) -> None:
    """T6: what a rule writes is not a cause for the same rule; chains come to rest."""
    world.rule(on("note", "tags", do=(ActionInput("note", text="又来了"),)))
    world.rule(on("note", do=(ActionInput("add_tags", text="a"),)))
    world.rule(on("tags", do=(ActionInput("drop_tags", text="a"),)))
    note = tickets.Posting(MessageKind.NOTE, "看一下", "n1", 0)
    tickets.post_message(world.ports, world.people.abo, world.number, note)
    work(world.ports)
    assert bodies(world.ports).count("又来了") == 1
    assert world.tags() == set()
    assert world.outcomes().count(RunOutcome.DONE) == 3


def test_a_chain_has_a_depth(world: World) -> None:
    """T6: after three rules in a row the next is held back, and the log says so."""
    for place in reversed(range(6)):
        do = (ActionInput("add_tags", text=f"t{place + 1}"),)
        when = (words("tag", f"t{place}"),) if place else ()
        world.rule(on("tags" if place else "customer_replied", when=when, do=do))
    world.says("开始")
    assert world.tags() == {"t1", "t2", "t3"}
    assert RunOutcome.LOOPED in world.outcomes()


def test_it_is_held_back_when_it_runs_too_often(world: World) -> None:
    """T6: at most twenty times an hour on one ticket."""
    world.rule(on("customer_replied", do=(ActionInput("note", text="记一笔"),)))
    for place in range(22):
        world.says(f"第 {place} 句")
    assert world.outcomes().count(RunOutcome.DONE) == 20
    assert world.outcomes().count(RunOutcome.LIMITED) == 2


def test_all_or_nothing(world: World) -> None:
    """T6: when one step is not possible none is taken, and nobody is told of it."""
    do = (ActionInput("add_tags", text="半"), ActionInput("status", "new"))
    world.rule(on("customer_replied", do=do))
    move(world.ports, world.people.abo, world.number, TicketStatus.OPEN)
    world.says("好了吗")
    assert world.tags() == set()
    assert world.outcomes() == [RunOutcome.FAILED]


def test_the_same_news_twice_is_done_once(world: World) -> None:
    """T6: a worker killed after the rule and before the job's end doubles nothing."""
    world.rule(on("customer_replied", do=(ActionInput("note", text="记一笔"),)))
    tickets.customer_reply(world.ports, world.people.xiaoai, world.number, "在吗", "k1")
    from kb_app.rules.running import heard
    from models import Job, JobKind

    with reading(world.ports.database) as session:
        job = session.scalars(sa.select(Job).where(Job.kind == JobKind.RUN_RULES)).one()
    heard(world.ports, job)
    heard(world.ports, job)
    assert bodies(world.ports).count("记一笔") == 1


def test_an_automation_works_by_the_hour_and_once_until_something_changes(world: World) -> None:
    """T6: 客户等了 4 小时 → 通知; not again every hour; again when the customer has written."""
    waited = ConditionInput("since_customer", "at_least", text="4")
    form = RuleInput("催一下", AUTOMATION, (), (waited,), (ActionInput("note", text="客户在等"),))
    world.rule(form)

    def hour(hours: float) -> int:
        world.clock.now = world.clock.now + hours * hourly.EVERY
        hourly.tend(world.ports)
        work(world.ports)
        return bodies(world.ports).count("客户在等")

    assert hour(1) == 0
    assert hour(4) == 1
    assert hour(1) == 1
    assert hour(0.5) == 1
    tickets.customer_reply(world.ports, world.people.xiaoai, world.number, "还在吗", "k9")
    assert hour(9) == 2
    say(world.ports, world.people.abo, world.number, "来了")
    assert hour(9) == 2, "somebody has answered"


def test_a_dry_run_says_what_would_have_been_and_changes_nothing(world: World) -> None:
    """T6: over past tickets, with the rule as it is typed."""
    tickets.customer_reply(world.ports, world.people.xiaoai, world.number, "开发票", "k1")
    do = (ActionInput("status", "open"), ActionInput("add_tags", text="发票"))
    form = on("customer_replied", when=(words("message", "发票"),), do=do)
    trial = trying.try_rule(world.ports, world.lead, form)
    assert (trial.looked_at, trial.fitted) == (1, 1)
    [row] = trial.rows
    assert (row.number, row.event) == (world.number, "customer_replied")
    assert [(step.before, step.after) for step in row.steps] == [("new", "open"), ("", "发票")]
    assert world.tags() == set()
    none = on("customer_replied", when=(words("message", "退货"),), do=do)
    assert trying.try_rule(world.ports, world.lead, none).fitted == 0


def test_what_lies_out_of_sight_is_left_alone(world: World) -> None:
    """T1, T6: no rule touches a deleted ticket."""
    from kb_app.ticket_facts import hide

    world.rule(on("status", do=(ActionInput("note", text="动了"),)))
    hide(world.ports, world.people.abo, world.number, TicketStatus.DELETED)
    later(world.ports, world.clock, minutes=1)
    assert "动了" not in bodies(world.ports)
