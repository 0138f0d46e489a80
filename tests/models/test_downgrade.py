"""Going back to an older schema opens nothing, and coming again tells nothing (K11 X5 O2)."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from models import (
    Attachment,
    Bridge,
    Category,
    CategoryAccess,
    Handover,
    TicketStatus,
    choose_access,
    connect,
    unit_of_work,
    utcnow,
)
from models.migrate import FOLDER, migrate
from tests.factories import make_article
from tests.factories_tickets import make_ticket


def _go_back(url: str, revision: str) -> None:
    found = connect(url)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with found.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    found.dispose()


def test_it_opens_nothing_on_the_way_back_and_keeps_the_rest(tmp_path: Path) -> None:
    """K11 O2: before keys could be limited by a category, every key opened."""
    url = f"sqlite:///{tmp_path / 'wenda.db'}"
    database = connect(url)
    migrate(database)
    with unit_of_work(database) as session:
        node = Category(name="内部", slug="inside")
        session.add(node)
        session.flush()
        session.add(CategoryAccess(category_id=node.id, key="staff"))
        article = make_article(session, "只给员工")
        article.category_id = node.id
        choose_access(session, article, {"public"})
        for name, removed in (("留.png", None), ("走.png", utcnow())):
            session.add(Attachment(article_id=article.id, sha256="0" * 64, filename=name,
                                   media_type="image/png", size=1, removed_at=removed))  # fmt: skip
    database.dispose()
    _go_back(url, "0005")
    with connect(url).engine.connect() as connection:
        keys = connection.execute(sa.text("SELECT key FROM article_access")).scalars().all()
        files = connection.execute(sa.text("SELECT filename FROM attachment")).scalars().all()
        connection.execute(sa.text("SELECT count(*) FROM article")).scalar_one()
    assert (keys, files) == (["staff"], ["留.png"])
    database = connect(url)
    migrate(database)
    with unit_of_work(database) as session:
        assert session.scalar(sa.text("SELECT own AND opens FROM article_access")) == 1
    database.dispose()


def test_what_was_handed_over_before_is_told_no_state(tmp_path: Path) -> None:
    """X5: the other system knows a new ticket as an open one, any other as it is."""
    url = f"sqlite:///{tmp_path / 'wenda.db'}"
    database = connect(url)
    migrate(database)
    with unit_of_work(database) as session:
        bridge = Bridge(name="总部", kind="webhook", url="http://127.0.0.1:9/x")
        session.add(bridge)
        session.flush()
        for status in (TicketStatus.NEW, TicketStatus.SOLVED):
            ticket = make_ticket(session, status.value)
            ticket.status = status
            session.add(Handover(ticket_id=ticket.id, bridge_id=bridge.id))
    database.dispose()
    _go_back(url, "0020")
    database = connect(url)
    migrate(database)
    with unit_of_work(database) as session:
        told = session.scalars(sa.select(Handover.told_status).order_by(Handover.id)).all()
    database.dispose()
    assert told == ["open", "solved"]
