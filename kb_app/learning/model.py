"""The confidence model in use: the site's own while one is in effect, else the shipped one."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from answerer.confidence import Model, shipped
from answerer.evidence import NAMES
from kb_app.ports import Ports
from models import LearnedChange, LearnedKind, LearnedState, reading

# Evidence and models of other features cannot be used together.
FEATURES = hashlib.blake2b(
    " ".join((*NAMES, str(len(shipped().weights)))).encode(), digest_size=8
).hexdigest()


def current_model(ports: Ports) -> Model:
    """What judges questions now."""
    with reading(ports.database) as session:
        found = session.execute(
            sa.select(LearnedChange.id, LearnedChange.after)
            .where(LearnedChange.kind == LearnedKind.CALIBRATION)
            .where(LearnedChange.state == LearnedState.ACTIVE)
            .order_by(LearnedChange.id.desc())
            .limit(1)
        ).one_or_none()
    if found is None or found.after.get("features") != FEATURES:
        return shipped()
    return _read(_Kept(found.id, found.after))


def as_words(model: Model) -> dict[str, Any]:
    """A model as it is kept."""
    return {"features": FEATURES, **asdict(model)}


class _Kept:
    """A kept model under its number, so that it is read once."""

    def __init__(self, number: int, words: dict[str, Any]) -> None:
        self.number, self.words = number, words

    def __hash__(self) -> int:
        return hash(self.number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.words == other.words


@lru_cache(maxsize=8)
def _read(kept: _Kept) -> Model:
    words = kept.words
    return replace(
        shipped(),
        mean=tuple(words["mean"]),
        scale=tuple(words["scale"]),
        weights=tuple(words["weights"]),
        intercept=words["intercept"],
        thresholds=_pairs(words["thresholds"]),
        title_thresholds=_pairs(words["title_thresholds"]),
        category_thresholds=tuple(
            (category_id, _pairs(own)) for category_id, own in words["category_thresholds"]
        ),
        same_question=words["same_question"],
    )


def _pairs(rows: list[list[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((row[0], row[1]) for row in rows)
