"""An original goes out of sight while its translation is published, on both databases (K8 K11)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from kb_app import editing, site_languages, translating
from kb_app.article_change import changing, touch
from kb_app.editing import ArticleInput
from kb_app.errors import InvalidInput
from kb_app.ports import Ports
from models import Article, ArticleStatus, Database, Role, reading, unit_of_work
from tests.factories import make_user


def test_no_translation_comes_out_beside_an_original_just_hidden(
    ports: Ports, any_database: Database
) -> None:
    """K8 K11: whoever publishes the translation waits, and is told that the original is gone."""
    shared = replace(ports, database=any_database)
    with unit_of_work(any_database) as session:
        owner = make_user(session, "站长", Role.OWNER).as_viewer()
    site_languages.add(shared, owner, "en", "English")
    original = editing.create_and_publish(shared, owner, ArticleInput("原文", "文"))
    made = translating.begin(shared, owner, original, "en")
    with ThreadPoolExecutor(1) as pool:
        with changing(shared, original, None) as (session, article):
            article.status = ArticleStatus.ARCHIVED
            touch(shared, session, owner, article, "article.archive")
            version = session.get_one(Article, made).version
            published = pool.submit(
                editing.save_and_publish,
                shared,
                owner,
                made,
                ArticleInput("Original", "Text", version=version),
            )
            time.sleep(0.5)
        with pytest.raises(InvalidInput):
            published.result(20)
    with reading(any_database) as session:
        assert session.get_one(Article, made).status is ArticleStatus.DRAFT
