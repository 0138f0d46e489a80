"""The site's languages, and beginning and checking an article in another one."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import site_languages, translating
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.routes.manage import edit
from web.showing import again, notice, see, show

blueprint = Blueprint("languages", __name__, url_prefix="/manage")


@blueprint.get("/languages")
@guard(Permission.CONFIGURE)
def index() -> str:
    """Which languages articles can be written in."""
    return show("look/languages.html", site_languages.languages_page(ports(), viewer()))


@blueprint.post("/languages")
@guard(Permission.CONFIGURE)
@again(index)
def add() -> ResponseReturnValue:
    """One more."""
    code, name = forms.line(request.form, "code"), forms.line(request.form, "name")
    site_languages.add(ports(), viewer(), code, name)
    notice("language_added")
    return see("languages.index")


def _index_without(code: str) -> str:
    """The list again."""
    _ = code
    return index()


@blueprint.post("/languages/<code>/remove")
@guard(Permission.CONFIGURE)
@again(_index_without)
def remove(code: str) -> ResponseReturnValue:
    """One less."""
    site_languages.remove(ports(), viewer(), code)
    notice("removed")
    return see("languages.index")


@blueprint.post("/articles/<id:article_id>/translations")
@guard(Permission.WRITE)
@again(edit)
def begin(article_id: int) -> ResponseReturnValue:
    """A draft in another language, or the one that is there."""
    code = forms.line(request.form, "language")
    made = translating.begin(ports(), viewer(), article_id, code)
    notice("translation_begun")
    return see("manage.edit", article_id=made)


@blueprint.post("/articles/<id:article_id>/translations/checked")
@guard(Permission.WRITE)
@again(edit)
def checked(article_id: int) -> ResponseReturnValue:
    """The translation fits what the original says now."""
    translating.checked(ports(), viewer(), article_id)
    notice("translation_checked")
    return see("manage.edit", article_id=article_id)
