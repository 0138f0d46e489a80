"""Discourse: topics as JSON, or posts as CSV. Child side.

Source: docs.discourse.org – `/t/{id}.json` holds title, category_id, tags and
post_stream.posts (post_number, cooked HTML, raw when asked for, accepted_answer); categories
come from `/categories.json`. The CSV of an account's archive has topic_title, categories,
post_raw and url. The first post asks, the accepted answer (else the most liked one) answers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle
from kb_app.exchange.readers.html_files import markdown_of
from kb_app.exchange.readers.json_pages import listed, pages, said
from kb_app.exchange.readers.links import Files
from kb_app.extraction.decoding import decode

LONGEST_FIELD = 1_000_000
MOST_POSTS = 500
_TOPIC = re.compile(r"/t/(?:[^/]+/)?(\d+)(?:/(\d+))?")
_FIRST = 1


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """Every topic that has a text."""
    del options
    if next(bundle.names(".csv"), ""):
        _archive(bundle, teller)
        return
    topics: list[tuple[str, dict[str, Any]]] = []
    categories: dict[str, dict[str, Any]] = {}
    for path, page in pages(bundle, teller):
        for one in page if isinstance(page, list) else [page]:
            if not isinstance(one, dict):
                continue
            listing = one.get("category_list")
            for node in listed(listing, "categories") or listed(one, "categories"):
                categories[said(node, "id")] = node
            found = listed(one, "topics") or ([one] if "post_stream" in one else [])
            topics += [(path, topic) for topic in found]
    if not topics:
        teller.fault(bundle.name, "nothing")
    for path, topic in topics:
        _tell(bundle, teller, path, topic, categories)


def _tell(
    bundle: Bundle,
    teller: Teller,
    path: str,
    topic: dict[str, Any],
    categories: Mapping[str, dict[str, Any]],
) -> None:
    where = f"{path}: {said(topic, 'id')}"
    posts = listed(topic.get("post_stream"), "posts") or listed(topic, "posts")
    if not said(topic, "id") or not posts:
        teller.fault(where, "no_text")
        return
    files = Files(bundle, teller, path)
    ordered = sorted(posts[:MOST_POSTS], key=lambda post: _number(post, "post_number"))
    texts = [_text(post, files) for post in (ordered[0], _answer(ordered)) if post]
    teller.record(
        {
            "id": f"discourse:{said(topic, 'id')}",
            "title": said(topic, "title"),
            "body": "\n\n---\n\n".join(text for text in texts if text),
            "category": _path(said(topic, "category_id"), categories),
            "files": files.found,
            "where": where,
        }
    )


def _answer(posts: list[dict[str, Any]]) -> dict[str, Any] | None:
    replies = posts[1:]
    accepted = next((post for post in replies if post.get("accepted_answer") is True), None)
    liked = max(replies, key=_likes, default=None)
    return accepted or (liked if liked and _likes(liked) else None)


def _likes(post: dict[str, Any]) -> int:
    found = _number(post, "like_count")
    acted = [one for one in listed(post, "actions_summary") if one.get("id") == 2]  # noqa: PLR2004
    return max([found, *(_number(one, "count") for one in acted)])


def _number(data: dict[str, Any], key: str) -> int:
    value = data.get(key)
    return value if isinstance(value, int) else 0


def _text(post: dict[str, Any], files: Files) -> str:
    raw = post.get("raw")
    if isinstance(raw, str) and raw.strip():
        return raw.strip()
    return markdown_of(said(post, "cooked"), files)


def _path(number: str, categories: Mapping[str, dict[str, Any]]) -> list[str]:
    node = categories.get(number)
    if node is None:
        return []
    above = categories.get(said(node, "parent_category_id"))
    return [said(one, "name") for one in (above, node) if one and said(one, "name")]


def _archive(bundle: Bundle, teller: Teller) -> None:
    csv.field_size_limit(LONGEST_FIELD)
    for path in bundle.names(".csv"):
        text = decode(bundle.whole(path))
        if text is None:
            teller.fault(path, "not_text")
            continue
        _rows(teller, path, csv.DictReader(StringIO(text.lstrip("\ufeff"), newline="")))


def _rows(teller: Teller, path: str, rows: csv.DictReader[str]) -> None:
    """Posts of one topic belong together; a reply to somebody else's topic is no article."""
    topics: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, start=2):
        found = _TOPIC.search(row.get("url") or "")
        body = row.get("post_raw") or row.get("post") or row.get("raw") or ""
        title = row.get("topic_title") or row.get("title") or ""
        if not found or not body.strip() or not title:
            teller.fault(f"{path}:{number}", "no_text")
        elif int(found.group(2) or _FIRST) == _FIRST:
            topics[found.group(1)] = {
                "id": f"discourse:{found.group(1)}",
                "title": title,
                "body": body,
                "category": [
                    part
                    for part in re.split(r"[/|,>]", row.get("categories") or "")
                    if part.strip()
                ],
                "where": f"{path}:{number}",
            }
    for topic in topics.values():
        teller.record(topic)
