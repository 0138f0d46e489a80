"""One reply in words, where the site has an endpoint for it; else, and on any doubt, quotes.

Only texts the asker may read are sent, private data masked. What is kept of the answer is
stored with the reply, so that everybody later sees what was shown.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.answer import Answered
from answerer.compose import compose
from answerer.evidence import Candidate
from answerer.rewriting import Passage, Reworded, request_of, reworded
from indexer.document import DocKind
from indexer.passages import plain_text
from kb_app.looking import Matched
from kb_app.ports import Ports
from kb_app.public_questions import public_questions, public_text
from models import Article, Question, Reply, ShownKind, Viewer

MOST_PASSAGES = 3
LONGEST_QUESTION = 1_000
TITLE_CHARS = 80
LEAST_SECONDS = 0.5


@dataclass(frozen=True)
class SourceLine:
    """A text the reply rests on; a question of somebody else's has no page of its own here."""

    number: int
    kind: str
    title: str
    slug: str


@dataclass(frozen=True)
class ReplyLine:
    """One sentence and the numbers of its sources."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True)
class InWords:
    """A reply in words with all its sources."""

    lines: tuple[ReplyLine, ...]
    sources: tuple[SourceLine, ...]


def reword(
    ports: Ports, question: str, found: Sequence[Candidate], seconds: float | None = None
) -> Reworded | None:
    """A reply to one question out of these texts, best first; None means: quote.

    For the question's page and the chat robot alike; `found` must be readable by the asker.
    """
    if ports.rewriter is None or not found or found[0].titles_only:
        return None
    passages = _passages(question, found)
    request = request_of(question[:LONGEST_QUESTION], passages)
    text = ports.rewriter.write(request.system, request.user, seconds)
    return reworded(text, passages, request) if text else None


def in_words(ports: Ports, matched: Matched) -> list[dict[str, Any] | None]:
    """For every automatic answer, in order, what is to be kept with it; all in one time limit."""
    answered = [(text, each) for text, each in matched.parts if isinstance(each, Answered)]
    if ports.rewriter is None or matched.handed is not None:
        return [None] * len(answered)
    until = time.monotonic() + ports.config.rewrite_seconds
    kept = []
    for text, outcome in answered:
        found = (outcome.best, *outcome.others)[:MOST_PASSAGES]
        left = until - time.monotonic()
        made = reword(ports, text, found, left) if left > LEAST_SECONDS else None
        kept.append(_kept(ports, found, made) if made is not None else None)
    return kept


def shown_in_words(session: Session, viewer: Viewer, reply: Reply) -> InWords | None:
    """The reply in words, as long as the viewer may read every text it rests on."""
    kept = reply.rewritten
    if not kept:
        return None
    lines = tuple(ReplyLine(each["text"], tuple(each["cites"])) for each in kept["sentences"])
    cited = sorted({number for line in lines for number in line.cites})
    sources = []
    for number in cited:
        source = kept["sources"][number - 1]
        found = _source(session, viewer, number, (source["kind"], source["id"]))
        if found is None:
            return None
        sources.append(found)
    return InWords(lines, tuple(sources))


def _passages(question: str, found: Sequence[Candidate]) -> list[Passage]:
    return [
        Passage(
            each.hit.kind.value,
            each.hit.ref_id,
            each.title,
            plain_text(compose(question, each.body)),
        )
        for each in found[:MOST_PASSAGES]
    ]


def _kept(ports: Ports, found: Sequence[Candidate], made: Reworded) -> dict[str, Any]:
    return {
        "model": ports.config.rewrite_model,
        "sentences": [asdict(each) for each in made.sentences],
        "sources": [{"kind": each.hit.kind.value, "id": each.hit.ref_id} for each in found],
        "dropped": made.dropped,
    }


def _source(
    session: Session, viewer: Viewer, number: int, ref: tuple[str, int]
) -> SourceLine | None:
    kind, ref_id = ref
    if kind == ShownKind.ARTICLE:
        row = session.execute(
            sa.select(Article.title, Article.slug).where(
                Article.id == ref_id, Article.visible_to(viewer)
            )
        ).one_or_none()
        return SourceLine(number, kind, row.title, row.slug) if row is not None else None
    question = session.scalar(public_questions().where(Question.id == ref_id))
    if question is None:
        return None
    return SourceLine(number, DocKind.QUESTION.value, public_text(question)[:TITLE_CHARS], "")
