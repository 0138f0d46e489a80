"""What nobody could answer lately: searches that led nowhere, abstentions, 没用 votes, tickets.

Every reader of insight sees all of it, so words that belong to articles open only to some
levels or groups are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.analysis import normalize
from kb_app import trees
from kb_app.holdout import HELD_OUT
from kb_app.insight.asked import Asked, Ending, Offer, read_asked
from kb_app.insight.period import Period, Wanted, period_of
from kb_app.insight.search_rows import Log, read_log
from kb_app.insight.visits import Visit, people_in
from kb_app.ports import Ports
from kb_app.searchers import key_of
from kb_app.typed_text import says_something
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    ArticleStatus,
    GapMember,
    GapSource,
    Role,
    SearchClick,
    SearchLog,
    Ticket,
    Viewer,
    Vote,
)

DAYS = 90
SHORTEST = 2
SEVERAL = 2
LONGEST = 400
# What every reader of insight may see, whatever their own levels and groups.
ANY_STAFF = Viewer(Role.AGENT, None, "", frozenset({PUBLIC_KEY, CUSTOMER_KEY, STAFF_KEY}))


@dataclass(frozen=True)
class Event:
    """One time that somebody got nothing useful."""

    text: str
    person: str
    at: datetime
    source: GapSource
    question_id: int | None = None
    category_id: int | None = None
    was_answered: bool = False


@dataclass
class Wording:
    """Everything that came in one wording."""

    text: str
    key: str
    events: list[Event] = field(default_factory=list)

    @property
    def people(self) -> int:
        """Different people; searchers' keys change monthly and are counted in the fullest month."""
        months: dict[tuple[int, int], set[str]] = {}
        for event in self.events:
            months.setdefault((event.at.year, event.at.month), set()).add(event.person)
        return max(map(len, months.values()), default=0)

    @property
    def source(self) -> GapSource:
        """The weightiest source."""
        found = {event.source for event in self.events}
        return next(source for source in WEIGHTIEST if source in found)


WEIGHTIEST = (GapSource.TICKET, GapSource.QUESTION, GapSource.VOTE, GapSource.SEARCH)


def text_key(text: str) -> str:
    """The same for wordings that differ in case, width, script or spaces only."""
    normal = "".join(normalize(text).split()).strip("?？。.！!，,")
    return hashlib.blake2b(normal.encode("utf-8", "ignore"), digest_size=16).hexdigest()


def wordings(session: Session, ports: Ports) -> list[Wording]:
    """What is unmet of the last DAYS, by wording, the most frequent first."""
    zone = ZoneInfo(ports.config.timezone)
    period = period_of(Wanted(DAYS), ports.clock(), zone)
    asked = read_asked(session, period, trees.categories(session), None)
    log = read_log(session, ANY_STAFF, period)
    events = [
        *_searches(log),
        *_questions(asked, _turned_into_articles(session)),
        *_votes(session, ports, period, log.hidden),
        *_other_tickets(session, period),
    ]
    return grouped(events, _answered(session))


def grouped(events: Iterable[Event], answered: dict[str, datetime]) -> list[Wording]:
    """Events by wording; those from before their wording was answered are left out. Pure."""
    found: dict[str, Wording] = {}
    for event in events:
        text = " ".join(event.text.split())[:LONGEST]
        if len(text) < SHORTEST or not says_something(text):
            continue
        key = text_key(text)
        since = answered.get(key)
        if since is None or event.at > since:
            wording = found.setdefault(key, Wording(text, key))
            wording.events.append(event)
            wording.text = min(wording.text, text, key=len)
    return sorted(found.values(), key=lambda each: (-len(each.events), each.text))


def _searches(log: Log) -> list[Event]:
    """Searches without a result, and those whose results several people all left alone."""
    groups: dict[str, list[Visit]] = {}
    for visit in log.visits:
        groups.setdefault(visit.normal, []).append(visit)
    return [
        Event(visit.query, visit.person, visit.at, GapSource.SEARCH)
        for group in groups.values()
        if not log.is_protected(group)
        for visit in group
        if visit.found == 0 or _is_left_alone(group)
    ]


def _is_left_alone(group: list[Visit]) -> bool:
    return people_in(group) >= SEVERAL and not any(visit.clicks for visit in group)


def _questions(asked: Iterable[Asked], written: set[str]) -> list[Event]:
    """Questions without an answer that helped; a ticket that became an article is met."""
    return [
        Event(
            each.text,
            each.asker_key,
            each.created_at,
            GapSource.TICKET if each.ending is Ending.TICKET else GapSource.QUESTION,
            each.id,
            each.category_id,
            each.offer is Offer.ANSWER,
        )
        for each in asked
        if _is_unmet(each) and each.ticket not in written
    ]


def _is_unmet(each: Asked) -> bool:
    if each.reason == HELD_OUT or each.ending is Ending.SOLVED:
        return False
    return each.ending is Ending.TICKET or each.offer is not Offer.ANSWER


def _turned_into_articles(session: Session) -> set[str]:
    rows = session.scalars(
        sa.select(Ticket.number)
        .join(Article, Article.source_ticket_id == Ticket.id)
        .where(Article.status == ArticleStatus.PUBLISHED, Article.deleted_at.is_(None))
    )
    return {number for number in rows if number}


def _votes(session: Session, ports: Ports, period: Period, hidden: frozenset[int]) -> list[Event]:
    """没用: what the voter had searched for when they came, else why, else the title."""
    found = session.execute(
        sa.select(Vote, Article.title, Article.category_id)
        .join(Article, Article.id == Vote.article_id)
        .where(Vote.value == -1, Vote.updated_at >= period.start, Vote.updated_at < period.end)
    )
    rows = [row for row in found if row[0].article_id not in hidden]
    searched = _searched_for(session, {vote.article_id for vote, _, _ in rows}, period)
    events = []
    for vote, title, category_id in rows:
        key = key_of(ports.config, vote.voter_key, vote.updated_at)
        text = searched.get((vote.article_id, key)) or vote.reason or title
        person, at = vote.voter_key, vote.updated_at
        events.append(Event(text, person, at, GapSource.VOTE, None, category_id, True))
    return events


def _searched_for(
    session: Session, article_ids: set[int], period: Period
) -> dict[tuple[int, str], str]:
    rows = session.execute(
        sa.select(SearchClick.article_id, SearchLog.searcher_key, SearchLog.query)
        .join(SearchLog, SearchLog.id == SearchClick.search_id)
        .where(
            SearchClick.article_id.in_(article_ids),
            SearchLog.created_at >= period.start - timedelta(days=1),
        )
        .order_by(SearchClick.id)
    )
    return {(row.article_id, row.searcher_key): row.query for row in rows}


def _other_tickets(session: Session, period: Period) -> list[Event]:
    """Tickets that did not begin as a question here."""
    rows = session.scalars(
        sa.select(Ticket).where(
            Ticket.question_id.is_(None),
            Ticket.created_at >= period.start,
            Ticket.created_at < period.end,
            Ticket.number.not_in(_turned_into_articles(session)),
        )
    )
    return [
        Event(
            ticket.subject,
            ticket.requester_key,
            ticket.created_at,
            GapSource.TICKET,
            None,
            ticket.category_id,
        )
        for ticket in rows
    ]


def _answered(session: Session) -> dict[str, datetime]:
    """When each wording was last answered by an article written for it."""
    rows = session.execute(
        sa.select(GapMember.text_key, sa.func.max(GapMember.answered_at))
        .where(GapMember.answered_at.is_not(None))
        .group_by(GapMember.text_key)
    )
    return {key: at for key, at in rows if at is not None}
