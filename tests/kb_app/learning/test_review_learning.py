"""Learning under suspicion: random 解决了, the same night twice, wordings an editor had (Q3 Q4)."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from answerer.site_learning import Lesson, learn
from indexer.ranking import SHIPPED_SHARES, Shares
from kb_app.learning import changes, phrasing
from kb_app.learning import learn as learning
from kb_app.learning.model import current_model, encoder_of, shipped_for
from kb_app.learning.replay import Change, Replay, Verdict
from kb_app.ports import Ports
from models import (
    Article,
    LearnedChange,
    LearnedKind,
    LearnedState,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.kb_app.learning.test_learning import PLAIN, SAID, WIDTH, base, lived, proposals, solve

__all__ = ["base"]


def at_random(count: int) -> list[Lesson]:
    """Somebody asks anything and always says 解决了."""
    chance, model = np.random.default_rng(1), PLAIN
    return [
        Lesson(
            tuple(np.array(model.mean) + chance.normal(0, 0.7, WIDTH) * np.array(model.scale)), True
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("poison", [1_000, 3_000])
def test_clicking_solved_at_random_cannot_make_it_answer_everything(poison: int) -> None:
    """Q3: unbounded, a day of one script made every question be answered, right or not."""
    unseen = lived(2_000, 0.5, seed=9)
    model, _ = learn(PLAIN, [*lived(400, 0.5), *at_random(poison)])
    needed = model.threshold(0.95)
    answered = [each for each in unseen if model.chance(each.vector, False) >= needed]
    assert len(answered) < 0.7 * len(unseen)
    assert min(PLAIN.chance(each.vector, False) for each in answered) > 0.1
    usual = sum(each.right for each in unseen) / len(unseen)
    assert sum(each.right for each in answered) / len(answered) > usual + 0.05


def learned(ports: Ports, kind: LearnedKind) -> list[LearnedChange]:
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(LearnedChange).where(LearnedChange.kind == kind)))


def test_the_same_outcomes_learned_twice_are_one_change(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q4: the list of changes does not grow by one every night."""
    monkeypatch.setattr(learning, "lessons", lambda *_: lived(600, -1.0))
    outcomes = [learning.calibrate(ports)["outcome"] for _ in range(3)]
    assert outcomes == ["learned", "no_better", "no_better"]
    (change,) = learned(ports, LearnedKind.CALIBRATION)
    usual = shipped_for(encoder_of(ports))
    assert current_model(ports) != usual
    changes.take_back(ports, people.linzhixia, change.id)
    assert current_model(ports) == usual


def test_what_was_refused_is_not_listed_every_night(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K4: the same loss, shown once."""
    none = Change(0.5, 0.4, -0.2, -0.1)
    lost = Replay(40, none, none, none, Verdict.LOSS, ())
    monkeypatch.setattr(changes, "replay", lambda *_: lost)
    for _ in range(3):
        assert changes.try_shares(ports, Shares(0.1, 0.1, 0.1, 0.1), {}, []) is lost
    changes.try_shares(ports, SHIPPED_SHARES, {}, [])
    found = learned(ports, LearnedKind.WEIGHTS)
    assert [each.state for each in found] == [LearnedState.REFUSED] * 2


def test_taking_a_wording_back_leaves_what_the_editor_had_written(
    ports: Ports, people: People, base: list[int]
) -> None:
    """Q4: accepted after the editor had added it himself, it added nothing."""
    solve(ports, SAID, "a")
    phrasing.propose(ports)
    with unit_of_work(ports.database) as session:
        session.get_one(Article, base[0]).phrasings = [SAID]
    (proposal,) = proposals(ports)
    changes.accept(ports, people.linzhixia, proposal.id)
    changes.take_back(ports, people.linzhixia, proposal.id)
    with reading(ports.database) as session:
        assert session.get_one(Article, base[0]).phrasings == [SAID]
