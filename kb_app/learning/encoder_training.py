"""An encoder of the site's own: trained on its outcomes, examined, put in effect or refused.

The examination asks held-out questions with the vectors in use and with the new ones, which
lie beside the old ones meanwhile. Only when nothing got worse is the new one put in effect;
`back` takes it out again, also beside a running site.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from indexer import replacing
from indexer.backend import SearchRequest
from indexer.catalogue import Catalogue
from indexer.encoder import Encoder, EncoderMissing
from indexer.encoder_switch import EncoderSwitch
from indexer.search import IndexParts, SearchEngine
from indexer.training import Course, Lesson, Trainer
from kb_app.errors import NotFound
from kb_app.events import Event, happened
from kb_app.learning import changes
from kb_app.learning.encoder_lessons import Schooling, schooling
from kb_app.learning.replay import (
    EVERYBODY,
    FEWEST_QUERIES,
    FIRST,
    Asked,
    Replay,
    Result,
    Verdict,
    compared,
    judged,
)
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM
from models import (
    LearnedChange,
    LearnedKind,
    LearnedState,
    encoder_in_use,
    reading,
    unit_of_work,
)

FEWEST_LESSONS = 100
PREFIX = "trained-"
TRAINED = "trained:"
BATCH = 32
Told = Callable[[str, int, int], None]


class Outcome(StrEnum):
    """How a training ended."""

    NOT_ENOUGH = "not_enough"
    IN_EFFECT = "in_effect"
    REFUSED = "refused"


@dataclass(frozen=True)
class Plan:
    """From which model to train and how; `trainer` knows how to."""

    base: str
    trainer: Trainer
    passes: int = 3
    rate: float = 2e-5


@dataclass(frozen=True)
class Report:
    """What came of it."""

    outcome: Outcome
    lessons: int
    held_out: int
    spec: str = ""
    replay: Replay | None = None

    def as_words(self) -> dict[str, Any]:
        """For keeping and printing."""
        return {
            "outcome": self.outcome.value,
            "lessons": self.lessons,
            "held_out": self.held_out,
            "needed": {"lessons": FEWEST_LESSONS, "held_out": FEWEST_QUERIES},
            "spec": self.spec,
            "replay": self.replay.as_words() if self.replay is not None else None,
        }


def train_encoder(ports: Ports, plan: Plan, tell: Told) -> Report:
    """Train, examine, decide. EncoderMissing when there is nothing to train with or on."""
    known = schooling(ports)
    counts = len(known.lessons), len(known.held_out)
    if counts[0] < FEWEST_LESSONS or counts[1] < FEWEST_QUERIES:
        return Report(Outcome.NOT_ENOUGH, *counts)
    spec = _next_spec(ports)
    folder = ports.config.encoders_dir / spec.removeprefix(TRAINED)
    folder.parent.mkdir(parents=True, exist_ok=True)
    course = Course(plan.base, folder, plan.passes, plan.rate)
    try:
        _trained(plan.trainer, course, known.lessons, tell)
        encoder = _switch(ports).named(spec)
        result = _examine(ports, encoder, known, tell)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    passed = result.verdict in {Verdict.BETTER, Verdict.SAME}
    report = Report(Outcome.IN_EFFECT if passed else Outcome.REFUSED, *counts, spec, result)
    _decide(ports, plan, encoder, report)
    return report


def take_back(ports: Ports, tell: Told) -> str:
    """The encoder that was trained here is no longer wanted; returns the one that is.

    NotFound when none is in effect.
    """
    with reading(ports.database) as session:
        change = changes.active(session, LearnedKind.ENCODER)
    if change is None:
        raise NotFound("a trained encoder in effect")
    changes.take_back(ports, SYSTEM, change.id)
    encode_wanted(ports, tell)
    with reading(ports.database) as session:
        used = encoder_in_use(session)
        return used.spec if used is not None else ports.config.encoder


def encode_wanted(ports: Ports, tell: Told) -> None:
    """Make the vectors of the wanted encoder now and swap; a worker does the same by itself."""
    parts = ports.engine.parts
    while replacing.replace_some(parts, BATCH):
        state = replacing.progress(parts)
        tell("encoding", state.done, state.total)
    ports.engine.refresh()


def _trained(trainer: Trainer, course: Course, lessons: Sequence[Lesson], tell: Told) -> None:
    trainer(course, lessons, lambda done, total: tell("training", done, total))


def _examine(ports: Ports, encoder: Encoder, known: Schooling, tell: Told) -> Replay:
    """Held-out questions, by the vectors in use and by the new ones beside them."""
    parts = ports.engine.parts
    total = replacing.count_to_come(parts, encoder)
    while replacing.encode_to_come(parts, encoder, BATCH):
        tell("encoding", total - replacing.count_to_come(parts, encoder), total)
    ports.engine.refresh()
    before = _asked(ports.engine, known.held_out)
    own = IndexParts(parts.database, parts.backend, encoder, parts.scorer)
    catalogue = Catalogue(parts.database, encoder, to_come=True)
    after = _asked(SearchEngine(own, catalogue), known.held_out)
    return compared(ports, known.held_out, before, after)


def _asked(engine: SearchEngine, asked: Sequence[Asked]) -> list[Result]:
    results = []
    for each in asked:
        hits = engine.search(SearchRequest(each.text, EVERYBODY, limit=FIRST)).hits
        results.append(judged(each, [hit.ref_id for hit in hits]))
    return results


def _decide(ports: Ports, plan: Plan, encoder: Encoder, report: Report) -> None:
    after = {"spec": report.spec, "name": encoder.name, "configured": ports.config.encoder}
    evidence = {"base": plan.base[-120:], **report.as_words()}
    happened(Event.ENCODER_TRAINED, outcome=report.outcome, lessons=report.lessons)
    if report.outcome is Outcome.IN_EFFECT:
        changes.put_in_effect(ports, LearnedKind.ENCODER, after, evidence, "wenda train-encoder")
        replacing.swap(ports.engine.parts, report.spec, encoder)
        ports.engine.refresh()
        return
    replacing.forget_to_come(ports.engine.parts, encoder.name)
    shutil.rmtree(ports.config.encoders_dir / report.spec.removeprefix(TRAINED), ignore_errors=True)
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        session.add(
            LearnedChange(
                kind=LearnedKind.ENCODER,
                state=LearnedState.REFUSED,
                after=after,
                evidence=evidence,
                created_at=now,
                decided_at=now,
            )
        )


def _next_spec(ports: Ports) -> str:
    """A name that no training had before, refused ones included."""
    with reading(ports.database) as session:
        made = sa.select(sa.func.count()).where(LearnedChange.kind == LearnedKind.ENCODER)
        number = (session.scalar(made) or 0) + 1
    while (ports.config.encoders_dir / f"{PREFIX}{number}").exists():
        number += 1
    return f"{TRAINED}{PREFIX}{number}"


def _switch(ports: Ports) -> EncoderSwitch:
    switch = ports.engine.parts.encoder
    if not isinstance(switch, EncoderSwitch):
        raise EncoderMissing("this process cannot change its encoder")
    return switch
