"""A mail is handed over whole, or MailFailed comes in time (T7, M3)."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket_bridge.mail import sender
from ticket_bridge.mail.sender import (
    ConsoleMail,
    FolderMail,
    MailFailed,
    OutgoingMail,
    SmtpMail,
    compose,
    mail_sender,
)

FROM = "help@example.com"
MAIL = OutgoingMail("xiaoai@example.com", "你的问题有了新回复", "第一行\n.\n第二行 ❤")


def read(data: bytes) -> EmailMessage:
    """As a mail program would."""
    return message_from_bytes(data, policy=policy.default)


def test_it_writes_a_whole_mail_into_a_folder(tmp_path: Path) -> None:
    """T7: an .eml any mail program opens, and no half files."""
    mail_sender(f"file://{tmp_path}/out%20box", FROM).send(MAIL)
    [path] = (tmp_path / "out box").iterdir()
    mail = read(path.read_bytes())
    assert path.suffix == ".eml"
    assert (mail["To"], mail["From"], mail["Subject"]) == (MAIL.to, FROM, MAIL.subject)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail.get_content().replace("\r\n", "\n") == MAIL.body + "\n"


@pytest.mark.parametrize(
    "subject",
    ["好\nBcc: victim@example.com", "好\r\nBcc: v@example.com\r\n\r\n正文", "好\x0bBcc: v@e.cn"],
)
def test_it_lets_no_header_in_through_the_subject(tmp_path: Path, subject: str) -> None:
    """M3 O3: a line end in a subject is a blank."""
    FolderMail(tmp_path, FROM).send(OutgoingMail(MAIL.to, subject, "正文"))
    mail = read(next(tmp_path.glob("*.eml")).read_bytes())
    assert mail["Bcc"] is None
    assert mail["Subject"] == " ".join(subject.split())
    assert mail.get_content().strip() == "正文"


@given(subject=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_it_keeps_any_subject_on_one_line(subject: str) -> None:
    """M3: only the headers it set itself, whatever the subject says."""
    mail = read(bytes(compose(OutgoingMail(MAIL.to, subject, "正文"), FROM)))
    assert set(mail.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }


@pytest.mark.parametrize("to", ["a@b.cn\nBcc: c@d.cn", "a@b.cn\r\nSubject: x"])
def test_it_sends_to_no_address_with_a_line_end(tmp_path: Path, to: str) -> None:
    """M3 O3: refused, not repaired."""
    with pytest.raises(MailFailed):
        FolderMail(tmp_path, FROM).send(OutgoingMail(to, "好", "正文"))
    assert list(tmp_path.iterdir()) == []


def test_it_fails_when_the_folder_cannot_be_written(tmp_path: Path) -> None:
    """T7: the job tries again later."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MailFailed):
        FolderMail(tmp_path / "file", FROM).send(MAIL)


def test_it_prints_to_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    """O1: for trying the product out."""
    made = mail_sender("console:", FROM)
    assert isinstance(made, ConsoleMail)
    made.send(MAIL)
    assert MAIL.subject in capsys.readouterr().out


class Server:
    """A mail server on a local port; `script` answers each line, None says nothing more."""

    def __init__(self, *script: str | None) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard: list[str] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            line, _ = self._listener.accept()
        except OSError:
            return
        with line, line.makefile("rwb") as talk:
            for answer in self._script:
                if answer is None:
                    self._done.wait(10)
                    return
                talk.write(answer.encode() + b"\r\n")
                talk.flush()
                if answer.startswith("354"):
                    while (text := talk.readline()) not in {b".\r\n", b""}:
                        self.heard.append(text.decode("ascii", "replace").rstrip())
                    continue
                self.heard.append(talk.readline().decode().strip())

    def close(self) -> None:
        """Stop waiting."""
        self._done.set()
        self._listener.close()
        self._thread.join(5)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TIMEOUT_SECONDS", 0.3)


OK = "250 ok"


def test_it_hands_over_by_smtp() -> None:
    """T7: the server hears sender, receiver and the mail."""
    with Server("220 hi", OK, OK, OK, "354 go", OK, "221 bye") as server:
        mail_sender(f"smtp://127.0.0.1:{server.port}", FROM).send(MAIL)
    heard = "\n".join(server.heard)
    assert f"FROM:<{FROM}>" in heard
    assert f"TO:<{MAIL.to}>" in heard
    assert "Auto-Submitted: auto-generated" in heard


@pytest.mark.parametrize(
    "script",
    [
        (None,),
        ("220 hi", None),
        ("220 hi", OK, None),
        ("220 hi", OK, OK, OK, "354 go", None),
        ("220 hi", OK, OK, "550 no such user", OK, "221 bye"),
        ("554 go away",),
        (),
    ],
    ids=["silent", "no hello", "no sender", "no end", "refused", "closed", "dropped"],
)
def test_it_fails_in_time_when_the_server_does_not_play_along(
    script: tuple[str | None, ...],
) -> None:
    """T7 O1: a hanging, refusing or vanishing server is MailFailed within the time limit."""
    with Server(*script) as server:
        began = time.monotonic()
        with pytest.raises(MailFailed):
            SmtpMail(f"smtp://127.0.0.1:{server.port}", FROM).send(MAIL)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_it_fails_when_nobody_listens(scheme: str) -> None:
    """T7: a wrong port is MailFailed too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(MailFailed):
        mail_sender(f"{scheme}://127.0.0.1:{port}", FROM).send(MAIL)


def test_it_signs_in_when_the_address_has_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: user and password are decoded from the URL."""
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(
        smtplib.SMTP, "login", lambda _self, user, password: said.append((user, password))
    )
    with Server("220 hi", OK, OK, OK, "354 go", OK, "221 bye") as server:
        SmtpMail(f"smtp://us%40er:p%3Ass@127.0.0.1:{server.port}", FROM).send(MAIL)
    assert said == [("us@er", "p:ss")]
