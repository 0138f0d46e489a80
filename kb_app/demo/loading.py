"""Filling an empty database with the demo help centre; harmless when run again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.demo.chats import add_chats
from kb_app.demo.people import FOLDER, add_people, places
from kb_app.demo.tickets import add_tickets
from kb_app.importing import ImportReport, import_rows, parse_row
from kb_app.ports import Ports
from kb_app.usage import CLICK_HEAT, SOLVED_HEAT, VIEW_HEAT
from models import (
    Article,
    ArticleStats,
    AuditEntry,
    Category,
    Product,
    SearchLog,
    SearchSource,
    User,
    Vote,
    heat_weight,
    reading,
    record,
    unit_of_work,
)

SEED = 20_261_122
DAYS = 30
LOADED = "demo.loaded"


def load(ports: Ports, progress: Callable[[int], None] | None = None) -> int:
    """Fill an empty database, or finish a filling that was cut off; returns the articles.

    A database with other content, or one whose demo was loaded before, is left alone.
    """
    with reading(ports.database) as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(Article)) or 0
        begun = session.scalar(sa.select(Category.id).where(Category.slug == "account"))
        if _is_loaded(session) or (count and begun is None):
            return count
    if begun is None:
        with unit_of_work(ports.database) as session:
            add_people(session)
            _add_trees(session)
    rows = [parse_row(_placed(row)) for row in article_lines()]
    import_rows(ports, rows, ImportReport())
    if progress is not None:
        progress(len(rows))
    with unit_of_work(ports.database) as session:
        people = {user.email: user for user in session.scalars(sa.select(User))}
        editor = people["editor@yujian.example"]
        session.execute(sa.update(Article).values(author_id=editor.id))
        _add_use(ports, session, random.Random(SEED))  # noqa: S311  sample data
        add_tickets(ports, session, people)
        add_chats(ports, session, people)
        record(session, people["owner@yujian.example"].as_viewer(), LOADED, "demo")
    return len(rows)


def _is_loaded(session: Session) -> bool:
    entry = sa.select(AuditEntry.id).where(AuditEntry.action == LOADED).limit(1)
    return session.scalar(entry) is not None


def article_lines() -> Iterator[dict[str, Any]]:
    """The demo's articles as they lie in the package."""
    for path in sorted(FOLDER.glob("part_*.articles.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def _placed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with names instead of slugs."""
    data = places()
    category = {node["slug"]: node["name"] for node in data["categories"]}
    product = {node["slug"]: node["name"] for node in data["products"]}
    return {
        **row,
        "category": [category[row["category"]]],
        "products": [product[slug] for slug in row["products"]],
    }


def _add_trees(session: Session) -> None:
    data = places()
    for position, node in enumerate(data["categories"]):
        session.add(Category(**node, position=position))
    for position, node in enumerate(data["products"]):
        session.add(Product(**node, position=position))


def _add_use(ports: Ports, session: Session, chance: random.Random) -> None:
    """Votes, views and searches of the last month, the same on every machine."""
    now = ports.clock()
    for article in session.scalars(sa.select(Article).order_by(Article.id)):
        popularity = chance.paretovariate(1.3)
        quality = chance.betavariate(8, 2)
        votes = min(60, int(popularity * 2))
        stats = ArticleStats(article_id=article.id, helpful=0, unhelpful=0, heat=0.0)
        for voter in range(votes):
            value = 1 if chance.random() < quality else -1
            key = f"v:demo-{voter}"
            session.add(Vote(article_id=article.id, voter_key=key, value=value))
            stats.helpful += value == 1
            stats.unhelpful += value == -1
        stats.views = int(popularity * 25)
        stats.clicks = int(stats.views * chance.uniform(0.2, 0.6))
        stats.solved = int(stats.clicks * quality * 0.3)
        points = stats.views * VIEW_HEAT + stats.clicks * CLICK_HEAT + stats.solved * SOLVED_HEAT
        age = timedelta(days=chance.uniform(0, DAYS))
        stats.heat = points * heat_weight(now - age)
        session.add(stats)
        article.published_at = now - timedelta(days=chance.uniform(1, 300))
        article.updated_at = article.published_at
    for text in places()["searches"]:
        for person in range(2 + chance.randrange(4)):
            session.add(
                SearchLog(
                    query=text,
                    source=SearchSource.PAGE,
                    searcher_key=f"v:demo-{person}",
                    total=5,
                    shown=[],
                    took_ms=5.0,
                    created_at=now - timedelta(hours=chance.uniform(1, 200)),
                )
            )
