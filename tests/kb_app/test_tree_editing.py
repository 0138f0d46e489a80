"""Arranging categories and products: nothing is lost, old addresses lead to the new (K2)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_app import trees
from kb_app.browsing import browse_category, browse_product, hottest
from kb_app.errors import InvalidInput, Moved, NotAllowed, NotFound
from kb_app.ports import Ports
from kb_app.tree_editing import NodeInput, Step, add, delete, merge, move, save, step
from kb_app.tree_rows import Place, TreeKind
from models import (
    STAFF_KEY,
    Article,
    ArticleStats,
    AuditEntry,
    Category,
    Job,
    JobKind,
    Product,
    heat_weight,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_article

CATEGORY, PRODUCT = TreeKind.CATEGORY, TreeKind.PRODUCT


def plant(ports: Ports, people: People, kind: TreeKind = CATEGORY) -> dict[str, int]:
    """甲 > (乙, 丙), 丁."""
    ids: dict[str, int] = {}
    for name, parent in (("甲", ""), ("乙", "甲"), ("丙", "甲"), ("丁", "")):
        ids[name] = add(ports, people.linzhixia, kind, ids.get(parent), NodeInput(name))
    return ids


def shape(ports: Ports, kind: TreeKind = CATEGORY) -> str:
    """The tree as one line: 甲(乙 丙) 丁."""
    with reading(ports.database) as session:
        tree = trees.categories(session) if kind is CATEGORY else trees.products(session)

    def told(parent: int | None) -> str:
        return " ".join(
            node.name + (f"({below})" if (below := told(node.id)) else "")
            for node in tree.children(parent)
        )

    return told(None)


def index_jobs(ports: Ports) -> list[Job]:
    """What was to be indexed, oldest first."""
    with reading(ports.database) as session:
        query = sa.select(Job).where(Job.kind == JobKind.INDEX_ARTICLE).order_by(Job.id)
        return list(session.scalars(query))


def article_at(ports: Ports, category_id: int | None, products: tuple[int, ...] = ()) -> int:
    """A public article."""
    with unit_of_work(ports.database) as session:
        article = make_article(session, "文章")
        article.category_id = category_id
        article.products = [session.get_one(Product, i) for i in products]
        return article.id


@pytest.mark.parametrize(
    ("name", "way", "after"),
    [
        ("丙", Step.UP, "甲(丙 乙) 丁"),
        ("乙", Step.DOWN, "甲(丙 乙) 丁"),
        ("甲", Step.DOWN, "丁 甲(乙 丙)"),
        ("丙", Step.IN, "甲(乙(丙)) 丁"),
        ("丁", Step.IN, "甲(乙 丙 丁)"),
        ("乙", Step.OUT, "甲(丙) 乙 丁"),
        ("甲", Step.UP, "甲(乙 丙) 丁"),
        ("甲", Step.OUT, "甲(乙 丙) 丁"),
        ("乙", Step.IN, "甲(乙 丙) 丁"),
        ("丁", Step.DOWN, "甲(乙 丙) 丁"),
    ],
)
def test_it_moves_by_steps(ports: Ports, people: People, name: str, way: Step, after: str) -> None:
    """K2: up, down, in, out; at the end of the way nothing happens."""
    ids = plant(ports, people)
    step(ports, people.linzhixia, CATEGORY, ids[name], way)
    assert shape(ports) == after


def test_it_never_ties_a_knot(ports: Ports, people: People) -> None:
    """K2: below itself, below its own child, or deeper than can be shown: refused, unchanged."""
    ids = plant(ports, people)
    for parent in ("甲", "乙"):
        with pytest.raises(InvalidInput):
            move(ports, people.linzhixia, CATEGORY, ids["甲"], Place(ids[parent]))
    below = ids["丁"]
    with pytest.raises(InvalidInput, match="too_deep"):
        for _ in range(10):
            below = add(ports, people.linzhixia, CATEGORY, below, NodeInput("深"))
    with pytest.raises(InvalidInput, match="below_itself"):
        merge(ports, people.linzhixia, CATEGORY, ids["甲"], ids["乙"])


moves = st.lists(
    st.tuples(st.integers(1, 4), st.one_of(st.none(), st.integers(1, 4)), st.integers(1, 4)),
    max_size=8,
)


@settings(max_examples=15)
@given(wanted=moves)
def test_it_stays_a_tree_whatever_is_moved(
    ports: Ports, people: People, wanted: list[tuple[int, int | None, int]]
) -> None:
    """K2: every node is reachable from the top, once."""
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Category).values(parent_id=None))
        session.execute(sa.delete(Category))
    ids = list(plant(ports, people).values())
    for node, parent, before in wanted:
        place = Place(ids[parent - 1] if parent else None, ids[before - 1])
        try:
            move(ports, people.linzhixia, CATEGORY, ids[node - 1], place)
        except InvalidInput:
            continue
    assert sorted(shape(ports).replace("(", " ").replace(")", " ").split()) == sorted("甲乙丙丁")


def test_it_has_the_articles_below_indexed_when_a_node_moves(ports: Ports, people: People) -> None:
    """K2: a search narrowed to the new place finds them there."""
    ids = plant(ports, people)
    article_id = article_at(ports, ids["乙"])
    before = len(index_jobs(ports))
    move(ports, people.linzhixia, CATEGORY, ids["乙"], Place(ids["丁"]))
    jobs = index_jobs(ports)[before:]
    assert [job.payload["article_id"] for job in jobs] == [article_id]
    step(ports, people.linzhixia, CATEGORY, ids["丁"], Step.UP)
    assert len(index_jobs(ports)) == before + 1


def test_it_leads_from_an_old_address_to_the_present_one(ports: Ports, people: People) -> None:
    """K8 K2: renamed twice, both old addresses still lead there; nobody else can take them."""
    ids = plant(ports, people)
    for slug in ("first", "second", "third"):
        save(ports, people.linzhixia, CATEGORY, ids["甲"], NodeInput("甲", slug=slug))
    for old in ("first", "second"):
        with pytest.raises(Moved) as moved:
            browse_category(ports, people.passer_by, old, 1)
        assert moved.value.slug == "third"
    other = add(ports, people.linzhixia, CATEGORY, None, NodeInput("戊", slug="first"))
    with reading(ports.database) as session:
        assert session.get_one(Category, other).slug != "first"
    save(ports, people.linzhixia, CATEGORY, ids["甲"], NodeInput("甲", slug="first"))
    assert browse_category(ports, people.passer_by, "first", 1).name == "甲"


def test_it_merges_without_losing_anything(ports: Ports, people: People) -> None:
    """K2: articles, nodes below and the address go along; a product an article has stays one."""
    ids = plant(ports, people)
    article_id = article_at(ports, ids["甲"])
    with reading(ports.database) as session:
        old = session.get_one(Category, ids["甲"]).slug
    merge(ports, people.linzhixia, CATEGORY, ids["甲"], ids["丁"])
    assert shape(ports) == "丁(乙 丙)"
    with reading(ports.database) as session:
        assert session.get_one(Article, article_id).category_id == ids["丁"]
    with pytest.raises(Moved):
        browse_category(ports, people.passer_by, old, 1)
    products = plant(ports, people, PRODUCT)
    both = article_at(ports, None, (products["甲"], products["丁"]))
    merge(ports, people.linzhixia, PRODUCT, products["甲"], products["丁"])
    with reading(ports.database) as session:
        assert [p.id for p in session.get_one(Article, both).products] == [products["丁"]]


def test_it_opens_nothing_by_a_merge(ports: Ports, people: People) -> None:
    """K11: categories with different readers are not merged."""
    ids = plant(ports, people)
    closed = add(ports, people.linzhixia, CATEGORY, None, NodeInput("内", access=STAFF_KEY))
    for pair in ((closed, ids["丁"]), (ids["丁"], closed)):
        with pytest.raises(InvalidInput, match="other_readers"):
            merge(ports, people.linzhixia, CATEGORY, *pair)


def test_it_follows_access_when_a_category_moves_below_a_closed_one(
    ports: Ports, people: People
) -> None:
    """K11: at once, and back again; whoever may not know of a category does not see its name."""
    ids = plant(ports, people)
    article_id = article_at(ports, ids["乙"])
    closed = add(ports, people.linzhixia, CATEGORY, None, NodeInput("内", access=STAFF_KEY))
    move(ports, people.linzhixia, CATEGORY, ids["乙"], Place(closed))
    with reading(ports.database) as session:
        article, slug = session.get_one(Article, article_id), session.get_one(Category, closed).slug
        assert not article.is_visible(people.xiaoai)
        assert article.is_visible(people.abo)
    with pytest.raises(NotFound):
        browse_category(ports, people.xiaoai, slug, 1)
    assert browse_category(ports, people.abo, slug, 1).total == 1
    move(ports, people.linzhixia, CATEGORY, ids["乙"], Place(None))
    with reading(ports.database) as session:
        assert session.get_one(Article, article_id).is_visible(people.passer_by)


def test_it_deletes_only_what_is_empty(ports: Ports, people: People) -> None:
    """K2: an article in the bin is something, too; history says who did it."""
    ids = plant(ports, people)
    article_id = article_at(ports, ids["丁"])
    with unit_of_work(ports.database) as session:
        session.get_one(Article, article_id).deleted_at = utcnow()
    for name in ("甲", "丁"):
        with pytest.raises(InvalidInput, match="not_empty"):
            delete(ports, people.linzhixia, CATEGORY, ids[name])
    delete(ports, people.linzhixia, CATEGORY, ids["丙"])
    assert shape(ports) == "甲(乙) 丁"
    with reading(ports.database) as session:
        deed = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert deed is not None
    assert (deed.action, deed.detail["name"]) == ("category.delete", "丙")


def test_it_is_for_content_managers(ports: Ports, people: People) -> None:
    """O3: neither customers nor agents arrange the trees."""
    for person in (people.xiaoai, people.abo):
        with pytest.raises(NotAllowed):
            add(ports, person, CATEGORY, None, NodeInput("戊"))


@pytest.mark.parametrize("name", ["", "  ", "名" * 81])
def test_it_refuses_a_name_that_is_none(ports: Ports, people: People, name: str) -> None:
    """K2: empty or endless."""
    with pytest.raises(InvalidInput):
        add(ports, people.linzhixia, PRODUCT, None, NodeInput(name))


def test_it_lists_the_hottest_of_one_product(ports: Ports, people: People) -> None:
    """K5: 分产品榜, with everything below the product."""
    ids = plant(ports, people, PRODUCT)
    hot, other = article_at(ports, None, (ids["乙"],)), article_at(ports, None, (ids["丁"],))
    with unit_of_work(ports.database) as session:
        for article_id in (hot, other):
            session.add(ArticleStats(article_id=article_id, heat=heat_weight(utcnow())))
        slug = session.get_one(Product, ids["甲"]).slug
    cards = hottest(ports, people.passer_by, "", slug).cards
    assert [card.article_id for card in cards] == [hot]
    assert browse_product(ports, people.passer_by, slug, 1).total == 1
    with pytest.raises(NotFound):
        hottest(ports, people.passer_by, "", "no-such")
