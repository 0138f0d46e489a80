"""What goes wrong when two things happen to one ticket at once (T1 T2 T3 T4 T9 Q5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from indexer.eligibility import answer_of, indexable_questions
from kb_app import assigning, bulk_deeds, desk_presence, held_replies, retention
from kb_app.bulk_deeds import BulkInput, Deed
from kb_app.errors import IllegalMove, InvalidInput, TicketChanged
from kb_app.escalation import Escalation, escalate
from kb_app.mail import raw
from kb_app.ports import Ports
from kb_app.public_questions import public_answer
from kb_app.questions import submit
from kb_app.setup.teams import RulesInput, save_rules
from kb_app.ticket_facts import FactsInput, hand_over, hide, set_facts
from kb_app.ticket_joining import SplitInput, merge, split
from kb_app.ticket_pages import customer_ticket, desk_ticket
from kb_app.tickets import Posting, close_if_quiet, customer_reply, post_message
from models import (
    Job,
    JobKind,
    MailIn,
    MessageKind,
    Plan,
    Policy,
    Question,
    Role,
    Team,
    TeamMember,
    Ticket,
    TicketStatus,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
    visitor,
)
from tests.conftest import People
from tests.factories import make_user
from tests.factories_desk import make_desk
from tests.kb_app.desk import log_of, move, say, ticket
from tests.kb_app.test_questions import asking
from ticket_bridge.lifecycle import KEEP_HIDDEN

CLOSED, OPEN, SOLVED = TicketStatus.CLOSED, TicketStatus.OPEN, TicketStatus.SOLVED


@pytest.fixture
def second(ports: Ports, people: People) -> str:
    """Another ticket of 小艾."""
    return opened(ports, people.xiaoai, "第二张")


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """Who sets the desk up."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()


def opened(ports: Ports, viewer: Viewer, text: str, email: str = "") -> str:
    """A new ticket."""
    public_id = submit(ports, viewer, asking(text, text, email=email))
    return escalate(ports, viewer, public_id, Escalation("", ""))


def held(ports: Ports, viewer: Viewer, number: str, status: TicketStatus | None = SOLVED) -> int:
    """A reply that can still be taken back; returns its id."""
    posting = Posting(
        MessageKind.REPLY, "写错了的答复", "h", ticket(ports, number).version, status, held=True
    )
    post_message(ports, viewer, number, posting)
    return desk_ticket(ports, viewer, number).messages[-1].message_id


def test_it_publishes_no_answer_that_can_still_be_taken_back(
    ports: Ports, people: People, number: str
) -> None:
    """T2 Q8: neither the question's page nor the index knows it before it has gone out."""
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Question).values(is_public=True))
    held(ports, people.abo, number)
    with reading(ports.database) as session:
        found = session.scalars(sa.select(Ticket)).one()
        assert answer_of(found) is None
        assert session.scalar(sa.select(Question.id).where(indexable_questions())) is None
        assert public_answer(session, found.question_id or 0) == ""
        again = sa.select(Job.id).where(
            Job.kind == JobKind.INDEX_QUESTION, Job.run_after > utcnow()
        )
        assert session.scalar(again) is not None


def test_it_takes_nothing_back_from_the_ticket_it_was_merged_into(
    ports: Ports, people: People, number: str, second: str
) -> None:
    """T1 T2: the reply goes; state, agent and clock of the other ticket stay."""
    message_id = held(ports, people.abo, second)
    move(ports, people.abo, number, OPEN, TicketStatus.PAUSED)
    merge(ports, people.abo, second, number)
    assert customer_ticket(ports, people.xiaoai, number).status is TicketStatus.PAUSED
    held_replies.take_back(ports, people.abo, number, message_id)
    assert ticket(ports, number).status is TicketStatus.PAUSED
    assert "写错了" not in str(desk_ticket(ports, people.abo, number).messages)


def test_it_takes_back_only_what_its_own_reply_changed(
    ports: Ports, people: People, number: str, ana: Viewer
) -> None:
    """T2: a colleague's reply and reassignment within the ten seconds stay."""
    message_id = held(ports, people.abo, number, None)
    say(ports, ana, number, "同事的答复")
    hand_over(ports, ana, number, ana.user_id, None)
    held_replies.take_back(ports, people.abo, number, message_id)
    found = ticket(ports, number)
    assert (found.status, found.assignee_id) == (OPEN, ana.user_id)
    assert found.first_reply_at is not None


