"""A stored question is looked up and what it found written down, or a person takes it at once.

Looking up is done outside any transaction; writing down is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from answerer.answer import Answered, Outcome, Suggested
from answerer.compose import compose
from answerer.dialogue import HandOver, Summary, Why
from answerer.evidence import Candidate
from answerer.tone import tone
from indexer.document import DocKind
from kb_app import holdout
from kb_app.learning.lessons import remember
from kb_app.letters import (
    HANDED_NOTE,
    HANDED_REASONS,
    HANDED_SHOWN,
    HANDED_WORDS,
    TITLE_ANSWER,
)
from kb_app.looking import Matched, look_up
from kb_app.ports import Ports
from kb_app.question_texts import said
from kb_app.rewriting import in_words
from kb_app.ticket_log import add_message
from kb_app.ticket_opening import Added, open_ticket
from models import (
    Message,
    MessageKind,
    Question,
    QuestionShown,
    QuestionStatus,
    Reply,
    ShownKind,
    User,
    Viewer,
    reading,
    record,
    unit_of_work,
    visitor,
)

# Places of the first part are 1 to 9, of the second 11 to 19, and so on.
PART_STEP = 10


def match(ports: Ports, viewer: Viewer, question_id: int, text: str | None = None) -> None:
    """Look for an answer to a stored question and write down what is shown.

    `text` is what was stored, by whoever knows. Askers of the comparison group are shown
    nothing (see kb_app.holdout).
    """
    if text is None:
        with reading(ports.database) as session:
            text = session.get_one(Question, question_id).text
    needs_person = any(tone(each).needs_person for each in said(text))
    if not needs_person and holdout.join(ports, viewer, ports.clock()):
        _hold_back(ports, question_id)
        return
    matched = look_up(ports, viewer, text)
    words = in_words(ports, matched)
    with unit_of_work(ports.database) as session:
        question = session.get_one(Question, question_id, with_for_update=True)
        if question.status is not QuestionStatus.RECEIVED:
            return
        anew = _clear(session, question)
        write_down(question, matched)
        for reply, rewritten in zip(question.replies, words, strict=True):
            reply.rewritten = rewritten
        if matched.handed is None:
            outcomes = [outcome for _, outcome in matched.parts]
            remember(session, question, outcomes, encoder=matched.encoder, anew=anew)
        else:
            _hand_over(ports, session, viewer, question, matched.handed)


def _clear(session: Session, question: Question) -> bool:
    """Forget what was shown before a follow-up; a first text was shown nothing (False)."""
    anew = len(said(question.text)) > 1
    if anew:
        question.shown.clear()
        question.replies.clear()
        session.flush()
    else:
        # Saves asking the database for rows that cannot be there.
        set_committed_value(question, "shown", [])
        set_committed_value(question, "replies", [])
    return anew


def match_left_behind(ports: Ports, question_id: int) -> None:
    """Look for the answer that a killed process never looked for, as its asker may read."""
    with reading(ports.database) as session:
        question = session.get(Question, question_id)
        if question is None or question.status is not QuestionStatus.RECEIVED:
            return
        asker = session.get(User, question.asker_id) if question.asker_id else None
        viewer = asker.as_viewer() if asker else visitor(question.asker_key.removeprefix("v:"))
    match(ports, viewer, question_id)


def _hold_back(ports: Ports, question_id: int) -> None:
    with unit_of_work(ports.database) as session:
        question = session.get_one(Question, question_id, with_for_update=True)
        if question.status is QuestionStatus.RECEIVED:
            question.status, question.reason = QuestionStatus.UNANSWERED, holdout.HELD_OUT


def write_down(question: Question, matched: Matched) -> None:
    """The outcome of every part, in the order of `asked`, on the question."""
    outcomes = [outcome for _, outcome in matched.parts]
    question.confidence = min(outcome.confidence for outcome in outcomes)
    missing = [outcome for outcome in outcomes if not isinstance(outcome, Answered)]
    question.reason = missing[0].reason if missing else ""
    rows = _shown(outcomes, follow_ups=len(said(question.text)) - 1)
    question.shown = sorted(rows, key=lambda row: row.position)
    question.replies = [
        _written(text, outcome) for text, outcome in matched.parts if isinstance(outcome, Answered)
    ]
    if not missing:
        question.status = QuestionStatus.ANSWERED
    elif question.shown:
        question.status = QuestionStatus.SUGGESTED
    else:
        question.status = QuestionStatus.UNANSWERED


def _shown(outcomes: Sequence[Outcome], follow_ups: int) -> Iterator[QuestionShown]:
    """Rows for every part. A text stands once: as an answer rather than a suggestion, with
    the newest follow-up rather than before, with the first part rather than after."""
    places = range(len(outcomes))
    order = [*reversed(places[len(places) - follow_ups :]), *places[: len(places) - follow_ups]]
    taken: set[tuple[str, int]] = set()
    for as_answer in (True, False):
        for part in order:
            for place, candidate in enumerate(_candidates(outcomes[part]), start=1):
                answers = place == 1 and isinstance(outcomes[part], Answered)
                if answers is not as_answer or _key(candidate) in taken:
                    continue
                taken.add(_key(candidate))
                yield QuestionShown(
                    kind=ShownKind(candidate.hit.kind.value),
                    target_id=candidate.hit.ref_id,
                    position=part * PART_STEP + place,
                    score=candidate.hit.score,
                    as_answer=as_answer,
                )


def _candidates(outcome: Outcome) -> tuple[Candidate, ...]:
    if isinstance(outcome, Answered):
        return (outcome.best, *outcome.others)
    return outcome.candidates if isinstance(outcome, Suggested) else ()


def _key(candidate: Candidate) -> tuple[str, int]:
    return candidate.hit.kind.value, candidate.hit.ref_id


def _written(text: str, outcome: Answered) -> Reply:
    hit = outcome.best.hit
    is_article = hit.kind is DocKind.ARTICLE
    return Reply(
        article_id=hit.ref_id if is_article else None,
        source_question_id=None if is_article else hit.ref_id,
        body=_quoted(text, outcome.best),
        confidence=outcome.confidence,
    )


def _quoted(text: str, best: Candidate) -> str:
    """What of the source is shown; an entry of a title alone is named as it is."""
    if best.titles_only:
        return TITLE_ANSWER.format(title=best.title)
    return compose(text, best.body)


def _hand_over(
    ports: Ports, session: Session, viewer: Viewer, question: Question, handed: HandOver
) -> None:
    """The ticket at once, with a note for whoever takes it."""
    question.reason = handed.why.value
    ticket = open_ticket(ports, session, viewer, question, Added())
    add_message(
        session,
        Message(
            ticket_id=ticket.id,
            author_name=ports.config.site_name,
            from_staff=True,
            kind=MessageKind.NOTE,
            body=handed_note(handed),
            client_key=f"handed-{question.public_id}",
        ),
    )
    record(session, viewer, "question.handed_over", f"ticket:{ticket.id}", why=handed.why.value)


def handed_note(handed: HandOver) -> str:
    """What whoever takes it should know first."""
    return _note(handed.why, handed.summary)


def _note(why: Why, summary: Summary) -> str:
    words = "、".join(dict.fromkeys(tone(summary.said[-1]).matched))
    titles = "\n".join(f"- {title}" for title in summary.shown)
    return (
        HANDED_NOTE.format(reason=HANDED_REASONS[why.value])
        + (HANDED_WORDS.format(words=words) if words else "")
        + (HANDED_SHOWN.format(titles=titles) if titles else "")
    )
