"""What every part of a question finds for its asker. Reads only, and needs no transaction."""

from __future__ import annotations

from dataclasses import dataclass

from answerer import dialogue
from answerer.answer import (
    CANDIDATES,
    QUESTION_CHARS,
    Answered,
    NotSure,
    Outcome,
    Policy,
    Reason,
    Suggested,
    answer,
    compare,
    judge,
)
from answerer.dialogue import HandOver, Look, Turn
from answerer.evidence import Candidate
from answerer.tone import tone
from indexer.backend import SearchFilter, SearchRequest
from indexer.document import DocKind
from kb_app import candidates
from kb_app.learning.model import current_model, encoder_of
from kb_app.ports import Ports
from kb_app.question_texts import asked, said
from models import Viewer


@dataclass(frozen=True)
class Matched:
    """What every part of a question found, and why a person takes it, if one does."""

    parts: tuple[tuple[str, Outcome], ...]
    handed: HandOver | None = None
    encoder: str = ""


def look_up(ports: Ports, viewer: Viewer, text: str) -> Matched:
    """Every part of the first message by itself, then every follow-up with what came before."""
    first = said(text)[0]
    if tone(first).needs_person:
        handed = dialogue.reply((), first, look(ports, viewer))
        return Matched(((first, _outcome(handed)),), _handed(handed))
    found: list[tuple[str, Outcome]] = []
    turns: tuple[Turn, ...] = ()
    for each in asked(text):
        if not each.follow_up:
            outcome = _answer(ports, viewer, each.part.question)
            found.append((each.part.text, outcome))
            turns = turns or (Turn(first, _reply(outcome)),)
            continue
        said_now = dialogue.reply(turns, each.part.text, look(ports, viewer))
        turns = (*turns, Turn(each.part.text, said_now))
        found.append((each.part.text, _outcome(said_now)))
    return Matched(tuple(found), _handed(turns[-1].reply), encoder_of(ports))


def look(ports: Ports, viewer: Viewer) -> Look:
    """How the conversation looks things up: what this viewer may read, as this site judges."""
    wanted = _allowed(viewer)

    def find(text: str) -> tuple[Candidate, ...]:
        request = SearchRequest(text[:QUESTION_CHARS], wanted, limit=CANDIDATES)
        return candidates.load(ports, viewer, ports.engine.search(request).hits)

    def judged(text: str, found: tuple[Candidate, ...]) -> Outcome:
        compared = compare(ports.engine, text, found) if found else None
        return judge(text, found, _policy(ports), limited=False, compared=compared)

    return Look(find, judged)


def _answer(ports: Ports, viewer: Viewer, text: str) -> Outcome:
    return answer(
        ports.engine,
        text,
        _allowed(viewer),
        lambda hits: candidates.load(ports, viewer, hits),
        _policy(ports),
    )


def _allowed(viewer: Viewer) -> SearchFilter:
    return SearchFilter(viewer.finding, kinds=frozenset(DocKind))


def _policy(ports: Ports) -> Policy:
    return Policy(current_model(ports), ports.config.answer_precision)


def _reply(outcome: Outcome) -> dialogue.Reply:
    if isinstance(outcome, Answered):
        return dialogue.Answer(outcome.best, outcome.confidence, outcome.others)
    choices = outcome.candidates if isinstance(outcome, Suggested) else ()
    return dialogue.Ask(choices, outcome.confidence)


def _outcome(reply: dialogue.Reply) -> Outcome:
    if isinstance(reply, dialogue.Answer):
        return Answered(reply.best, reply.confidence, reply.others)
    shown = reply.choices if isinstance(reply, dialogue.Ask) else ()
    shown = reply.nearby if isinstance(reply, HandOver) else shown
    confidence = reply.confidence if isinstance(reply, dialogue.Ask) else 0.0
    if shown:
        return Suggested(shown, confidence, Reason.UNSURE)
    return NotSure(Reason.NOTHING_NEAR, confidence)


def _handed(reply: dialogue.Reply) -> HandOver | None:
    return reply if isinstance(reply, HandOver) else None
