"""The Flask application, made from ports; importing this module does nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, request, url_for
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, UnicodeConverter, ValidationError

from kb_app.config import Config
from kb_app.ports import Ports
from web.api import intake, v1
from web.auth import init_auth, viewer
from web.context import CHAT_DRAW, EXTENSION
from web.errors import init_errors
from web.filters import init_filters
from web.forms import LARGEST_ID
from web.live.draw import drawing
from web.packing import init_packing
from web.routes import (
    access,
    account,
    article_files,
    articles,
    ask,
    bridges,
    browse,
    calls,
    chat,
    chat_guests,
    circles,
    desk,
    desk_chats,
    desk_work,
    drafts,
    embed,
    embed_chat,
    exchange,
    feeds,
    fields,
    files,
    following,
    handing,
    health,
    insights,
    invitations,
    keeping,
    languages,
    learning,
    life,
    look,
    mail_links,
    mailboxes,
    manage,
    my,
    notice_settings,
    own,
    own_fields,
    own_reports,
    pages,
    panels,
    passing,
    people,
    promoting,
    proof,
    questions,
    replies,
    reports,
    robots,
    rules,
    search,
    setup,
    ticket_plans,
    tickets,
    trees,
    webhooks,
    words,
    worklist,
)
from web.security import init_security
from web.site import init_site

BLUEPRINTS = (
    access.blueprint,
    pages.blueprint,
    search.blueprint,
    articles.blueprint,
    browse.blueprint,
    files.blueprint,
    ask.blueprint,
    chat.blueprint,
    chat_guests.blueprint,
    calls.blueprint,
    questions.blueprint,
    following.blueprint,
    my.blueprint,
    tickets.blueprint,
    account.blueprint,
    desk.blueprint,
    promoting.blueprint,
    desk_work.blueprint,
    desk_chats.blueprint,
    replies.blueprint,
    mailboxes.blueprint,
    mail_links.blueprint,
    manage.blueprint,
    own.blueprint,
    proof.blueprint,
    languages.blueprint,
    article_files.blueprint,
    trees.blueprint,
    feeds.blueprint,
    drafts.blueprint,
    embed.blueprint,
    passing.blueprint,
    embed_chat.blueprint,
    exchange.blueprint,
    look.blueprint,
    keeping.blueprint,
    robots.blueprint,
    life.blueprint,
    setup.blueprint,
    rules.blueprint,
    webhooks.blueprint,
    ticket_plans.blueprint,
    circles.blueprint,
    fields.blueprint,
    insights.blueprint,
    worklist.blueprint,
    learning.blueprint,
    reports.blueprint,
    own_reports.blueprint,
    people.blueprint,
    invitations.blueprint,
    notice_settings.blueprint,
    own_fields.blueprint,
    panels.blueprint,
    words.blueprint,
    health.blueprint,
    v1.blueprint,
    intake.blueprint,
    bridges.blueprint,
    handing.blueprint,
)
MEGABYTE = 1024 * 1024
# The longest article, each character as nine bytes, with room for the rest of the form.
LARGEST_FORM = 3 * MEGABYTE
SMALL_UPLOAD_MB = 25
MOST_FIELDS = 500
LOOKED_AT_SECONDS = 2


class IdConverter(IntegerConverter):
    """A row's id: what a database could not hold is simply not found."""

    def __init__(self, url_map: Any) -> None:
        super().__init__(url_map, min=1, max=LARGEST_ID)


class TextConverter(UnicodeConverter):
    """A name in an address: one with control characters (PostgreSQL refuses NUL) is not found."""

    def to_python(self, value: str) -> str:
        """The text as it is, or no match."""
        if not value.isprintable():
            raise ValidationError
        return value


class Utf8Json(DefaultJSONProvider):
    """JSON whose Chinese stays readable and short."""

    ensure_ascii = False


def create_app(ports: Ports) -> Flask:
    """A WSGI application over these ports."""
    app = Flask("web", static_folder="static", template_folder="templates")
    app.config.from_mapping(_settings(ports.config))
    app.json = Utf8Json(app)
    app.extensions[EXTENSION] = ports
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["default"] = TextConverter
    if ports.config.trusted_proxies:
        hops = ports.config.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's documented way
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    init_filters(app, ports.config.timezone)
    app.extensions[CHAT_DRAW] = drawing(app)
    init_site(app, ports)
    init_auth(app)
    init_errors(app)
    init_security(app, ports.config.redis_url, ports.config.rate_limits)
    init_packing(app)
    app.context_processor(_page_context())
    return app


def _settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "SESSION_COOKIE_NAME": "wenda_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.base_url.startswith("https:"),
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
        "MAX_CONTENT_LENGTH": LARGEST_FORM,
        "MAX_UPLOAD_LENGTH": config.max_upload_mb * MEGABYTE + LARGEST_FORM,
        "MAX_SMALL_UPLOAD_LENGTH": min(config.max_upload_mb, SMALL_UPLOAD_MB) * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "MAX_FORM_PARTS": MOST_FIELDS,
        "WTF_CSRF_TIME_LIMIT": None,
        "EMBED_HOSTS": config.embeds,
        "RATELIMIT_ENABLED": config.rate_limits,
    }


def _page_context() -> Callable[[], dict[str, Any]]:
    def context() -> dict[str, Any]:
        return {
            "viewer": viewer(),
            "asset": asset,
            "errors": g.get("errors", {}),
            "values": g.get("values", {}),
        }

    return context


def asset(path: str) -> str:
    """The address of a static file, changing with its content so it can be cached for ever.

    A page names twenty of them, so they are looked at once in LOOKED_AT_SECONDS.
    """
    return _address(path, request.script_root, int(time.monotonic() / LOOKED_AT_SECONDS))


@lru_cache(maxsize=256)
def _address(path: str, root: str, moment: int) -> str:  # noqa: ARG001  parts of the cache's key
    file = Path(__file__).parent / "static" / path
    try:
        stamp = file.stat().st_mtime_ns
    except OSError:
        return url_for("static", filename=path)
    return url_for("static", filename=path, v=_content_hash(file, stamp))


@lru_cache(maxsize=256)
def _content_hash(file: Path, stamp: int) -> str:  # noqa: ARG001  part of the cache's key
    return hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest()
