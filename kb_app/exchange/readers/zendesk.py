"""Zendesk Guide: pages of the Help Center API as JSON. Child side.

Source: developer.zendesk.com/api-reference/help_center/help-center-api/articles, …/sections,
…/categories – an article has id, title, body (HTML), section_id, draft, label_names,
user_segment_id (null: everybody); sections nest by parent_section_id and lie in categories.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle
from kb_app.exchange.readers.html_files import markdown_of
from kb_app.exchange.readers.json_pages import listed, pages, said
from kb_app.exchange.readers.links import Files

DEEPEST = 10


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """Every article; sections and categories may stand on any page."""
    del options
    articles: dict[str, tuple[str, dict[str, Any]]] = {}
    places: dict[str, dict[str, Any]] = {}
    for path, page in pages(bundle, teller):
        for kind, key in (("section", "sections"), ("category", "categories")):
            for node in (*listed(page, key), *_single(page, kind)):
                places[f"{kind}:{said(node, 'id')}"] = node
        for article in (*listed(page, "articles"), *_single(page, "article")):
            articles[said(article, "id")] = (path, article)
    if not articles:
        teller.fault(bundle.name, "nothing")
    for number, (path, article) in articles.items():
        if not number:
            teller.fault(path, "no_id")
            continue
        _tell(bundle, teller, path, article, places)


def _single(page: Any, key: str) -> list[dict[str, Any]]:
    value = page.get(key) if isinstance(page, dict) else None
    return [value] if isinstance(value, dict) else []


def _tell(
    bundle: Bundle,
    teller: Teller,
    path: str,
    article: dict[str, Any],
    places: Mapping[str, dict[str, Any]],
) -> None:
    files = Files(bundle, teller, path)
    body = article.get("body")
    labels = article.get("label_names")
    teller.record(
        {
            "id": f"zendesk:{said(article, 'id')}",
            "title": said(article, "title") or said(article, "name"),
            "body": markdown_of(body, files) if isinstance(body, str) else "",
            "category": _path(said(article, "section_id"), places),
            "phrasings": [one for one in labels if isinstance(one, str)]
            if isinstance(labels, list)
            else [],
            "status": "draft" if article.get("draft") is True else "published",
            # A segment is a group of readers only the other system knows: closed, not opened.
            "access": ["public"] if article.get("user_segment_id") is None else ["staff"],
            "files": files.found,
            "where": f"{path}: {said(article, 'id')}",
        }
    )


def _path(section: str, places: Mapping[str, dict[str, Any]]) -> list[str]:
    """Category, section, section below …"""
    names: list[str] = []
    node = places.get(f"section:{section}")
    while node is not None and len(names) < DEEPEST:
        names.insert(0, said(node, "name"))
        parent = said(node, "parent_section_id")
        if not parent:
            top = places.get(f"category:{said(node, 'category_id')}")
            names[:0] = [said(top, "name")] if top else []
            break
        node = places.get(f"section:{parent}")
    return [name for name in names if name]
