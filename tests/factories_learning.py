"""Making what the site learns from: votes set aside, changes."""

from __future__ import annotations

from datetime import timedelta

from kb_app.ports import Ports
from kb_app.vote_watch import Why
from models import (
    LearnedChange,
    LearnedKind,
    LearnedState,
    Vote,
    VotePass,
    VoteStanding,
    unit_of_work,
    utcnow,
)


def hold_vote(ports: Ports, article_id: int, why: Why = Why.ARTICLE) -> None:
    """One vote that was set aside."""
    with unit_of_work(ports.database) as session:
        session.add(
            Vote(
                article_id=article_id,
                voter_key="v:held",
                value=1,
                state=VoteStanding.HELD,
                held_why=why.value,
            )
        )


def give_pass(ports: Ports, article_id: int) -> None:
    """Votes on this article count for a week, however many come at a time."""
    with unit_of_work(ports.database) as session:
        session.add(
            VotePass(
                why=Why.ARTICLE.value, article_id=article_id, until=utcnow() + timedelta(days=7)
            )
        )


def propose_wording(ports: Ports, article_id: int, text: str = "门锁换电池要怎么弄") -> int:
    """A wording that waits for an editor; returns its number."""
    with unit_of_work(ports.database) as session:
        change = LearnedChange(
            kind=LearnedKind.PHRASING,
            state=LearnedState.PROPOSED,
            article_id=article_id,
            after={"phrasing": text},
            evidence={"people": 2, "questions": [1, 2], "sources": ["solved"]},
        )
        session.add(change)
        session.flush()
        return change.id
