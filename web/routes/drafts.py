"""The editor's memory: unsaved drafts, who else is here, and two versions made one."""

from __future__ import annotations

from dataclasses import asdict, replace

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kb_app import drafts, merge_pages
from kb_app.editing import ArticleInput
from kb_app.errors import EditConflict
from kb_app.permissions import Permission
from web import article_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.editor_pages import WRITING, Action, editor, values_of
from web.showing import notice, see, show

blueprint = Blueprint("drafts", __name__, url_prefix="/manage")


@blueprint.post("/drafts/<key>")
@guard(Permission.DRAFT)
def keep(key: str) -> ResponseReturnValue:
    """Keep what is typed so far; tells when that was, who else is here, which version stands."""
    kept = drafts.keep(ports(), viewer(), key, article_forms.typed_fields(request.form))
    return asdict(kept) | {"saved_at": kept.saved_at.isoformat() if kept.saved_at else None}


@blueprint.post("/drafts/<key>/discard")
@guard(Permission.DRAFT)
def discard(key: str) -> ResponseReturnValue:
    """Throw the draft away and go on with what is saved."""
    drafts.drop(ports(), viewer(), key)
    article_id = drafts.article_of(key)
    return see("manage.edit", article_id=article_id) if article_id else see("manage.new")


@blueprint.post("/articles/<id:article_id>/merge")
@guard(Permission.DRAFT)
def merge(article_id: int) -> ResponseReturnValue:
    """The text both agree on: saved, or taken back into the editor for another look."""
    mine, chosen = forms.article(request.form), article_forms.settlement(request.form)
    action = forms.one_of(request.form, "action", Action)
    try:
        settled = merge_pages.settle(ports(), viewer(), article_id, mine, chosen)
        if request.form.get("then") == "edit":
            g.values = values_of(settled)
            return editor(article_id)
        WRITING[action](ports(), viewer(), article_id, settled)
    except EditConflict:
        return conflict(article_id, mine, action)
    notice("article_merged")
    return see("manage.edit", article_id=article_id)


def conflict(article_id: int, mine: ArticleInput, action: str) -> ResponseReturnValue:
    """Both versions side by side; nothing of either was lost or saved over."""
    page = merge_pages.compare(ports(), viewer(), article_id, replace(mine))
    return show("manage/merge.html", page, action=action), 409
