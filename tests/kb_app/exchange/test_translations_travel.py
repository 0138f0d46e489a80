"""Languages and translations go out and come back, and bind nothing twice (K8 K14)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kb_app import bootstrap, editing, site_languages, translating
from kb_app.config import Config
from kb_app.editing import ArticleInput
from kb_app.exchange.own_translations import put_translations, tell_translations
from kb_app.ports import Ports
from models import STAFF_KEY, Article, ArticleTranslation, Role, reading, unit_of_work
from tests.conftest import SECRET
from tests.factories import make_user
from tests.kb_app.exchange.conftest import Exchange


@pytest.fixture
def fresh(tmp_path: Path, empty_sqlite: Path) -> Iterator[Ports]:
    """A second, empty site."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    shutil.copy(empty_sqlite, folder / "wenda.db")
    config = Config(data_dir=folder, secret_key=SECRET, encoder="none", mail_url="console:")
    built = bootstrap.build(config)
    yield built
    bootstrap.close(built)


def version_of(ports: Ports, article_id: int) -> int:
    """The version a form would be sent with."""
    with reading(ports.database) as session:
        return session.get_one(Article, article_id).version


def test_it_brings_translations_back_to_their_originals(ports: Ports, fresh: Ports) -> None:
    """K8 K14: language, original, outdated or not; readers as strict as the original's."""
    with unit_of_work(ports.database) as session:
        owner = make_user(session, "站长", Role.OWNER).as_viewer()
    with unit_of_work(fresh.database) as session:
        other = make_user(session, "站长", Role.OWNER).as_viewer()
    site_languages.add(ports, owner, "en", "English")
    form = ArticleInput("申领流程", "先登录。", access=STAFF_KEY)
    original_id = editing.create_and_publish(ports, owner, form)
    made = translating.begin(ports, owner, original_id, "en")
    english = ArticleInput("Apply", "Sign in.", version=version_of(ports, made))
    editing.save_and_publish(ports, owner, made, english)
    version = version_of(ports, original_id)
    changed = ArticleInput("申领流程", "改了。", access=STAFF_KEY, version=version)
    editing.save(ports, owner, original_id, changed)
    data = Exchange(ports, owner).give()
    for _ in range(2):
        run = Exchange(fresh, other).bring("wenda", "wenda-export.zip", data)
        assert (run.state, run.refused, run.conflicts) == ("done", 0, 0)
        with reading(ports.database) as here, reading(fresh.database) as there:
            assert tell_translations(there) == tell_translations(here)
            found = there.scalars(sa.select(Article).where(Article.title == "Apply")).one()
            assert found.access_keys == {STAFF_KEY}


def test_it_passes_over_bonds_that_fit_nothing(ports: Ports) -> None:
    """K14: an export somebody wrote by hand binds no article to itself, a stranger or twice."""
    with unit_of_work(ports.database) as session:
        owner = make_user(session, "站长", Role.OWNER).as_viewer()
    for title in ("甲", "乙", "丙"):
        editing.create_and_publish(ports, owner, ArticleInput(title, "文"))
    bond = {"original": "甲", "language": "en", "source": "x"}
    put_translations(
        ports,
        {
            "languages": {"en": "English", "<script>": "坏", "zh-Hans": "中文"},
            "articles": {
                "甲": bond,
                "乙": bond,
                "丙": bond,
                "丁": bond,
                "戊": "不对",
            },
        },
    )
    put_translations(ports, ["不对"])
    with reading(ports.database) as session:
        links = session.scalars(sa.select(ArticleTranslation)).all()
        assert [link.language for link in links] == ["en"]
        assert site_languages.languages(session) == {"en": "English"}
