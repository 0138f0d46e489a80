"""Merging, splitting, hiding, taking back, many at once, finding (T1 T2 T4 T8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app import bulk_deeds, desk_presence, held_replies, quick_replies, retention
from kb_app.bulk_deeds import BulkInput, Deed
from kb_app.desk_queue import ViewInput, queue, save_view
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.quick_replies import ReplyInput
from kb_app.ticket_facts import FactsInput, hide, set_facts, unhide
from kb_app.ticket_joining import SplitInput, link, merge, merged_into, split
from kb_app.ticket_pages import customer_ticket, desk_ticket
from kb_app.ticket_rows import ALL, QueueFilter
from kb_app.tickets import Posting, customer_reply, post_message
from kb_app.view_rules import ViewRules
from models import (
    Job,
    JobKind,
    LinkKind,
    MessageKind,
    TicketStatus,
    Viewer,
    reading,
    utcnow,
)
from tests.conftest import People
from tests.kb_app.desk import bodies, log_of, move, say, ticket
from tests.kb_app.test_questions import asking
from ticket_bridge.lifecycle import KEEP_HIDDEN

QUARANTINED, DELETED = TicketStatus.QUARANTINED, TicketStatus.DELETED


@pytest.fixture
def second(ports: Ports, people: People) -> str:
    """Another ticket of 小艾."""
    public_id = submit(ports, people.xiaoai, asking("锁坏了，昨天就问过", "second"))
    return escalate(ports, people.xiaoai, public_id, Escalation("", ""))


def found(ports: Ports, viewer: Viewer, **rules: str) -> list[str]:
    """The numbers of the tickets a view shows."""
    page = queue(ports, viewer, QueueFilter(ALL, 1, ViewRules(**rules)))
    return sorted(row.number for row in page.rows)


def test_it_joins_two_tickets_in_order(
    ports: Ports, people: People, number: str, second: str
) -> None:
    """T1: every message is in the other ticket, the old number leads there, the customer knows."""
    customer_reply(ports, people.xiaoai, number, "第一句", "a")
    customer_reply(ports, people.xiaoai, second, "第二句", "b")
    say(ports, people.abo, number, "第三句")
    assert merge(ports, people.abo, second, f" {number.lower()} ") == number
    said = [row.html for row in customer_ticket(ports, people.xiaoai, number).messages]
    order = [next(i for i, html in enumerate(said) if word in html) for word in "一二三"]
    assert order == sorted(order)
    assert any("锁坏了" in html for html in said)
    assert merged_into(ports, people.xiaoai, second) == number
    assert merged_into(ports, people.laochen, second) is None
    assert ticket(ports, second).status is TicketStatus.CLOSED
    customer_reply(ports, people.xiaoai, second, "写在旧号上", "c")
    assert "写在旧号上" in [*bodies(ports)][-1]
    assert found(ports, people.abo, text="写在旧号") == [number]
    with pytest.raises(InvalidInput):
        merge(ports, people.abo, number, second)


def test_it_never_joins_two_customers(ports: Ports, people: People, number: str) -> None:
    """T1: a conversation never shows up in front of another customer."""
    public_id = submit(ports, people.laochen, asking("我的锁", "third"))
    other = escalate(ports, people.laochen, public_id, Escalation("", ""))
    with pytest.raises(InvalidInput, match="other_customer"):
        merge(ports, people.abo, number, other)
    link(ports, people.abo, number, other, LinkKind.DUPLICATE)
    assert [o.number for o in desk_ticket(ports, people.abo, other).side.links] == [number]


def test_it_splits_off_what_is_another_matter(ports: Ports, people: People, number: str) -> None:
    """T1: chosen messages become a linked ticket; nothing is lost or said twice."""
    customer_reply(ports, people.xiaoai, number, "另外发票也没收到", "a")
    customer_reply(ports, people.xiaoai, number, "锁还是打不开", "b")
    page = desk_ticket(ports, people.abo, number)
    made = split(
        ports, people.abo, number, SplitInput((page.messages[0].message_id,), "发票没收到")
    )
    new = desk_ticket(ports, people.abo, made)
    assert "发票" in new.body_html
    assert len(desk_ticket(ports, people.abo, number).messages) == 1
    assert [o.kind for o in new.side.links] == [LinkKind.SPLIT]
    assert customer_ticket(ports, people.xiaoai, made).subject == "发票没收到"
    assert found(ports, people.abo, text="发票也没收到") == [made]
    with pytest.raises(InvalidInput, match="unknown"):
        split(ports, people.abo, number, SplitInput((999_999,), "没有"))


def test_it_hides_for_thirty_days_and_then_forgets_the_words(
    ports: Ports, people: People, number: str
) -> None:
    """T1: out of sight for customers at once, back on demand, words gone after thirty days."""
    say(ports, people.abo, number, "请提供手机号")
    hide(ports, people.abo, number, QUARANTINED)
    with pytest.raises(NotFound):
        customer_ticket(ports, people.xiaoai, number)
    with pytest.raises(IllegalMove):
        say(ports, people.abo, number, "还能回吗")
    unhide(ports, people.abo, number)
    assert ticket(ports, number).status is TicketStatus.OPEN
    hide(ports, people.abo, number, DELETED)
    almost = replace(ports, clock=lambda: utcnow() + KEEP_HIDDEN - timedelta(minutes=1))
    assert retention.forget_old(almost) == 0
    over = replace(ports, clock=lambda: utcnow() + KEEP_HIDDEN + timedelta(minutes=1))
    assert retention.forget_old(over) == 1
    assert retention.forget_old(over) == 0
    assert bodies(ports) == []
    assert found(ports, people.abo, text="手机号", status="deleted") == []
    assert log_of(ports, number)[-1][0] == "emptied"
    with pytest.raises(NotFound):
        unhide(ports, people.abo, number)


def _held(ports: Ports, people: People, number: str, body: str) -> int:
    version = ticket(ports, number).version
    posting = Posting(MessageKind.REPLY, body, body, version, TicketStatus.SOLVED, None, held=True)
    post_message(ports, people.abo, number, posting)
    return desk_ticket(ports, people.abo, number).messages[-1].message_id


def test_it_takes_a_reply_back_within_ten_seconds(
    ports: Ports, people: People, number: str
) -> None:
    """T2: nobody outside saw it, its mail is gone, the ticket is as it was, the text is kept."""
    before = ticket(ports, number)
    with reading(ports.database) as session:
        mails = session.scalar(sa.select(sa.func.count()).where(Job.kind == JobKind.SEND_MAIL))
    message_id = _held(ports, people, number, "写错了")
    seen = customer_ticket(ports, people.xiaoai, number)
    assert (seen.messages, seen.status, seen.can_rate) == ((), TicketStatus.NEW, False)
    held_replies.take_back(ports, people.abo, number, message_id)
    after = ticket(ports, number)
    assert (after.status, after.assignee_id) == (before.status, before.assignee_id)
    assert after.first_reply_at is None
    assert desk_ticket(ports, people.abo, number).side.draft == "写错了"
    assert found(ports, people.abo, text="写错了") == []
    with reading(ports.database) as session:
        now = session.scalar(sa.select(sa.func.count()).where(Job.kind == JobKind.SEND_MAIL))
    assert now == mails


def test_it_is_too_late_after_ten_seconds(
    ports: Ports, people: People, number: str, ana: Viewer
) -> None:
    """T2: afterwards the customer has it; and nobody takes back another's reply."""
    message_id = _held(ports, people, number, "请重启")
    with pytest.raises(IllegalMove):
        held_replies.take_back(ports, ana, number, message_id)
    late = replace(ports, clock=lambda: utcnow() + timedelta(seconds=11))
    with pytest.raises(IllegalMove):
        held_replies.take_back(late, people.abo, number, message_id)
    assert len(customer_ticket(late, people.xiaoai, number).messages) == 1


