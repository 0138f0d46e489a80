"""Mail becomes tickets, replies find them, machines do not (M1, M2, M3)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kb_app.mail.queueing import Draft, queue
from kb_app.ports import Ports
from models import (
    MailInState,
    MailOutState,
    MailStop,
    MessageKind,
    TicketStatus,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.kb_app.desk import say
from tests.kb_app.mail.post import came, deliver, make_box, said, sent, tickets, went, words
from tests.letters import Letter, attached, letter, mixed, plain, report
from ticket_bridge.mail import tags

ASKED = Letter(text="门锁装反了，能不能换个方向？\n\n发自我的 iPhone", subject="回复：门锁方向")


def reply(number: int, text: str, **facts: object) -> bytes:
    """An answer to a mail of ours, without tags: by its Message-ID alone."""
    return letter(Letter(text=text, message_id=f"r{number}@example.com", **facts))  # type: ignore[arg-type]


def test_a_mail_becomes_a_ticket_with_a_receipt(ports: Ports, tmp_path: Path) -> None:
    """M1 M2: number, words, requester, and a receipt that threads."""
    deliver(ports, make_box(ports), letter(ASKED))
    [ticket] = tickets(ports)
    assert (ticket.channel, ticket.subject, ticket.requester_email) == (
        "mail",
        "门锁方向",
        "xiaoai@example.com",
    )
    assert ticket.body == "门锁方向\n\n门锁装反了，能不能换个方向？"
    [receipt] = sent(tmp_path)
    assert ticket.number in receipt["Subject"]
    assert receipt["In-Reply-To"] == "<a1@example.com>"
    assert receipt["Reply-To"] == "support@yujian.example"
    assert receipt["Auto-Submitted"] == "auto-generated"
    assert ticket.number in said(receipt)
    assert "尽快" in said(receipt)


def test_a_reply_finds_its_ticket_by_message_id_and_wakes_it(
    ports: Ports, people: People, tmp_path: Path
) -> None:
    """M1: both ways, with the quoted text cut, and threads kept."""
    box = make_box(ports)
    deliver(ports, box, letter(ASKED))
    [ticket] = tickets(ports)
    say(ports, people.abo, ticket.number, "可以换，请看视频。", TicketStatus.SOLVED)
    deliver(ports, box)
    answer = sent(tmp_path)[-1]
    assert answer["Auto-Submitted"] is None
    assert "直接回复这封邮件" in said(answer)
    text = f"还是不行\n\n------------------ 原始邮件 ------------------\n{said(answer)}"
    ours = answer["Message-ID"]
    back = {"In-Reply-To": ours, "References": f"<a1@example.com> {ours}"}
    deliver(ports, box, reply(2, text, subject="别的标题", headers=back))
    assert words(ports) == ["可以换，请看视频。", "还是不行"]
    [ticket] = tickets(ports)
    assert ticket.status is TicketStatus.OPEN
    say(ports, people.abo, ticket.number, "再试试。")
    deliver(ports, box)
    last = sent(tmp_path)[-1]
    assert last["In-Reply-To"] == "<r2@example.com>"
    assert "<a1@example.com>" in last["References"]


def test_a_signed_address_names_the_ticket(ports: Ports, tmp_path: Path) -> None:
    """M1: support+t12.…@ is enough; a forged one is not."""
    box = make_box(ports, tags=True)
    deliver(ports, box, letter(ASKED))
    [ticket] = tickets(ports)
    address = sent(tmp_path)[0]["Reply-To"]
    assert tags.ticket_of(ports.config.secret_key, [address]) == ticket.id
    deliver(ports, box, reply(2, "补充一下", to=address))
    assert words(ports) == ["补充一下"]
    deliver(ports, box, reply(3, "骗子", to=address[:-20] + "x" + address[-19:], subject="新"))
    assert len(tickets(ports)) == 2


def test_somebody_else_on_the_thread_becomes_a_flagged_note(ports: Ports, tmp_path: Path) -> None:
    """M1: only requester and copies speak as the customer."""
    box = make_box(ports)
    deliver(ports, box, letter(ASKED))
    back = {"In-Reply-To": sent(tmp_path)[0]["Message-ID"]}
    deliver(ports, box, reply(2, "我是隔壁的", sender="x@evil.cn", headers=back))
    assert words(ports) == []
    [note] = words(ports, MessageKind.NOTE)
    assert "x@evil.cn 不是这张工单的联系人" in note


def test_staff_answer_by_mail_and_solve(ports: Ports, people: People, tmp_path: Path) -> None:
    """M1: a customer's mail goes to the agent, whose reply goes to the customer; no forging."""
    box = make_box(ports)
    deliver(ports, box, letter(ASKED))
    [ticket] = tickets(ports)
    say(ports, people.abo, ticket.number, "收到，我来看。")
    deliver(ports, box)
    back = {"In-Reply-To": sent(tmp_path)[-1]["Message-ID"]}
    deliver(ports, box, reply(2, "好的，急", headers=back))
    passed = next(mail for mail in sent(tmp_path) if mail["To"] == people.abo.email)
    assert "好的，急" in said(passed)
    proof = {"In-Reply-To": passed["Message-ID"]}
    forged = reply(3, "假的", sender=people.abo.email, headers=back)
    genuine = reply(4, "已上门更换。\n#解决", sender=people.abo.email, headers=proof)
    deliver(ports, box, forged, genuine)
    assert words(ports) == ["收到，我来看。", "好的，急", "已上门更换。"]
    assert tickets(ports)[0].status is TicketStatus.SOLVED
    assert "已上门更换" in said(sent(tmp_path)[-1])


