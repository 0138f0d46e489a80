"""Telling machines from people: automatic replies, bounces, lists, loops (M3)."""

from __future__ import annotations

import pytest

from tests.letters import Letter, letter, report
from ticket_bridge.mail import tags
from ticket_bridge.mail.parsed import Auto, Bounce
from ticket_bridge.mail.reading import read

SECRET = "s" * 40


@pytest.mark.parametrize(
    "form",
    [
        Letter(subject="自动回复：门锁"),
        Letter(subject="自动回复: Re: 您的问题有了新回复"),
        Letter(subject="【自动回复】已收到您的邮件"),
        Letter(subject="自動回覆：外出中"),
        Letter(subject="Automatic reply: 门锁"),
        Letter(subject="Out of Office Re: ticket"),
        Letter(subject="我正在休假中"),
        Letter(subject="外出通知：11月20日至25日"),
        Letter(subject="x", headers={"Auto-Submitted": "auto-replied (vacation)"}),
        Letter(subject="x", headers={"X-Autoreply": "yes"}),
        Letter(subject="x", headers={"Precedence": "auto_reply"}),
        Letter(
            subject="x",
            text="您好，我正在休假，11 月 25 日回来后尽快答复您。",
            headers={"X-Auto-Response-Suppress": "All"},
        ),
    ],
)
def test_it_recognises_automatic_replies(form: Letter) -> None:
    """M3: by headers and by the words Chinese programs use."""
    mail = read(letter(form))
    assert mail.auto is Auto.REPLY
    assert not mail.answerable


@pytest.mark.parametrize(
    "subject",
    [
        "自动回复怎么设置",
        "休假申请怎么提交",
        "怎么关闭自动回复",
        "外出时门锁能远程打开吗",
        "退信了怎么办",
        "回复：门锁",
    ],
)
def test_it_takes_people_for_people(subject: str) -> None:
    """M3: who asks about automatic replies is no machine."""
    mail = read(letter(Letter(subject=subject)))
    assert mail.auto is None
    assert mail.answerable


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"List-Id": "<users.example.com>"}, Auto.LIST),
        ({"Precedence": "bulk"}, Auto.LIST),
        ({"Auto-Submitted": "auto-generated"}, Auto.GENERATED),
        ({"List-Unsubscribe": "<mailto:x@y.cn>"}, None),
        ({"X-Auto-Response-Suppress": "All"}, None),
        ({"Return-Path": "<>"}, None),
    ],
)
def test_it_never_answers_lists_and_machines(headers: dict[str, str], kind: Auto | None) -> None:
    """M3: no automatic mail to any of them."""
    mail = read(letter(Letter(headers=headers)))
    assert mail.auto is kind
    assert not mail.answerable


def test_it_sees_a_mail_going_round() -> None:
    """M3: too many stations is a loop; nobody's address gets no answer."""
    hops = b"Received: by x; Sun, 22 Nov 2026 10:00:00 +0800\r\n" * 40
    assert read(hops + letter(Letter())).auto is Auto.LOOP
    assert not read(letter(Letter(sender="noreply@shop.cn"))).answerable


def test_it_reads_delivery_reports() -> None:
    """M3: RFC 3464 names the address, the class, and our Message-ID."""
    found = read(report("Nobody@Example.org", "5.1.1", original="wd.1@a.cn")).bounce
    assert found is not None
    assert (found.address, found.permanent, found.original_id) == (
        "nobody@example.org",
        True,
        "wd.1@a.cn",
    )
    delayed = read(report("x@example.org", "4.4.1", "delayed")).bounce
    assert delayed is not None
    assert not delayed.permanent
    full = read(report("x@example.org", "5.2.2")).bounce
    assert full is not None
    assert not full.permanent


