"""One turn of a conversation: what was said so far and a text → what to reply. Pure.

Follow-ups are read with the topic they belong to; when readings tie it asks back; the same
reply twice in a row counts as a failure, and after two failures a person takes over. Looking
things up is the caller's: `Look` searches and judges.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from answerer.answer import Answered, NotSure, Outcome
from answerer.evidence import Candidate
from answerer.tone import Tone, ToneLabel, tone
from answerer.twins import told_apart
from indexer.normal import normalize

SHOWN = 3
LOOKED_AT = 12
OWN_WORDS = 0.5
DENIED = 0.2
TIE = 0.88
CLEAR = 0.8
PICKED = 0.8
ALONE = 0.6
NEARBY = 0.2
MOST_FAILURES = 2
MOST_ASKS = 5
TOPIC_CHARS = 200
COURTESY_CHARS = 20
SUMMARY_TURNS = 6
ASKS_TOO_CHARS = 6

_DENIES = re.compile(r"不是|不对|[看说想记写]错|看岔|搞错|弄错")
_REJECTS = re.compile(
    r"都不是|都不对|没用|没有用|不管用|还是不行|还是没|没解决|不是这个意思|答非所问|试过了"
)
_NEW_TOPIC = re.compile(
    r"换个(?:问题|话题)|(?:另外|再|还)(?:想)?问(?:个|一个)?(?:别的|其他)|还有一?个问题"
)
_COURTESY = re.compile(
    r"谢|感谢|辛苦|好的|明白了|知道了|再想想|再看看|搞定|弄好了|没事了|再见|拜拜"
)
_ASKS = re.compile(r"[?？吗呢]|怎么|怎样|如何|什么|哪|几|多少|多久|咋|啥|为何|能不能|可以不")


class Why(StrEnum):
    """Why a person takes over: the tone of what was said, or two failures."""

    SAFETY = "safety"
    WANTS_PERSON = "wants_person"
    COMPLAINT_OFFICIAL = "complaint_official"
    ANGRY = "angry"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Summary:
    """For the person who takes over: the customer's last texts, the titles shown, oldest first."""

    said: tuple[str, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The first candidate is likely right; the others are offered below it."""

    best: Candidate
    confidence: float
    others: tuple[Candidate, ...]


@dataclass(frozen=True)
class Ask:
    """Which of these is meant? Without choices: please say it in other words."""

    choices: tuple[Candidate, ...]
    confidence: float


@dataclass(frozen=True)
class HandOver:
    """A person takes over; `nearby` may be shown while waiting."""

    why: Why
    summary: Summary
    nearby: tuple[Candidate, ...]


@dataclass(frozen=True)
class Nod:
    """Thanks or a goodbye: nothing was asked."""


Reply = Answer | Ask | HandOver | Nod


@dataclass(frozen=True)
class Turn:
    """What was said, and what was replied."""

    text: str
    reply: Reply


@dataclass(frozen=True)
class Look:
    """How to look things up: candidates for a text, best first, and their judgement."""

    find: Callable[[str], tuple[Candidate, ...]]
    judge: Callable[[str, tuple[Candidate, ...]], Outcome]


@dataclass(frozen=True)
class _Found:
    """Candidates in order, the question they were judged for, and whether the first is to be
    trusted: it was among the choices offered last, or a text of its own leads to it."""

    candidates: tuple[Candidate, ...]
    question: str
    trusted: bool
    offered: bool = False


def reply(history: tuple[Turn, ...], text: str, look: Look) -> Reply:
    """What to say to `text` after `history`, oldest turn first."""
    heard = tone(text)
    if _is_courtesy(text, heard):
        return Nod()
    if heard.needs_person:
        nearby = _nearby(history, text, look) if _asks_too(text, heard) else ()
        return _hand_over(Why(heard.label.value), history, text, nearby)
    found = _find(history, text, look)
    chosen = _choose(found, look)
    failures = _failures_before(history) + 1 if _fails(history, text, chosen) else 0
    if failures >= MOST_FAILURES or _asks_in_a_row(history) >= MOST_ASKS:
        return _hand_over(Why.NOT_FOUND, history, text, found.candidates)
    return chosen


def topic(history: tuple[Turn, ...]) -> str:
    """The text that the conversation is about: where it began, or last changed the subject."""
    for turn in reversed(history):
        if _NEW_TOPIC.search(turn.text):
            return turn.text[:TOPIC_CHARS]
    asked = (turn.text for turn in history if not isinstance(turn.reply, Nod))
    return next(asked, "")[:TOPIC_CHARS]


def _find(history: tuple[Turn, ...], text: str, look: Look) -> _Found:
    about = topic(history)
    alone = look.find(text)
    if not about or _NEW_TOPIC.search(text):
        return _Found(alone, text, trusted=True)
    question = f"{about} {text}"
    joined = look.find(question)
    candidates = _merged(joined, alone, _denied(history, text))
    offered = _offered(history, candidates)
    by_itself = bool(candidates and alone) and _key(candidates[0]) == _key(alone[0])
    by_itself = by_itself and look.judge(text, alone).confidence >= ALONE
    return _Found(candidates, question, offered or by_itself, offered)


def _nearby(history: tuple[Turn, ...], text: str, look: Look) -> tuple[Candidate, ...]:
    """What may be read while waiting; nothing beside the point, least of all in danger."""
    found = _find(history, text, look)
    if not found.candidates:
        return ()
    near = look.judge(found.question, found.candidates).confidence >= NEARBY
    return found.candidates if near else ()


def _merged(
    joined: tuple[Candidate, ...], alone: tuple[Candidate, ...], denied: Candidate | None
) -> tuple[Candidate, ...]:
    """Both lists as one: what the topic and what the text alone says, added up."""
    known = {_key(each): each for each in (*alone, *joined)}
    scores = dict.fromkeys(known, 0.0)
    for each in joined:
        scores[_key(each)] += each.hit.relevance
    for each in alone:
        scores[_key(each)] += OWN_WORDS * each.hit.relevance
    if denied is not None and _key(denied) in scores:
        scores[_key(denied)] -= DENIED
    order = sorted(known, key=lambda key: -scores[key])
    return tuple(known[key] for key in order[:LOOKED_AT])


def _denied(history: tuple[Turn, ...], text: str) -> Candidate | None:
    """What was put first last time, when the text says that it was not that."""
    shown = _shown(history[-1].reply)
    return shown[0] if shown and _DENIES.search(text) else None


def _offered(history: tuple[Turn, ...], candidates: tuple[Candidate, ...]) -> bool:
    """Whether the first candidate is one of the choices that were asked about last."""
    last = history[-1].reply
    chosen = isinstance(last, Ask) and bool(candidates)
    return chosen and _key(candidates[0]) in map(_key, _shown(last))


def _choose(found: _Found, look: Look) -> Answer | Ask:
    if not found.candidates:
        return Ask((), 0.0)
    outcome = look.judge(found.question, found.candidates)
    if isinstance(outcome, NotSure):
        return Ask((), outcome.confidence)
    best, *others = shown = told_apart(found.candidates, SHOWN)
    likely = isinstance(outcome, Answered) and found.trusted and _leads(shown, TIE)
    picked = found.offered and outcome.confidence >= PICKED and _leads(shown, CLEAR)
    if likely or picked:
        return Answer(best, outcome.confidence, tuple(others))
    return Ask((best, *others), outcome.confidence)


def _leads(candidates: tuple[Candidate, ...], share: float) -> bool:
    """Whether the second is below this share of the first."""
    first, *others = candidates
    return not others or others[0].hit.relevance < share * first.hit.relevance


def _fails(history: tuple[Turn, ...], text: str, chosen: Answer | Ask) -> bool:
    """Nothing found, the customer says it was no use, or the very same reply once more."""
    if isinstance(chosen, Ask) and not chosen.choices:
        return True
    if not history:
        return False
    last = history[-1].reply
    return _REJECTS.search(text) is not None or (
        type(last) is type(chosen) and _keys(last) == _keys(chosen)
    )


def _failures_before(history: tuple[Turn, ...]) -> int:
    count = 0
    for place in range(len(history) - 1, -1, -1):
        turn = history[place]
        if not isinstance(turn.reply, Answer | Ask):
            break
        if not _fails(history[:place], turn.text, turn.reply):
            break
        count += 1
    return count


def _asks_in_a_row(history: tuple[Turn, ...]) -> int:
    count = 0
    for turn in reversed(history):
        if not isinstance(turn.reply, Ask):
            break
        count += 1
    return count


def _hand_over(
    why: Why, history: tuple[Turn, ...], text: str, nearby: tuple[Candidate, ...]
) -> HandOver:
    said = (*(turn.text for turn in history), text)[-SUMMARY_TURNS:]
    titles = dict.fromkeys(each.title for turn in history for each in _shown(turn.reply))
    return HandOver(why, Summary(said, tuple(titles)), told_apart(nearby, SHOWN))


def _asks_too(text: str, heard: Tone) -> bool:
    """Whether a text says anything beside the wish for a person."""
    if heard.label is not ToneLabel.WANTS_PERSON:
        return True
    rest = normalize(text)
    for words in heard.matched:
        rest = rest.replace(words, "")
    return sum(char.isalnum() for char in rest) >= ASKS_TOO_CHARS


def _is_courtesy(text: str, heard: Tone) -> bool:
    short = len(text.strip()) <= COURTESY_CHARS and not heard.needs_person
    return short and _COURTESY.search(text) is not None and _ASKS.search(text) is None


def _shown(said: Reply) -> tuple[Candidate, ...]:
    if isinstance(said, Answer):
        return (said.best, *said.others)
    if isinstance(said, Ask):
        return said.choices
    return said.nearby if isinstance(said, HandOver) else ()


def _keys(said: Reply) -> tuple[tuple[str, int], ...]:
    """What makes two replies of a kind the same: the answer, or the first choice and the set."""
    keys = [_key(each) for each in _shown(said)]
    return tuple(keys[:1]) if isinstance(said, Answer) else (*keys[:1], *sorted(keys[1:]))


def _key(candidate: Candidate) -> tuple[str, int]:
    return candidate.hit.kind.value, candidate.hit.ref_id