def test_it_never_brings_a_hidden_ticket_back_by_taking_back(
    ports: Ports, people: People, number: str, ana: Viewer
) -> None:
    """T1 T2: what a colleague quarantined meanwhile stays in quarantine."""
    message_id = held(ports, people.abo, number)
    hide(ports, ana, number, TicketStatus.QUARANTINED)
    held_replies.take_back(ports, people.abo, number, message_id)
    assert ticket(ports, number).status is TicketStatus.QUARANTINED


def test_it_splits_off_no_note_and_nothing_held(ports: Ports, people: People, number: str) -> None:
    """T1: the first message chosen is shown to the customer, so it must be public already."""
    post_message(ports, people.abo, number, Posting(MessageKind.NOTE, "客户脾气不好", "n", 0))
    note = desk_ticket(ports, people.abo, number).messages[-1].message_id
    waits = held(ports, people.abo, number, None)
    for message_id in (note, waits):
        with pytest.raises(InvalidInput):
            split(ports, people.abo, number, SplitInput((message_id,), "另一件事"))


def test_it_writes_nothing_on_a_merged_ticket(
    ports: Ports, people: People, number: str, second: str
) -> None:
    """T1: its customer is led to the other one; a reply here would never be read."""
    merge(ports, people.abo, second, number)
    with pytest.raises(TicketChanged):
        say(ports, people.abo, second, "写在旧工单上的答复")
    with pytest.raises(IllegalMove):
        move(ports, people.abo, second, OPEN)
    assert desk_ticket(ports, people.abo, second).allowed == ()
    third = opened(ports, people.xiaoai, "第三张")
    merge(ports, people.abo, number, third)
    customer_reply(ports, people.xiaoai, second, "写在最旧的号上", "old")
    assert "写在最旧的号上" in str(desk_ticket(ports, people.abo, third).messages)


def test_it_merges_nothing_into_a_ticket_under_an_unproven_address(
    ports: Ports, people: People
) -> None:
    """T1 O3: a visitor who types 小艾's address does not get 小艾's conversation."""
    email = people.xiaoai.email
    hers = opened(ports, people.xiaoai, "我的订单地址")
    other = opened(ports, visitor("somebody"), "套话的人", email)
    with pytest.raises(InvalidInput, match="other_customer"):
        merge(ports, people.abo, hers, other)
    assert merge(ports, people.abo, other, hers) == hers


def test_it_undoes_many_only_where_nobody_went_on(
    ports: Ports, people: People, number: str, second: str, ana: Viewer
) -> None:
    """T4: what a colleague or the customer changed since stays as it is."""
    result = bulk_deeds.do(ports, people.abo, BulkInput((number, second), Deed.STATUS, "solved"))
    customer_reply(ports, people.xiaoai, number, "还是不行", "again")
    hand_over(ports, ana, second, ana.user_id, None)
    assert bulk_deeds.undo(ports, people.abo, result.deed_id or 0) == 1
    assert ticket(ports, number).status is OPEN
    assert ticket(ports, second).status is TicketStatus.NEW
    assert ticket(ports, second).assignee_id == ana.user_id


def test_it_undoes_a_deletion_from_quarantine_back_into_quarantine(
    ports: Ports, people: People, number: str
) -> None:
    """T1 T4: and it still knows where it was and when it came there."""
    hide(ports, people.abo, number, TicketStatus.QUARANTINED)
    result = bulk_deeds.do(ports, people.abo, BulkInput((number,), Deed.HIDE, "deleted"))
    bulk_deeds.undo(ports, people.abo, result.deed_id or 0)
    found = ticket(ports, number)
    assert (found.status, found.hidden_from) == (TicketStatus.QUARANTINED, "new")
    assert found.hidden_at is not None