PROSE = {
    "qq": (
        "10000@qq.com",
        "系统退信",
        (
            "抱歉，您的邮件被退回来了……\n"
            "原邮件信息：\n"
            "收件人 nobody@corp.cn\n"
            "退信原因：收件人邮箱地址不存在\n"
            "host mx.corp.cn said: 550 5.1.1 User unknown"
        ),
        True,
    ),
    "163": (
        "Postmaster@163.com",
        "系统退信/Systems bounce",
        (
            "很抱歉，您的邮件发送失败。\n"
            "收件人：nobody@corp.cn\n"
            "退信原因：邮箱不存在或已停用\n"
            "550 User not found"
        ),
        True,
    ),
    "163_full": (
        "postmaster@163.com",
        "系统退信",
        ("收件人：nobody@corp.cn\n对方邮箱已满，无法接收新的邮件。552 Quota exceeded"),
        False,
    ),
    "exchange": (
        "postmaster@corp.cn",
        "未送达: 您的问题有了新回复",
        (
            "无法向以下收件人传递邮件:\n"
            "\n"
            "nobody@corp.cn\n"
            "找不到你输入的电子邮件地址。\n"
            "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNot"
            "Found'"
        ),
        True,
    ),
    "gmail": (
        "mailer-daemon@googlemail.com",
        "Delivery Status Notification (Failure)",
        (
            "Address not found\n"
            "Your message wasn't delivered to nobody@corp.cn because the "
            "address couldn't be found, or is unable to receive mail.\n"
            "550 5.1.1 no such account"
        ),
        True,
    ),
    "postfix": (
        "MAILER-DAEMON@mx.a.cn",
        "Undelivered Mail Returned to Sender",
        (
            "This is the mail system at host mx.a.cn.\n"
            "\n"
            "<nobody@corp.cn>: host mx.corp.cn[1.2.3.4] said:\n"
            "    550 5.1.1 <nobody@corp.cn>: Recipient address rejected: "
            "User unknown"
        ),
        True,
    ),
    "postfix_delay": (
        "MAILER-DAEMON@mx.a.cn",
        "Delayed Mail (delivery status notification)",
        (
            "####  THIS IS A WARNING ONLY.\n"
            "Your message could not be delivered for more than 4 hours.\n"
            "It will be retried.\n"
            "<nobody@corp.cn>: connect to mx.corp.cn: Connection timed ou"
            "t 4.4.1"
        ),
        False,
    ),
    "qmail": (
        "MAILER-DAEMON@a.cn",
        "failure notice",
        (
            "Hi. This is the qmail-send program at a.cn.\n"
            "\n"
            "<nobody@corp.cn>:\n"
            "1.2.3.4 does not like recipient.\n"
            "Remote host said: 550 No such user here\n"
            "\n"
            "--- Below this line is a copy of the message.\n"
            "\n"
            "Message-ID: <wd.7@a.cn>\n"
        ),
        True,
    ),
}


@pytest.mark.parametrize("server", sorted(PROSE))
def test_it_reads_bounces_in_prose(server: str) -> None:
    """M3: QQ, 163, Exchange, Gmail, Postfix, qmail without a machine-readable part."""
    sender, subject, text, permanent = PROSE[server]
    mail = read(
        letter(Letter(text=text, subject=subject, sender=sender)), frozenset({"support@a.cn"})
    )
    assert mail.auto is Auto.BOUNCE
    assert isinstance(mail.bounce, Bounce)
    assert (mail.bounce.address, mail.bounce.permanent) == ("nobody@corp.cn", permanent)
    if server == "qmail":
        assert mail.bounce.original_id == "wd.7@a.cn"


def test_an_address_tag_names_its_ticket_and_cannot_be_made_up() -> None:
    """M1: only our own signature counts."""
    address = tags.tagged(SECRET, "support@a.cn", 12)
    assert tags.ticket_of(SECRET, ["x@y.cn", address.upper()]) == 12
    assert tags.ticket_of("other" * 8, [address]) is None
    assert tags.ticket_of(SECRET, [address.replace("t12", "t13")]) is None
    assert tags.untagged(address) == "support@a.cn"


def test_a_message_id_is_the_same_every_time_and_known_again() -> None:
    """M3: a mail sent again has the id it had; others' ids are others'."""
    identity = tags.message_id(SECRET, "job-7", "a.cn")
    assert identity == tags.message_id(SECRET, "job-7", "a.cn")
    assert tags.key_of(SECRET, identity) == "job-7"
    assert tags.key_of("other" * 8, identity) == ""
    assert tags.key_of(SECRET, "abc@a.cn") == ""
