"""Bytes → text: byte order marks, UTF-8, UTF-16, then GBK against Big5 by their commonest
characters. Says None for what is no text; never guesses a legacy encoding without evidence."""

from __future__ import annotations

import codecs
import re

SAMPLE = 200_000
BINARY_SHARE = 0.01
FEW = 4
NULL_SHARE = 0.2
TOLERATED = 0.002
LATIN_SHARE = 0.2
ORDINARY_WEIGHT = 0.3
LEAST_FAMILIAR = 0.15
# The characters in daily use and punctuation: encoding → its older, smaller set, lead bytes.
_ORDINARY = {"gb18030": ("gb2312", 0xA1, 0xD7), "big5hkscs": ("big5", 0xA1, 0xC6)}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The commonest characters of Chinese text, simplified and traditional, and its punctuation.
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体"
    "政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及"
    "這個們來為國說時會對過後裡種經麼學現當沒動還進樣實軍無與長機關點業將兩間問應戰頭體見話產給門兒東聲"
    "请点击设置选择使用输入密码账户登录功能数据设备安装电源连接网络服务系统文件按下打开完成操作保修退款订单"
    "請點擊設置選擇輸入碼賬戶帳號登錄數據設備安裝電源連接網絡網路服務系統文件按下打開完成操作保修單檔案資訊"
    "，。、：；？！（）《》“”「」0123456789"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{3,20})", re.IGNORECASE)
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
PRELOADED = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030",
             "big5hkscs", "gb2312", "big5", "cp437", "cp1252", "latin-1", "ascii")  # fmt: skip


def preload() -> None:
    """Load every codec now: a confined process opens no files later."""
    for name in PRELOADED:
        codecs.lookup(name)


def decode(data: bytes) -> str | None:
    """The text of some bytes; None when they are none."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    without_mark = _utf16(data)
    if without_mark:
        return data.decode(without_mark, "replace")
    if _is_binary(data):
        return None
    if _fits(data, "utf-8"):
        return data.decode("utf-8", "replace")
    return _legacy(data)


def decode_html(data: bytes) -> str | None:
    """As `decode`, but a declared character set comes first when the bytes fit it."""
    declared = _DECLARED.search(data[:2048])
    if declared and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = declared.group(1).decode("ascii").lower()
        encoding = _WIDER.get(name, name)
        if encoding in PRELOADED and _fits(data, encoding):
            return data.decode(encoding, "replace")
    return decode(data)


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: half of its ASCII is NUL bytes, always on the same side."""
    sample = data[:SAMPLE]
    if not sample or len(data) % 2:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > NULL_SHARE * half and even <= BINARY_SHARE * half:
        return "utf-16-le"
    return "utf-16-be" if even > NULL_SHARE * half and odd <= BINARY_SHARE * half else None


def _is_binary(data: bytes) -> bool:
    sample = data[:SAMPLE].decode("latin-1")
    return len(_CONTROL.findall(sample)) > max(FEW, BINARY_SHARE * len(sample))


def _fits(data: bytes, encoding: str) -> bool:
    """Whether (nearly) all of it decodes; a few damaged bytes do not spoil a long text."""
    text = data[:SAMPLE].decode(encoding, "replace")
    wrong = text.count("\ufffd") - (len(data) > SAMPLE)
    return wrong <= TOLERATED * len(text)


def _legacy(data: bytes) -> str | None:
    """GBK or Big5, whichever reads more familiar; GBK when both do; else perhaps Latin."""
    best, text = LEAST_FAMILIAR, None
    for encoding, (plain, first, last) in _ORDINARY.items():
        if _fits(data, encoding):
            decoded = data.decode(encoding, "replace")
            score = _familiar(decoded[:SAMPLE], plain, range(first, last + 1))
            if score > best:
                best, text = score, decoded
    if text is None and _is_latin(data):
        return data.decode("cp1252", "replace")
    return text


def _familiar(text: str, plain: str, leads: range) -> float:
    """How ordinary the characters outside ASCII are: the commonest count most."""
    foreign = _NOT_ASCII.findall(text)
    if not foreign:
        return 0.0
    common = sum(char in _COMMON for char in foreign)
    ordinary = sum(char.encode(plain, "replace")[0] in leads for char in foreign)
    return (common + ORDINARY_WEIGHT * ordinary) / len(foreign)


def _is_latin(data: bytes) -> bool:
    """Mostly ASCII with some accented letters."""
    sample = data[:SAMPLE]
    return not sample.isascii() and len(_HIGH.findall(sample)) < LATIN_SHARE * len(sample)
