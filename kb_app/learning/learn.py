"""One look at the site's own outcomes: how sure answers are, wordings, weights, places.

Run nightly and on demand; says what there was too little of. What somebody took back is left
alone for two weeks, unless asked for. Loads scikit-learn, so import it where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.confidence import Model
from answerer.site_learning import FEWEST_LESSONS, Lesson, calibration_error, is_enough, learn
from indexer.circumstances import learned_shares
from kb_app import look_places as places
from kb_app.learning import changes, phrasing
from kb_app.learning.automatic import accept_proven
from kb_app.learning.lessons import corrections, ended_questions, same_question, was_right
from kb_app.learning.model import as_words, encoder_of, usual_model
from kb_app.learning.place_log import shown_places
from kb_app.learning.replay import FEWEST_QUERIES, logged, replay
from kb_app.learning.weighing import learned_division
from kb_app.ports import Ports
from models import (
    Article,
    LearnedChange,
    LearnedKind,
    LearnedState,
    LearningRun,
    ShownKind,
    reading,
    unit_of_work,
)

PAUSE = timedelta(days=14)
NOT_ENOUGH, NO_BETTER, LEARNED, PAUSED = "not_enough", "no_better", "learned", "paused"


def learn_all(ports: Ports, *, asked_for: bool = False) -> dict[str, Any]:
    """Everything; returns (and keeps) the report."""
    run_id = _begun(ports)
    steps = {
        LearnedKind.CALIBRATION: calibrate,
        LearnedKind.PLACES: look_at_places,
        LearnedKind.WEIGHTS: weigh,
    }
    report: dict[str, Any] = {}
    for kind, step in steps.items():
        paused = not asked_for and _is_paused(ports, kind)
        report[kind.value] = {"outcome": PAUSED} if paused else step(ports)
    report["phrasing"] = {"proposed": phrasing.propose(ports), **accept_proven(ports)}
    report["replay"] = _replay_shipped(ports)
    with unit_of_work(ports.database) as session:
        run = session.get_one(LearningRun, run_id)
        run.report, run.finished_at = report, ports.clock()
        unfinished = sa.update(LearningRun).where(LearningRun.finished_at.is_(None))
        session.execute(unfinished.values(finished_at=ports.clock()))
    return report


def lessons(session: Session, encoder: str) -> list[Lesson]:
    """What ended questions teach about being sure of this encoder's figures."""
    ended = ended_questions(session, encoder)
    told = corrections(session, [question.id for question, _, _ in ended])
    refs = {shown.target_id for _, _, shown in ended if shown.kind is ShownKind.ARTICLE}
    found = session.execute(sa.select(Article.id, Article.category_id).where(Article.id.in_(refs)))
    categories = dict(found.all())
    return [
        Lesson(
            vector=tuple(evidence.vector),
            right=was_right(question, shown, told),
            same_question=same_question(evidence.vector),
            titles_only=evidence.titles_only,
            category_id=categories.get(shown.target_id)
            if shown.kind is ShownKind.ARTICLE
            else question.category_id,
        )
        for question, evidence, shown in ended
    ]


def calibrate(ports: Ports) -> dict[str, Any]:
    """Fit the confidence model to this site, unless too little speaks or it is no better."""
    encoder = encoder_of(ports)
    usual, demanded = usual_model(ports), ports.config.answer_precision
    with reading(ports.database) as session:
        known = lessons(session, encoder)
    told: dict[str, Any] = {"lessons": len(known), "needed": FEWEST_LESSONS, "encoder": encoder}
    if not is_enough(known):
        return {"outcome": NOT_ENOUGH, **told}
    model, chances = learn(usual, known, demanded)
    plain = [_usual_chance(usual, each) for each in known]
    titles_only = 2 * sum(each.titles_only for each in known) > len(known)
    old, new = (_mostly(each, titles_only) for each in (usual, model))
    told |= {
        "error_before": round(calibration_error(plain, known), 4),
        "error_after": round(calibration_error(chances, known), 4),
        "miss_before": round(_miss(plain, known), 4),
        "miss_after": round(_miss(chances, known), 4),
        "precision": demanded,
        "threshold_before": min(2.0, old.threshold(demanded)),
        "threshold_after": min(2.0, new.threshold(demanded)),
        "categories": len(new.category_thresholds),
    }
    after = as_words(model, encoder)
    known_already = changes.is_in_effect(ports, LearnedKind.CALIBRATION, after)
    if told["miss_after"] >= told["miss_before"] or known_already:
        return {"outcome": NO_BETTER, **told}
    changes.put_in_effect(ports, LearnedKind.CALIBRATION, after, told)
    return {"outcome": LEARNED, **told}


