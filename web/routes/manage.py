"""The content managers' desk: the list of articles, the editor, revisions, files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue

from kb_app import article_list, editing, editor_pages, extracting, files, review
from kb_app.errors import EditConflict
from kb_app.permissions import Permission
from web import forms
from web.article_files import file_words
from web.auth import guard, viewer
from web.context import ports
from web.editor_pages import MOVING, NOTICES, WRITING, Action, editor
from web.routes.drafts import conflict
from web.showing import again, notice, see, show, wants_json

blueprint = Blueprint("manage", __name__, url_prefix="/manage")


@blueprint.get("/articles")
@guard(Permission.WRITE)
def articles() -> str:
    """The list of articles by state."""
    page = article_list.manage(ports(), viewer(), forms.manage_filter(request.args))
    return show("manage/articles.html", page)


@blueprint.get("/articles/new")
@guard(Permission.DRAFT)
def new() -> ResponseReturnValue:
    """An empty editor, one with a template, or an unsaved draft to go on with."""
    return editor(None)


@blueprint.post("/articles")
@guard(Permission.DRAFT)
@again(new)
def create() -> ResponseReturnValue:
    """A new draft, or with another button one that is handed in or published at once."""
    action = request.form.get("action")
    make = editing.create_and_publish if action == Action.PUBLISH else editing.create
    article_id = make(ports(), viewer(), forms.article(request.form))
    if action == Action.SUBMIT:
        review.submit(ports(), viewer(), article_id)
    if wants_json():
        return _addresses(article_id)
    notice(NOTICES.get(Action(action), "saved") if action in set(Action) else "saved")
    return see("manage.edit", article_id=article_id)


def _addresses(article_id: int) -> dict[str, Any]:
    """Where a script goes on with a draft that was just made."""
    return {
        "id": article_id,
        "version": 1,
        "url": url_for("manage.edit", article_id=article_id),
        "save_url": url_for("manage.save", article_id=article_id),
        "upload_url": url_for("manage.upload", article_id=article_id),
        "draft_url": url_for("drafts.keep", key=str(article_id)),
    }


@blueprint.get("/articles/<id:article_id>")
@guard(Permission.DRAFT)
def edit(article_id: int) -> ResponseReturnValue:
    """The editor for one article."""
    return editor(article_id)


@blueprint.post("/articles/<id:article_id>/save")
@guard(Permission.DRAFT)
@again(edit)
def save(article_id: int) -> ResponseReturnValue:
    """Whatever the pressed button says."""
    action = forms.one_of(request.form, "action", Action)
    if action in WRITING:
        form = forms.article(request.form)
        try:
            WRITING[action](ports(), viewer(), article_id, form)
        except EditConflict:
            return conflict(article_id, form, action)
    else:
        version = forms.needed_number(request.form, "version")
        MOVING[action](ports(), viewer(), article_id, version)
    notice(NOTICES[action])
    return see("manage.edit", article_id=article_id)


@blueprint.post("/articles/<id:article_id>/phrasings")
@guard(Permission.DRAFT)
def add_phrasing(article_id: int) -> ResponseReturnValue:
    """A suggested wording put into the form, which is shown again as it was typed; not saved."""
    g.values = forms.typed(request.form)
    kept = g.values.get("phrasings", "").rstrip()
    g.values["phrasings"] = f"{kept}\n{g.values.pop('phrasing_hint', '')}".strip()
    return edit(article_id)


@blueprint.post("/preview")
@guard(Permission.DRAFT)
def preview() -> str:
    """The sanitised HTML of the text in the editor."""
    return editing.preview(viewer(), request.form.get("body", ""), ports().config.embeds)


@blueprint.get("/articles/<id:article_id>/revisions/<id:number>")
@guard(Permission.DRAFT)
def revision(article_id: int, number: int) -> str:
    """An earlier state, compared with the present one."""
    page = editor_pages.revision(ports(), viewer(), article_id, number)
    return show("manage/revision.html", page)


@blueprint.post("/articles/<id:article_id>/revisions/<id:number>/restore")
@guard(Permission.DRAFT)
@again(revision)
def restore_revision(article_id: int, number: int) -> ResponseReturnValue:
    """Bring an earlier state back as a new revision."""
    version = forms.needed_number(request.form, "version")
    editing.restore_revision(ports(), viewer(), article_id, number, version)
    notice("revision_restored")
    return see("manage.edit", article_id=article_id)


@blueprint.get("/articles/<id:article_id>/files")
@guard(Permission.DRAFT)
def files_of(article_id: int) -> str:
    """The list of files alone, for an editor that watches them being read."""
    found = editor_pages.attachments(ports(), viewer(), article_id)
    return show("manage/_files.html", None, files=found, article_id=article_id)


def _editor_beside(article_id: int, file_id: int) -> ResponseReturnValue:
    """The editor of the article that a file lies beside."""
    _ = file_id
    return edit(article_id)


@blueprint.post("/articles/<id:article_id>/files/<id:file_id>/read")
@guard(Permission.DRAFT)
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
@guard(Permission.DRAFT)
@again(edit)
def upload(article_id: int) -> ResponseReturnValue:
    """Attach a file; a text that came along is shown again as it was typed, not saved."""
    made = files.attach(ports(), viewer(), article_id, forms.upload(request.files))
    if wants_json():
        return file_words(made)
    if "body" in request.form:
        g.values = forms.typed(request.form)
        notice("uploaded_unsaved")
        return edit(article_id)
    notice("uploaded")
    return see("manage.edit", article_id=article_id)
