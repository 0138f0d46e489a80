"""Mails as Chinese customers' programs really make them, as bytes, for tests and figures."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field

CRLF = "\r\n"
HEAD = "From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Sun, 22 Nov 2026 10:00:00 +0800\n"


@dataclass(frozen=True)
class Letter:
    """A simple mail; `charset` is what the bytes are, `label` what the header claims."""

    text: str = "门锁没电了，打不开门，怎么办？"
    subject: str = "门锁打不开"
    sender: str = "小艾 <xiaoai@example.com>"
    to: str = "support@yujian.example"
    message_id: str = "a1@example.com"
    charset: str = "utf-8"
    label: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/plain"


def encoded(text: str, charset: str = "utf-8") -> str:
    """A header text as an encoded word."""
    if text.isascii():
        return text
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def letter(form: Letter) -> bytes:
    """The bytes of a simple mail."""
    name, _, rest = form.sender.partition("<")
    sender = f"{encoded(name.strip())} <{rest}" if rest else form.sender
    head = HEAD.format(sender=sender, to=form.to, subject=encoded(form.subject))
    if form.message_id:
        head += f"Message-ID: <{form.message_id}>\n"
    head += "".join(f"{name}: {value}\n" for name, value in form.headers.items())
    label = form.label or form.charset
    head += f"MIME-Version: 1.0\nContent-Type: {form.kind}; charset={label}\n"
    head += "Content-Transfer-Encoding: base64\n\n"
    body = base64.encodebytes(form.text.encode(form.charset, "replace")).decode()
    return (head + body).replace("\n", CRLF).encode()


def attached(name: str, content: bytes, media_type: str = "application/pdf") -> str:
    """A file as a part."""
    return (
        f'Content-Type: {media_type}; name="{encoded(name, "gb18030")}"\n'
        f'Content-Disposition: attachment; filename="{encoded(name, "gb18030")}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(content).decode()}"
    )


def plain(text: str) -> str:
    """A text as a part."""
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"


def mixed(
    *parts: str,
    head: str = "",
    kind: str = "multipart/mixed",
    subject: str = "说明书",
    sender: str = "xiaoai@example.com",
) -> bytes:
    """A mail of several parts."""
    top = HEAD.format(sender=sender, to="support@yujian.example", subject=encoded(subject))
    top += f'{head}MIME-Version: 1.0\nContent-Type: {kind}; boundary="=-b"\n\n'
    body = "".join(f"--=-b\n{part}\n" for part in parts) + "--=-b--\n"
    return (top + body).replace("\n", CRLF).encode()


def report(address: str, status: str, action: str = "failed", original: str = "") -> bytes:
    """A delivery report as RFC 3464 has it."""
    return mixed(
        plain("Your message could not be delivered."),
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; 550 {status} mailbox unavailable\n",
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: <{original}>\nSubject: x\n",
        kind="multipart/report; report-type=delivery-status",
        subject="Undelivered Mail Returned to Sender",
        sender="MAILER-DAEMON@mx.example.net",
    )


def corpus() -> list[bytes]:
    """One of everything."""
    return [
        letter(Letter()),
        letter(Letter(charset="gb18030", label="gb2312", text="深圳的訂單還沒到，𠮷野家")),
        letter(Letter(charset="big5", label="big5", text="請問密碼怎麼重設？")),
        letter(Letter(charset="utf-16", text="你好，退款什么时候到账？")),
        letter(Letter(kind="text/html", text="<p>你好</p><blockquote>旧的<br>话</blockquote>")),
        letter(Letter(subject="自动回复：外出", headers={"Auto-Submitted": "auto-replied"})),
        mixed(plain("见附件"), attached("门锁说明书.pdf", b"%PDF-1.4 x")),
        mixed(
            plain("只看文字"),
            "Content-Type: text/html; charset=utf-8\n\n<b>只看</b>文字<img src=cid:a@b>",
            "Content-Type: image/png\nContent-ID: <a@b>\n\n\x89PNG",
            kind="multipart/alternative",
        ),
        mixed(plain("开会"), f"Content-Type: text/calendar\n\n{EVENT}"),
        report("nobody@example.org", "5.1.1", original="wd.1.x@yujian.example"),
    ]


EVENT = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:上门安装\nDTSTART:20261123T090000\nEND:VEVENT\n"


def mutated(seed: int) -> bytes:
    """A mail of the corpus, damaged: bytes turned, pieces doubled, moved, cut or nested."""
    dice = random.Random(seed)
    data = bytearray(dice.choice(corpus()))
    for _ in range(dice.randint(1, 8)):
        place, other = dice.randrange(len(data)), dice.randrange(len(data))
        begin, end = min(place, other), max(place, other)
        deed = dice.randrange(7)
        if deed == 0:
            data[place] = dice.randrange(256)
        elif deed == 1:
            del data[begin : min(end, begin + 200)]
        elif deed == 2:
            data[begin:begin] = data[begin : min(end, begin + 400)]
        elif deed == 3:
            data[place:place] = bytes(dice.randrange(256) for _ in range(dice.randint(1, 60)))
        elif deed == 4:
            data[place:place] = dice.choice(NASTY)
        elif deed == 5:
            data = bytearray(mixed(data.decode("latin-1")).decode("utf-8", "replace").encode())
        else:
            data = bytearray(bytes(data).replace(dice.choice(OFTEN), dice.choice(NASTY), 2))
        data = data or bytearray(b"x")
    return bytes(data)


OFTEN = (b"utf-8", b"base64", b"\r\n", b"=?", b"text/", b"boundary", b"; ", b"<", b"From", b"Cont")
NASTY = (
    b"=?utf-8?B?////?=",
    b"=?x?Q?=",
    b'\r\nContent-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n',
    b"\r\nContent-Disposition: attachment; filename*0*=utf-9''%FF; filename*5=../../etc\r\n",
    b'From: "<<>>" <@,;:a@b@c>,,\r\n',
    b"\0" * 40,
    b"\xff\xfe\xfd",
    b"(" * 300,
    b'charset="rot13"',
    b"charset=idna",
    b"\r\n\r\n",
    b"<" * 500,
    b"Content-Transfer-Encoding: uuencode\r\n",
    b"message/rfc822\r\n\r\n",
    b"Subject: =?gb2312?B?" + b"A" * 300,
    b"References: " + b"<a@b>" * 400,
)
