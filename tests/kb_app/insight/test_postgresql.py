"""The same questions to the other database (O1 K10 T10)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb_app import bootstrap
from kb_app.config import Config
from kb_app.escalation import Escalation, escalate
from kb_app.insight import finding, mending, upkeep
from kb_app.insight.funnel import funnel_page
from kb_app.insight.gaps import gaps_page
from kb_app.insight.period import Wanted
from kb_app.insight.searches import searches_page
from kb_app.insight.stages import stage_page
from models import (
    GapRun,
    GapStatus,
    Job,
    JobKind,
    Role,
    reading,
    unit_of_work,
    visitor,
)
from tests.conftest import SECRET
from tests.factories import make_user, publish_articles, settle_index
from tests.factories_insight import asked, searching


@pytest.mark.server
def test_it_tells_the_same_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """O1: log, funnel, comparison, gaps and upkeep from PostgreSQL."""
    config = Config(
        data_dir=tmp_path,
        database_url=postgres_url,
        secret_key=SECRET,
        encoder="none",
        mail_url=f"file://{tmp_path}/mail",
        holdout_share=0.5,
        holdout_minimum=0,
    )
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    with unit_of_work(ports.database) as session:
        lead = make_user(session, "周组长", Role.LEAD).as_viewer()
    [article_id] = publish_articles(ports, ("门锁左右换向", "松开螺丝，把锁体转过来。"))
    for person in "ab":
        searching(ports, person, "锁装反啦")
    for number, person in enumerate("abcdef"):
        public_id = asked(ports, visitor(person), "鱼缸加热棒多少瓦", str(number))
        escalate(ports, visitor(person), public_id, Escalation("", ""))
    assert searches_page(ports, lead, Wanted()).totals.searches == 2
    page = funnel_page(ports, lead, Wanted())
    assert page.effect is not None
    assert stage_page(ports, lead, "ticket", Wanted(), 1).total == 6
    finding.find_gaps(ports)
    cards = gaps_page(ports, lead, "open", 1).cards
    by_title = {card.title: card.gap_id for card in cards}
    mending.phrase(ports, lead, by_title["锁装反啦"])
    settle_index(ports)
    settle_index(ports)
    upkeep.upkeep(ports)
    closed = gaps_page(ports, lead, GapStatus.CLOSED, 1).cards
    assert [card.article.article_id for card in closed if card.article] == [article_id]
    bootstrap.close(ports)


@pytest.mark.server
def test_it_sorts_once_for_six_who_ask_at_once(postgres_url: str, tmp_path: Path) -> None:
    """O2 K10: one run, one job, and none that stays open."""
    config = Config(
        data_dir=tmp_path,
        database_url=postgres_url,
        secret_key=SECRET,
        encoder="none",
        mail_url=f"file://{tmp_path}/mail",
    )
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    with unit_of_work(ports.database) as session:
        lead = make_user(session, "周组长", Role.LEAD).as_viewer()
    with ThreadPoolExecutor(6) as six:
        for done in [six.submit(mending.announce, ports, lead) for _ in range(6)]:
            done.result()
    with reading(ports.database) as session:
        assert session.query(GapRun).count() == 1
        assert session.query(Job).filter_by(kind=JobKind.FIND_GAPS).count() == 1
    finding.find_gaps(ports)
    with reading(ports.database) as session:
        assert session.query(GapRun).filter_by(finished_at=None).count() == 0
    bootstrap.close(ports)