def test_it_changes_many_and_takes_it_back(
    ports: Ports, people: People, number: str, second: str, ana: Viewer
) -> None:
    """T4: what can be changed is, the rest is counted; undo restores each as it was."""
    move(ports, people.abo, number, TicketStatus.OPEN, TicketStatus.PAUSED)
    both = (number, second)
    result = bulk_deeds.do(ports, people.abo, BulkInput(both, Deed.STATUS, "closed"))
    assert (result.changed, result.left) == (1, 1)
    assert bulk_deeds.undo(ports, people.abo, result.deed_id or 0) == 1
    assert ticket(ports, second).status is TicketStatus.NEW
    result = bulk_deeds.do(ports, people.abo, BulkInput(both, Deed.AGENT, str(ana.user_id)))
    bulk_deeds.do(ports, people.abo, BulkInput(both, Deed.TAG, "催办"))
    assert found(ports, people.abo, agent=str(ana.user_id), tag="催办") == sorted(both)
    bulk_deeds.undo(ports, people.abo, result.deed_id or 0)
    assert found(ports, people.abo, agent=str(ana.user_id)) == []
    with pytest.raises(InvalidInput, match="too_late"):
        bulk_deeds.undo(ports, ana, result.deed_id or 0)
    result = bulk_deeds.do(ports, people.abo, BulkInput(both, Deed.HIDE, "deleted"))
    assert found(ports, people.abo) == []
    assert bulk_deeds.undo(ports, people.abo, result.deed_id or 0) == 2
    assert found(ports, people.abo) == sorted(both)


