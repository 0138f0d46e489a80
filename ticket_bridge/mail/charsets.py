"""Bytes to text although the label lies: GB18030, Big5, UTF-16, mislabelled GBK. Pure, total."""

from __future__ import annotations

import codecs

# Superset codecs for what senders really mean by these names.
MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "x-gbk": "gb18030",
    "chinese": "gb18030",
    "gb_2312-80": "gb18030",
    "csgb2312": "gb18030",
    "euc-cn": "gb18030",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-16",
    "ks_c_5601-1987": "cp949",
}
# Single-byte names say nothing: they fit every byte, and are what software writes by default.
EMPTY_WORDS = frozenset(
    {"", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252"}
    | {"unknown", "unknown-8bit", "x-unknown", "default", "8bit", "binary"}
)
COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实"
    "這個們來為國說時會對過發後裡經麼學現當沒動還進種樣開從實無與問題請謝您電話號碼訂單"
    "请谢您好电话号码订单问题密码登录退款发票客服收件邮件自动回复地址产品使用怎么办无法，。？！、：；"
)
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESSES = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
FEW_FAULTS = 0.02
SAMPLE = 4000
PLAIN = 128


def decode(data: bytes, label: str = "") -> tuple[str, str]:
    """The text, and a note when the label was wrong or some bytes could not be read."""
    name = label.strip().strip("\"'").lower().partition("*")[0]
    for mark, codec in BOMS:
        if data.startswith(mark):
            return data.decode(codec, "replace"), ""
    codec = MEANT.get(name, name)
    if name in EMPTY_WORDS or not _known(codec):
        guessed = _guess(data)
        text = data.decode(guessed, "replace")
        return text, "" if name in EMPTY_WORDS else f"charset:{name[:40]}"
    text = data.decode(codec, "replace")
    if codec not in {"utf-16", "utf-7"} and "\ufffd" not in text and not _doubtful(text, data):
        return text, ""
    return _better(data, codec, text)


def _better(data: bytes, codec: str, text: str) -> tuple[str, str]:
    """What the label gave, unless another reading is plainly better."""
    faults = text.count("\ufffd")
    guessed = _guess(data)
    other = data.decode(guessed, "replace")
    wins = _score(other) > _score(text) + 0.05 and other.count("\ufffd") <= faults
    if guessed != codec and (wins or faults > len(text) * FEW_FAULTS):
        return other, f"charset:{guessed}"
    return text, "bytes" if faults else ""


def _doubtful(text: str, data: bytes) -> bool:
    """Read without a fault, and yet none of its many foreign signs is a common one."""
    foreign = [character for character in text[:SAMPLE] if ord(character) >= PLAIN]
    return len(foreign) >= 8 and _score(text) < 0.05 and max(data[:SAMPLE]) >= PLAIN  # noqa: PLR2004


def _guess(data: bytes) -> str:
    if not data or max(data) < PLAIN:
        return "utf-16-le" if _zeros(data, 1) else "utf-16-be" if _zeros(data, 0) else "utf-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut in two at the very end is still UTF-8.
        if error.start >= len(data) - 3 and error.start > 0:
            return "utf-8"
    else:
        return "utf-8"
    best, most = "utf-8", 0.0
    for codec in GUESSES:
        text = data[: SAMPLE * 2].decode(codec, "replace")
        score = _score(text) + _hanzi(text) / 10 - 2 * text.count("\ufffd") / max(1, len(text))
        if score > most:
            best, most = codec, score
    return best if most > 0 else "cp1252"


def _zeros(data: bytes, phase: int) -> bool:
    """Whether every second byte is zero: plain letters in UTF-16."""
    half = data[phase:SAMPLE:2]
    return len(half) >= 4 and half.count(0) > len(half) * 0.7  # noqa: PLR2004


def _score(text: str) -> float:
    """The share of common Chinese signs among all that are not ASCII."""
    foreign = [character for character in text[:SAMPLE] if ord(character) >= PLAIN]
    if not foreign:
        return 0.0
    return sum(character in COMMON for character in foreign) / len(foreign)


def _hanzi(text: str) -> float:
    """The share of Chinese characters, common or not, among all that are not ASCII."""
    foreign = [character for character in text[:SAMPLE] if ord(character) >= PLAIN]
    return sum("一" <= character <= "鿿" for character in foreign) / max(1, len(foreign))


def _known(codec: str) -> bool:
    """Whether this is a codec from bytes to text."""
    try:
        return codecs.lookup(codec)._is_text_encoding and codec not in {"idna", "punycode"}
    except (LookupError, ValueError):
        return False
