"""What was learned of one encoder's figures is not believed of another's (Q3 Q4)."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from answerer.confidence import SAME_QUESTION, shipped
from indexer.comparing import networks
from kb_app.learning.changes import put_in_effect
from kb_app.learning.learn import lessons
from kb_app.learning.model import as_words, current_model, encoder_of, is_of, shipped_for
from kb_app.ports import Ports
from kb_app.questions import settle, submit
from models import LearnedKind, QuestionEvidence, reading, unit_of_work, visitor
from tests.factories import publish_articles
from tests.kb_app.test_questions import asking

TITLE = "忘记登录密码以后应该怎么重新设置一个新的密码"


def test_a_model_of_another_encoder_is_ignored(ports: Ports) -> None:
    """Q4: a changed encoder means other figures; the shipped model judges until more is learned."""
    usual = shipped_for(encoder_of(ports))
    words = as_words(replace(usual, thresholds=((0.99, 0.5),)), "another")
    assert not is_of(words, encoder_of(ports))
    put_in_effect(ports, LearnedKind.CALIBRATION, words, {})
    assert current_model(ports) == usual
    own = as_words(replace(usual, thresholds=((0.99, 0.5),)), encoder_of(ports))
    put_in_effect(ports, LearnedKind.CALIBRATION, own, {})
    assert current_model(ports).threshold(0.95) == 0.5


def test_outcomes_seen_by_another_encoder_teach_nothing(ports: Ports) -> None:
    """Q4: the question's evidence is kept, but not learned from."""
    publish_articles(ports, (TITLE, "点忘记密码，按提示重设。"), ("门锁没电怎么办", "换电池"))
    settle(ports, visitor("a"), submit(ports, visitor("a"), asking(TITLE)))
    with reading(ports.database) as session:
        assert len(lessons(session, encoder_of(ports))) == 1
        assert lessons(session, "another") == []
    with unit_of_work(ports.database) as session:
        assert session.scalars(sa.select(QuestionEvidence)).one().vector


def test_comparisons_belong_to_the_encoder_they_were_trained_for() -> None:
    """Q3: elsewhere the plain model judges, and a title alone answers only what is the same."""
    trained = networks()
    assert trained is not None
    assert shipped_for(trained.encoder) is shipped()
    elsewhere = shipped_for("another")
    assert elsewhere.titles is not None
    assert len(elsewhere.weights) < len(shipped().weights)
    assert elsewhere.titles.threshold(0.95) == SAME_QUESTION
