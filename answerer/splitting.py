"""A message → the questions in it, each with the context it needs to be searched. Pure.

Cuts only where a further question is announced or where two stretches each ask something of
their own; a story that ends in one question stays whole. At most MOST_PARTS parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_PARTS = 3
LONGEST_SPLIT = 300
FEWEST_OWN = 4
FEWEST_APART = 6
FEWEST_MARKS = 2

_CLAUSE = re.compile(r"[^,，。.!！?？;；\n]+[,，。.!！?？;；\n]*")
_NUMBERED = re.compile(
    r"(?:^|(?<=[\s,，;；。?？:：]))(?:[1-3][、.)）]|[①②③]|[(（][1-3一二三][)）])\s*(?=\D)"
)
_COURTESY = re.compile(
    r"^(?:(?:您好|你好|老师好|客服好|在吗|请问(?:一下)?|麻烦问[问下]|麻烦问一下|想问(?:一下|下)?)"
    r"[,，!！ ]*|"
    r"(?:[两三俩23]个?件?(?:问题|事情?儿?)|[^,，:：]{0,6}[两三俩]个?件?(?:问题|事情?儿?)[:：])"
    r"[,，:： ]*)+"
)
_ANNOUNCED = re.compile(
    r"^(?:另外(?![一两俩三几半][个件]?+[^问事])|此外|顺便|顺带|对了|同时(?=\S{4})|"
    r"还有(?!没|别的(?!问|事)|其[他它](?!问|事)|多|几|救|效|用|货|余|剩|机会|办法|什么|啥|戏|谁|满|个(?!问题)|[张份点段台笔一二两三四五六七八九十百千\d])|"
    r"(?:再|还想)(?:问|请教|说|告诉|查|讲|开|看看|把|给|帮|先|教)|然后(?:告诉|再|想|怎么)|"
    r"或者先|[二三](?:是|来)|第[二三]|最后(?=\S{0,4}(?:也|想|问))|以及|而且(?!.{0,3}(?:不|没|是)))"
)
_SEVERAL = re.compile(r"[两三俩23]个?(?:件)?(?:问题|事)|这[两三]个|这俩|分别")
_STRIPPED = re.compile(
    r"^(?:另外|此外|顺便|顺带|对了|同时|以及|还有就?是?|再(?:问|说)|一是|二是|三是|然后|最后)*"
    r"(?:再?(?:想)?(?:问|请教|打听)(?:一下|下|个|问)?)?[,，:： ]*"
)
_ASKS = re.compile(
    r"[吗呢么嘛不没][,，?？。!！;；]*$|吗|怎么|怎样|咋|如何|为什么|为啥|什么|啥|哪|几(?:天|号|个|点|折|块|年|种|节|位|G)|"
    r"多少|多久|多长|多大|能不能|可不可以|行不行|是不是|有没有|要不要|会不会|用不用|算不算|归不归|退不退|"
    r"会不会|谁|[?？]"
)
_WISHES = re.compile(
    r"想|要|申请|帮我|给我|找不|不了|没到|没法|无法|不上|不到|不出|收不|失败|换|补|改|开|查|退|弄|发|断"
)
_EMPTY_ASK = re.compile(
    r"怎么办|怎么弄|怎么搞|咋办|咋整|咋弄|怎么回事|什么情况|啥情况|为什么|为啥|可以吗|行吗|行不行|能行吗|"
    r"有办法吗|有没有办法|在哪里?|正常吗|对吗|是吗|急死?了?|谢谢|麻烦了|请问|到底|啊|呀|呢|吗|么|了|的|我|你们?|"
    r"这个?|那个?|它|该|要|都|分别|一起|帮|说说|看看|问|下|两个|三个|[\s,，。.!！?？;；]"
)
_LEANS = re.compile(r"^(?:那|它|要是|如果|万一|剩下|其他|里面|这|真|以后|他|她|然后|能|.{0,2}完)")


@dataclass(frozen=True)
class Part:
    """One question of a message; `context` is what it leans on, empty when it stands alone."""

    text: str
    context: str = ""

    @property
    def question(self) -> str:
        """What to search for."""
        return f"{self.context} {self.text}".strip()


def split(text: str) -> tuple[Part, ...]:
    """The questions of a message in their order; one part when there is nothing to cut."""
    whole = text.strip()
    if len(whole) > LONGEST_SPLIT:
        return (Part(whole),)
    many = _SEVERAL.search(whole) is not None
    stretches = _numbered(whole) or _stretches(whole, many)
    if not 1 < len(stretches) <= MOST_PARTS:
        return (Part(whole),)
    subject = stretches[0]
    return (Part(subject), *(Part(each, _context(each, subject)) for each in stretches[1:]))


def _numbered(whole: str) -> list[str]:
    marks = list(_NUMBERED.finditer(whole))
    if len(marks) < FEWEST_MARKS:
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(whole)]
    pieces = (whole[mark.end() : end] for mark, end in zip(marks, ends, strict=True))
    return [tidied for piece in pieces if (tidied := _tidy(piece))]


def _stretches(whole: str, many: bool) -> list[str]:
    """Runs of clauses, cut before each further question."""
    clauses = _CLAUSE.findall(_COURTESY.sub("", whole))
    runs: list[list[str]] = []
    for place, clause in enumerate(clauses):
        bare = clause.strip()
        if runs and _begins_another(runs[-1], bare, clauses[place:], many):
            runs.append([bare])
        elif runs:
            runs[-1].append(bare)
        else:
            runs.append([bare])
    return [tidied for run in runs if (tidied := _tidy("".join(run)))]


def _begins_another(run: list[str], clause: str, rest: list[str], many: bool) -> bool:
    so_far = "".join(run)
    if _ANNOUNCED.match(clause):
        ahead = _STRIPPED.sub("", "".join(rest))
        return _own(so_far) >= FEWEST_OWN and _own(ahead) >= FEWEST_OWN and _says_something(ahead)
    if not (_ASKS.search(so_far) and _ASKS.search(clause)):
        return False
    ended = many or run[-1].endswith(("?", "？", ";", "；"))
    return ended and min(_own(so_far), _own(clause)) >= FEWEST_APART


def _says_something(text: str) -> bool:
    return _ASKS.search(text) is not None or _WISHES.search(text) is not None


def _own(text: str) -> int:
    """How many characters are left when everything that any question has is taken out."""
    return len(_EMPTY_ASK.sub("", text))


def _tidy(text: str) -> str:
    return _STRIPPED.sub("", text.strip(), count=1).strip(" ,，。.;；:：")


def _context(part: str, subject: str) -> str:
    return subject if _LEANS.match(part) else ""
