"""Retention, hidden keys, and the nightly sorting (O3 K10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from kb_app.insight import upkeep
from kb_app.ports import Ports
from models import Job, JobKind, SearchClick, SearchLog, SearchSource, reading, unit_of_work
from tests.conftest import People
from tests.factories import publish_articles
from tests.factories_insight import at


def log(ports: Ports, key: str, days: int) -> int:
    """A search of some days ago; returns its id."""
    with unit_of_work(ports.database) as session:
        row = SearchLog(
            query="密码",
            source=SearchSource.PAGE,
            searcher_key=key,
            total=1,
            shown=[],
            took_ms=1.0,
            created_at=ports.clock() - timedelta(days=days),
        )
        session.add(row)
        session.flush()
        return row.id


def test_it_forgets_searches_after_the_time_the_site_set(ports: Ports) -> None:
    """O3: 180 days unless set otherwise; clicks go with their searches."""
    [article_id] = publish_articles(ports, ("忘记密码", ""))
    old, kept = log(ports, "s:a", 181), log(ports, "s:a", 179)
    with unit_of_work(ports.database) as session:
        session.add(SearchClick(search_id=old, article_id=article_id, position=1))
    assert upkeep.forget_old_searches(ports) == 1
    with reading(ports.database) as session:
        assert session.scalars(sa.select(SearchLog.id)).all() == [kept]
        assert session.scalars(sa.select(SearchClick.id)).all() == []


def test_it_hashes_keys_from_before_keys_were_hashed(ports: Ports, people: People) -> None:
    """O3: old rows lose their account too; staff stay recognisable as staff."""
    log(ports, people.xiaoai.voter_key, 1)
    log(ports, people.abo.voter_key, 1)
    assert upkeep.hash_clear_keys(ports) == 2
    with reading(ports.database) as session:
        keys = session.scalars(sa.select(SearchLog.searcher_key).order_by(SearchLog.id)).all()
    assert [key[:2] for key in keys] == ["s:", "w:"]
    assert upkeep.hash_clear_keys(ports) == 0


def test_it_sorts_once_a_night(ports: Ports) -> None:
    """K10: between two and six, not twice; a run that died does not block the next night."""
    night = datetime(2026, 11, 22, 19, tzinfo=UTC)
    assert not upkeep.sort_by_night(at(ports, night - timedelta(hours=6)))
    assert upkeep.sort_by_night(at(ports, night))
    assert not upkeep.sort_by_night(at(ports, night + timedelta(minutes=10)))
    with unit_of_work(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.FIND_GAPS)).all()
        assert len(jobs) == 1
        session.execute(sa.delete(Job))
    assert upkeep.sort_by_night(at(ports, night + timedelta(days=1)))
