"""Whether a machine wrote a mail, and whether one may write back. Pure.

Headers first; words of the subject only where a person would not write them so.
"""

from __future__ import annotations

import re

from ticket_bridge.mail.headers import Fields, first
from ticket_bridge.mail.parsed import Auto

MOST_HOPS = 30
MARK_HEADER = "x-wenda-mail"
_REPLY_SUBJECT = re.compile(
    r"^\s*((re|回复|答复|答覆|回覆)\s*[:：]\s*)?[\[【(（]?\s*(系统)?("
    r"自动回复|自動回覆|自动答复|自動答覆|自动应答|自动回信"
    r"|automatic reply|auto[- ]?reply|autoreply|auto response|autoresponse"
    r"|out[- ]of[- ](the[- ])?office"
    r"|ooo|abwesenheitsnotiz|réponse automatique|自動応答"
    r")\s*([\]】)）]|[:：\-—|]|$|\bfrom\b|\bre\b)",
    re.IGNORECASE,
)
_AWAY_SUBJECT = re.compile(
    r"^\s*[\[【(（]?\s*(我|本人)?\s*(目前|现|正)?(在)?\s*(外出|休假|出差|不在办公室|年假|产假|请假)\s*"
    r"(中|通知|期间|自动|提醒|设置为)?\s*([\]】)）]|[:：]|$)"
    r"|^\s*(i am |i'm )?(currently )?(on vacation|on leave|away from (the|my) office)\b",
    re.IGNORECASE,
)
_AWAY_TEXT = re.compile(
    r"(这是|此为|本邮件为|這是)(一封)?(系统)?自动(回复|答复|发送)|自动回复[，,。！!]|系统自动回复"
    r"|(我|本人)(目前|正在|现在)?(正)?(外出|休假|出差|不在办公室).{0,60}(回来|返回|恢复|尽快|联系)"
    r"|this is an automat(ic|ed) (reply|response)|i am (currently )?out of (the )?office",
    re.IGNORECASE,
)
_BOUNCE_SENDER = re.compile(
    r"^(mailer-daemon|postmaster|mail-daemon|mailerdaemon|bounce[sd]?|10000)@|^postmaster$",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"系统退信|系統退信|退信|未送达|未送達|未能送达|无法投递|無法投遞|无法送达|投递失败|传递失败|发送失败|传送失败|无法传递"
    r"|undeliver|delivery (status notification|has failed|failure|failed|report)|failure notice"
    r"|returned mail|mail delivery (failed|system|subsystem)|returning message|non[- ]?delivery",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"^(no[-_.]?reply|do[-_.]?not[-_.]?reply|noreply[-_.+\w]*|mailer-daemon|postmaster|bounces?"
    r"|notifications?|newsletter|donotreply)@",
    re.IGNORECASE,
)


def judge(fields: Fields, sender: str, subject: str, text: str) -> Auto | None:
    """The kind of machine; None for a person. Loops by our own marks are judged elsewhere."""
    if len(fields.get("received", ())) > MOST_HOPS:
        return Auto.LOOP
    if is_bounce(fields, sender, subject):
        return Auto.BOUNCE
    if _replies_by_itself(fields, subject, text):
        return Auto.REPLY
    if _is_list(fields):
        return Auto.LIST
    if first(fields, "auto-submitted").strip().lower().startswith("auto-"):
        return Auto.GENERATED
    return None


def is_bounce(fields: Fields, sender: str, subject: str) -> bool:
    """A report about delivery: by its type, or by who sends it and what it is called."""
    kind = first(fields, "content-type").lower()
    if "multipart/report" in kind and "delivery-status" in kind:
        return True
    if "x-failed-recipients" in fields:
        return True
    empty_path = first(fields, "return-path").strip() == "<>"
    daemon = bool(_BOUNCE_SENDER.search(sender)) or empty_path
    return daemon and bool(_BOUNCE_SUBJECT.search(subject))


def _replies_by_itself(fields: Fields, subject: str, text: str) -> bool:
    submitted = first(fields, "auto-submitted").strip().lower()
    if submitted.startswith("auto-replied"):
        return True
    if any(name in fields for name in ("x-autoreply", "x-autorespond", "x-autoresponse")):
        return True
    if first(fields, "precedence").strip().lower() in {"auto_reply", "auto-reply"}:
        return True
    if _REPLY_SUBJECT.search(subject) or _AWAY_SUBJECT.search(subject):
        return True
    generated = submitted.startswith("auto-") or "x-auto-response-suppress" in fields
    return generated and bool(_AWAY_TEXT.search(text[:600]))


def _is_list(fields: Fields) -> bool:
    if any(name in fields for name in ("list-id", "list-post", "mailing-list", "x-mailing-list")):
        return True
    return first(fields, "precedence").strip().lower() in {"list", "bulk"}


def is_answerable(fields: Fields, sender: str, auto: Auto | None) -> bool:
    """Whether an automatic mail may go back: never to a machine, a list or nobody's address."""
    if auto is not None or not sender or _NOBODY.search(sender):
        return False
    if first(fields, "return-path").strip() == "<>":
        return False
    silent = first(fields, "x-auto-response-suppress").lower()
    if any(word in silent for word in ("all", "oof", "autoreply")):
        return False
    if first(fields, "precedence").strip().lower() in {"junk", "bulk", "list"}:
        return False
    return not any(name in fields for name in ("list-unsubscribe", "feedback-id", MARK_HEADER))
