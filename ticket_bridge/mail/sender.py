"""Sending one plain-text mail: to the console, to a folder, or by SMTP.

Which one is chosen by a URL: `console:`, `file:///folder`, `smtp(s)://user:pass@host:port`.
"""

from __future__ import annotations

import smtplib
import ssl
import sys
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 20.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailFailed(Exception):
    """The mail was not handed over; trying again later is right."""


@dataclass(frozen=True)
class OutgoingMail:
    """One mail to one address; the subject is kept to one line."""

    to: str
    subject: str
    body: str


class MailSender(Protocol):
    """Hands a mail over, or raises MailFailed within its time limit."""

    def send(self, mail: OutgoingMail) -> None:
        """Deliver the mail."""


def mail_sender(url: str, from_address: str) -> MailSender:
    """The sender a URL names."""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return ConsoleMail(from_address)
    if parts.scheme == "file":
        return FolderMail(Path(unquote(parts.path)), from_address)
    return SmtpMail(url, from_address)


def compose(mail: OutgoingMail, from_address: str) -> EmailMessage:
    """The message as it goes over the wire; MailFailed for an address that is no header."""
    message = EmailMessage()
    try:
        message["From"] = from_address
        message["To"] = mail.to
    except ValueError as error:
        raise MailFailed("not an address") from error
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=from_address.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


@dataclass(frozen=True)
class ConsoleMail:
    """Prints mails; for trying the product out."""

    from_address: str

    def send(self, mail: OutgoingMail) -> None:
        """Print the mail to standard output."""
        sys.stdout.write(f"\n--- mail to {mail.to}: {mail.subject}\n{mail.body}\n---\n")
        sys.stdout.flush()


@dataclass(frozen=True)
class FolderMail:
    """Writes each mail as an .eml file into a folder."""

    folder: Path
    from_address: str

    def send(self, mail: OutgoingMail) -> None:
        """Write the mail whole or not at all."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            target = self.folder / f"{uuid.uuid4().hex}.eml"
            draft = target.with_suffix(".part")
            draft.write_bytes(bytes(compose(mail, self.from_address)))
            draft.replace(target)
        except OSError as error:
            raise MailFailed(str(error)) from error


@dataclass(frozen=True)
class SmtpMail:
    """Hands mails to an SMTP server, with TLS wherever the server offers it.

    A password travels only under TLS or within this machine: who strips STARTTLS learns nothing.
    """

    url: str
    from_address: str

    def send(self, mail: OutgoingMail) -> None:
        """Deliver by SMTP."""
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        try:
            with self._connect(parts.scheme, host, parts.port) as server:
                if parts.username:
                    if not isinstance(server.sock, ssl.SSLSocket) and host not in LOOPBACK:
                        raise MailFailed("no TLS offered: the password was not sent")
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(compose(mail, self.from_address))
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(str(error)) from error

    @staticmethod
    def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
        return server
