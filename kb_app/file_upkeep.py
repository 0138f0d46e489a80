"""Putting away what nobody uses: files taken from articles long ago, and bytes without a row.

Nothing goes that an article, any version of one, a draft, or any other table still names.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.events import Event, happened
from kb_app.files import store_of
from kb_app.mail.raw import clear_old
from kb_app.ports import Ports
from models import (
    Article,
    ArticleDraft,
    ArticleRevision,
    Attachment,
    Base,
    reading,
    unit_of_work,
)

KEPT_DAYS = 30
ORPHAN_SECONDS = 24 * 3600
AT_ONCE = 500
HASH = "sha256"
# Text read out of files follows them; it keeps none alive.
FOLLOWS = frozenset({"file_text", "file_piece"})


def tidy_files(ports: Ports) -> None:
    """Forget removed files nobody shows any more, then delete bytes nobody names."""
    store_of(ports.config).sweep()
    forget_removed(ports)
    clear_orphans(ports)
    clear_old(ports)


def forget_removed(ports: Ports) -> int:
    """Rows of files that were taken away KEPT_DAYS ago and that no version shows."""
    before = ports.clock() - timedelta(days=KEPT_DAYS)
    with unit_of_work(ports.database) as session:
        old = session.scalars(
            sa.select(Attachment).where(Attachment.removed_at < before).limit(AT_ONCE)
        ).all()
        gone = [row for row in old if not _is_shown(session, row)]
        for row in gone:
            session.delete(row)
    return len(gone)


def _is_shown(session: Session, row: Attachment) -> bool:
    """Whether the article of a file, or a version of any article, links to it."""
    link = f"/files/{row.id}/"
    here = sa.select(Article.id).where(Article.body.contains(link, autoescape=True)).limit(1)
    then = (
        sa.select(ArticleRevision.id)
        .where(ArticleRevision.body.contains(link, autoescape=True))
        .limit(1)
    )
    typed = sa.cast(ArticleDraft.fields, sa.Text).contains(link, autoescape=True)
    unsaved = sa.select(ArticleDraft.id).where(typed).limit(1)
    return any(session.scalar(query) is not None for query in (here, then, unsaved))


def clear_orphans(ports: Ports, seconds: float = ORPHAN_SECONDS) -> int:
    """Bytes that were put away a day ago and that no row of any table names."""
    store = store_of(ports.config)
    old = list(store.old_hashes(seconds))
    cleared = 0
    for start in range(0, len(old), AT_ONCE):
        chunk = old[start : start + AT_ONCE]
        with reading(ports.database) as session:
            used = _used(session, chunk)
        for sha256 in chunk:
            if sha256 not in used:
                cleared += _clear(ports, sha256)
    if cleared:
        happened(Event.FILES_CLEARED, count=cleared)
    return cleared


def _clear(ports: Ports, sha256: str) -> int:
    """Move the bytes aside, ask once more, and only then delete them."""
    store = store_of(ports.config)
    try:
        store.take_out(sha256)
    except FileNotFoundError:
        return 0
    with reading(ports.database) as session:
        if _used(session, [sha256]):
            store.put_back(sha256)
            return 0
    store.forget(sha256)
    for drawn in ports.config.previews_dir.glob(f"{sha256[:2]}/{sha256}-*"):
        drawn.unlink(missing_ok=True)
    return 1


def _used(session: Session, hashes: list[str]) -> frozenset[str]:
    """Which of these contents any table names in a column called sha256."""
    found: set[str] = set()
    for table in Base.metadata.tables.values():
        if HASH in table.c and table.name not in FOLLOWS:
            found.update(session.scalars(sa.select(table.c[HASH]).where(table.c[HASH].in_(hashes))))
    return frozenset(found)
