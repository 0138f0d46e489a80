"""A translation planned for a time at which its original is still hidden (K8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kb_app import article_due, editing, site_languages, translating
from kb_app.article_life import PlanInput, plan
from kb_app.editing import ArticleInput
from kb_app.ports import Ports
from models import Article, ArticleStatus, Role, Viewer, reading, unit_of_work
from tests.factories import make_user


def _version(ports: Ports, article_id: int) -> int:
    with reading(ports.database) as session:
        return session.get_one(Article, article_id).version


def _states(ports: Ports, *ids: int) -> list[ArticleStatus]:
    with reading(ports.database) as session:
        return [session.get_one(Article, one).status for one in ids]


def _planned(ports: Ports, owner: Viewer, article_id: int) -> int:
    at = ports.clock() + timedelta(hours=1)
    plan(ports, owner, article_id, PlanInput(None, at, None, None, _version(ports, article_id)))
    return article_id


def test_it_waits_for_its_original_and_keeps_nobody_else_waiting(ports: Ports) -> None:
    """K8: what is due for other articles is done; it comes out once its original is there."""
    with unit_of_work(ports.database) as session:
        owner = make_user(session, "站长", Role.OWNER).as_viewer()
    site_languages.add(ports, owner, "en", "English")
    original = editing.create(ports, owner, ArticleInput("原文", "文"))
    english = _planned(ports, owner, translating.begin(ports, owner, original, "en"))
    other = _planned(ports, owner, editing.create(ports, owner, ArticleInput("别的", "文")))
    moment = ports.clock() + timedelta(hours=2)
    later = replace(ports, clock=lambda: moment)
    article_due.catch_up(later)
    hidden, out = ArticleStatus.DRAFT, ArticleStatus.PUBLISHED
    assert _states(ports, original, english, other) == [hidden, hidden, out]
    editing.publish(ports, owner, original, _version(ports, original))
    article_due.catch_up(later)
    assert _states(ports, english) == [out]
