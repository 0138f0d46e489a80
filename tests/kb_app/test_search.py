"""Finding: words, filters, access, suggestions, and what is left when search is down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.backend import SearchFilter
from indexer.narrowing import DocType, Order
from indexer.search import IndexParts, SearchEngine
from kb_app.articles import home
from kb_app.browsing import browse_category, browse_product
from kb_app.candidates import load
from kb_app.errors import NotFound
from kb_app.ports import Ports
from kb_app.search import DEEPEST_PAGE, SearchForm, find
from kb_app.searchers import searcher_key
from kb_app.suggesting import suggest
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    ArticleStatus,
    Attachment,
    Category,
    CustomerLevel,
    Product,
    SearchLog,
    SearchSource,
    User,
    Viewer,
    level_key,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_article, publish_articles, settle_index
from tests.fakes import MemoryBackend

TITLE = "忘记密码怎么重设"


def _found(ports: Ports, viewer: Viewer, form: SearchForm) -> list[int]:
    return [row.article_id for row in find(ports, viewer, form).rows]


def without_backend(ports: Ports) -> Ports:
    """The same product with its search server gone."""
    backend = MemoryBackend()
    backend.broken = True
    parts = ports.engine.parts
    return replace(ports, engine=SearchEngine(IndexParts(parts.database, backend, parts.encoder)))


def test_it_finds_marks_and_logs(ports: Ports, people: People) -> None:
    """K1: the words are found, marked, and the search is remembered."""
    wanted, _other = publish_articles(
        ports, (TITLE, "点“忘记密码”，按邮件重设。"), ("门锁没电怎么办", "换 4 节电池。")
    )
    page = find(ports, people.xiaoai, SearchForm("  忘记密码\x00 "))
    row = page.rows[0]
    assert (page.query, page.total, page.limited) == ("忘记密码", 1, False)
    assert (row.article_id, row.position) == (wanted, 1)
    assert "".join(part.text for part in row.title) == TITLE
    assert any(part.marked and "密码" in part.text for part in row.title)
    assert sum(reason.share for reason in row.reasons) == pytest.approx(1.0)
    with reading(ports.database) as session:
        log = session.get_one(SearchLog, page.search_id)
        assert (log.query, log.shown, log.source) == ("忘记密码", [wanted], SearchSource.PAGE)
        assert log.searcher_key == searcher_key(ports.config, people.xiaoai, log.created_at)


def test_it_logs_nothing_for_an_empty_search(ports: Ports, people: People) -> None:
    """K10: nothing asked is no knowledge gap."""
    publish_articles(ports, (TITLE, "点忘记密码"))
    page = find(ports, people.xiaoai, SearchForm(" \x00 "))
    assert (page.rows, page.search_id) == ((), None)


def test_it_offers_the_hottest_when_nothing_is_found(ports: Ports, people: People) -> None:
    """K13: an empty result is a way on, not an end."""
    publish_articles(ports, (TITLE, "点忘记密码"))
    page = find(ports, people.xiaoai, SearchForm("量子纠缠"))
    assert (page.rows, page.nearby) == ((), ())
    assert page.search_id is not None


@dataclass(frozen=True)
class Shelves:
    """设备 above 门锁, and a product family above a model; one article at each place."""

    devices: int
    locks: int
    family: int
    model: int
    in_devices: int
    in_locks: int
    elsewhere: int


@pytest.fixture
def shelves(ports: Ports) -> Shelves:
    """Three articles with the same words, filed at different heights of both trees."""
    with unit_of_work(ports.database) as session:
        devices = Category(slug="devices", name="设备")
        family = Product(slug="family", name="智能家居")
        session.add_all([devices, family])
        session.flush()
        locks = Category(slug="locks", name="门锁", parent_id=devices.id)
        model = Product(slug="l1", name="门锁 L1", parent_id=family.id)
        session.add_all([locks, model])
        session.flush()
        high = make_article(session, "电池怎么换（一）", "换电池")
        low = make_article(session, "电池怎么换（二）", "换电池")
        out = make_article(session, "电池怎么换（三）", "换电池")
        high.category_id, high.products = devices.id, [family]
        low.category_id, low.products = locks.id, [model]
        made = Shelves(devices.id, locks.id, family.id, model.id, high.id, low.id, out.id)
    settle_index(ports)
    return made


def test_it_filters_by_category_with_everything_below(
    ports: Ports, people: People, shelves: Shelves
) -> None:
    """K2: a category holds what its sub-categories hold."""

    def within(category: int | None) -> set[int]:
        return set(_found(ports, people.xiaoai, SearchForm("电池", category_id=category)))

    assert within(None) == {shelves.in_devices, shelves.in_locks, shelves.elsewhere}
    assert within(shelves.devices) == {shelves.in_devices, shelves.in_locks}
    assert within(shelves.locks) == {shelves.in_locks}
    assert within(4040) == set()


def test_it_filters_by_product_and_by_both(ports: Ports, people: People, shelves: Shelves) -> None:
    """K2: the second tree works alike, and both together."""

    def within(category: int | None, product: int) -> set[int]:
        form = SearchForm("电池", category_id=category, product_id=product)
        return set(_found(ports, people.xiaoai, form))

    assert within(None, shelves.family) == {shelves.in_devices, shelves.in_locks}
    assert within(None, shelves.model) == {shelves.in_locks}
    assert within(shelves.devices, shelves.family) == {shelves.in_devices, shelves.in_locks}
    assert within(shelves.locks, shelves.model) == {shelves.in_locks}


def test_it_counts_and_lists_both_trees_through(
    ports: Ports, people: People, shelves: Shelves
) -> None:
    """K2: two views of the same articles, counted with everything below."""
    page = home(ports, people.xiaoai)
    assert [(card.slug, card.count) for card in page.categories] == [("devices", 2)]
    assert [(card.slug, card.count) for card in page.products] == [("family", 2)]
    shelf = browse_category(ports, people.xiaoai, "devices", 1)
    assert {card.article_id for card in shelf.cards} == {shelves.in_devices, shelves.in_locks}
    assert browse_product(ports, people.xiaoai, "l1", 99).total == 1
    assert [crumb.slug for crumb in browse_category(ports, people.xiaoai, "locks", 1).path] == [
        "devices"
    ]
    with pytest.raises(NotFound):
        browse_category(ports, people.xiaoai, "no-such", 1)


@pytest.fixture
def tiers(ports: Ports, people: People) -> dict[str, int]:
    """The same words for everybody, for customers, for the gold level and for staff."""
    with unit_of_work(ports.database) as session:
        gold = CustomerLevel(name="金", rank=1)
        session.add(gold)
        session.flush()
        session.get_one(User, people.laochen.user_id).level = gold
        keys = {
            "public": PUBLIC_KEY,
            "customer": CUSTOMER_KEY,
            "gold": level_key(gold.id),
            "staff": STAFF_KEY,
        }
        made = {
            name: make_article(session, f"退款规则（{name}）", "退款怎么算", (key,)).id
            for name, key in keys.items()
        }
    settle_index(ports)
    return made


def _viewer(ports: Ports, user_id: int | None) -> Viewer:
    with reading(ports.database) as session:
        return session.get_one(User, user_id).as_viewer()


def _readers(ports: Ports, people: People) -> list[tuple[Viewer, set[str]]]:
    return [
        (people.passer_by, {"public"}),
        (people.xiaoai, {"public", "customer"}),
        (_viewer(ports, people.laochen.user_id), {"public", "customer", "gold"}),
        (people.abo, {"public", "customer", "staff"}),
    ]


Way = Callable[[Ports, Viewer], set[int]]


def _by_rows(ports: Ports, viewer: Viewer) -> set[int]:
    return set(_found(ports, viewer, SearchForm("退款")))


def _by_suggestions(ports: Ports, viewer: Viewer) -> set[int]:
    return {row.article_id for row in suggest(ports, viewer, "退款").rows}


def _by_home(ports: Ports, viewer: Viewer) -> set[int]:
    page = home(ports, viewer)
    found = {card.article_id for card in page.newest}
    assert page.article_count == len(found)
    return found


@pytest.mark.parametrize("way", [_by_rows, _by_suggestions, _by_home])
def test_it_never_shows_what_may_not_be_read(
    ports: Ports, people: People, tiers: dict[str, int], way: Way
) -> None:
    """K11: in rows, suggestions, lists and counts alike, for every tier."""
    for viewer, names in _readers(ports, people):
        assert way(ports, viewer) == {tiers[name] for name in names}


def test_it_tells_only_the_readable_number(
    ports: Ports, people: People, tiers: dict[str, int]
) -> None:
    """K11: a total does not give away that there is more."""
    assert find(ports, people.passer_by, SearchForm("退款")).total == 1


@pytest.mark.parametrize("hide", ["archive", "delete", "lock"])
def test_it_hides_at_once_what_the_index_still_has(ports: Ports, people: People, hide: str) -> None:
    """K11: text leaves only after the database confirmed the right to read it."""
    [article_id] = publish_articles(ports, (TITLE, "点忘记密码"))
    with unit_of_work(ports.database) as session:
        article = session.get_one(Article, article_id)
        if hide == "archive":
            article.status = ArticleStatus.ARCHIVED
        elif hide == "delete":
            article.deleted_at = utcnow()
        else:
            article.access[0].key = STAFF_KEY
    assert _found(ports, people.xiaoai, SearchForm(TITLE)) == []
    assert suggest(ports, people.xiaoai, TITLE).rows == ()
    hits = ports.engine.suggest(TITLE, SearchFilter(people.xiaoai.keys), 5)
    assert hits
    assert load(ports, people.xiaoai, hits) == ()


def test_it_suggests_from_half_a_word(ports: Ports, people: People) -> None:
    """K1: suggestions appear while typing, numbered, with a snippet."""
    [wanted, _] = publish_articles(ports, (TITLE, "点“忘记密码”"), ("门锁没电", "换电池"))
    for typed in ("忘", "忘记", "wangji"):
        rows = suggest(ports, people.passer_by, typed).rows
        assert [row.article_id for row in rows] == [wanted]
        assert rows[0].position == 1
    assert suggest(ports, people.passer_by, "").rows == ()
    with reading(ports.database) as session:
        assert session.scalars(sa.select(SearchLog)).all() == []


def test_it_shows_a_limited_page_when_the_backend_is_down(ports: Ports, people: People) -> None:
    """K1 O1: a lost search server limits the page, it never breaks it."""
    publish_articles(ports, (TITLE, "点忘记密码"))
    down = without_backend(ports)
    page = find(down, people.xiaoai, SearchForm(TITLE))
    assert page.limited
    assert page.rows == ()
    # Not a search without a result: that would become a gap in the knowledge (K10).
    assert page.search_id is None
    assert suggest(down, people.xiaoai, TITLE).rows == ()


def test_it_keeps_pages_within_bounds(ports: Ports, people: People) -> None:
    """K1: page numbers from an address bar are only numbers."""
    publish_articles(ports, *((f"密码问题 {number}", "密码") for number in range(13)))
    first = find(ports, people.xiaoai, SearchForm("密码", page=-5))
    second = find(ports, people.xiaoai, SearchForm("密码", page=2))
    beyond = find(ports, people.xiaoai, SearchForm("密码", page=10**9))
    assert (first.page, first.pages, len(first.rows)) == (1, 2, 10)
    assert (second.rows[0].position, len(second.rows)) == (11, 3)
    assert (beyond.page, beyond.rows) == (DEEPEST_PAGE, ())
    ids = {row.article_id for row in (*first.rows, *second.rows)}
    assert len(ids) == 13


def test_it_filters_by_type_and_date(ports: Ports, people: People) -> None:
    """K2 K7: articles with a PDF, and what changed this week; each can be taken back alone."""
    old, filed = publish_articles(ports, ("电池怎么换", "换电池"), ("电池型号", "电池"))
    with unit_of_work(ports.database) as session:
        session.get_one(Article, old).updated_at = utcnow() - timedelta(days=60)
        sheet = {"sha256": "0" * 64, "media_type": "application/pdf", "size": 1}
        session.add(Attachment(article_id=filed, filename="电池.pdf", **sheet))
    fresh = replace(ports, engine=SearchEngine(ports.engine.parts))
    assert _found(fresh, people.xiaoai, SearchForm("电池", days=7)) == [filed]
    assert _found(fresh, people.xiaoai, SearchForm("电池", doc_type=DocType.PDF)) == [filed]
    newest = SearchForm("电池", order=Order.NEWEST)
    assert _found(fresh, people.xiaoai, newest) == [filed, old]
    page = find(fresh, people.xiaoai, SearchForm("电池", days=365, doc_type=DocType.PDF))
    assert [(chip.name, chip.label) for chip in page.chips] == [("type", "pdf"), ("days", "365")]
    days = next(facet for facet in page.facets if facet.name == "days")
    assert [(value.value, value.count) for value in days.values] == [
        ("7", 1),
        ("30", 1),
        ("365", 1),
    ]


def test_it_sends_readers_to_the_part_that_answers(ports: Ports, people: People) -> None:
    """K2: a long article answers with a passage and the heading above it."""
    body = "前言。" * 120 + "\n\n## 恢复出厂\n\n长按重置键十秒。"
    publish_articles(ports, ("门锁说明书", body))
    [row] = find(ports, people.xiaoai, SearchForm("门锁 重置键")).rows
    assert (row.anchor, row.heading) == ("恢复出厂", "恢复出厂")
    assert "重置键" in "".join(part.text for part in row.passage)


@settings(max_examples=60)
@given(text=st.text(max_size=80))
def test_it_answers_any_text_with_a_page(ports: Ports, people: People, text: str) -> None:
    """K1: nothing typed into the box raises."""
    page = find(ports, people.passer_by, SearchForm(text))
    assert page.total >= len(page.rows)
    suggest(ports, people.passer_by, text)