def test_a_forwarded_customer_gets_the_ticket(ports: Ports, people: People) -> None:
    """M1: forwarded by staff; the customer is the requester, the comment a note."""
    head = "---------- 转发的邮件 ---------\n发件人： 老王 <laowang@qq.com>\n主题： 漏水\n\n"
    form = Letter(text=f"请跟进\n\n{head}净水器漏水", subject="Fwd: 漏水", sender=people.abo.email)
    deliver(ports, make_box(ports), letter(form))
    [ticket] = tickets(ports)
    assert (ticket.requester_email, ticket.requester_name) == ("laowang@qq.com", "老王")
    assert "净水器漏水" in ticket.body
    assert any("请跟进" in note for note in words(ports, MessageKind.NOTE))
    assert went(ports) == []


def test_files_come_along(ports: Ports) -> None:
    """M1: attachments lie beside the ticket under the site's rules for files."""
    deliver(ports, make_box(ports), mixed(plain("见附件"), attached("坏门锁.pdf", b"%PDF-1.4 x")))
    [ticket] = tickets(ports)
    with reading(ports.database) as session:
        from models import FormFile

        [file] = session.query(FormFile).all()
    assert (file.question_id, file.filename) == (ticket.question_id, "坏门锁.pdf")


def test_machines_get_no_answer_and_open_no_ticket(ports: Ports, tmp_path: Path) -> None:
    """M3: automatic replies, lists and loops."""
    box = make_box(ports)
    own = letter(Letter(sender="support@yujian.example", message_id="own@x"))
    deliver(
        ports,
        box,
        letter(Letter(subject="自动回复：外出", message_id="1@x")),
        letter(Letter(headers={"List-Id": "<a.b>"}, message_id="2@x")),
        own,
    )
    assert [(row.state, row.outcome) for row in came(ports)] == [
        (MailInState.IGNORED, "auto_reply"),
        (MailInState.QUARANTINED, "list"),
        (MailInState.IGNORED, "loop"),
    ]
    assert tickets(ports) == []
    assert sent(tmp_path) == []


def test_an_automatic_reply_to_us_is_a_note(ports: Ports, tmp_path: Path) -> None:
    """M2: it does not wake the ticket and is not answered."""
    box = make_box(ports)
    deliver(ports, box, letter(ASKED))
    back = {"In-Reply-To": sent(tmp_path)[0]["Message-ID"], "Auto-Submitted": "auto-replied"}
    deliver(ports, box, reply(2, "我在休假", headers=back))
    assert words(ports) == []
    assert "收到自动回复" in words(ports, MessageKind.NOTE)[0]
    assert len(sent(tmp_path)) == 1


