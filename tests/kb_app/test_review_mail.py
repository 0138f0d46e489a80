"""O3: the mail server's password is not told to whoever listens on the way."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest

from ticket_bridge.mail.sender import MailFailed, OutgoingMail, SmtpMail

MAIL = OutgoingMail("xiaoai@example.com", "您的问题有了新回复", "正文")


class Plain(smtplib.SMTP):
    """A server somebody made forget STARTTLS."""

    said: list[str] = []  # noqa: RUF012  one list for the test to read

    def login(self, user: str, password: str, **_: Any) -> tuple[int, bytes]:
        """Hear the password."""
        self.said.append(password)
        return (235, b"ok")

    def send_message(self, *_: Any, **__: Any) -> dict[str, tuple[int, bytes]]:
        """Take the mail."""
        return {}

    def quit(self) -> tuple[int, bytes]:
        """Leave."""
        return (221, b"bye")


@pytest.mark.parametrize(("host", "heard"), [("mail.example.com", []), ("127.0.0.1", ["p"])])
def test_it_tells_its_password_only_under_tls_or_at_home(
    monkeypatch: pytest.MonkeyPatch, host: str, heard: list[str]
) -> None:
    monkeypatch.setattr(SmtpMail, "_connect", staticmethod(lambda *_: Plain()))
    monkeypatch.setattr(Plain, "said", [])
    sender = SmtpMail(f"smtp://u:p@{host}", "help@example.com")
    if heard:
        sender.send(MAIL)
    else:
        with pytest.raises(MailFailed, match="no TLS"):
            sender.send(MAIL)
    assert Plain.said == heard
