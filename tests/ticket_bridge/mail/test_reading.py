"""Reading mails: charsets, headers, parts, and harmlessness of whatever comes (M1, M3)."""

from __future__ import annotations

import contextlib
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.letters import EVENT, Letter, attached, letter, mixed, mutated, plain
from ticket_bridge.mail.charsets import decode
from ticket_bridge.mail.headers import addresses, ids, shown
from ticket_bridge.mail.html_text import text_of
from ticket_bridge.mail.parsed import MailUnreadable
from ticket_bridge.mail.reading import read

TEXT = "您好，我的门锁没电了，密码也忘了，请问怎么办？谢谢！"
TRADITIONAL = "您好，我的訂單還沒有收到，請問什麼時候可以送到？謝謝！"


@pytest.mark.parametrize(
    ("text", "charset", "label"),
    [
        (TEXT, "utf-8", "utf-8"),
        (TEXT, "gbk", "gb2312"),
        ("深圳朱镕基先生的門鎖，請問", "gbk", "GB2312"),
        (TEXT, "gb18030", "gb18030"),
        (TEXT, "gbk", "utf-8"),
        (TEXT, "gbk", "us-ascii"),
        (TEXT, "gbk", "iso-8859-1"),
        (TEXT, "gbk", "x-made-up"),
        (TEXT, "utf-8", "gb2312"),
        (TEXT, "utf-8", "iso-8859-1"),
        (TEXT, "utf-16", "utf-16"),
        (TEXT, "utf-16-le", "utf-16le"),
        (TEXT, "utf-7", "unicode-1-1-utf-7"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "big5hkscs", "x-x-big5"),
        (TRADITIONAL, "big5", "gb2312"),
        (TRADITIONAL, "big5", ""),
        (TEXT, "hz", "hz-gb-2312"),
    ],
)
def test_it_reads_chinese_whatever_the_label_says(text: str, charset: str, label: str) -> None:
    """M1: GBK, GB18030, Big5, UTF-16, and labels that lie."""
    mail = read(letter(Letter(text=text, charset=charset, label=label or '""')))
    assert mail.text == text


def test_it_says_when_a_label_was_wrong() -> None:
    """M1: what was guessed is noted."""
    assert decode(TEXT.encode("gbk"), "utf-8") == (TEXT, "charset:gb18030")
    assert decode(TEXT.encode(), "utf-8") == (TEXT, "")
    cut = TEXT.encode()[:-1]
    assert decode(cut, "utf-8")[0].startswith(TEXT[:-1])


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "gbk", "big5", "utf-7", "no-such"]))
def test_it_makes_text_of_any_bytes(data: bytes, label: str) -> None:
    """M3: decoding never fails."""
    assert isinstance(decode(data, label)[0], str)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("=?utf-8?B?6Zeo6ZSB?=", "门锁"),
        ("=?utf-8?B?6Zeo6Z?= =?utf-8?B?SB?=", "门锁"),
        ("=?gb2312?B?w8XL+A==?=\r\n =?gb2312?B?w7s=?=", "门锁没"),
        ("=?GBK?Q?=C3=C5=CB=F8?= A1", "门锁 A1"),
        ("Re: =?gb18030?B?w8XL+A?=", "Re: 门锁"),
        ("=?utf-8?B?6Zeo6ZSB", "门锁"),
        ("=?utf-8*zh-CN?B?6Zeo6ZSB?=", "门锁"),
        ("回复: 门锁".encode("gbk").decode("ascii", "surrogateescape"), "回复: 门锁"),
        ("坏\u202e的\u0007东西\r\n X", "坏的 东西 X".replace("的 ", "的")),
        ("=?nope?B?####?=", ""),
    ],
)
def test_it_reads_broken_encoded_words(raw: str, said: str) -> None:
    """M1: words cut within a character, without end, without padding, or not encoded at all."""
    assert shown(raw) == said


def test_it_finds_addresses_in_odd_headers() -> None:
    """M1: names with commas, raw bytes, missing brackets; one of each."""
    found = addresses(['"=?utf-8?B?5bCP6Im+?=, VIP" <XiaoAi@Example.com>, b@c.cn; <b@c.cn>'])
    assert [each.email for each in found] == ["xiaoai@example.com", "b@c.cn"]
    assert found[0].name == "小艾, VIP"
    assert addresses(["没有地址"]) == ()
    assert ids(["<a@b> <c@d>\n <a@b>"]) == ("a@b", "c@d")


