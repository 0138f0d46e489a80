"""Styles and scripts of the product itself are sent packed to browsers that unpack.

Only these: they hold no secret a stranger could guess by the length of an answer.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

PACKED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
LEAST, MOST = 1_000, 5_000_000
LEVEL = 6


def init_packing(app: Flask) -> None:
    """Pack what `static` sends; call once."""
    app.after_request(_packed)


def _packed(response: Response) -> Response:
    if request.endpoint != "static" or response.mimetype not in PACKED:
        return response
    response.vary.add("Accept-Encoding")
    whole = response.status_code == 200 and request.range is None  # noqa: PLR2004  what 200 is
    size = response.content_length or 0
    if not whole or not request.accept_encodings.quality("gzip") or not LEAST <= size <= MOST:
        return response
    response.direct_passthrough = False
    response.set_data(_gzipped(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
    return response


@lru_cache(maxsize=256)
def _gzipped(data: bytes) -> bytes:
    return gzip.compress(data, LEVEL, mtime=0)
