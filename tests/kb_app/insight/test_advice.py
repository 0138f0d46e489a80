"""What should be done about an article, and why (K10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kb_app.insight.advice import ADVICE, Advice, Facts, Reason, judge
from kb_app.insight.intervals import share

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FINE = Facts(
    length=400,
    has_files=False,
    views=50,
    searches=20,
    position=1.5,
    rating=share(18, 20),
    tickets=0,
    has_twin=False,
    review_by=None,
    published_at=NOW - timedelta(days=30),
    updated_at=NOW - timedelta(days=30),
)


def test_it_leaves_a_good_article_alone() -> None:
    """K10: not everything is work."""
    assert judge(FINE, NOW) is Reason.FINE
    assert ADVICE[Reason.FINE] is Advice.KEEP


@pytest.mark.parametrize(
    ("facts", "advice", "reason"),
    [
        ({"review_by": NOW}, Advice.UPDATE, Reason.REVIEW_DUE),
        ({"rating": share(2, 15)}, Advice.UPDATE, Reason.DISLIKED),
        ({"tickets": 5}, Advice.UPDATE, Reason.TICKETS),
        ({"has_twin": True}, Advice.MERGE, Reason.TWIN),
        ({"length": 20}, Advice.WRITE, Reason.SHORT),
        ({"position": 6.0}, Advice.WRITE, Reason.LOW),
        (
            {"views": 0, "searches": 0, "published_at": NOW - timedelta(days=200)},
            Advice.RETIRE,
            Reason.UNUSED,
        ),
        ({"updated_at": NOW - timedelta(days=400)}, Advice.UPDATE, Reason.OLD),
    ],
)
def test_it_says_what_and_why(facts: dict[str, Any], advice: Advice, reason: Reason) -> None:
    """K10: update, merge, write or retire, each with its reason."""
    found = judge(replace(FINE, **facts), NOW)
    assert (ADVICE[found], found) == (advice, reason)


@pytest.mark.parametrize(
    "facts",
    [
        {"rating": share(0, 2)},
        {"rating": share(10, 20)},
        {"tickets": 2},
        {"tickets": 3, "searches": 100},
        {"length": 20, "has_files": True},
        {"position": 9.0, "searches": 2},
        {"views": 0, "searches": 0},
    ],
)
def test_it_claims_nothing_from_little(facts: dict[str, Any]) -> None:
    """K10: few votes, few tickets, a young article or a file are no reason."""
    assert judge(replace(FINE, **facts), NOW) is Reason.FINE
