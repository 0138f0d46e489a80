"""The confidence model in use: the site's own while one is in effect, else the shipped one.

What was learned of one encoder's figures says nothing about another's: it is not used then.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from answerer.confidence import SAME_QUESTION, Model, shipped
from answerer.evidence import NAMES
from indexer.comparing import NAMES as COMPARED_NAMES
from indexer.comparing import networks
from kb_app.ports import Ports
from models import LearnedChange, LearnedKind, LearnedState, reading

TITLES_ELSEWHERE = ((1.0, SAME_QUESTION),)


def encoder_of(ports: Ports) -> str:
    """The encoder whose figures are judged here."""
    return ports.engine.parts.encoder.name


def features(encoder: str, width: int) -> str:
    """Marks evidence; that of other features, or of another encoder, cannot be used with it."""
    said = " ".join((*NAMES, *COMPARED_NAMES, str(width), encoder))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def shipped_for(encoder: str) -> Model:
    """The shipped model for evidence of this encoder.

    Comparisons and the model of titles are of the bundled one's figures alone; elsewhere a
    title by itself answers what is all but the same.
    """
    whole, trained = shipped(), networks()
    if whole.plain is None or (trained is not None and trained.encoder == encoder):
        return whole
    return replace(whole.plain, titles=replace(whole.plain, thresholds=TITLES_ELSEWHERE))


def usual_model(ports: Ports) -> Model:
    """The shipped model for this site: its encoder, and the size of its base."""
    return shipped_for(encoder_of(ports)).in_base_of(ports.engine.size())


def current_model(ports: Ports) -> Model:
    """What judges questions now."""
    encoder = encoder_of(ports)
    usual = usual_model(ports)
    with reading(ports.database) as session:
        found = session.execute(
            sa.select(LearnedChange.id, LearnedChange.after)
            .where(LearnedChange.kind == LearnedKind.CALIBRATION)
            .where(LearnedChange.state == LearnedState.ACTIVE)
            .order_by(LearnedChange.id.desc())
            .limit(1)
        ).one_or_none()
    if found is None or not is_of(found.after, encoder):
        return usual
    return _read(_Kept(found.id, found.after), usual)


def is_of(words: dict[str, Any], encoder: str) -> bool:
    """Whether a kept model judges this encoder's evidence."""
    return bool(words.get("features") == features(encoder, len(shipped_for(encoder).weights)))


def as_words(model: Model, encoder: str) -> dict[str, Any]:
    """A model as it is kept."""
    said = {"features": features(encoder, len(model.weights)), "encoder": encoder}
    return {**said, **asdict(replace(model, plain=None))}


class _Kept:
    """A kept model under its number, so that it is read once."""

    def __init__(self, number: int, words: dict[str, Any]) -> None:
        self.number, self.words = number, words

    def __hash__(self) -> int:
        return hash(self.number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.words == other.words


@lru_cache(maxsize=8)
def _read(kept: _Kept, usual: Model) -> Model:
    titles = kept.words["titles"]
    learned = usual.titles
    if learned is not None and titles is not None:
        learned = _put(learned, titles)
    return replace(_put(usual, kept.words), titles=learned)


def _put(usual: Model, words: dict[str, Any]) -> Model:
    return replace(
        usual,
        mean=tuple(words["mean"]),
        scale=tuple(words["scale"]),
        weights=tuple(words["weights"]),
        intercept=words["intercept"],
        thresholds=_pairs(words["thresholds"]),
        category_thresholds=tuple(
            (category_id, _pairs(own)) for category_id, own in words["category_thresholds"]
        ),
        same_question=words["same_question"],
    )


def _pairs(rows: list[list[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((row[0], row[1]) for row in rows)