def test_it_finds_tickets_by_any_text_on_them(
    ports: Ports, people: People, number: str, second: str
) -> None:
    """T4: number, subject, messages and notes; two characters are enough; all words must fit."""
    say(ports, people.abo, number, "请把 L1 门锁的电池换成南孚")
    note = Posting(MessageKind.NOTE, "客户在杭州", "n", 0)
    post_message(ports, people.abo, second, note)
    assert found(ports, people.abo, text="南孚") == [number]
    assert found(ports, people.abo, text="电池 l1") == [number]
    assert found(ports, people.abo, text="杭州") == [second]
    assert found(ports, people.abo, text=second) == [second]
    assert found(ports, people.abo, text="南孚 杭州") == []
    assert found(ports, people.abo, text='*" OR 1') == []


def test_it_keeps_views_for_oneself_and_for_all(
    ports: Ports, people: People, number: str, ana: Viewer
) -> None:
    """T4: private views are private; only leads share."""
    form = ViewInput("新来的", ViewRules(status="new"), ("status",), shared=False)
    view_id = save_view(ports, people.abo, form)
    page = queue(ports, people.abo, QueueFilter(f"saved-{view_id}"))
    assert (page.total, page.saved[0].count, page.columns) == (1, 1, ("status",))
    assert queue(ports, ana, QueueFilter(f"saved-{view_id}")).saved == ()
    with pytest.raises(NotAllowed):
        save_view(ports, people.abo, replace(form, shared=True))


def test_it_shows_who_else_is_here(ports: Ports, people: People, number: str, ana: Viewer) -> None:
    """T8: two agents on one ticket see each other, for as long as they are there."""
    desk_presence.beat(ports, ana, number, typing=True)
    beat = desk_presence.beat(ports, people.abo, number, typing=False)
    assert [(one.name, one.typing) for one in beat.present] == [("安娜", True)]
    gone = replace(ports, clock=lambda: utcnow() + timedelta(minutes=2))
    assert desk_presence.beat(gone, people.abo, number, typing=False).present == ()


def test_it_keeps_a_draft_until_it_is_sent(ports: Ports, people: People, number: str) -> None:
    """T8: what was typed is there on another device, and gone once it was sent."""
    desk_presence.save_draft(ports, people.abo, number, MessageKind.NOTE, "写到一半")
    side = desk_ticket(ports, people.abo, number).side
    assert (side.draft, side.draft_kind) == ("写到一半", "note")
    say(ports, people.abo, number, "写完了")
    assert desk_ticket(ports, people.abo, number).side.draft == ""


def test_it_fills_in_quick_replies(ports: Ports, people: People, number: str) -> None:
    """T2: placeholders are filled for the ticket; unknown ones stay to be seen."""
    body = "{{客户称呼}}您好，{{ 工单号 }}已收到。{{没有的}}"
    quick_replies.save_reply(ports, people.abo, None, ReplyInput("收到", "/收", body, shared=False))
    [offer] = quick_replies.offered(ports, people.abo, number, "收")
    assert offer.text == f"小艾您好，{number}已收到。{{{{没有的}}}}"
    with pytest.raises(InvalidInput, match="taken"):
        quick_replies.save_reply(ports, people.abo, None, ReplyInput("又", "收", "x", shared=False))


def test_it_mails_replies_to_those_who_get_copies(
    ports: Ports, people: People, number: str
) -> None:
    """T2: collaborators outside get the replies, and no notes."""
    set_facts(ports, people.abo, number, FactsInput(2, 2, None, "", "a@b.example，c@d.example"))
    say(ports, people.abo, number, "已安排")
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).all()
    told = {job.payload["to"] for job in jobs if "已安排" in job.payload["body"]}
    assert told == {people.xiaoai.email, "a@b.example", "c@d.example"}
    with pytest.raises(InvalidInput, match="copies"):
        set_facts(ports, people.abo, number, FactsInput(2, 2, None, "", "不是邮箱"))
