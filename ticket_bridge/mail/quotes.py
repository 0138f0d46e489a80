"""What a writer says now, without what they quote and the signature below. Pure, total.

Knows the blocks of QQ, 163, Foxmail, Outlook, Gmail, Apple and Huawei mail, Chinese and English.
In no pattern do neighbouring repeats share a sign: hostile lines cost what honest ones do.
When nothing would be left, nothing is cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LOOK_AHEAD = 3
LONGEST_LINE = 1000
NEAR_END = 4

_BAR = re.compile(
    r"^[\s>\-—_=]*(?<=[-—_=\s]{2})(原始邮件|原始郵件|原邮件|原始信息|原始消息|回复的原邮件|转发的邮件|转发邮件信息|转发邮件"
    r"|转发的消息|轉寄郵件|轉寄的郵件|Original Message|Original|Forwarded message|Forwarded Message"
    r"|Replied Message|Reply message|Original Email)[-—_=\s]{2,}",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"((在|于|於)?\s?\d{2,4}[-年/.]\s?\d{1,2}[-月/.]\s?\d{1,2}.{0,160}(写道|寫道|写到|寫到|来信|wrote)\s?[：:]?\s*$)"
    r"|(^[\s>]*(On|At)\s.{4,200}wrote\s?[：:]\s*$)"
    r"|(^.{0,120}<[^<>\s]{3,120}@[^<>\s]{3,120}>.{0,80}(写道|寫道|wrote)\s?[：:]\s*$)"
)
_WROTE_BEGINS = re.compile(r"^[\s>]*((On|At)\s.*\d{4}|(在|于|於)\s?\d{4}|.{0,80}于\s?\d{4}年)")
_FROM = re.compile(r"^[\s>*]*(发件人|寄件者|寄件人|From|发 件 人)[\s*]*[：:]", re.IGNORECASE)
_AFTER_FROM = re.compile(
    r"^[\s>*]*(发送时间|发送日期|日期|发件时间|寄件日期|時間|时间|收件人|收件者|主题|主旨|抄送|Sent|Date|To|Subject|Cc)"
    r"[\s*]*[：:]",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*[_\-—=*]{8,}\s*$")
_QUOTED = re.compile(r"^\s*>")
_PHONE = re.compile(
    r"^\s*([（(【]?\s*(发自我的|發自我的|從我的|从我的|发自|来自|Sent from|Get|获取|下载)\s?.{0,40}"
    r"(iPhone|iPad|手机|平板|Outlook|Android|安卓|华为|HUAWEI|小米|OPPO|vivo|荣耀|三星|Samsung|邮箱|邮件大师"
    r"|邮箱大师|Mail|Mobile|Windows|Mac|发送).{0,40})$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^(--|－－|——)\s?$")


def cut(text: str) -> str:
    """Only what is new; all of it when that would be nothing."""
    lines = [line[:LONGEST_LINE] for line in text.split("\n")]
    kept = _without_quote(lines)
    kept = _without_signature(kept)
    said = "\n".join(kept).strip()
    return said or text.strip()


def has_quote(text: str) -> bool:
    """Whether something of another mail stands below (or above) the new words."""
    lines = [line[:LONGEST_LINE] for line in text.split("\n")]
    return _begin(lines) is not None or any(_QUOTED.match(line) for line in lines)


def forwarded(text: str) -> tuple[str, str, str] | None:
    """Of a forwarded mail: (name, address) of its writer and its text; None when it is none."""
    whole = text.split("\n")
    lines = [line[:LONGEST_LINE] for line in whole]
    begin = _begin(lines)
    if begin is None:
        return None
    head = lines[begin : begin + 12]
    place = next((i for i, line in enumerate(head) if _FROM.match(line)), None)
    if place is None:
        return None
    found = re.search(r"[\w.+%\-]{1,64}@[\w.\-]{1,180}\.[A-Za-z]{2,24}", head[place])
    if found is None:
        return None
    name = re.split(r"[：:]", head[place], maxsplit=1)[1].split("<")[0].strip(" \"'*[")
    body = begin + place + 1
    while body < len(lines) and (_AFTER_FROM.match(lines[body]) or not lines[body].strip()):
        body += 1
    said = "\n".join(re.sub(r"^\s*>\s?", "", line) for line in whole[body:]).strip()
    return ("" if "@" in name else name[:80]), found.group().lower(), said


def _without_quote(lines: Sequence[str]) -> list[str]:
    begin = _begin(lines)
    if begin is not None:
        below = lines[begin:]
        mixed = _own_among_quotes(below)
        if mixed is None:
            return list(lines[:begin])
        return [*lines[:begin], *mixed]
    end = len(lines)
    while end and (_QUOTED.match(lines[end - 1]) or not lines[end - 1].strip()):
        end -= 1
    quoted_before = any(_QUOTED.match(line) for line in lines[:end])
    if quoted_before and not lines[0].strip().startswith(">"):
        return list(lines[:end])
    kept = [line for line in lines[:end] if not _QUOTED.match(line)] if quoted_before else []
    return kept or list(lines[:end])


def _own_among_quotes(below: Sequence[str]) -> list[str] | None:
    """Words written between or below ">" lines; None when everything below is the quote."""
    marks = [i for i, line in enumerate(below) if _QUOTED.match(line)]
    if not marks:
        return None
    between = [line for line in below[marks[0] : marks[-1]] if line.strip()]
    if any(not _QUOTED.match(line) for line in between):
        return list(below[marks[0] :])
    after = list(below[marks[-1] + 1 :])
    return after if any(line.strip() for line in after) else None


def _begin(lines: Sequence[str]) -> int | None:
    """The first line of the quote."""
    for place, line in enumerate(lines):
        if _BAR.match(line) or _wrote(lines, place):
            return place
        if _FROM.match(line) and any(
            _AFTER_FROM.match(below) for below in lines[place + 1 : place + 1 + LOOK_AHEAD]
        ):
            above = place - 1
            while above >= 0 and not lines[above].strip():
                above -= 1
            return above if above >= 0 and _RULE.match(lines[above]) else place
    return None


def _wrote(lines: Sequence[str], place: int) -> bool:
    """An attribution, which may run over the next lines."""
    if _WROTE.search(lines[place]):
        return True
    if not _WROTE_BEGINS.match(lines[place]):
        return False
    joined = lines[place]
    for below in lines[place + 1 : place + LOOK_AHEAD]:
        joined = f"{joined.rstrip()} {below.strip()}"[:LONGEST_LINE]
        if _WROTE.search(joined):
            return True
    return False


def _without_signature(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    for place in range(len(kept)):
        if _SIGNATURE.match(kept[place]) and any(line.strip() for line in kept[:place]):
            kept = kept[:place]
            break
    looked = 0
    while kept and looked < NEAR_END:
        if not kept[-1].strip():
            kept.pop()
            continue
        looked += 1
        if not (_PHONE.match(kept[-1]) or _RULE.match(kept[-1])):
            break
        kept.pop()
    return kept
