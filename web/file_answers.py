"""A stored file as a response: whole or a range of it, from the disk or from far away."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from flask import Response, request, send_file

from kb_app.errors import NotFound
from kb_app.file_store import FarFile
from kb_app.files import StoredFile


def file_answer(stored: StoredFile, *, as_attachment: bool) -> Response:
    """The bytes with their kind and name; what is not known to be harmless is a download."""
    near = stored.far is None
    response = send_file(
        stored.path.absolute() if near else BytesIO(),
        mimetype=stored.media_type,
        as_attachment=as_attachment or not stored.inline,
        download_name=stored.filename,
        conditional=near,
        etag=stored.sha256,
    )
    return response if stored.far is None else _far(response, stored.far)


def _far(response: Response, far: FarFile) -> Response:
    """The same headers over bytes that are asked for as they are sent, from the range's start."""
    wanted = request.range if _is_the_same(far) else None
    span = wanted.range_for_length(far.size) if wanted is not None else None
    start, stop = span or (0, far.size)
    response.response = _begun(far.parts(start, stop)) if request.method == "GET" else []
    response.content_length = stop - start
    response.headers["Accept-Ranges"] = "bytes"
    if wanted is not None and span is None:
        response.status_code, response.response, response.content_length = 416, [], 0
        response.headers["Content-Range"] = f"bytes */{far.size}"
    elif span is not None:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{far.size}"
    elif request.if_none_match.contains(far.sha256):
        response.status_code, response.response = 304, []
        del response.headers["Content-Length"]
    return response


def _is_the_same(far: FarFile) -> bool:
    """Whether a part continues the file the reader has: no If-Range, or this very content."""
    return request.if_range.etag in {None, far.sha256} and request.if_range.date is None


def _begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, the first fetched now: what is missing is a page saying so, not a torn file."""
    try:
        first = next(parts, b"")
    except FileNotFoundError as error:
        raise NotFound from error

    def told() -> Iterator[bytes]:
        yield first
        yield from parts

    return told()
