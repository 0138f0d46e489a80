"""Rows of the route table for pages about mail, and what must exist for them."""

from __future__ import annotations

from kb_app.mail import raw
from kb_app.ports import Ports
from models import (
    Mailbox,
    MailIn,
    MailInState,
    MailOut,
    MailOutState,
    MailRule,
    MailStop,
    unit_of_work,
)
from tests.letters import Letter, letter
from tests.web.cases_site import SiteRow

BOX = {
    "name": "售后",
    "address": "after@yujian.example",
    "kind": "imap",
    "host": "127.0.0.1",
    "port": "1",
    "security": "none",
    "secret": "x",
    "smtp_security": "tls",
}
RULE = {"name": "发票", "place": "subject", "mail_words": "发票", "deed": "route"}


def make_mail(ports: Ports) -> None:
    """A mailbox, a rule, a mail set apart, an address that bounced, a reply that waits."""
    raw_hash = raw.put(ports, letter(Letter()))
    with unit_of_work(ports.database) as session:
        session.add(
            Mailbox(
                id=1,
                name="客服",
                address="support@yujian.example",
                host="127.0.0.1",
                port=1,
                username="support",
                is_active=False,
            )
        )
        session.flush()
        session.add_all(
            [
                MailRule(id=1, name="退款", words="退款"),
                MailStop(email="gone@example.com", reason="550 User unknown"),
                *(
                    MailIn(
                        id=place,
                        mailbox_id=1,
                        uid=f"1:{place}",
                        raw_hash=raw_hash,
                        size=900,
                        state=MailInState.QUARANTINED,
                        reason="list",
                        sender="list@example.com",
                        subject="每周特惠",
                    )
                    for place in (1, 2)
                ),
                *(
                    MailOut(
                        id=place,
                        key=f"held-{place}",
                        message_id=f"held-{place}@yujian.example",
                        kind="reply",
                        automatic=False,
                        to_email="xiaoai@example.com",
                        subject="您的问题有了新回复",
                        body="先断电再重启。",
                        state=MailOutState.HELD,
                    )
                    for place in (1, 2)
                ),
            ]
        )


def _box(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(
        f"mailboxes.{endpoint}", f"/manage/mailboxes{path}", "站长", "组长", method, form
    )


def _mail(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(f"mailboxes.{endpoint}", f"/manage/mail{path}", "组长", "阿博", method, form)


def _out(endpoint: str, path: str, method: str = "GET") -> SiteRow:
    return SiteRow(f"mail_links.{endpoint}", f"/desk/outgoing{path}", "阿博", "小编", method)


MAIL_ROWS = (
    _box("index", ""),
    _box("new", "/new"),
    _box("add", "", "POST", **BOX),
    _box("edit", "/1"),
    _box("save", "/1", "POST", **{**BOX, "address": "support@yujian.example"}),
    _box("pause", "/1/pause", "POST"),
    _box("delete", "/1/delete", "POST"),
    _mail("incoming", ""),
    _mail("release", "/1/release", "POST"),
    _mail("discard", "/2/discard", "POST"),
    _mail("stops", "/stops"),
    _mail("let_through", "/stops/release", "POST", email="gone@example.com"),
    _mail("all_rules", "/rules"),
    _mail("save_rule", "/rules", "POST", **RULE),
    _mail("move_rule", "/rules/1/move", "POST", way="up"),
    _mail("delete_rule", "/rules/1/delete", "POST"),
    _out("outgoing", ""),
    _out("approve", "/1/approve", "POST"),
    _out("reject", "/2/reject", "POST"),
)
# A mailed answer is whoever's has its signed address; see test_mail.
MAIL_ELSEWHERE = frozenset({"mail_links.answer", "mail_links.solved", "mail_links.unsolved"})
