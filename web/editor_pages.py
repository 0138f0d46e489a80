"""The editor as a page: how it is shown, with which policy, and what its buttons do."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from flask import current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from kb_app import drafts, editing, editor_pages, review
from kb_app.editing import ArticleInput
from web.auth import viewer
from web.context import ports
from web.security import editor_policy
from web.showing import show

KINDS = ("steps", "trouble", "faq", "policy", "notice")


class Action(StrEnum):
    """What a button of the editor does, and the notice it leaves."""

    SAVE = "save"
    PUBLISH = "publish"
    SUBMIT = "submit"
    ARCHIVE = "archive"
    TRASH = "trash"
    RESTORE = "restore"


WRITING = {
    Action.SAVE: editing.save,
    Action.PUBLISH: editing.save_and_publish,
    Action.SUBMIT: review.save_and_submit,
}
MOVING = {
    Action.ARCHIVE: editing.archive,
    Action.TRASH: editing.trash,
    Action.RESTORE: editing.restore,
}
NOTICES = {
    Action.SAVE: "saved",
    Action.PUBLISH: "published",
    Action.SUBMIT: "submitted_for_review",
    Action.ARCHIVE: "archived",
    Action.TRASH: "trashed",
    Action.RESTORE: "restored",
}


def editor(article_id: int | None) -> ResponseReturnValue:
    """The editor for an article or a new one, with the draft or the template asked for."""
    page = editor_pages.edit(ports(), viewer(), article_id)
    wanted = request.args.get("draft", "")
    key = str(article_id) if article_id else wanted or drafts.new_key()
    if wanted and request.method == "GET":
        card = drafts.draft(ports(), viewer(), key)
        g.values = card.fields | {"version": str(card.base_version)}
    kind = request.args.get("kind", "")
    if article_id is None and kind in KINDS:
        page = replace(page, body=render_template(f"manage/kinds/{kind}.md").strip())
    response = make_response(show("manage/editor.html", page, draft_key=key, kind=kind))
    response.headers["Content-Security-Policy"] = editor_policy(current_app)
    return response


def values_of(form: ArticleInput) -> dict[str, str]:
    """A form's fields as the editor shows what was typed."""
    return {
        "title": form.title,
        "body": form.body,
        "phrasings": form.phrasings,
        "category_id": str(form.category_id or ""),
        "product_ids": ",".join(map(str, form.product_ids)),
        "access": form.access,
        "version": str(form.version),
    }
