"""The articles as one CSV sheet that spreadsheet programs open safely and `import` reads back."""

from __future__ import annotations

import csv
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from kb_app import trees
from kb_app.exchange.audience_names import AudienceNames
from kb_app.exchange.giving import Progress
from kb_app.exchange.known import OWN_ID
from kb_app.exchange.readers.sheet_columns import GUARDED
from kb_app.ports import Ports
from models import Article, reading

AT_ONCE = 200
HEADER = ("编号", "问题", "答案", "相似问法", "类别", "产品", "状态", "可见范围")


def safe_cell(text: str) -> str:
    """A text that could be taken for a formula gets a quote before it."""
    return f"'{text}" if text.lstrip().startswith(GUARDED) else text


def give_sheet(ports: Ports, target: Path, progress: Progress | None = None) -> int:
    """Write the sheet; returns the number of articles."""
    draft = target.with_suffix(".part")
    count, after = 0, 0
    with (
        reading(ports.database) as session,
        draft.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        tree, readers = trees.categories(session), AudienceNames(session)
        writer = csv.writer(file)
        writer.writerow(HEADER)
        while articles := list(
            session.scalars(
                sa.select(Article)
                .where(Article.id > after, Article.deleted_at.is_(None))
                .options(selectinload(Article.products), selectinload(Article.access))
                .order_by(Article.id)
                .limit(AT_ONCE)
            )
        ):
            for article in articles:
                writer.writerow([safe_cell(cell) for cell in _cells(tree, readers, article)])
            count, after = count + len(articles), articles[-1].id
            session.expunge_all()
            if progress is not None:
                progress(len(articles))
    draft.replace(target)
    return count


def _cells(tree: trees.Tree, readers: AudienceNames, article: Article) -> tuple[str, ...]:
    return (
        article.external_id or f"{OWN_ID}{article.slug}",
        article.title,
        article.body,
        "\n".join(article.phrasings),
        " / ".join(node.name for node in tree.path(article.category_id)),
        "\n".join(product.name for product in article.products),
        article.status.value,
        "\n".join(readers.names(article.own_keys)),
    )
