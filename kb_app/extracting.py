"""Reading the text of attached files: the background work, and asking for it once more.

Every content is read once. Harmless when run twice; whatever a file does to its reader is
written down beside it and stops nothing else.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.config import Config
from kb_app.errors import NotFound
from kb_app.events import Event, happened
from kb_app.extraction.limits import Fault
from kb_app.extraction.optical import installed
from kb_app.extraction.sandbox import OPTICAL, READER, Reading, Sandbox
from kb_app.file_text import ask_again, expect
from kb_app.files import stored_path
from kb_app.pens import require_pen
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    ASKED_FOR,
    Article,
    Attachment,
    FilePiece,
    FileState,
    FileText,
    JobKind,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
    utcnow,
)

MOST_TRIES = 3
AT_ONCE = 500


def sandbox_of(config: Config) -> Sandbox:
    """How this site reads files; with optical reading where it is wanted and installed."""
    return Sandbox(optical=installed() if config.ocr else None)


def extract(ports: Ports, sha256: str, sandbox: Sandbox | None = None) -> None:
    """Read the text of one content, if that is still to be done."""
    chosen = sandbox or sandbox_of(ports.config)
    name, tries = _begin(ports, sha256)
    if not name:
        return
    if tries > MOST_TRIES:
        found = Reading(FileState.FAILED, Fault.CRASHED)
    else:
        found = chosen.read(stored_path(ports, sha256).absolute(), name)
    _keep(ports, sha256, found, chosen.version)
    happened(
        Event.FILE_READ, state=found.state, reason=found.reason or "-", pieces=len(found.pieces)
    )


def _begin(ports: Ports, sha256: str) -> tuple[str, int]:
    """The name to read it by and how often that was begun; no name when nothing is to be done.

    The count is kept before the file is touched: one that kills its worker is given up.
    """
    with unit_of_work(ports.database) as session:
        row = session.get(FileText, sha256, with_for_update=True)
        if row is None or row.state not in ASKED_FOR:
            return "", 0
        name = session.scalar(
            sa.select(Attachment.filename)
            .where(Attachment.sha256 == sha256)
            .order_by(Attachment.id)
            .limit(1)
        )
        if name is None:
            session.delete(row)
            return "", 0
        row.tries += 1
        return name, row.tries


def _keep(ports: Ports, sha256: str, found: Reading, version: str) -> None:
    """Write what was read in place of what was there, and have its articles indexed."""
    with unit_of_work(ports.database) as session:
        row = session.get(FileText, sha256, with_for_update=True)
        if row is None:
            return
        session.execute(sa.delete(FilePiece).where(FilePiece.sha256 == sha256))
        if found.pieces:
            session.execute(sa.insert(FilePiece), _rows(sha256, found))
        row.state, row.reason, row.reader = found.state, found.reason, version
        row.pieces, row.places, row.cut = len(found.pieces), found.places, found.cut
        row.tries, row.changed_at = 0, utcnow()
        of_articles = sa.select(Attachment.article_id).where(Attachment.sha256 == sha256)
        for article_id in session.scalars(of_articles.distinct()).all():
            enqueue(session, JobKind.INDEX_ARTICLE, article_id=article_id)


def _rows(sha256: str, found: Reading) -> list[dict[str, object]]:
    return [
        {
            "sha256": sha256,
            "number": number,
            "kind": piece.kind,
            "place": piece.place,
            "name": piece.name,
            "member": piece.member,
            "text": piece.text,
        }
        for number, piece in enumerate(found.pieces, start=1)
    ]


def reread(ports: Ports, viewer: Viewer, article_id: int, attachment_id: int) -> None:
    """Ask for a file of an article to be read once more."""
    require(viewer, Permission.DRAFT)
    with unit_of_work(ports.database) as session:
        file = session.get(Attachment, attachment_id)
        if file is None or file.article_id != article_id:
            raise NotFound(str(attachment_id))
        require_pen(viewer, session.get_one(Article, article_id))
        known = session.get(FileText, file.sha256)
        if known is None:
            expect(session, file.sha256, article_id)
        else:
            ask_again(session, known)
        record(session, viewer, "file.reread", f"article:{article_id}", filename=file.filename)


def catch_up(ports: Ports) -> None:
    """Have read what no reader, or only an older one, has read; forget what nobody attaches."""
    version = sandbox_of(ports.config).version
    with reading(ports.database) as session:
        behind = _behind(session, version)
    if behind:
        with unit_of_work(ports.database) as session:
            for sha256, article_id in behind:
                known = session.get(FileText, sha256)
                if known is None:
                    expect(session, sha256, article_id)
                else:
                    ask_again(session, known)
    attached = sa.exists().where(Attachment.sha256 == FileText.sha256)
    with reading(ports.database) as session:
        orphans = session.scalars(sa.select(FileText.sha256).where(~attached).limit(AT_ONCE)).all()
    if orphans:
        with unit_of_work(ports.database) as session:
            session.execute(sa.delete(FileText).where(FileText.sha256.in_(orphans), ~attached))


def _behind(session: Session, version: str) -> list[tuple[str, int]]:
    """Contents (with an article of each) that nobody has read with this version or will."""
    unread = FileText.sha256.is_(None)
    # What was read optically too stays: workers with and without it must not undo each other.
    good = {version, f"{READER}{OPTICAL}"}
    older = sa.and_(FileText.reader.not_in(good), FileText.state.not_in(ASKED_FOR))
    rows = session.execute(
        sa.select(Attachment.sha256, sa.func.min(Attachment.article_id))
        .outerjoin(FileText, FileText.sha256 == Attachment.sha256)
        .where(sa.or_(unread, older))
        .group_by(Attachment.sha256)
        .limit(AT_ONCE)
    )
    return [(sha256, article_id) for sha256, article_id in rows]
