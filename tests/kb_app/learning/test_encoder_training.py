"""An encoder trained on the site's own outcomes (Q4, K1): real model, real training, real swap."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from indexer import replacing
from indexer.encoder import EncoderMissing
from indexer.training import Course, Lesson, Progress
from kb_app import bootstrap, indexing
from kb_app.config import Config
from kb_app.learning import changes, encoder_lessons
from kb_app.learning.encoder_training import (
    Outcome,
    Plan,
    take_back,
    train_encoder,
)
from kb_app.ports import Ports
from models import (
    CUSTOMER_KEY,
    LearnedChange,
    LearnedKind,
    LearnedState,
    Role,
    SearchClick,
    SearchLog,
    SearchSource,
    VectorsToCome,
    Viewer,
    reading,
    unit_of_work,
)
from tests.conftest import SECRET
from tests.factories import make_article, make_user

pytestmark = pytest.mark.slow

THINGS = "锁灯门窗帘钟表琴棋书画笔"
ASKED = "东南西北春夏秋冬风花雪月"
VERBS = ("坏", "响", "慢", "停")
SECRETS = "内部机密条款"


@pytest.fixture(scope="session")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model with random weights, made here."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("sentence_transformers")
    from tests.contracts.tiny_model import make_tiny_model

    words = THINGS + ASKED + "".join(VERBS) + "的品"
    return make_tiny_model(tmp_path_factory.mktemp("base"), words)


@pytest.fixture
def site(tmp_path: Path, empty_sqlite: Path, base_model: Path) -> Iterator[Ports]:
    """A site whose customers have words of their own: no character of an article is in them."""
    config = Config(
        data_dir=tmp_path / "data",
        secret_key=SECRET,
        encoder=f"sentence-transformers:{base_model}",
    )
    config.data_dir.mkdir()
    shutil.copy(empty_sqlite, config.data_dir / "wenda.db")
    ports = bootstrap.build(config)
    with unit_of_work(ports.database) as session:
        ids = [make_article(session, f"{thing}的品").id for thing in THINGS]
        make_article(session, SECRETS, keys=(CUSTOMER_KEY,))
    indexing.ensure_index(ports)
    while indexing.encode_some(ports):
        pass
    _searched(ports, ids)
    yield ports
    bootstrap.close(ports)


def _searched(ports: Ports, ids: Sequence[int]) -> None:
    """Every customer's word leads to its article, said in many ways, opened by several."""
    with unit_of_work(ports.database) as session:
        for number, (word, article_id) in enumerate(zip(ASKED, ids, strict=True)):
            for place in range(len(VERBS) ** 2):
                text = word + VERBS[place % 4] + VERBS[place // 4]
                found = SearchLog(
                    query=text,
                    searcher_key=f"s{number}-{place}",
                    source=SearchSource.PAGE,
                    total=5,
                    took_ms=1.0,
                )
                session.add(found)
                session.flush()
                session.add(SearchClick(search_id=found.id, article_id=article_id, position=3))


def _tell(stage: str, done: int, total: int) -> None:
    assert 0 <= done <= total, stage


def _plan(base: Path, trainer: object = None) -> Plan:
    return Plan(str(base), trainer or bootstrap.trainer(), passes=12, rate=5e-3)  # type: ignore[arg-type]


def _changes(ports: Ports) -> list[LearnedChange]:
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(LearnedChange)))


def test_it_learns_the_customers_words_and_can_be_taken_back(site: Ports, base_model: Path) -> None:
    """Q4: better on questions it never saw, in effect at once, listed, reversible."""
    report = train_encoder(site, _plan(base_model), _tell)
    assert report.outcome is Outcome.IN_EFFECT
    assert report.replay is not None
    assert report.replay.ndcg.after > report.replay.ndcg.before + 0.2
    assert report.replay.changed
    assert replacing.progress(site.engine.parts).serving == report.spec
    [change] = _changes(site)
    assert (change.kind, change.state) == (LearnedKind.ENCODER, LearnedState.ACTIVE)
    assert SECRETS not in json.dumps(change.evidence, ensure_ascii=False)
    assert bootstrap.build(site.config).engine.parts.encoder.name == change.after["name"]

    assert take_back(site, _tell) == site.config.encoder
    assert _changes(site)[0].state is LearnedState.TAKEN_BACK
    assert replacing.progress(site.engine.parts).serving == site.config.encoder
    assert indexing.unencoded(site) == 0


def _spoiled(course: Course, lessons: Sequence[Lesson], progress: Progress) -> None:
    """A training that went wrong: every text looks like every other."""
    from indexer.encoders.sentence_transformer import load_model

    model = load_model(course.base)
    for values in model.parameters():
        values.data.zero_()
    model.save(str(course.folder))


def test_a_worse_one_is_refused_with_its_report(site: Ports, base_model: Path) -> None:
    """Q4: the vectors in use stay, nothing is left behind but the report."""
    good = train_encoder(site, _plan(base_model), _tell)
    bad = train_encoder(site, _plan(base_model, _spoiled), _tell)
    assert (good.outcome, bad.outcome) == (Outcome.IN_EFFECT, Outcome.REFUSED)
    assert replacing.progress(site.engine.parts).serving == good.spec
    refused = _changes(site)[-1]
    assert refused.state is LearnedState.REFUSED
    assert refused.evidence["replay"]["verdict"] == "loss"
    with reading(site.database) as session:
        assert session.scalars(sa.select(VectorsToCome)).all() == []
    assert [folder.name for folder in site.config.encoders_dir.iterdir()] == ["trained-1"]


def test_only_public_articles_and_no_held_out_question_are_taught(site: Ports) -> None:
    """K11: hidden text goes into no model; the examination stays honest."""
    known = encoder_lessons.schooling(site)
    assert not any(SECRETS in lesson.answer + lesson.question for lesson in known.lessons)
    taught = {lesson.question for lesson in known.lessons}
    held = {each.text for each in known.held_out}
    assert taught
    assert len(held) >= 30
    assert not taught & held


def test_with_little_to_learn_from_it_says_how_much_is_missing(ports: Ports) -> None:
    """Q4: not enough data is said."""
    report = train_encoder(ports, Plan("any", bootstrap.trainer()), _tell)
    assert report.outcome is Outcome.NOT_ENOUGH
    assert report.as_words()["needed"] == {"lessons": 100, "held_out": 30}


def test_a_training_that_fails_leaves_nothing(site: Ports) -> None:
    """Bad input: a base that is not there."""
    with pytest.raises(EncoderMissing, match="cannot load"):
        train_encoder(site, Plan("/no/such/model", bootstrap.trainer()), _tell)
    assert not list(site.config.encoders_dir.iterdir())
    assert _changes(site) == []


def test_managers_may_take_it_back_on_the_page(site: Ports, base_model: Path) -> None:
    """Q4: the worker brings the old vectors back beside the trained ones."""
    train_encoder(site, _plan(base_model), _tell)
    [change] = _changes(site)
    with unit_of_work(site.database) as session:
        manager: Viewer = make_user(session, "林知夏", Role.CONTENT_MANAGER).as_viewer()
    changes.take_back(site, manager, change.id)
    state = replacing.progress(site.engine.parts)
    assert (state.serving, state.wanted) == (change.after["spec"], site.config.encoder)
    while indexing.encode_some(site):
        pass
    assert replacing.progress(site.engine.parts).serving == site.config.encoder
