"""What content managers do with files: make one an article, take one away, say who opens it."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kb_app import file_access, file_articles, files
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.routes.manage import edit
from web.showing import again, notice, see, show

blueprint = Blueprint("article_files", __name__, url_prefix="/manage/articles")


@blueprint.get("/from-file")
@guard(Permission.PUBLISH)
def new() -> str:
    """The form for a file that is an article by itself."""
    page = file_articles.file_article_page(ports(), viewer())
    return show("manage/from_file.html", page)


@blueprint.post("/from-file")
@guard(Permission.PUBLISH)
@again(new)
def make() -> ResponseReturnValue:
    """Publish the file as an article."""
    form = replace(forms.article(request.form), body="", phrasings="", version=0)
    upload = forms.upload(request.files)
    article_id = file_articles.make_file_article(ports(), viewer(), upload, form)
    notice("file_published")
    return see("manage.edit", article_id=article_id)


def _editor_beside(article_id: int, file_id: int) -> ResponseReturnValue:
    """The editor of the article that a file lies beside."""
    _ = file_id
    return edit(article_id)


@blueprint.post("/<id:article_id>/files/<id:file_id>/remove")
@guard(Permission.DRAFT)
@again(_editor_beside)
def remove(article_id: int, file_id: int) -> ResponseReturnValue:
    """Take a file away; a text that came along stays as it was typed."""
    files.detach(ports(), viewer(), article_id, file_id)
    notice("file_removed")
    if "body" in request.form:
        g.values = forms.typed(request.form)
        return edit(article_id)
    return see("manage.edit", article_id=article_id)


@blueprint.get("/<id:article_id>/files/<id:file_id>/access")
@guard(Permission.WRITE)
def access(article_id: int, file_id: int) -> str:
    """Who of the article's readers may open this file."""
    page = file_access.file_access_page(ports(), viewer(), article_id, file_id)
    return show("manage/file_access.html", page)


@blueprint.post("/<id:article_id>/files/<id:file_id>/access")
@guard(Permission.WRITE)
@again(access)
def restrict(article_id: int, file_id: int) -> ResponseReturnValue:
    """Let only these open it."""
    files.restrict(ports(), viewer(), article_id, file_id, forms.access(request.form))
    notice("access_saved")
    return see("manage.edit", article_id=article_id)