def test_it_closes_later_when_the_waiting_time_was_made_longer(
    ports: Ports, people: People, number: str, lead: Viewer
) -> None:
    """T1: the job of the old waiting time leads to one of the new."""
    say(ports, people.abo, number, "好了", SOLVED)
    save_rules(ports, lead, RulesInput(Plan.CATALOGUE, None, 7))
    ticket_id = ticket(ports, number).id
    for days, status in ((3, SOLVED), (8, CLOSED)):
        close_if_quiet(ports, ticket_id, utcnow() + timedelta(days=days))
        assert ticket(ports, number).status is status
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job.run_after).where(Job.kind == JobKind.CLOSE_TICKET))
        assert max(jobs) > utcnow() + timedelta(days=6)


def test_a_team_with_nobody_free_keeps_no_other_waiting(
    ports: Ports, people: People, lead: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q5: its pile is older, and as long as one round; the others are served all the same."""
    monkeypatch.setattr(assigning, "BATCH", 2)
    desk = make_desk(ports, policy=Policy.LOAD)
    save_rules(ports, lead, RulesInput(Plan.ONE, desk.team_id, 3))
    numbers = [opened(ports, people.xiaoai, f"积压 {n}") for n in range(3)]
    with unit_of_work(ports.database) as session:
        team = Team(name="有人的组", policy=Policy.LOAD)
        team.members = [TeamMember(user_id=people.abo.user_id or 0)]
        session.add(team)
        session.flush()
        last = session.scalars(sa.select(Ticket).where(Ticket.number == numbers[-1])).one()
        last.team_id = team.id
    assert assigning.catch_up(ports) == 1
    assert ticket(ports, numbers[-1]).assignee_id == people.abo.user_id


def test_a_tag_does_not_make_danger_ordinary(ports: Ports, people: People, number: str) -> None:
    """T5: a ticket about somebody's safety keeps its priority when its tags change."""
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Ticket).values(priority=1))
    set_facts(ports, people.abo, number, FactsInput(2, 2, None, "燃气", ""))
    assert ticket(ports, number).priority == 1


def test_it_overwrites_no_facts_that_a_colleague_set(
    ports: Ports, people: People, number: str, ana: Viewer
) -> None:
    """T2: the second of two forms is refused; what the customer does meanwhile does not matter."""
    seen = desk_ticket(ports, people.abo, number).side.facts_mark
    customer_reply(ports, people.xiaoai, number, "补充一句", "more")
    set_facts(ports, ana, number, FactsInput(2, 2, None, "催办", "", seen))
    with pytest.raises(TicketChanged):
        set_facts(ports, people.abo, number, FactsInput(2, 2, None, "发票", "", seen))
    assert desk_ticket(ports, people.abo, number).side.tags == ("催办",)
    assert [line[0] for line in log_of(ports, number)].count("tags") == 1


def test_it_keeps_one_draft_and_one_presence_of_two_windows(
    ports: Ports, people: People, number: str, ana: Viewer
) -> None:
    """T2: written over, never twice; what another window wrote first is no fault."""
    for body in ("一", "二"):
        desk_presence.save_draft(ports, people.abo, number, MessageKind.NOTE, body)
        desk_presence.beat(ports, people.abo, number, typing=body == "二")
    side = desk_ticket(ports, people.abo, number).side
    assert (side.draft, side.draft_kind) == ("二", "note")
    (present,) = desk_presence.beat(ports, ana, number, typing=False).present
    assert (present.name, present.typing) == ("阿博", True)


def test_it_forgets_the_mails_of_a_ticket_too(ports: Ports, people: People, number: str) -> None:
    """T1 O4: after thirty days in the bin neither the letter nor who wrote it is left."""
    ticket_id = ticket(ports, number).id
    raw_hash = raw.put(ports, "我的手机号 13800000000".encode())
    sent = {"uid": "1", "sender": people.xiaoai.email, "subject": "我的订单"}
    with unit_of_work(ports.database) as session:
        session.add(MailIn(raw_hash=raw_hash, size=1, ticket_id=ticket_id, **sent))
    hide(ports, people.abo, number, TicketStatus.DELETED)
    after = replace(ports, clock=lambda: utcnow() + KEEP_HIDDEN + timedelta(minutes=1))
    assert retention.forget_old(after) == 1
    with reading(ports.database) as session:
        mail = session.scalars(sa.select(MailIn)).one()
        assert (mail.sender, mail.subject) == ("", "")
    with pytest.raises(FileNotFoundError):
        raw.get(ports, raw_hash)
