"""Files of articles, served so that nothing in them can act as a page of this site."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from kb_app import files
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.security import FILE_CSP

blueprint = Blueprint("files", __name__)


@blueprint.get("/files/<id:file_id>/<filename>")
@guard(Permission.READ)
def show(file_id: int, filename: str) -> ResponseReturnValue:  # noqa: ARG001  in the address
    """The file itself; `filename` only makes the address readable."""
    stored = files.open_file(ports(), viewer(), file_id)
    response = send_file(
        stored.path.absolute(),
        mimetype=stored.media_type,
        as_attachment=not stored.inline,
        download_name=stored.filename,
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = FILE_CSP
    return response
