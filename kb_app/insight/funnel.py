"""From searching to a person: every stage with its number, its share and who it counts.

Searched, found, opened and rated count searches and votes; the rest count questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.cards import Choice
from kb_app.insight import asked as questions
from kb_app.insight.asked import Asked, Ending, Offer, read_asked
from kb_app.insight.calibration import Calibration, calibrate
from kb_app.insight.comparison import compared
from kb_app.insight.effect import Effect
from kb_app.insight.intervals import Share, share
from kb_app.insight.period import Period, Wanted, period_of
from kb_app.insight.search_rows import MOST, read_log
from kb_app.insight.visits import Visit
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.searchers import key_of
from kb_app.trees import Tree
from models import Article, Viewer, Vote, reading


class Stage(StrEnum):
    """The stages in their order."""

    SEARCHED = "searched"
    FOUND = "found"
    OPENED = "opened"
    RATED = "rated"
    ASKED = "asked"
    ANSWERED = "answered"
    SUGGESTED = "suggested"
    SOLVED = "solved"
    SILENT = "silent"
    TICKET = "ticket"


@dataclass(frozen=True)
class Step:
    """A stage with its number; `share` is of the stage `of`, None for the first of a row."""

    stage: Stage
    count: int
    of: Stage | None
    share: Share | None


@dataclass(frozen=True)
class Votes:
    """有用 and 没用 given in the period."""

    helpful: int
    unhelpful: int


@dataclass(frozen=True)
class FunnelPage:
    """The funnel of a period, the effect measured by comparison, and the calibration.

    `cut` is how many searches or questions were read when there were more.
    """

    period: Period
    category_id: int | None
    categories: tuple[Choice, ...]
    steps: tuple[Step, ...]
    votes: Votes
    after_search: Share
    settled: Share
    answers: Calibration
    suggestions: Calibration
    effect: Effect | None
    cut: int


def funnel_page(ports: Ports, viewer: Viewer, wanted: Wanted) -> FunnelPage:
    """Everything on the funnel page."""
    require(viewer, Permission.INSIGHT)
    period = period_of(wanted, ports.clock(), ZoneInfo(ports.config.timezone))
    with reading(ports.database) as session:
        tree = trees.categories(session)
        known = wanted.category_id
        known = known if known is not None and known in tree else None
        log = read_log(session, viewer, period)
        made = log.of_category(tree, known)
        asked = read_asked(session, period, tree, known)
        votes = _votes(session, period, tree, known)
        effect = compared(ports, session, period)
    told = [each for each in asked if each.ending is not Ending.SILENT]
    return FunnelPage(
        period=period,
        category_id=known,
        categories=tree.short_choices(known),
        steps=steps(made, votes, asked),
        votes=votes,
        after_search=_after_search(ports, log.visits, asked),
        settled=share(sum(each.ending is Ending.SOLVED for each in told), len(told)),
        answers=calibrate(asked, Offer.ANSWER),
        suggestions=calibrate(asked, Offer.SUGGESTIONS),
        effect=effect,
        cut=MOST if log.cut or len(asked) == questions.MOST else 0,
    )


def steps(made: Sequence[Visit], votes: Votes, asked: Sequence[Asked]) -> tuple[Step, ...]:
    """The stages from what happened. Pure."""
    offers = [each.offer for each in asked]
    endings = [each.ending for each in asked]
    counts = {
        Stage.SEARCHED: len(made),
        Stage.FOUND: sum(visit.found > 0 for visit in made),
        Stage.OPENED: sum(bool(visit.clicks) for visit in made),
        Stage.RATED: votes.helpful + votes.unhelpful,
        Stage.ASKED: len(asked),
        Stage.ANSWERED: offers.count(Offer.ANSWER),
        Stage.SUGGESTED: offers.count(Offer.SUGGESTIONS),
        Stage.SOLVED: endings.count(Ending.SOLVED),
        Stage.SILENT: endings.count(Ending.SILENT),
        Stage.TICKET: endings.count(Ending.TICKET),
    }
    return tuple(
        Step(
            stage,
            count,
            OF.get(stage),
            share(count, counts[OF[stage]]) if stage in OF and counts[OF[stage]] else None,
        )
        for stage, count in counts.items()
    )


OF = {
    Stage.FOUND: Stage.SEARCHED,
    Stage.OPENED: Stage.FOUND,
    Stage.ANSWERED: Stage.ASKED,
    Stage.SUGGESTED: Stage.ASKED,
    Stage.SOLVED: Stage.ASKED,
    Stage.SILENT: Stage.ASKED,
    Stage.TICKET: Stage.ASKED,
}


def _votes(session: Session, period: Period, tree: Tree, category_id: int | None) -> Votes:
    query = (
        sa.select(Vote.value, sa.func.count())
        .join(Article, Article.id == Vote.article_id)
        .where(Vote.updated_at >= period.start, Vote.updated_at < period.end)
        .group_by(Vote.value)
    )
    if category_id is not None:
        query = query.where(Article.category_id.in_(sorted(tree.below(category_id))))
    counts = {int(value): int(count) for value, count in session.execute(query)}
    return Votes(counts.get(1, 0), counts.get(-1, 0))


def _after_search(ports: Ports, made: Sequence[Visit], asked: Sequence[Asked]) -> Share:
    """Of the people who searched, those who also asked in the same month."""
    searched = {visit.person for visit in made}
    askers = {key_of(ports.config, each.asker_key, each.created_at) for each in asked}
    return share(len(searched & askers), len(searched))
