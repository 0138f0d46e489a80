"""The Flask application, made from ports; importing this module does nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, url_for
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, UnicodeConverter, ValidationError

from kb_app.config import Config
from kb_app.ports import Ports
from web.api import v1
from web.auth import init_auth, viewer
from web.context import EXTENSION
from web.errors import init_errors
from web.filters import init_filters
from web.forms import LARGEST_ID
from web.routes import (
    account,
    articles,
    ask,
    browse,
    desk,
    files,
    health,
    insights,
    manage,
    my,
    pages,
    questions,
    search,
    tickets,
    words,
)
from web.security import init_security

BLUEPRINTS = (
    pages.blueprint,
    search.blueprint,
    articles.blueprint,
    browse.blueprint,
    files.blueprint,
    ask.blueprint,
    questions.blueprint,
    my.blueprint,
    tickets.blueprint,
    account.blueprint,
    desk.blueprint,
    manage.blueprint,
    insights.blueprint,
    words.blueprint,
    health.blueprint,
    v1.blueprint,
)
MEGABYTE = 1024 * 1024
# The longest article, each character as nine bytes, with room for the rest of the form.
LARGEST_FORM = 3 * MEGABYTE
MOST_FIELDS = 500


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


@dataclass(frozen=True)
class Site:
    """What every page knows about the site it belongs to."""

    name: str
    base_url: str


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
    init_auth(app)
    init_errors(app)
    init_security(app, ports.config.redis_url, ports.config.rate_limits)
    app.context_processor(_page_context(ports.config))
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
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "MAX_FORM_PARTS": MOST_FIELDS,
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_ENABLED": config.rate_limits,
    }


def _page_context(config: Config) -> Callable[[], dict[str, Any]]:
    site = Site(config.site_name, config.base_url)

    def context() -> dict[str, Any]:
        return {
            "viewer": viewer(),
            "site": site,
            "asset": asset,
            "errors": g.get("errors", {}),
            "values": g.get("values", {}),
        }

    return context


def asset(path: str) -> str:
    """The address of a static file, changing with its content so it can be cached for ever."""
    file = Path(__file__).parent / "static" / path
    try:
        stamp = file.stat().st_mtime_ns
    except OSError:
        return url_for("static", filename=path)
    return url_for("static", filename=path, v=_content_hash(file, stamp))


@lru_cache(maxsize=256)
def _content_hash(file: Path, stamp: int) -> str:  # noqa: ARG001  part of the cache's key
    return hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest()
