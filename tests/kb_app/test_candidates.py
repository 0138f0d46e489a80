"""Candidates bring what tells them apart: their texts and their places in both trees (K2 Q3)."""

from __future__ import annotations

from answerer.twins import told_apart
from indexer.backend import Hit
from indexer.document import DocKind
from kb_app.candidates import load
from kb_app.ports import Ports
from models import Article, Product, reading, unit_of_work
from tests.conftest import People
from tests.factories import publish_articles


def test_the_same_title_for_another_product_is_another_article(
    ports: Ports, people: People
) -> None:
    """K2: 怎么重置 of the lock and of the camera are both shown."""
    ids = publish_articles(ports, ("怎么重置", "按住五秒。"), ("怎么重置", "用卡针捅小孔。"))
    hits = tuple(Hit(DocKind.ARTICLE, ref, 1, 1.0, 1.0, 1.0, 0.0, 0.0) for ref in ids)
    assert len(told_apart(load(ports, people.xiaoai, hits), 3)) == 1
    with unit_of_work(ports.database) as session:
        for ref, name in zip(ids, ("lock", "camera"), strict=True):
            session.get_one(Article, ref).products = [Product(name=name, slug=name)]
    with reading(ports.database) as session:
        own = [{node.id for node in session.get_one(Article, ref).products} for ref in ids]
    found = load(ports, people.xiaoai, hits)
    assert [set(each.products) for each in found] == own
    assert len(told_apart(found, 3)) == 2