def _usual_chance(usual: Model, lesson: Lesson) -> float:
    fitting = usual.fitting_width(len(lesson.vector), titles_only=lesson.titles_only)
    return fitting.chance(lesson.vector, lesson.same_question)


def _mostly(model: Model, titles_only: bool) -> Model:
    """The part that judges most of what is asked here."""
    return model.titles if titles_only and model.titles is not None else model


def look_at_places(ports: Ports) -> dict[str, Any]:
    """Estimate how far people look at results here."""
    seen = places.comparable(shown_places(ports))
    told = {
        "shown": int(seen.shown.sum()),
        "clicks": int(seen.clicks.sum()),
        "needed": places.FEWEST_SHOWN,
    }
    if not places.is_enough(seen):
        return {"outcome": NOT_ENOUGH, **told}
    curve = [round(each, 4) for each in places.fit(seen)]
    if changes.is_in_effect(ports, LearnedKind.PLACES, {"curve": curve}):
        return {"outcome": NO_BETTER, **told}
    changes.put_in_effect(ports, LearnedKind.PLACES, {"curve": curve}, told)
    return {"outcome": LEARNED, **told}


def weigh(ports: Ports) -> dict[str, Any]:
    """Learn the division of the prior on one half of the queries, prove it on the other."""
    asked = logged(ports)
    told = {"queries": len(asked), "needed": 2 * FEWEST_QUERIES}
    if len(asked) < 2 * FEWEST_QUERIES:
        return {"outcome": NOT_ENOUGH, **told}
    with reading(ports.database) as session:
        present = learned_shares(session)
    found = learned_division(ports, asked[::2], present)
    if found is None or found == present:
        return {"outcome": NOT_ENOUGH if found is None else NO_BETTER, **told}
    result = changes.try_shares(ports, found, told, asked[1::2])
    return {"outcome": result.verdict.value, **told}


def _miss(chances: Sequence[float], known: Sequence[Lesson]) -> float:
    """Brier's score: the mean square between what was said and what came."""
    pairs = zip(chances, known, strict=True)
    return sum((chance - each.right) ** 2 for chance, each in pairs) / len(known)


def _replay_shipped(ports: Ports) -> dict[str, Any]:
    """The present order on all logged queries, beside one without ratings and use at all."""
    asked = logged(ports)
    with reading(ports.database) as session:
        present = learned_shares(session)
    nothing = type(present)(0.0, 0.0, 0.0, 0.0)
    return {"present": asdict(present), **replay(ports, asked, nothing).as_words()}


def _begun(ports: Ports) -> int:
    """The run that was announced, or a new one."""
    with unit_of_work(ports.database) as session:
        unfinished = sa.select(LearningRun).where(LearningRun.finished_at.is_(None))
        run = session.scalar(unfinished.order_by(LearningRun.id.desc()).limit(1))
        if run is None:
            run = LearningRun(created_at=ports.clock())
            session.add(run)
            session.flush()
        return run.id


def _is_paused(ports: Ports, kind: LearnedKind) -> bool:
    with reading(ports.database) as session:
        taken_back = sa.select(LearnedChange.id).where(
            LearnedChange.kind == kind,
            LearnedChange.state == LearnedState.TAKEN_BACK,
            LearnedChange.decided_at > ports.clock() - PAUSE,
        )
        return session.scalar(taken_back.limit(1)) is not None
