"""The content managers' dictionary: words kept whole, words that mean the same."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from kb_app import word_lists, word_pages, words
from kb_app.permissions import Permission
from web import word_forms
from web.auth import guard, viewer
from web.context import ports
from web.messages import field_sentence
from web.showing import again, notice, see, show

blueprint = Blueprint("words", __name__, url_prefix="/manage/words")


@blueprint.get("")
@guard(Permission.WRITE)
def index() -> str:
    """The dictionary, and how a sentence is cut by it."""
    wanted = word_forms.words_filter(request.args)
    return show("words/index.html", word_pages.words(ports(), viewer(), wanted))


@blueprint.post("")
@guard(Permission.WRITE)
@again(index)
def add() -> ResponseReturnValue:
    """A new line, or several own words at once."""
    made = words.add(ports(), viewer(), word_forms.word_input(request.form))
    notice("words_added", count=len(made))
    return see("words.index")


@blueprint.get("/<id:entry_id>")
@guard(Permission.WRITE)
def edit(entry_id: int) -> str:
    """One line."""
    return show("words/edit.html", word_pages.word(ports(), viewer(), entry_id))


@blueprint.post("/<id:entry_id>")
@guard(Permission.WRITE)
@again(edit)
def save(entry_id: int) -> ResponseReturnValue:
    """Change a line."""
    words.save(ports(), viewer(), entry_id, word_forms.word_input(request.form))
    notice("saved")
    return see("words.index")


@blueprint.post("/<id:entry_id>/delete")
@guard(Permission.WRITE)
@again(edit)
def delete(entry_id: int) -> ResponseReturnValue:
    """Take a line out; the next page offers to bring it back."""
    words.delete(ports(), viewer(), entry_id, word_forms.version(request.form))
    return see("words.index", deleted=entry_id)


@blueprint.post("/<id:entry_id>/restore")
@guard(Permission.WRITE)
def restore(entry_id: int) -> ResponseReturnValue:
    """Undo a deletion."""
    words.restore(ports(), viewer(), entry_id)
    notice("restored")
    return see("words.index")


@blueprint.get("/list")
@guard(Permission.WRITE)
def bulk() -> str:
    """Where many words are pasted or uploaded."""
    return show("words/list.html", None)


@blueprint.post("/list/check")
@guard(Permission.WRITE)
@again(bulk)
def check() -> ResponseReturnValue:
    """What taking the list in would do; changes nothing."""
    text = word_forms.list_text(request.form, request.files)
    page = word_lists.check_list(ports(), viewer(), text)
    return show("words/list.html", page, fault_text=partial(field_sentence, "words"))


@blueprint.post("/list")
@guard(Permission.WRITE)
@again(bulk)
def take_in() -> ResponseReturnValue:
    """Take in the usable lines of a list."""
    text = word_forms.list_text(request.form, request.files)
    count = word_lists.take_in(ports(), viewer(), text)
    notice("words_taken_in", count=count)
    return see("words.index")


@blueprint.get("/words.csv")
@guard(Permission.WRITE)
def download() -> Response:
    """The whole dictionary; the mark at its start lets spreadsheets see UTF-8."""
    content = "\ufeff" + word_lists.give_out(ports(), viewer())
    headers = {"Content-Disposition": 'attachment; filename="words.csv"'}
    return Response(content, mimetype="text/csv", headers=headers)
