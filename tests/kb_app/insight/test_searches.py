"""The analysis of searches as leads see it (K10 O3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from kb_app import articles
from kb_app.errors import NotAllowed
from kb_app.insight.period import Wanted
from kb_app.insight.searches import searches_page
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from kb_app.usage import Origin
from models import CUSTOMER_KEY, PUBLIC_KEY, Article, SearchLog, Viewer, reading, unit_of_work
from models import visitor as visiting
from tests.conftest import People
from tests.factories import make_article, publish_articles, settle_index
from tests.factories_insight import at, searching

MINUTE = timedelta(minutes=1)


@pytest.fixture
def article(ports: Ports) -> Article:
    """The one article of this base."""
    [article_id] = publish_articles(ports, ("忘记密码怎么办", "在登录页点忘记密码"))
    with reading(ports.database) as session:
        return session.get_one(Article, article_id)


def test_it_counts_searches_clicks_places_and_waiting(
    ports: Ports, lead: Viewer, article: Article
) -> None:
    """K10: queries, zero hits, reformulations, clicks with position, time to click."""
    page = searching(ports, "a", "忘记密码", MINUTE)
    origin = Origin(page.search_id or 0, 1)
    opened = at(ports, ports.clock() - MINUTE + timedelta(seconds=20))
    articles.read(opened, visiting("a"), article.slug, origin)
    searching(ports, "b", "忘记密码", 10 * MINUTE)
    searching(ports, "b", "zzzz", 9 * MINUTE)
    found = searches_page(ports, lead, Wanted(7))
    totals = found.totals
    assert (totals.searches, totals.people, totals.opened) == (3, 2, 1)
    assert (totals.empty, totals.reformulated, totals.position) == (1, 1, 1.0)
    assert totals.seconds == pytest.approx(20, abs=1)
    assert [(row.text, row.searches, row.people) for row in found.queries] == [
        ("忘记密码", 2, 2),
        ("zzzz", 1, 1),
    ]
    assert [row.text for row in found.empty] == ["zzzz"]
    assert [(row.before, row.after) for row in found.rewordings] == [("忘记密码", "zzzz")]
    assert sum(day.searches for day in found.days) == 3


def test_it_keeps_no_account_and_no_address_in_the_log(
    ports: Ports, people: People, article: Article
) -> None:
    """O3: the log has a hash that is another one next month."""
    find(ports, people.xiaoai, SearchForm("密码"))
    find(at(ports, ports.clock() + timedelta(days=40)), people.xiaoai, SearchForm("密码"))
    with reading(ports.database) as session:
        first, second = session.scalars(sa.select(SearchLog.searcher_key)).all()
    assert first != second
    assert people.xiaoai.voter_key not in first


def test_it_leaves_out_what_staff_search(ports: Ports, lead: Viewer, people: People) -> None:
    """K10: agents looking things up are not customers."""
    find(ports, people.abo, SearchForm("密码"))
    assert searches_page(ports, lead, Wanted()).totals.searches == 0


def test_it_hides_words_that_only_found_what_the_reader_may_not_see(
    ports: Ports, lead: Viewer
) -> None:
    """K11 K10: the words of hidden articles stay hidden here too."""
    with unit_of_work(ports.database) as session:
        make_article(session, "金卡专属折扣", "九折", keys=("level:9",))
    settle_index(ports)
    golden = replace(visiting("gold"), keys=frozenset({PUBLIC_KEY, CUSTOMER_KEY, "level:9"}))
    find(ports, golden, SearchForm("金卡专属折扣"))
    page = searches_page(ports, lead, Wanted())
    assert (page.totals.searches, page.queries, page.hidden) == (1, (), 1)


def test_it_belongs_to_leads_and_content_managers(ports: Ports, people: People) -> None:
    """K10 O3: an agent may not, a content manager may."""
    with pytest.raises(NotAllowed):
        searches_page(ports, people.abo, Wanted())
    assert searches_page(ports, people.linzhixia, Wanted()).totals.searches == 0


def test_it_mends_odd_periods(ports: Ports, lead: Viewer) -> None:
    """K10: dates the wrong way round, in the future, of a thousand years."""
    today = ports.clock().date()
    wanted = Wanted(first=today + timedelta(days=900), last=date(1990, 1, 1))
    period = searches_page(ports, lead, wanted).period
    assert period.last <= today + timedelta(days=1)
    assert len(period.dates) <= 366
    assert searches_page(ports, lead, Wanted(days=13)).period.days == 30
