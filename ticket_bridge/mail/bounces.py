"""What a bounce says: RFC 3464, and the prose of QQ, 163, Exchange, Gmail, Postfix, qmail. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ticket_bridge.mail.headers import Fields, first, ids
from ticket_bridge.mail.parsed import Bounce

LOOKED_AT = 20_000
LONGEST_REASON = 300
_ADDRESS = re.compile(r"[A-Za-z0-9._%+\-=/']{1,64}@[A-Za-z0-9.\-]{1,180}\.[A-Za-z]{2,24}")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])(4[2-5]\d|5[0-5]\d)(?=[\s\-:#,，。]|$)")
_LATER = re.compile(
    r"delayed|will (be )?retr|try(ing)? again|temporar|稍后重试|正在重试|延迟|暂时"
    r"|too many|rate limit|频率|greylist|graylist|over ?quota|quota exceeded|mailbox (is )?full"
    r"|邮箱.{0,6}(已满|满了)|空间不足|容量不足",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"不存在|已停用|已注销|被禁用|无此用户|没有这个用户|找不到.{0,12}(收件人|地址|邮箱)"
    r"|user unknown|unknown user|no such|does ?n[o']t exist|not exist|user not found"
    r"|address rejected|recipient rejected|couldn't be found"
    r"|wasn't found|invalid (recipient|address|mailbox)|disabled|account.{0,20}(inactive|suspended)"
    r"|host or domain name not found|域名.{0,6}(不存在|错误)",
    re.IGNORECASE,
)
_FULL = re.compile(r"quota|mailbox (is )?full|邮箱.{0,6}(已满|满了)", re.IGNORECASE)
_CITED = re.compile(
    r"^.{0,20}(below this line is a copy|original message|原始邮件|原邮件|message headers"
    r"|原信内容|邮件原文|returned message|------ this is a copy)",
    re.IGNORECASE | re.MULTILINE,
)
_CITED_ID = re.compile(r"^\s*message-id:\s*<([^<>\s]{1,250})>", re.IGNORECASE | re.MULTILINE)
_REASON = re.compile(
    r"(said:.{5,250}"
    r"|(退信原因|失败原因|原因|Remote Server returned|Diagnostic.{0,20}|Error|Reason)[：:].{3,250}"
    r"|(?:4|5)\d\d[ \-#].{5,250}|.{0,60}(不存在|已满|拒收|拒绝).{0,120})",
    re.IGNORECASE,
)
DAEMONS = ("mailer-daemon@", "postmaster@", "10000@qq.com")


def from_report(reports: Iterable[Fields], cited: Fields, text: str) -> Bounce | None:
    """By the machine-readable part; the first recipient that failed."""
    for fields in reports:
        raw = first(fields, "final-recipient") or first(fields, "original-recipient")
        found = _ADDRESS.search(raw.partition(";")[2] or raw)
        if found is None:
            continue
        diagnosis = " ".join(first(fields, "diagnostic-code").split())
        status = first(fields, "status").strip().split(" ")[0]
        action = first(fields, "action").strip().lower()
        if action in {"delivered", "relayed", "expanded"}:
            continue
        permanent = action == "failed" and not status.startswith("4")
        permanent = permanent and not _full(status, diagnosis)
        original = ids(cited.get("message-id", ()))
        return Bounce(
            found.group().lower(),
            permanent,
            status[:10],
            original[0] if original else _cited_id(text),
            diagnosis[:LONGEST_REASON],
        )
    return None


def from_text(text: str, fields: Fields, cited: Fields, own: frozenset[str]) -> Bounce | None:
    """By the prose; None when it names no address that could have failed."""
    head = text[:LOOKED_AT]
    cut = _CITED.search(head)
    above = head[: cut.start()] if cut and cut.start() > 40 else head  # noqa: PLR2004
    failed = first(fields, "x-failed-recipients")
    names = _ADDRESS.findall(failed) or _ADDRESS.findall(above) or _ADDRESS.findall(head)
    candidates = [name.lower().strip(".'") for name in names]
    address = next((n for n in candidates if n not in own and not n.startswith(DAEMONS)), "")
    if not address:
        return None
    status, code = _STATUS.search(above), _CODE.search(above)
    said = status.group() if status else code.group(1) if code else ""
    reason = _REASON.search(above)
    original = ids(cited.get("message-id", ()))
    return Bounce(
        address,
        _permanent(above, said),
        said,
        original[0] if original else _cited_id(head),
        " ".join(reason.group().split())[:LONGEST_REASON] if reason else "",
    )


def _permanent(text: str, status: str) -> bool:
    if _full(status, text):
        return False
    if status:
        return status.startswith("5") and not (_LATER.search(text) and not _NEVER.search(text))
    return bool(_NEVER.search(text)) or not _LATER.search(text)


def _full(status: str, text: str) -> bool:
    """A full mailbox empties again, whatever class the server puts it in."""
    if status in {"5.2.2", "4.2.2", "552"}:
        return True
    head = text[:2000]
    return bool(_FULL.search(head)) and not _NEVER.search(head)


def _cited_id(text: str) -> str:
    found = _CITED_ID.search(text)
    return found.group(1) if found else ""