def test_it_prefers_the_plain_text_and_turns_html_into_text() -> None:
    """M1: HTML is read only when there is no real plain text."""
    markup = "Content-Type: text/html; charset=utf-8\n\n<p>网页</p>"
    both = mixed(plain("纯文字"), markup, kind="multipart/alternative")
    assert read(both).text == "纯文字"
    assert read(mixed(plain("您的邮箱不支持HTML"), markup)).text == "网页"
    page = "<style>x</style><p>第一段<br>第二行</p><script>bad()</script><a href='https://a.cn/x'>点</a>"
    assert text_of(page) == "第一段\n第二行\n点 (https://a.cn/x)"
    assert text_of("<div>新</div><blockquote><p>旧</p></blockquote>") == "新\n\n> 旧"


def test_it_keeps_files_with_their_chinese_names() -> None:
    """M1: names encoded as words, by RFC 2231, or raw; never with folders."""
    mail = read(mixed(plain("见附件"), attached("门锁说明书.pdf", b"%PDF-1.4")))
    assert [(f.filename, f.content) for f in mail.files] == [("门锁说明书.pdf", b"%PDF-1.4")]
    part = (
        "Content-Type: image/png\nContent-Disposition: attachment;\n"
        " filename*0*=utf-8''%E9%97%A8;\n filename*1*=%E9%94%81.png\n\nx"
    )
    assert read(mixed(part)).files[0].filename == "门锁.png"
    folder = 'Content-Type: a/b\nContent-Disposition: attachment; filename="..\\..\\x/y.exe"\n\nx'
    assert read(mixed(folder)).files[0].filename == "y.exe"


def test_it_reads_inline_pictures_calendars_and_mails_in_mails() -> None:
    """M1: pictures keep their mark, invitations become readable, forwarded mails are files."""
    picture = "Content-Type: image/png\nContent-ID: <p1@x>\n\nPNG"
    old = letter(Letter(subject="原信")).decode().replace("\r", "")
    inner = f"Content-Type: message/rfc822\n\n{old}"
    mail = read(mixed(plain("看图"), picture, f"Content-Type: text/calendar\n\n{EVENT}", inner))
    assert [file.filename for file in mail.files] == ["图片1.png", "invite.ics", "原信.eml"]
    assert mail.files[0].inline
    assert "日程：上门安装" in mail.text


def test_it_unpacks_winmail_dat() -> None:
    """M1: Outlook's envelope is opened."""

    def attribute(kind: int, value: bytes) -> bytes:
        return struct.pack("<BHHI", 2, kind, 0, len(value)) + value + b"\0\0"

    packed = struct.pack("<IH", 0x223E9F78, 1)
    packed += attribute(0x800C, "正文\0".encode("gbk"))
    packed += attribute(0x9002, b"r") + attribute(0x8010, b"a.txt\0") + attribute(0x800F, b"hi")
    mail = read(mixed(attached("winmail.dat", packed, "application/ms-tnef")))
    assert [(f.filename, f.content) for f in mail.files] == [("a.txt", b"hi")]
    assert mail.text == "正文"


def test_it_refuses_what_is_too_large_too_nested_or_nothing() -> None:
    """M3: poison is named."""
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(400)
    )
    for data, code in ((b"", "empty"), (b"\n\n", "empty"), (nested.encode(), "too_nested")):
        with pytest.raises(MailUnreadable) as caught:
            read(data)
        assert caught.value.code == code
    deep = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(150)
    )
    assert "too_many_parts" in read(f"From: a@b.cn\n{deep}".encode()).notes


def test_it_is_quick_with_hostile_patterns() -> None:
    """M3: nothing takes more than linear time."""
    begun = time.monotonic()
    for text in ("<" * 300_000, "<a href=" * 40_000, "在2026年1月1日 " * 20_000, "> " * 100_000):
        read(letter(Letter(kind="text/html", text=text)))
        read(letter(Letter(text=text)))
    for head in ("=?utf-8?Q?" * 3000, "(" * 15_000, ",<" * 5000):
        read(f"From: a@b.cn\nTo: {head}\nSubject: {head}\n\nx".encode())
    assert time.monotonic() - begun < 10


def test_two_thousand_damaged_mails_crash_nothing() -> None:
    """M3: read or refused, nothing else."""
    refused = 0
    for seed in range(2000):
        try:
            mail = read(mutated(seed))
        except MailUnreadable:
            refused += 1
            continue
        assert "\0" not in mail.subject
    assert refused < 400


@settings(max_examples=60)
@given(st.binary(max_size=2000))
def test_it_reads_or_refuses_any_bytes(data: bytes) -> None:
    """M3: any bytes at all."""
    with contextlib.suppress(MailUnreadable):
        assert read(data).digest


def test_copies_of_one_mail_have_one_digest() -> None:
    """M3: the way a mail took does not change what it is."""
    one = letter(Letter())
    again = b"Received: from x by y; Sun, 22 Nov 2026 10:00:00 +0800\r\n" + one
    assert read(one).digest == read(again).digest
    assert read(one).digest != read(letter(Letter(text="别的"))).digest
