"""A file as an article of its own: its name is the title, its text is what a search finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from kb_app import trees
from kb_app.article_change import show_to_readers, touch
from kb_app.audiences import Audience, audiences
from kb_app.cards import Choice
from kb_app.editing import LONGEST_TITLE, ArticleInput, new_article
from kb_app.files import Upload, put_beside, receive, safe_name
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import PUBLIC_KEY, Viewer, reading, unit_of_work


@dataclass(frozen=True)
class FileArticlePage:
    """The form for a file that is to become an article; `limit_mb` is the site's."""

    categories: tuple[Choice, ...]
    products: tuple[Choice, ...]
    audiences: tuple[Audience, ...]
    limit_mb: int
    access: str = PUBLIC_KEY


def file_article_page(ports: Ports, viewer: Viewer) -> FileArticlePage:
    """What the form offers."""
    require(viewer, Permission.PUBLISH)
    with reading(ports.database) as session:
        return FileArticlePage(
            trees.categories(session).choices(),
            trees.products(session).choices(),
            audiences(session),
            ports.config.max_upload_mb,
        )


def make_file_article(ports: Ports, viewer: Viewer, upload: Upload, form: ArticleInput) -> int:
    """An article that is this file, readable at once; returns its id.

    Without a title it has the file's name, without the ending.
    """
    require(viewer, Permission.PUBLISH)
    name = safe_name(upload.filename)
    title = form.title.strip() or title_of(name)
    stored = receive(ports, viewer, upload.stream)
    with unit_of_work(ports.database) as session:
        article = new_article(session, viewer, replace(form, title=title))
        put_beside(ports, session, viewer, article.id, name, stored)
        show_to_readers(ports, article)
        touch(ports, session, viewer, article, "article.publish")
        return article.id


def title_of(name: str) -> str:
    """A file's name as a title."""
    stem = PurePosixPath(name).stem.replace("_", " ").strip()
    return (stem or name)[:LONGEST_TITLE]
