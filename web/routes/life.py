"""An article's life beside its words: plan, review, address, neighbours, links to drafts."""

from __future__ import annotations

from enum import StrEnum

from flask import Blueprint, make_response, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from kb_app import article_life, life_pages, sharing
from kb_app import review as reviewing
from kb_app.permissions import Permission
from kb_app.sniffing import PDF
from web import forms, life_forms
from web.auth import guard, viewer
from web.context import ports
from web.editor_pages import editor
from web.security import FILE_CSP, PDF_CSP
from web.showing import again, notice, see
from web.showing import show as show_page

blueprint = Blueprint("life", __name__)
HIDDEN = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}


class Step(StrEnum):
    """What a reviewer or colleague does, and the notice it leaves."""

    APPROVED = "approved"
    RETURNED = "returned"
    COMMENT = "comment"


@blueprint.get("/manage/articles/<id:article_id>/life")
@guard(Permission.WRITE)
def show(article_id: int) -> str:
    """Owner, times, address, related articles, links."""
    page = life_pages.life(ports(), viewer(), article_id, forms.query(request.args))
    return show_page("manage/life.html", page, zone=ports().config.timezone)


@blueprint.post("/manage/articles/<id:article_id>/plan")
@guard(Permission.PUBLISH)
@again(show)
def plan(article_id: int) -> ResponseReturnValue:
    """Set owner, scheduled publishing, expiry and review date."""
    form = life_forms.plan(request.form, ports().config.timezone)
    article_life.plan(ports(), viewer(), article_id, form)
    notice("plan_saved")
    return see("life.show", article_id=article_id)


@blueprint.post("/manage/articles/<id:article_id>/address")
@guard(Permission.PUBLISH)
@again(show)
def move(article_id: int) -> ResponseReturnValue:
    """Another address; the old one redirects."""
    version = forms.needed_number(request.form, "version")
    article_life.move(ports(), viewer(), article_id, forms.line(request.form, "slug"), version)
    notice("address_moved")
    return see("life.show", article_id=article_id)


@blueprint.post("/manage/articles/<id:article_id>/related")
@guard(Permission.WRITE)
@again(show)
def relate(article_id: int) -> ResponseReturnValue:
    """What to show beside the article."""
    article_life.relate(ports(), viewer(), article_id, life_forms.related(request.form))
    notice("related_saved")
    return see("life.show", article_id=article_id)


@blueprint.post("/manage/articles/<id:article_id>/review")
@guard(Permission.DRAFT)
@again(editor)
def review(article_id: int) -> ResponseReturnValue:
    """Approve, return with a reason, or only remark."""
    step, text = forms.one_of(request.form, "step", Step), forms.text(request.form, "comment")
    if step is Step.COMMENT:
        reviewing.comment(ports(), viewer(), article_id, text)
        notice("article_commented")
    else:
        decide = reviewing.approve if step is Step.APPROVED else reviewing.give_back
        version = forms.needed_number(request.form, "version")
        decide(ports(), viewer(), article_id, version, text)
        notice(f"article_{step}")
    return see("manage.edit", article_id=article_id)


@blueprint.post("/manage/articles/<id:article_id>/share")
@guard(Permission.WRITE)
@again(show)
def share(article_id: int) -> ResponseReturnValue:
    """A new link to the draft."""
    sharing.share(ports(), viewer(), article_id, forms.needed_number(request.form, "days"))
    notice("article_shared")
    return see("life.show", article_id=article_id)


@blueprint.post("/manage/articles/<id:article_id>/share/<id:share_id>/revoke")
@guard(Permission.WRITE)
def revoke(article_id: int, share_id: int) -> ResponseReturnValue:
    """End a link at once."""
    sharing.revoke(ports(), viewer(), article_id, share_id)
    notice("share_revoked")
    return see("life.show", article_id=article_id)


@blueprint.get("/share/<token>")
@guard(Permission.READ)
def shared(token: str) -> ResponseReturnValue:
    """The draft behind a link, for whoever has it; never for search engines."""
    page = sharing.shared(ports(), viewer(), token)
    if page.published_slug:
        return redirect(url_for("articles.show", slug=page.published_slug), 302)
    response = make_response(show_page("articles/shared.html", page))
    response.headers.update(HIDDEN)
    return response


@blueprint.get("/share/<token>/files/<id:file_id>/<filename>")
@guard(Permission.READ)
def shared_file(token: str, file_id: int, filename: str) -> ResponseReturnValue:  # noqa: ARG001
    """A file of the draft; `filename` only makes the address readable."""
    stored = sharing.shared_file(ports(), viewer(), token, file_id)
    response = send_file(
        stored.path.absolute(),
        mimetype=stored.media_type,
        as_attachment=not stored.inline,
        download_name=stored.filename,
    )
    policy = PDF_CSP if stored.media_type == PDF else FILE_CSP
    response.headers.update({**HIDDEN, "Content-Security-Policy": policy})
    return response
