"""Nothing hidden shows through a search, whatever is asked and whoever asks (K11)."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

import pytest

from indexer.narrowing import DAYS, DocType, Order
from kb_app.ports import Ports
from kb_app.search import SearchForm, SearchPage, find
from kb_app.suggesting import hot_queries, insertable, suggest
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Category,
    Product,
    SearchLog,
    SearchSource,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_article, settle_index

WORDS = ("退款", "密码", "门锁", "电池", "发票")
KEYS = (PUBLIC_KEY, CUSTOMER_KEY, STAFF_KEY)


@dataclass(frozen=True)
class Hidden:
    """An article, the word that is only in it, its shelf, and who may read it."""

    article_id: int
    secret: str
    category: str
    category_id: int
    keys: frozenset[str]


def _random_base(ports: Ports, chosen: random.Random) -> list[Hidden]:
    """Articles with random words, shelves and readers; every shelf's name is a word of its own."""
    made = []
    with unit_of_work(ports.database) as session:
        shelves = [Category(slug=f"c{n}", name=f"类别甲{n}乙") for n in range(4)]
        goods = [Product(slug=f"p{n}", name=f"产品丙{n}丁") for n in range(3)]
        session.add_all([*shelves, *goods])
        session.flush()
        for number in range(16):
            words, secret = chosen.sample(WORDS, 2), f"zq{number}x"
            keys = tuple(chosen.sample(KEYS, chosen.randint(1, 2)))
            body = f"{words[0]}怎么办，{words[1]}也一样。暗号{secret}。"
            article = make_article(session, f"{words[0]}说明 {secret}", body, keys)
            shelf = chosen.choice(shelves)
            article.category_id, article.products = shelf.id, [chosen.choice(goods)]
            place = (shelf.name, shelf.id, frozenset(keys))
            made.append(Hidden(article.id, secret, *place))
    settle_index(ports)
    return made


def _forms(chosen: random.Random, base: list[Hidden]) -> list[SearchForm]:
    texts = [*WORDS, "退款密码门锁", *(each.secret for each in chosen.sample(base, 4))]
    forms = [SearchForm(text) for text in texts]
    for text, order in itertools.product(WORDS[:2], Order):
        category = chosen.choice(base).category_id
        forms.append(SearchForm(text, category_id=category, order=order))
    forms.append(SearchForm("电池", days=DAYS[0], doc_type=DocType.ARTICLE))
    return forms


def _counts(page: SearchPage, name: str) -> dict[str, int]:
    return {
        value.label: value.count
        for facet in page.facets
        if facet.name == name
        for value in (*facet.above, *facet.values, *facet.more)
    }


@pytest.mark.parametrize("seed", range(3))
def test_it_leaks_nothing(ports: Ports, people: People, seed: int) -> None:
    """K11: rows, totals, facets, marks, suggestions: as if the hidden did not exist."""
    chosen = random.Random(seed)
    base = _random_base(ports, chosen)
    for viewer in (people.passer_by, people.xiaoai, people.abo):
        hidden = [each for each in base if not each.keys & viewer.keys]
        readable = [each for each in base if each.keys & viewer.keys]
        for form in _forms(chosen, base):
            page = find(ports, viewer, form)
            _no_secret(hidden, form.text, repr((page.rows, page.nearby, page.facets)))
            assert page.total <= len(readable)
            for name, count in _counts(page, "category").items():
                assert 0 <= count <= sum(each.category == name for each in readable)
            suggested = suggest(ports, viewer, form.text, 6)
            _no_secret(hidden, form.text, repr(suggested.rows))


def _no_secret(hidden: list[Hidden], typed: str, shown: str) -> None:
    for each in hidden:
        assert f"article_id={each.article_id}," not in shown
        assert each.secret not in shown.replace(typed, "") or each.secret in typed


def test_it_counts_by_facet_what_pressing_it_shows(ports: Ports, people: People) -> None:
    """K2 K11: the number beside a facet is the number of results behind it."""
    _random_base(ports, random.Random(9))
    for viewer in (people.passer_by, people.abo):
        page = find(ports, viewer, SearchForm("退款"))
        for facet in page.facets:
            for value in (*facet.values, *facet.more):
                assert find(ports, viewer, _pressed(facet.name, value.value)).total == value.count


def _pressed(name: str, value: str) -> SearchForm:
    if name == "category":
        return SearchForm("退款", category_id=int(value))
    if name == "product":
        return SearchForm("退款", product_id=int(value))
    if name == "type":
        return SearchForm("退款", doc_type=DocType(value))
    return SearchForm("退款", days=int(value))


def test_it_makes_no_query_hot_that_finds_only_hidden_things(ports: Ports, people: People) -> None:
    """K11: what insiders search for is not offered to everybody."""
    with unit_of_work(ports.database) as session:
        make_article(session, "裁员安排通知", "内部", (STAFF_KEY,))
        make_article(session, "忘记密码怎么办", "点忘记密码")
        session.add_all(
            SearchLog(
                query=query,
                source=SearchSource.PAGE,
                searcher_key=f"v:person-{number}",
                total=1,
                shown=[],
                took_ms=1.0,
            )
            for number in range(4)
            for query in ("裁员安排", "忘记密码")
        )
    settle_index(ports)
    assert hot_queries(ports) == ("忘记密码",)
    assert suggest(ports, people.passer_by, " ").hot == ("忘记密码",)


def test_it_tells_an_agent_what_the_customer_could_read(ports: Ports, people: People) -> None:
    """K11: an internal article is found by the agent and marked, never offered for a reply."""
    with unit_of_work(ports.database) as session:
        make_article(session, "退款规则", "退款怎么算", (CUSTOMER_KEY,))
        make_article(session, "退款审批", "退款由组长批", (STAFF_KEY,))
    settle_index(ports)
    rows = insertable(ports, people.abo, "退款").rows
    titles = {"".join(part.text for part in row.title): row.for_customers for row in rows}
    assert titles == {"退款规则": True, "退款审批": False}
