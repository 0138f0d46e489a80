"""An import opens no translation wider than its original (K8 K11 K14)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from kb_app import editing, site_languages, translating
from kb_app.editing import ArticleInput
from kb_app.exchange.judging import OnConflict
from kb_app.exchange.own_translations import put_translations
from kb_app.ports import Ports
from models import (
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    ArticleStatus,
    ArticleTranslation,
    Role,
    Viewer,
    reading,
    unit_of_work,
)
from tests.factories import make_user
from tests.kb_app.exchange.conftest import Exchange

ORIGINAL, ENGLISH = "申领流程", "Apply"
OPEN_SHEET = "编号,问题,答案,可见范围\n7,申领流程,先登录。,公开\n"


@pytest.fixture
def owner(ports: Ports) -> Viewer:
    """Who may do everything."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "站长", Role.OWNER).as_viewer()


@pytest.fixture
def exchange(ports: Ports, owner: Viewer) -> Exchange:
    """A published article with its English version, brought in from a sheet and translated."""
    exchange = Exchange(ports, owner)
    exchange.bring("csv", "a.csv", OPEN_SHEET.encode())
    site_languages.add(ports, owner, "en", "English")
    made = translating.begin(ports, owner, exchange.article("7").id, "en")
    with reading(ports.database) as session:
        version = session.get_one(Article, made).version
    editing.save_and_publish(ports, owner, made, ArticleInput(ENGLISH, "Sign in.", version=version))
    return exchange


def translation(exchange: Exchange) -> Article:
    """The English version as it is now."""
    with reading(exchange.ports.database) as session:
        return session.scalars(
            sa.select(Article)
            .join(ArticleTranslation, ArticleTranslation.article_id == Article.id)
            .options(selectinload(Article.access))
        ).one()


def test_it_closes_the_translation_with_an_original_that_a_sheet_closes(
    exchange: Exchange,
) -> None:
    """K8 K11: readers follow the original, whoever changes it."""
    assert translation(exchange).access_keys == {PUBLIC_KEY}
    closed = OPEN_SHEET.replace("公开", "内部").encode()
    exchange.bring("csv", "b.csv", closed, OnConflict.REPLACE)
    assert translation(exchange).access_keys == {STAFF_KEY}


def test_it_opens_no_translation_of_a_closed_original(exchange: Exchange) -> None:
    """K8 K11: what a sheet says of the translation's own readers does not count."""
    with unit_of_work(exchange.ports.database) as session:
        session.get_one(Article, translation(exchange).id).external_id = "8"
    exchange.bring("csv", "b.csv", OPEN_SHEET.replace("公开", "内部").encode(), OnConflict.REPLACE)
    sheet = "编号,问题,答案,可见范围\n8,Apply now,Sign in.,公开\n".encode()
    exchange.bring("csv", "c.csv", sheet, OnConflict.REPLACE)
    assert translation(exchange).title == "Apply now"
    assert translation(exchange).access_keys == {STAFF_KEY}


def test_it_binds_nothing_that_is_out_to_something_hidden(ports: Ports, owner: Viewer) -> None:
    """K8 K11: a version that comes along while its original here is archived is archived, too."""
    original = editing.create_and_publish(ports, owner, ArticleInput("原文", "文"))
    other = editing.create_and_publish(ports, owner, ArticleInput("译文", "文"))
    with reading(ports.database) as session:
        version = session.get_one(Article, original).version
    editing.archive(ports, owner, original, version)
    bond = {"original": "原文", "language": "en", "source": "x"}
    put_translations(ports, {"languages": {"en": "English"}, "articles": {"译文": bond}})
    with reading(ports.database) as session:
        assert session.scalars(sa.select(ArticleTranslation.article_id)).one() == other
        assert session.get_one(Article, other).status is ArticleStatus.ARCHIVED
