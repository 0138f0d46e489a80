"""The two trees: paths, everything below, choices, readable counts (K2, K11)."""

from __future__ import annotations

import pytest

from kb_app import trees
from kb_app.ports import Ports
from kb_app.tree_pages import trees_page
from kb_app.tree_rows import TreeKind
from kb_app.trees import INDENT, Node, Tree
from models import (
    STAFF_KEY,
    Category,
    CategoryAccess,
    Product,
    reading,
    unit_of_work,
    visitor,
)
from tests.conftest import People
from tests.factories import make_article


@pytest.fixture
def tree() -> Tree:
    """设备(1) > 门锁(2) > 电池(3); 订单(4)."""
    rows = ((1, None, "设备"), (2, 1, "门锁"), (3, 2, "电池"), (4, None, "订单"))
    return Tree(
        tuple(Node(id=i, parent_id=parent, slug=f"c{i}", name=name) for i, parent, name in rows)
    )


def test_it_knows_the_way_down(tree: Tree) -> None:
    """K2: from the top to the node itself; nothing for what is not there."""
    assert [node.id for node in tree.path(3)] == [1, 2, 3]
    assert tree.path(None) == tree.path(404) == ()


def test_it_knows_everything_below(tree: Tree) -> None:
    """K2: a node contains itself and all under it."""
    assert tree.below(1) == {1, 2, 3}
    assert tree.below(4) == {4}


def test_it_lists_choices_by_depth(tree: Tree) -> None:
    """Q1: a select box shows the tree."""
    labels = [choice.label for choice in tree.choices()]
    assert labels == ["设备", f"{INDENT}门锁", f"{INDENT * 2}电池", "订单"]


def test_it_shortens_the_choices_of_a_large_tree() -> None:
    """K2: thousands of categories make no page of thousands of lines; the chosen one stays."""
    top = [Node(1, None, "c1", "一")]
    middle = [Node(i, 1, f"c{i}", "二") for i in range(2, 12)]
    leaves = [Node(i, 2, f"c{i}", "三") for i in range(12, 600)]
    large = Tree((*top, *middle, *leaves))
    assert len(large.choices()) == 599
    assert len(large.short_choices()) == 11
    assert [choice.id for choice in large.short_choices(500)][-1] == 500


def test_it_counts_through(tree: Tree) -> None:
    """K2: a card counts what lies anywhere below it."""
    cards = tree.cards(None, {1: 1, 3: 5})
    assert [(card.slug, card.count) for card in cards] == [("c1", 6), ("c4", 0)]
    assert [child.slug for child in cards[0].children] == ["c2"]


def test_it_finds_by_address(tree: Tree) -> None:
    """K2: an address or nothing."""
    found = tree.by_slug("c2")
    assert found is not None
    assert found.id == 2
    assert tree.by_slug("nope") is None


def test_it_survives_a_circle_in_a_path() -> None:
    """O1: damaged data makes an odd page, not an endless one."""
    nodes = [Node(id=i, parent_id=3 - i, slug=f"c{i}", name="") for i in (1, 2)]
    assert len(Tree(tuple(nodes)).path(1)) == trees.DEEPEST


def test_it_orders_siblings_by_position(ports: Ports) -> None:
    """K12: the order is the site's choice, not the alphabet's."""
    with unit_of_work(ports.database) as session:
        for place, name in enumerate("丙乙甲"):
            session.add(Category(slug=f"c{place}", name=name, position=9 - place))
    with reading(ports.database) as session:
        assert [node.name for node in trees.categories(session).nodes] == ["甲", "乙", "丙"]


def test_it_counts_only_what_may_be_read(ports: Ports) -> None:
    """K11: a number tells nothing about what is hidden."""
    with unit_of_work(ports.database) as session:
        session.add_all([Category(slug="c", name="账号"), Product(slug="p", name="App")])
        session.flush()
        product = session.get_one(Product, 1)
        for keys in (("public",), (STAFF_KEY,)):
            article = make_article(session, "文章", keys=keys)
            article.category_id, article.products = 1, [product]
    with reading(ports.database) as session:
        assert trees.category_counts(session, visitor("v")) == {1: 1}
        assert trees.product_counts(session, visitor("v")) == {1: 1}


def test_it_reads_products_again_within_a_second(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K2: what another process renamed is seen soon; categories, which hide things, at once."""
    monkeypatch.setattr(trees, "LARGE_SECONDS", 60.0)
    with reading(ports.database) as session:
        assert trees.products(session).nodes == trees.categories(session).nodes == ()
    with unit_of_work(ports.database) as session:
        session.add_all([Product(name="门锁", slug="lock"), Category(name="订单", slug="orders")])
    with reading(ports.database) as session:
        assert trees.products(session).nodes == ()
        assert [node.name for node in trees.categories(session).nodes] == ["订单"]
        monkeypatch.setattr(trees, "LARGE_SECONDS", 0.0)
        assert [node.name for node in trees.products(session).nodes] == ["门锁"]


def test_it_reads_products_at_once_where_they_were_changed(ports: Ports) -> None:
    """K2: whoever arranged the tree sees it arranged."""
    with reading(ports.database) as session:
        assert trees.products(session).nodes == ()
    with unit_of_work(ports.database) as session:
        session.add(Product(name="门锁", slug="lock"))
        trees.forget_kept(session)
    with reading(ports.database) as session:
        assert [node.name for node in trees.products(session).nodes] == ["门锁"]


def test_whoever_arranges_products_sees_them_as_they_are(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K2: what was added by way of another process is in the list, not added twice."""
    monkeypatch.setattr(trees, "LARGE_SECONDS", 60.0)
    with reading(ports.database) as session:
        assert trees.products(session).nodes == ()
    with unit_of_work(ports.database) as session:
        session.add(Product(name="门锁", slug="lock"))
    assert trees_page(ports, people.linzhixia, TreeKind.PRODUCT).total == 1


def test_a_category_of_a_large_tree_is_closed_within_a_second(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K11: in every process, however long nobody asked this one."""
    longest = trees.STALE_SECONDS
    monkeypatch.setattr(trees, "MANY", 0)
    with unit_of_work(ports.database) as session:
        session.add(Category(id=1, name="内部", slug="inner"))
    with reading(ports.database) as session:
        assert len(trees.categories(session, visitor("v")).nodes) == 1
    with unit_of_work(ports.database) as session:
        session.add(CategoryAccess(category_id=1, key=STAFF_KEY))
    monkeypatch.setattr(trees, "STALE_SECONDS", 0.0)
    with reading(ports.database) as session:
        assert trees.categories(session, visitor("v")).nodes == ()
    assert longest <= 1.0
