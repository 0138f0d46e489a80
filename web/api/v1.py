"""JSON version 1: search and suggestions, with the reader's own rights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from indexer.document import DocKind
from indexer.highlight import Segment
from indexer.understood import Understanding
from kb_app import search as searching
from kb_app import suggesting
from kb_app.permissions import Permission
from kb_app.result_rows import ResultRow
from kb_app.suggesting import SuggestRow
from models import SearchSource
from web.auth import guard, viewer
from web.context import ports
from web.forms import query, search_form

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/search")
@guard(Permission.READ)
def search() -> ResponseReturnValue:
    """Results for `q`, narrowed by `category`, `product`, `type`, `days`; `sort`, `page`.

    `exact=1` takes the text literally; else `understood` tells what was read differently.
    """
    page = searching.find(ports(), viewer(), search_form(request.args), SearchSource.API)
    return jsonify(
        query=page.query,
        total=page.total,
        page=page.page,
        pages=page.pages,
        limited=page.limited,
        took_ms=round(page.took_ms, 2),
        understood=_understood(page.understood),
        results=[_result(row) for row in page.rows],
    )


@blueprint.get("/suggest")
@guard(Permission.READ)
def suggest() -> ResponseReturnValue:
    """Suggestions for what `q` holds so far; the first with the passage that answers."""
    page = suggesting.suggest(ports(), viewer(), query(request.args))
    return jsonify(query=page.query, suggestions=[_suggestion(row) for row in page.rows])


def _understood(read: Understanding) -> dict[str, Any] | None:
    """How the text was read; null when it was taken as typed."""
    if not read.changed:
        return None
    changes = [
        {
            "start": one.start,
            "end": one.end,
            "typed": one.typed,
            "taken": one.taken,
            "kind": one.kind,
        }
        for one in read.changes
    ]
    return {"searched": read.searched, "certain": read.certain, "changes": changes}


def _result(row: ResultRow) -> dict[str, Any]:
    return {
        "id": row.article_id or None,
        "kind": row.kind,
        "title": _plain(row.title),
        "passage": _plain(row.passage),
        "heading": row.heading,
        "url": _address(row),
        "category": row.category.slug if row.category else None,
        "products": [product.slug for product in row.products],
        "helpful": row.helpful,
        "unhelpful": row.unhelpful,
        "updated_at": row.updated_at.isoformat(),
        "position": row.position,
    }


def _address(row: ResultRow) -> str:
    if row.kind == DocKind.QUESTION.value:
        return url_for("questions.show", public_id=row.public_id)
    return url_for("articles.show", slug=row.slug, _anchor=row.anchor or None)


def _suggestion(row: SuggestRow) -> dict[str, Any]:
    return {
        "id": row.article_id,
        "title": _plain(row.title),
        "snippet": row.snippet,
        "url": url_for("articles.show", slug=row.slug),
    }


def _plain(segments: Iterable[Segment]) -> str:
    return "".join(segment.text for segment in segments)
