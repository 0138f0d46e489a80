"""Sending one mail: to the console, to a folder, or by SMTP.

Which one is chosen by a URL: `console:`, `file:///folder`, `smtp(s)://user:pass@host:port`.
"""

from __future__ import annotations

import base64
import contextlib
import html
import re
import smtplib
import socket
import ssl
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from ticket_bridge.mail.boxes import LOOPBACK, bearer

TIMEOUT_SECONDS = 20.0
# All of it together; a server that drips one byte at a time is given up too.
WHOLE_SECONDS = 90.0
NEVER = 500
SIGNED_IN = 235
MARK = "X-Wenda-Mail"
_LINK = re.compile(r"https?://[^\s<>()\"'，。；、）】]{1,500}")


class MailFailed(Exception):
    """The mail was not handed over; trying again later is right."""


class MailRefused(MailFailed):
    """The server will never take this mail for this address."""


@dataclass(frozen=True)
class Thread:
    """Where a mail belongs; ids without brackets. `mark` lets our own system know its mail."""

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    mark: str = ""


@dataclass(frozen=True)
class TextFile:
    """A file that goes along, as UTF-8 text."""

    name: str
    text: str
    kind: str = "csv"


@dataclass(frozen=True)
class OutgoingMail:
    """One mail to one address; the subject is kept to one line.

    `automatic` says that no person wrote it, so that other machines do not answer.
    """

    to: str
    subject: str
    body: str
    thread: Thread = Thread()
    automatic: bool = True
    from_name: str = ""
    files: tuple[TextFile, ...] = ()


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
        message["From"] = _sender(from_address, mail.from_name)
        message["To"] = mail.to
        if mail.thread.reply_to:
            message["Reply-To"] = mail.thread.reply_to
    except (ValueError, IndexError) as error:
        raise MailFailed("not an address") from error
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = formatdate(localtime=False)
    domain = from_address.rpartition("@")[2] or "localhost"
    known = mail.thread.message_id
    message["Message-ID"] = f"<{known}>" if known else make_msgid(domain=domain)
    _thread_headers(message, mail.thread)
    if mail.automatic:
        message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    if mail.thread.message_id:
        message.add_alternative(_markup(mail.body), subtype="html")
    for file in mail.files:
        message.add_attachment(
            file.text.encode(), maintype="text", subtype=file.kind, filename=file.name
        )
    return message


def _sender(address: str, name: str) -> str | Address:
    if not name:
        return address
    box, _, domain = address.rpartition("@")
    return Address(" ".join(name.split()), box, domain)


def _thread_headers(message: EmailMessage, thread: Thread) -> None:
    """Ids come from foreign mail: what is not plainly one is left out."""
    sound = [each for each in thread.references if _is_id(each)]
    if _is_id(thread.in_reply_to):
        message["In-Reply-To"] = f"<{thread.in_reply_to}>"
    if sound:
        message["References"] = " ".join(f"<{each}>" for each in sound)
    if thread.mark:
        message[MARK] = thread.mark


def _is_id(identity: str) -> bool:
    return bool(re.fullmatch(r"[!-;=?-~]{3,200}", identity))


def _markup(body: str) -> str:
    """The same words as HTML: paragraphs, and links one can click."""
    shown, place = [], 0
    for match in _LINK.finditer(body):
        link = html.escape(match.group())
        shown.append(html.escape(body[place : match.start()]))
        shown.append(f'<a href="{link}">{link}</a>')
        place = match.end()
    shown.append(html.escape(body[place:]))
    return '<div style="white-space:pre-wrap;font-size:15px">' + "".join(shown) + "</div>"


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
    token: str = ""

    def send(self, mail: OutgoingMail) -> None:
        """Deliver by SMTP; MailRefused for what will never be taken."""
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        message = compose(mail, self.from_address)
        try:
            with self._connect(parts.scheme, host, parts.port) as server, _limited(server):
                self._sign_in(server, host)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(*next(iter(error.recipients.values()), (0, b""))) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MailFailed(str(error)) from error

    def check(self) -> None:
        """Sign in and out again; MailFailed."""
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        try:
            with self._connect(parts.scheme, host, parts.port) as server, _limited(server):
                self._sign_in(server, host)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MailFailed(str(error)) from error

    def _sign_in(self, server: smtplib.SMTP, host: str) -> None:
        parts = urlsplit(self.url)
        if not parts.username:
            return
        if not isinstance(server.sock, ssl.SSLSocket) and host not in LOOPBACK:
            raise MailFailed("no TLS offered: the password was not sent")
        user = unquote(parts.username)
        if not self.token:
            server.login(user, unquote(parts.password or ""))
            return
        answer = base64.b64encode(bearer(user, self.token).encode()).decode()
        server.ehlo_or_helo_if_needed()
        code, said = server.docmd("AUTH", f"XOAUTH2 {answer}")
        if code != SIGNED_IN:
            raise smtplib.SMTPAuthenticationError(code, said)

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


def _refusal(code: int, said: bytes | str) -> MailFailed:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    kind = MailRefused if code >= NEVER else MailFailed
    return kind(f"{code} {' '.join(text.split())}"[:300])


@contextlib.contextmanager
def _limited(server: smtplib.SMTP) -> Iterator[None]:
    """Cut the line when all of it takes too long."""

    def cut() -> None:
        with contextlib.suppress(OSError, AttributeError):
            if server.sock is not None:
                server.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
