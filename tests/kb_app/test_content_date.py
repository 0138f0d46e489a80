"""Every way of changing an article tells a new text from a mere touch (K4 K8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from kb_app.article_change import changing, touch
from kb_app.ports import Ports
from models import Article, reading, unit_of_work, utcnow
from tests.conftest import People
from tests.factories import make_article

LATER = timedelta(days=9)


@pytest.fixture
def article_id(ports: Ports, people: People) -> int:
    """An article with its first revision."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "忘记密码怎么办", "点忘记密码").id
    with changing(ports, article_id, None) as (session, article):
        touch(ports, session, people.linzhixia, article, "article.edit")
    return article_id


def _content_at(ports: Ports) -> datetime:
    with reading(ports.database) as session:
        found = session.scalar(sa.select(Article.content_at))
    assert isinstance(found, datetime)
    return found


def test_a_touch_leaves_the_date_of_the_text(ports: Ports, people: People, article_id: int) -> None:
    """Moved, opened to others, archived: the words are the same."""
    before = _content_at(ports)
    late = replace(ports, clock=lambda: utcnow() + LATER)
    with changing(late, article_id, None) as (session, article):
        article.phrasings = ["密码忘了"]
        touch(late, session, people.linzhixia, article, "article.edit")
    assert _content_at(ports) == before


def test_other_words_bring_a_new_date(ports: Ports, people: People, article_id: int) -> None:
    """Title or body."""
    before = _content_at(ports)
    late = replace(ports, clock=lambda: utcnow() + LATER)
    with changing(late, article_id, None) as (session, article):
        article.body = "点登录页的忘记密码"
        touch(late, session, people.linzhixia, article, "article.edit")
    assert _content_at(ports) > before + LATER / 2
