"""Putting the files of records beside their articles, before the records are written.

A new article is first an empty draft nobody sees; a run that ends here is finished by the
next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kb_app.errors import WendaError
from kb_app.exchange.applying import Note, Tally
from kb_app.exchange.audience_names import AudienceNames
from kb_app.exchange.judging import OnConflict, Outcome, judge
from kb_app.exchange.known import Known, content_of, known_articles
from kb_app.exchange.places import Places
from kb_app.exchange.records import Record, RecordFile, content_digest
from kb_app.exchange.spool import Spool
from kb_app.files import living, put_beside, receive, safe_name
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    STAFF_KEY,
    Article,
    ArticleAccess,
    AttachmentAccess,
    ImportOrigin,
    Viewer,
    reading,
    unit_of_work,
)


@dataclass(frozen=True)
class Carrier:
    """Who carries files from where."""

    ports: Ports
    viewer: Viewer
    place: Spool
    on_conflict: OnConflict


def put_files(carrier: Carrier, records: Sequence[Record], tally: Tally) -> None:
    """Store what the batch's articles lack; a file that is refused is noted, its article stays."""
    for record in records:
        if not record.files:
            continue
        with reading(carrier.ports.database) as session:
            known = known_articles(session, [record]).get(record.identity)
        if not _wanted(known, record, carrier.on_conflict):
            continue
        article_id = known.article.id if known else _stub(carrier.ports, record)
        for one in record.files:
            path = carrier.place.asset(one.key)
            try:
                _put(carrier, article_id, one, path)
            except (WendaError, OSError):
                tally.notes.append(Note(record.where, f"{record.title}: {one.name}", "file"))


def _wanted(known: Known | None, record: Record, on_conflict: OnConflict) -> bool:
    """Whether the record will be written; its content is judged later, with its files there."""
    if known is None:
        return True
    outcome = judge(known.standing, record.digest(), "", on_conflict)
    return outcome in {Outcome.CREATED, Outcome.CHANGED}


def _stub(ports: Ports, record: Record) -> int:
    """An empty draft for the files to lie beside, noted as begun."""
    with unit_of_work(ports.database) as session:
        places = Places(session)
        places.reserve([record])
        article = Article(
            external_id=record.external_id or None,
            slug=places.slug(record),
            title=record.title,
            access=[ArticleAccess(key=STAFF_KEY)],
        )
        session.add(article)
        session.flush()
        result = content_digest(content_of(article))
        session.add(ImportOrigin(article_id=article.id, digest="", result=result))
        return article.id


def _put(carrier: Carrier, article_id: int, one: RecordFile, path: Path) -> None:
    """The file and who may open it in one transaction: it is never open for a moment."""
    require(carrier.viewer, Permission.WRITE)
    name = safe_name(one.name)
    with path.open("rb") as stream:
        stored = receive(carrier.ports, carrier.viewer, stream)
    with unit_of_work(carrier.ports.database) as session:
        living(session, article_id)
        row = put_beside(carrier.ports, session, carrier.viewer, article_id, name, stored)
        if one.access:
            kept = {entry.key: entry for entry in row.access}
            keys = AudienceNames(session).keys(one.access)
            row.access = [kept.get(key) or AttachmentAccess(key=key) for key in sorted(keys)]
