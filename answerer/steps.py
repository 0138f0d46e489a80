"""An agent's answer as Markdown steps, where its own words number them. Pure.

Recognised are 1、2、3 (also within one line), 第一步 and 首先…然后…最后; anything else stays as
it was written. Greetings at the beginning and courtesies at the end are left out.
"""

from __future__ import annotations

import re

FEWEST = 2
_DIGITS = "一二三四五六七八九十"
_NUMBERED = re.compile(
    r"(?:(?<=^)|(?<=[\n。；;：:，,！!\s]))[（(]?(\d{1,2})[）)、.\uff0e](?![\d])\s*"
)
_NAMED = re.compile(rf"第([{_DIGITS}]|\d{{1,2}})步[，,：: ]*")
_ORDERED = re.compile(r"(?:(?<=^)|(?<=[\n。；;：:，,！!]))(首先|然后|接着|其次|再次|最后)[，, ]*")
_SOMEBODY = r"(?:［姓名[A-Z]*］(?:先生|女士|小姐)?)"
_HELLO = re.compile(
    rf"^(?:{_SOMEBODY}[，, ]*(?=您好|你好))?(?:(?:(?:尊敬的|亲爱的)(?:客户|用户)|您好|你好|亲)"
    rf"(?:{_SOMEBODY}(?=[，,。！!：:]))?[，,。！!：:~～ ]*)+"
)
_COURTESY = re.compile(
    r"^(?:祝您.{0,12}|感谢您?的?.{0,14}|谢谢.{0,10}|如有(?:其他|其它|任何|别的)?(?:问题|疑问).{0,20})[。！!~～]*$"
)
_END = " ，,；;。\n"


def as_steps(text: str) -> str:
    """The answer without courtesies, its steps as a numbered list if it has some."""
    plain = _without_courtesies(text)
    for pattern in (_NUMBERED, _NAMED, _ORDERED):
        found = list(pattern.finditer(plain))
        if len(found) >= FEWEST and _counts_up(pattern, found):
            return _listed(plain, found)
    return plain


def _counts_up(pattern: re.Pattern[str], found: list[re.Match[str]]) -> bool:
    """1, 2, 3 …: other numbers are no steps."""
    if pattern is _ORDERED:
        return found[0].group(1) == "首先"
    numbers = [_number(each.group(1)) for each in found]
    return numbers == list(range(1, len(numbers) + 1))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _DIGITS.index(text) + 1


def _listed(text: str, found: list[re.Match[str]]) -> str:
    ends = [each.start() for each in found[1:]] + [len(text)]
    raw = [text[each.end() : end] for each, end in zip(found, ends, strict=True)]
    raw[-1], *rest = raw[-1].split("\n\n", 1)
    steps = [each.strip(_END) for each in raw]
    if not all(steps):
        return text
    head = text[: found[0].start()].strip()
    lines = [_indented(f"{n}. ", step) for n, step in enumerate(steps, start=1)]
    return "\n\n".join(part for part in (head, "\n".join(lines), *rest) if part)


def _indented(mark: str, step: str) -> str:
    return mark + step.replace("\n", "\n" + " " * len(mark))


def _without_courtesies(text: str) -> str:
    lines = _HELLO.sub("", text, count=1).strip().split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or _COURTESY.match(lines[-1].strip())):
        lines.pop()
    return "\n".join(lines).strip() or text
