"""Feeds of new articles, and subscribing to a category by mail."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from kb_app import feeds, subscribing
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.routes.browse import category
from web.showing import again, notice, see, show

blueprint = Blueprint("feeds", __name__)
ATOM = "application/atom+xml"


@blueprint.get("/feed.atom")
@guard(Permission.READ)
def site() -> Response:
    """The newest articles everybody may read."""
    return _atom(feeds.feed(ports(), viewer()))


@blueprint.get("/categories/<slug>/feed.atom")
@guard(Permission.READ)
def of_category(slug: str) -> Response:
    """The newest of one category."""
    return _atom(feeds.feed(ports(), viewer(), "category", slug))


@blueprint.get("/products/<slug>/feed.atom")
@guard(Permission.READ)
def of_product(slug: str) -> Response:
    """The newest of one product."""
    return _atom(feeds.feed(ports(), viewer(), "product", slug))


def _atom(page: feeds.FeedPage) -> Response:
    response = make_response(render_template("feeds/atom.xml", page=page))
    response.mimetype = ATOM
    return response


@blueprint.post("/categories/<slug>/subscribe")
@guard(Permission.VOTE)
@again(category)
def subscribe(slug: str) -> ResponseReturnValue:
    """Hear of new articles here, by day or week."""
    rhythm = subscribing.rhythm_named(forms.line(request.form, "rhythm"))
    email = forms.line(request.form, "email")
    at_once = subscribing.subscribe(ports(), viewer(), slug, email, rhythm)
    notice("subscribed" if at_once else "subscription_mailed", "success" if at_once else "info")
    return see("browse.category", slug=slug)


@blueprint.post("/categories/<slug>/unsubscribe")
@guard(Permission.ACCOUNT)
def cancel(slug: str) -> ResponseReturnValue:
    """Hear of it no more."""
    subscribing.cancel(ports(), viewer(), slug)
    notice("unsubscribed")
    return see("browse.category", slug=slug)


@blueprint.get("/subscriptions/<token>")
@guard(Permission.READ)
def link(token: str) -> str:
    """What a link in a mail is for; nothing happens before the button is pressed."""
    deed, page = subscribing.subscription_page(ports(), viewer(), token)
    return show("feeds/subscription.html", page, deed=deed)


@blueprint.post("/subscriptions/<token>")
@guard(Permission.READ)
def answer(token: str) -> ResponseReturnValue:
    """Confirm, or stop."""
    deed = subscribing.answer(ports(), viewer(), token)
    notice("unsubscribed" if deed == subscribing.STOP else "subscribed")
    return see("pages.home")