def test_two_sites_that_answer_each_other_come_to_an_end(ports: Ports, tmp_path: Path) -> None:
    """M3: a machine that hides that it is one gets three automatic mails a day, then none."""
    box = make_box(ports)
    for turn in range(8):
        text = f"感谢来信，我们会尽快处理（{turn}）"
        deliver(ports, box, reply(turn, text, sender="bot@other.example", subject=f"收到 {turn}"))
    assert len(sent(tmp_path)) == 3
    states = [out.state for out in went(ports)]
    assert states == [MailOutState.SENT] * 3 + [MailOutState.STOPPED] * 5
    assert len(tickets(ports)) == 8


def test_a_bounce_stops_the_address_and_shows_on_the_ticket(
    ports: Ports, people: People, tmp_path: Path
) -> None:
    """M3: permanent ones stop; for mail we never sent nothing happens."""
    box = make_box(ports)
    deliver(ports, box, letter(ASKED))
    ours = sent(tmp_path)[0]["Message-ID"].strip("<>")
    deliver(ports, box, report("xiaoai@example.com", "5.1.1", original=ours))
    assert "被退回" in words(ports, MessageKind.NOTE)[0]
    with reading(ports.database) as session:
        assert session.get(MailStop, "xiaoai@example.com") is not None
    [ticket] = tickets(ports)
    say(ports, people.abo, ticket.number, "在吗？")
    deliver(ports, box, report("laochen@example.com", "5.1.1", original="wd.x@y"))
    assert len(sent(tmp_path)) == 1
    assert any("没有发出去" in note for note in words(ports, MessageKind.NOTE))
    with reading(ports.database) as session:
        assert session.get(MailStop, "laochen@example.com") is None


def test_the_same_mail_twice_counts_once(ports: Ports) -> None:
    """M3: by two boxes, or fetched twice."""
    box = make_box(ports)
    deliver(ports, box, letter(ASKED), b"Received: by other\r\n" + letter(ASKED))
    assert len(tickets(ports)) == 1
    assert came(ports)[1].state is MailInState.DUPLICATE


def test_poison_is_set_apart_under_its_name(ports: Ports) -> None:
    """M3: nothing is dropped without a trace."""
    deliver(ports, make_box(ports), b"\r\n", b"x" * 10, letter(ASKED))
    first = came(ports)[0]
    assert (first.state, first.reason) == (MailInState.QUARANTINED, "empty")
    assert len(tickets(ports)) >= 1


def test_a_reply_waits_for_its_second_reader(ports: Ports, people: People, tmp_path: Path) -> None:
    """M2: held until somebody else approves."""
    box = make_box(ports, second_reader=True, receipts=False)
    deliver(ports, box, letter(ASKED))
    say(ports, people.abo, tickets(ports)[0].number, "先断电。")
    deliver(ports, box)
    assert sent(tmp_path) == []
    [held] = went(ports)
    assert (held.state, held.author_id) == (MailOutState.HELD, people.abo.user_id)


def test_mail_from_before_the_box_was_added_stays_where_it_is(ports: Ports) -> None:
    """M1: a new box full of old mail makes no tickets; one of them can still be let in."""
    box = make_box(ports, created_at=datetime(2027, 6, 1, tzinfo=UTC))
    deliver(ports, box, letter(ASKED))
    assert tickets(ports) == []
    assert [(row.state, row.outcome) for row in came(ports)] == [(MailInState.IGNORED, "old")]


def test_one_key_is_one_mail(ports: Ports, people: People) -> None:
    """M3: asked for twice, written once, with the id it had."""
    for _ in range(2):
        with unit_of_work(ports.database) as session:
            queue(ports, session, Draft("k-1", "receipt", "a@b.cn", "x", "y"))
    [row] = went(ports)
    assert row.message_id == tags.message_id(ports.config.secret_key, "k-1", "localhost")
