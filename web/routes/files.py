"""Files of articles, served so that nothing in them can act as a page of this site."""

from __future__ import annotations

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

from kb_app import file_previews, files, thumbnails
from kb_app.permissions import Permission
from kb_app.sniffing import PDF
from web.auth import guard, viewer
from web.context import ports
from web.file_answers import file_answer
from web.forms import page_number
from web.security import FILE_CSP, PDF_CSP
from web.showing import show as show_page

blueprint = Blueprint("files", __name__)


@blueprint.get("/files/<id:file_id>/<filename>")
@guard(Permission.READ)
def show(file_id: int, filename: str) -> ResponseReturnValue:  # noqa: ARG001  in the address
    """The file itself, or a range of it; `filename` only makes the address readable."""
    stored = files.open_file(ports(), viewer(), file_id)
    response = file_answer(stored, as_attachment="download" in request.args)
    response.headers["Content-Security-Policy"] = PDF_CSP if stored.media_type == PDF else FILE_CSP
    return response


@blueprint.get("/files/<id:file_id>/small/<id:width>")
@guard(Permission.READ)
def small(file_id: int, width: int) -> Response:
    """A picture no wider than it is shown; the picture itself where it cannot be made small."""
    found = thumbnails.thumbnail(ports(), viewer(), file_id, width)
    response = send_file(
        found.path.absolute(), mimetype=found.media_type, conditional=True, etag=found.etag
    )
    response.headers["Content-Security-Policy"] = FILE_CSP
    return response


@blueprint.get("/files/<id:file_id>/view")
@guard(Permission.READ)
def view(file_id: int) -> str:
    """A page that shows the file: picture, sound, film, drawn pages, or the text in it."""
    page = file_previews.file_page(ports(), viewer(), file_id, page_number(request.args))
    return show_page("files/view.html", page)


@blueprint.get("/files/<id:file_id>/pages/<id:number>.png")
@guard(Permission.READ)
def drawn(file_id: int, number: int) -> Response:
    """One page of a PDF as a picture."""
    path = file_previews.drawn_page(ports(), viewer(), file_id, number)
    return send_file(path.absolute(), mimetype="image/png", conditional=True)
