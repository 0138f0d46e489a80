"""What somebody who forges mail, or borrows an administrator's page, cannot do (M3 O3)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb_app.errors import InvalidInput
from kb_app.mail.mailboxes import mailbox, save_mailbox, try_mailbox
from kb_app.ports import Ports
from models import BoxSecurity, MailOutState, MailStop, MessageKind, Role, Viewer, reading
from tests.kb_app.mail.post import deliver, make_box, sent, went, words
from tests.letters import Letter, letter, report

ADMIN = Viewer(Role.ADMIN, None, "u:99", frozenset(), "站长")


@pytest.mark.parametrize("original", ["", "wd.receipt-1.aaaaaaaaaa@yujian.example"])
def test_a_bounce_that_cites_no_mail_of_ours_stops_nobody(
    ports: Ports, tmp_path: Path, original: str
) -> None:
    """M3: whoever knows that somebody wrote to us could silence us for them; it is a note."""
    box = make_box(ports)
    deliver(ports, box, letter(Letter(text="门锁坏了")))
    assert len(sent(tmp_path)) == 1
    deliver(ports, box, report("xiaoai@example.com", "5.1.1", original=original))
    assert "被退回" in words(ports, MessageKind.NOTE)[0]
    assert "不再" not in words(ports, MessageKind.NOTE)[0]
    with reading(ports.database) as session:
        assert session.get(MailStop, "xiaoai@example.com") is None
    # Nor does it count as a mail that never went, which would let machines go on for ever.
    assert [out.state for out in went(ports)] == [MailOutState.SENT]


@pytest.mark.parametrize("place", ["host", "smtp_host", "oauth_url"])
def test_a_stored_password_goes_to_no_other_server(ports: Ports, place: str) -> None:
    """O3: neither by trying nor by saving; with the password typed again it may."""
    form = replace(
        mailbox(ports, ADMIN, None).form,
        name="客服邮箱",
        address="support@yujian.example",
        host="127.0.0.1",
        port=9,
        security=BoxSecurity.NONE,
        secret="geheim",
    )
    box = save_mailbox(ports, ADMIN, None, form)
    other = "https://evil.example/token" if place == "oauth_url" else "evil.example"
    elsewhere: dict[str, Any] = {place: other}
    kept = replace(form, secret="", **elsewhere)
    with pytest.raises(InvalidInput) as tried:
        try_mailbox(ports, ADMIN, box, kept)
    with pytest.raises(InvalidInput) as saved:
        save_mailbox(ports, ADMIN, box, kept)
    assert [(e.value.field, e.value.code) for e in (tried, saved)] == [("secret", "again")] * 2
    assert save_mailbox(ports, ADMIN, box, replace(kept, secret="neu")) == box
    assert save_mailbox(ports, ADMIN, box, replace(kept, name="改名")) == box
