"""Another encoder: everything is encoded beside the old vectors, then swapped at once.

Searches use the old vectors until the last document has new ones; what changes meanwhile is
encoded by both. Each step is small, idempotent, and goes on after a kill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.encoder import Encoder, partial_name, whole_name
from indexer.encoder_switch import EncoderSwitch, wanted_spec
from indexer.encoding import DocumentVectors, encoded
from indexer.search import IndexParts
from indexer.sources import documents
from indexer.stamping import same_text
from models import (
    IN_USE_ID,
    EncoderInUse,
    IndexEntry,
    PassageTokens,
    TokensToCome,
    VectorsToCome,
    encoder_in_use,
    reading,
    unit_of_work,
    utcnow,
)

TOKENS_AT_ONCE = 200
Stale = tuple[str, str, str | None]


@dataclass(frozen=True)
class Replacing:
    """Which encoder serves and which is wanted; `done` of `total` documents have its vectors."""

    serving: str
    wanted: str
    done: int
    total: int


def replace_some(parts: IndexParts, limit: int = 64) -> bool:
    """One step towards the wanted encoder; False when there is none to take.

    EncoderMissing when it cannot be had here; the old one then stays at work, and it is tried
    again after a while.
    """
    switch = parts.encoder
    if not isinstance(switch, EncoderSwitch):
        return False
    with reading(parts.database) as session:
        used = encoder_in_use(session)
        in_use = (used.spec, used.name) if used is not None else None
        wanted = wanted_spec(session, switch.configured)
    if in_use is None:
        put_in_use(parts, switch.spec, switch.current)
        return False
    if in_use == (wanted, switch.name) and switch.spec == wanted:
        return _move_tokens(parts, switch.current)
    if switch.failed_lately(wanted):
        return False
    coming = switch.named(wanted)
    if in_use[1] == coming.name or not _is_worth_keeping(parts, switch.current, coming, in_use[1]):
        put_in_use(parts, wanted, coming)
        return False
    if encode_to_come(parts, coming, limit) == 0:
        swap(parts, wanted, coming)
    return True


def progress(parts: IndexParts) -> Replacing:
    """How far the change is, for people to see."""
    switch = parts.encoder
    with reading(parts.database) as session:
        used = encoder_in_use(session)
        serving = used.spec if used is not None else ""
        configured = switch.configured if isinstance(switch, EncoderSwitch) else serving
        wanted = wanted_spec(session, configured)
        living = sa.select(sa.func.count()).where(IndexEntry.gone.is_(False))
        made = sa.select(sa.func.count()).select_from(VectorsToCome)
        total = session.scalar(living) or 0
        return Replacing(serving, wanted, min(total, session.scalar(made) or 0), total)


def put_in_use(parts: IndexParts, spec: str, encoder: Encoder) -> None:
    """Every process is to search by this encoder from now on."""
    with unit_of_work(parts.database) as session:
        session.merge(EncoderInUse(id=IN_USE_ID, spec=spec, name=encoder.name, since=utcnow()))
    if isinstance(parts.encoder, EncoderSwitch):
        parts.encoder.use(spec, encoder)


def encode_to_come(parts: IndexParts, coming: Encoder, limit: int = 64) -> int:
    """Encode up to `limit` documents that lack vectors of this encoder; how many were."""
    with reading(parts.database) as session:
        rows: list[Stale] = [
            (doc_id, now, before)
            for doc_id, now, before in session.execute(_lacking(coming).limit(limit))
        ]
        lacking = {doc_id: now for doc_id, now, before in rows if not _holds(now, before)}
        found = documents(session, lacking)
    present = [
        document
        for document in found.values()
        if document is not None and same_text(lacking[document.doc_id], document.fingerprint)
    ]
    _store(parts, coming, rows, encoded(coming, present))
    return len(rows)


def count_to_come(parts: IndexParts, coming: Encoder) -> int:
    """How many documents still lack vectors of this encoder."""
    with reading(parts.database) as session:
        counted = sa.select(sa.func.count()).select_from(_lacking(coming).subquery())
        return session.scalar(counted) or 0


def swap(parts: IndexParts, spec: str, coming: Encoder) -> None:
    """Put the new vectors in the place of the old ones, in one transaction."""
    made = sa.and_(
        VectorsToCome.doc_id == IndexEntry.doc_id,
        VectorsToCome.encoder == coming.name,
        VectorsToCome.fingerprint == IndexEntry.fingerprint,
        VectorsToCome.title_vector != b"",
    )

    def of(column: sa.orm.InstrumentedAttribute[bytes]) -> sa.ColumnElement[bytes]:
        found = sa.select(column).where(made).correlate(IndexEntry).scalar_subquery()
        return sa.func.coalesce(found, b"")

    has = sa.exists(sa.select(VectorsToCome.doc_id).where(made).correlate(IndexEntry))
    with unit_of_work(parts.database) as session:
        used = session.get(EncoderInUse, IN_USE_ID, with_for_update=True)
        if used is not None and used.name == coming.name:
            return  # another worker was faster, and took the vectors
        session.execute(
            sa.update(IndexEntry)
            .where(IndexEntry.gone.is_(False))
            .values(
                encoder=sa.case((has, whole_name(coming)), else_=""),
                title_vector=of(VectorsToCome.title_vector),
                body_vector=of(VectorsToCome.body_vector),
                changed_at=utcnow(),
            )
            .execution_options(synchronize_session=False)
        )
        session.execute(sa.delete(PassageTokens))
        _forget_vectors(session, coming.name)
        session.merge(EncoderInUse(id=IN_USE_ID, spec=spec, name=coming.name, since=utcnow()))
    if isinstance(parts.encoder, EncoderSwitch):
        parts.encoder.use(spec, coming)


def forget_to_come(parts: IndexParts, name: str) -> None:
    """Vectors of an encoder that is not to follow after all."""
    with unit_of_work(parts.database) as session:
        _forget_vectors(session, name)
        session.execute(sa.delete(TokensToCome).where(TokensToCome.encoder == name))


def _forget_vectors(session: Session, name: str) -> None:
    session.execute(sa.delete(VectorsToCome).where(VectorsToCome.encoder == name))


def _lacking(coming: Encoder) -> sa.Select[str, str, str]:
    mine = sa.and_(VectorsToCome.doc_id == IndexEntry.doc_id, VectorsToCome.encoder == coming.name)
    old = sa.or_(
        VectorsToCome.doc_id.is_(None), VectorsToCome.fingerprint != IndexEntry.fingerprint
    )
    return (
        sa.select(IndexEntry.doc_id, IndexEntry.fingerprint, VectorsToCome.fingerprint)
        .outerjoin(VectorsToCome, mine)
        .where(IndexEntry.gone.is_(False), old)
        .order_by(IndexEntry.doc_id)
    )


def _holds(fingerprint: str, made_from: str | None) -> bool:
    """Whether vectors made before are of the same text."""
    return made_from is not None and same_text(made_from, fingerprint)


def _store(
    parts: IndexParts, coming: Encoder, rows: list[Stale], made: Mapping[str, DocumentVectors]
) -> None:
    """What changed while it was read gets none, until it is indexed with its new text."""
    with unit_of_work(parts.database) as session:
        for doc_id, fingerprint, before in rows:
            if _holds(fingerprint, before):
                stored = session.get(VectorsToCome, (doc_id, coming.name))
                if stored is not None:
                    stored.fingerprint = fingerprint
                continue
            vectors = made.get(doc_id, DocumentVectors("", b"", b""))
            session.merge(
                VectorsToCome(
                    doc_id=doc_id,
                    encoder=coming.name,
                    fingerprint=fingerprint,
                    title_vector=vectors.title,
                    body_vector=vectors.passages,
                )
            )
            _store_tokens(session, doc_id, coming.name, vectors)


def _store_tokens(session: Session, doc_id: str, name: str, vectors: DocumentVectors) -> None:
    mine = (TokensToCome.doc_id == doc_id, TokensToCome.encoder == name)
    session.execute(sa.delete(TokensToCome).where(*mine))
    session.add_all(
        TokensToCome(doc_id=doc_id, encoder=name, number=number, tokens=tokens)
        for number, tokens in vectors.numbered()
    )


def _move_tokens(parts: IndexParts, encoder: Encoder) -> bool:
    """Tokens follow their vectors in small portions: they are many, and can be done without."""
    waiting = sa.select(TokensToCome.doc_id).where(TokensToCome.encoder == encoder.name)
    with reading(parts.database) as session:
        ids = session.scalars(waiting.distinct().limit(TOKENS_AT_ONCE)).all()
    if not ids:
        return False
    mine = (TokensToCome.encoder == encoder.name, TokensToCome.doc_id.in_(ids))
    has = sa.select(PassageTokens.doc_id).where(PassageTokens.doc_id.in_(ids))
    vectors = sa.select(IndexEntry.doc_id).where(IndexEntry.encoder == whole_name(encoder))
    wanted = sa.select(TokensToCome.doc_id, TokensToCome.number, TokensToCome.tokens).where(
        *mine, TokensToCome.doc_id.not_in(has), TokensToCome.doc_id.in_(vectors)
    )
    with unit_of_work(parts.database) as session:
        columns = ["doc_id", "number", "tokens"]
        session.execute(sa.insert(PassageTokens).from_select(columns, wanted))
        session.execute(sa.delete(TokensToCome).where(*mine))
    return True


def _is_worth_keeping(parts: IndexParts, current: Encoder, coming: Encoder, in_use: str) -> bool:
    """Whether old vectors serve meanwhile; else words do, while vectors are made in place."""
    if current.name != in_use or not current.dimensions or not coming.dimensions:
        return False
    names = (whole_name(current), partial_name(current))
    with reading(parts.database) as session:
        made = sa.select(IndexEntry.doc_id).where(IndexEntry.encoder.in_(names))
        return session.scalar(made.limit(1)) is not None
