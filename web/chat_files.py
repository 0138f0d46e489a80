"""Files of chats as every door hands them out: served so that they cannot act."""

from __future__ import annotations

from flask import Response, send_file

from kb_app.files import StoredFile
from kb_app.sniffing import PDF
from web.security import FILE_CSP, PDF_CSP

OWN = '"/chat/files/'


def serve_file(stored: StoredFile) -> Response:
    """The bytes, with a policy of their own."""
    response = send_file(
        stored.path.absolute(),
        mimetype=stored.media_type,
        as_attachment=not stored.inline,
        download_name=stored.filename,
        conditional=True,
        etag=stored.sha256,
    )
    response.headers["Content-Security-Policy"] = PDF_CSP if stored.media_type == PDF else FILE_CSP
    return response


def with_files(html: str, files: str) -> str:
    """A message for those whose pages have no cookie: its files lie under their own address."""
    return html.replace(OWN, f'"{files}')
