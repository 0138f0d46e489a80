"""Styles, scripts and the pages people read are sent packed to browsers that unpack.

Of pages only those that repeat nothing from the request: beside a secret, a text that somebody
else may choose would tell by the length of the answer what the secret is (BREACH).
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

PACKED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
PAGES = frozenset({"articles.show", "browse.category", "browse.product"})
LEAST, MOST = 1_000, 5_000_000
LEVEL, PAGE_LEVEL = 9, 5
OK = 200


def init_packing(app: Flask) -> None:
    """Pack what `static` sends, and pages to read; call once."""
    app.after_request(_packed)


def _packed(response: Response) -> Response:
    is_file = request.endpoint == "static" and response.mimetype in PACKED
    is_page = request.endpoint in PAGES and response.mimetype == "text/html"
    if not is_file and not is_page:
        return response
    response.vary.add("Accept-Encoding")
    whole = response.status_code == OK and request.range is None
    size = response.content_length or 0
    if not whole or not request.accept_encodings.quality("gzip") or not LEAST <= size <= MOST:
        return response
    response.direct_passthrough = False
    data = response.get_data()
    response.set_data(_file(data) if is_file else gzip.compress(data, PAGE_LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
    return response


@lru_cache(maxsize=256)
def _file(data: bytes) -> bytes:
    return gzip.compress(data, LEVEL, mtime=0)
