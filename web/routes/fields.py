"""The form builder, and the files that come with filled-in forms."""

from __future__ import annotations

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue

from kb_app import asking_forms
from kb_app.permissions import Permission
from kb_app.setup import form_building
from ticket_bridge.fields import Field
from web import field_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.security import FILE_CSP
from web.showing import again, notice, see, show

blueprint = Blueprint("fields", __name__)


@blueprint.get("/manage/catalogue/<id:node_id>/form")
@guard(Permission.MANAGE_DESK)
def edit(node_id: int) -> str:
    """The fields of a node."""
    return show("setup/form.html", form_building.builder(ports(), viewer(), node_id), drawn=None)


@blueprint.post("/manage/catalogue/<id:node_id>/form/preview")
@guard(Permission.MANAGE_DESK)
@again(edit)
def preview(node_id: int) -> str:
    """The form as customers will see it; the builder keeps what was typed."""
    fields = _sent(node_id)
    page = form_building.builder(ports(), viewer(), node_id)
    drawn = form_building.preview(viewer(), fields)
    return show("setup/form.html", page, drawn=drawn, sent=fields)


@blueprint.post("/manage/catalogue/<id:node_id>/form")
@guard(Permission.MANAGE_DESK)
@again(edit)
def publish(node_id: int) -> ResponseReturnValue:
    """Use these fields from now on."""
    number = forms.number(request.form, "version") or 0
    made = form_building.publish(ports(), viewer(), node_id, _sent(node_id), number)
    notice("form_published", number=made)
    return see("setup.edit_node", node_id=node_id)


def _sent(node_id: int) -> tuple[Field, ...]:
    before = form_building.builder(ports(), viewer(), node_id).fields
    return form_building.parsed(field_forms.builder_rows(request.form), before)


@blueprint.get("/form-files/<id:file_id>/<filename>")
@guard(Permission.TRACK)
def file(file_id: int, filename: str) -> ResponseReturnValue:  # noqa: ARG001  in the address
    """A file that came with a form, as a download."""
    stored = asking_forms.open_form_file(ports(), viewer(), file_id)
    response = send_file(
        stored.path.absolute(),
        mimetype=stored.media_type,
        as_attachment=True,
        download_name=stored.filename,
        etag=stored.sha256,
    )
    response.headers["Content-Security-Policy"] = FILE_CSP
    return response
