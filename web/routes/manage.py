"""The content managers' desk: the list of articles, the editor, revisions, files."""

from __future__ import annotations

from enum import StrEnum

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kb_app import editing, editor_pages, extracting, files
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("manage", __name__, url_prefix="/manage")


class Action(StrEnum):
    """What a button of the editor does, and the notice it leaves."""

    SAVE = "save"
    PUBLISH = "publish"
    ARCHIVE = "archive"
    TRASH = "trash"
    RESTORE = "restore"


WRITING = {Action.SAVE: editing.save, Action.PUBLISH: editing.save_and_publish}
MOVING = {
    Action.ARCHIVE: editing.archive,
    Action.TRASH: editing.trash,
    Action.RESTORE: editing.restore,
}
NOTICES = {
    Action.SAVE: "saved",
    Action.PUBLISH: "published",
    Action.ARCHIVE: "archived",
    Action.TRASH: "trashed",
    Action.RESTORE: "restored",
}


@blueprint.get("/articles")
@guard(Permission.WRITE)
def articles() -> str:
    """The list of articles by state."""
    page = editor_pages.manage(ports(), viewer(), forms.manage_filter(request.args))
    return show("manage/articles.html", page)


@blueprint.get("/articles/new")
@guard(Permission.WRITE)
def new() -> str:
    """An empty editor."""
    return show("manage/editor.html", editor_pages.edit(ports(), viewer(), None))


@blueprint.post("/articles")
@guard(Permission.WRITE)
@again(new)
def create() -> ResponseReturnValue:
    """A new draft, or with the other button a new published article."""
    publishes = request.form.get("action") == Action.PUBLISH
    make = editing.create_and_publish if publishes else editing.create
    article_id = make(ports(), viewer(), forms.article(request.form))
    notice("published" if publishes else "saved")
    return see("manage.edit", article_id=article_id)


@blueprint.get("/articles/<id:article_id>")
@guard(Permission.WRITE)
def edit(article_id: int) -> str:
    """The editor for one article."""
    return show("manage/editor.html", editor_pages.edit(ports(), viewer(), article_id))


@blueprint.post("/articles/<id:article_id>/save")
@guard(Permission.WRITE)
@again(edit)
def save(article_id: int) -> ResponseReturnValue:
    """Whatever the pressed button says."""
    action = forms.one_of(request.form, "action", Action)
    if action in WRITING:
        WRITING[action](ports(), viewer(), article_id, forms.article(request.form))
    else:
        version = forms.needed_number(request.form, "version")
        MOVING[action](ports(), viewer(), article_id, version)
    notice(NOTICES[action])
    return see("manage.edit", article_id=article_id)


@blueprint.post("/preview")
@guard(Permission.WRITE)
def preview() -> str:
    """The sanitised HTML of the text in the editor."""
    return editing.preview(viewer(), request.form.get("body", ""))


@blueprint.get("/articles/<id:article_id>/revisions/<id:number>")
@guard(Permission.WRITE)
def revision(article_id: int, number: int) -> str:
    """An earlier state, compared with the present one."""
    page = editor_pages.revision(ports(), viewer(), article_id, number)
    return show("manage/revision.html", page)


@blueprint.post("/articles/<id:article_id>/revisions/<id:number>/restore")
@guard(Permission.WRITE)
@again(revision)
def restore_revision(article_id: int, number: int) -> ResponseReturnValue:
    """Bring an earlier state back as a new revision."""
    version = forms.needed_number(request.form, "version")
    editing.restore_revision(ports(), viewer(), article_id, number, version)
    notice("revision_restored")
    return see("manage.edit", article_id=article_id)


@blueprint.get("/articles/<id:article_id>/files")
@guard(Permission.WRITE)
def files_of(article_id: int) -> str:
    """The list of files alone, for an editor that watches them being read."""
    found = editor_pages.attachments(ports(), viewer(), article_id)
    return show("manage/_files.html", None, files=found, article_id=article_id)


def _editor_beside(article_id: int, file_id: int) -> str:
    """The editor of the article that a file lies beside."""
    _ = file_id
    return edit(article_id)


@blueprint.post("/articles/<id:article_id>/files/<id:file_id>/read")
@guard(Permission.WRITE)
@again(_editor_beside)
def reread(article_id: int, file_id: int) -> ResponseReturnValue:
    """Read a file's text once more; a text that came along stays as it was typed."""
    extracting.reread(ports(), viewer(), article_id, file_id)
    notice("rereading")
    if "body" in request.form:
        g.values = forms.typed(request.form)
        return edit(article_id)
    return see("manage.edit", article_id=article_id)


@blueprint.post("/articles/<id:article_id>/files")
@guard(Permission.WRITE)
@again(edit)
def upload(article_id: int) -> ResponseReturnValue:
    """Attach a file; a text that came along is shown again as it was typed, not saved."""
    files.attach(ports(), viewer(), article_id, forms.upload(request.files))
    if "body" in request.form:
        g.values = forms.typed(request.form)
        notice("uploaded_unsaved")
        return edit(article_id)
    notice("uploaded")
    return see("manage.edit", article_id=article_id)
