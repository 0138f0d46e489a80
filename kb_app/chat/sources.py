"""What stands below the robot's words: links a reader may follow, and choices to tap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.evidence import Candidate
from indexer.document import DocKind
from models import Article, Viewer

TITLE_CHARS = 80


def sources(session: Session, viewer: Viewer, shown: Sequence[Candidate]) -> list[dict[str, Any]]:
    """One entry a candidate: what it is called, and the slug when it is an article."""
    ids = [each.hit.ref_id for each in shown if each.hit.kind is DocKind.ARTICLE]
    rows = session.execute(
        sa.select(Article.id, Article.slug).where(Article.id.in_(ids), Article.visible_to(viewer))
    )
    slugs = {row.id: row.slug for row in rows}
    return [
        {
            "kind": each.hit.kind.value,
            "id": each.hit.ref_id,
            "title": each.title[:TITLE_CHARS],
            "slug": slugs.get(each.hit.ref_id, "") if each.hit.kind is DocKind.ARTICLE else "",
        }
        for each in shown
    ]
