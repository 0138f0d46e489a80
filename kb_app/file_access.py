"""The page that says who of an article's readers may open one of its files."""

from __future__ import annotations

from dataclasses import dataclass

from kb_app.audiences import Audience, SeenBy, audiences, joined, seen_by
from kb_app.errors import NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Article, Attachment, Viewer, reading


@dataclass(frozen=True)
class FileAccessPage:
    """A file, who may read its article, and its own choice (empty: all of those)."""

    article_id: int
    article_title: str
    file_id: int
    filename: str
    article_seen_by: SeenBy
    access: str
    audiences: tuple[Audience, ...]


def file_access_page(ports: Ports, viewer: Viewer, article_id: int, file_id: int) -> FileAccessPage:
    """What the form shows."""
    require(viewer, Permission.WRITE)
    with reading(ports.database) as session:
        row = session.get(Attachment, file_id)
        if row is None or row.article_id != article_id:
            raise NotFound(str(file_id))
        article = session.get_one(Article, article_id)
        return FileAccessPage(
            article_id,
            article.title,
            row.id,
            row.filename,
            seen_by(session, article.own_keys, article.category_id),
            joined(entry.key for entry in row.access),
            audiences(session),
        )
