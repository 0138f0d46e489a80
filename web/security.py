"""What a browser may do with our pages, and how often anyone may knock.

Headers, CSRF tokens, rate limits by endpoint, and redirects that never leave the site.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, after_this_request, current_app, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "form-action 'self'",
    )
)
FILE_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox"
)
# Browsers refuse to show PDF in a sandbox; theirs is drawn apart from every page anyway.
PDF_CSP = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
HSTS = "max-age=31536000"
UPLOADS = frozenset({"article_files.make", "manage.upload", "exchange.begin_import"})
# Whoever sends these may be anybody.
SMALL_UPLOADS = frozenset(
    {"intake.event", "people.begin_import", "ask.submit", "chat.send", "embed_chat.send"}
)
# Pages in a frame of another site act in nobody's name; see web.routes.embed.
NAMELESS = (
    "embed.ask",
    "embed.solved",
    "embed.unsolved",
    "intake.call",
    "intake.event",
    "embed_chat.begin",
    "embed_chat.end",
    "embed_chat.leave_word",
    "embed_chat.person",
    "embed_chat.rate",
    "embed_chat.say",
    "embed_chat.send",
    "embed_chat.useful",
)
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Limit:
    """How often an endpoint may be used by one address, or for one value of a form `field`.

    With `each_path` every address of a page counts for itself: one article, one vote form.
    """

    rate: str
    field: str = ""
    each_path: bool = False


LIMITS: dict[str, tuple[Limit, ...]] = {
    "account.enter": (Limit("10/minute;60/hour"), Limit("30/hour", "email")),
    "account.join": (Limit("10/hour"),),
    "account.send_link": (Limit("10/hour"), Limit("4/hour", "email")),
    "account.set_password": (Limit("20/hour"),),
    "invitations.accept": (Limit("20/hour"),),
    "account.change_password": (Limit("10/minute;30/hour"),),
    "ask.submit": (Limit("10/minute;60/hour"),),
    "embed.ask": (Limit("10/minute;60/hour"),),
    "embed.unsolved": (Limit("10/minute;60/hour"),),
    "embed.solved": (Limit("30/minute"),),
    "embed_chat.begin": (Limit("10/minute;60/hour"),),
    "embed_chat.say": (Limit("60/minute"),),
    "embed_chat.send": (Limit("30/minute"),),
    "embed_chat.news": (Limit("120/minute", each_path=True),),
    "embed.panel": (Limit("20/second;900/minute"),),
    "questions.follow_up": (Limit("10/minute;60/hour"),),
    "questions.unsolved": (Limit("10/minute;60/hour"),),
    "chat.begin": (Limit("10/minute;60/hour"),),
    "chat.say": (Limit("60/minute"),),
    "chat.send": (Limit("30/minute"),),
    "chat.news": (Limit("120/minute", each_path=True),),
    "intake.call": (Limit("20/second;600/minute"),),
    "intake.event": (Limit("20/second;600/minute"),),
    "calls.book": (Limit("10/hour"),),
    "calls.change": (Limit("20/hour"),),
    "chat.place": (Limit("10/minute"),),
    "chat.visit": (Limit("60/minute"),),
    "guests.say": (Limit("60/minute"),),
    "guests.news": (Limit("120/minute", each_path=True),),
    "guests.room": (Limit("60/minute"),),
    "chat.mail": (Limit("5/hour"),),
    "mail_links.unsolved": (Limit("10/minute;60/hour"),),
    "tickets.reply": (Limit("20/minute"),),
    "tickets.reopen": (Limit("20/minute"),),
    "proof.send_again": (Limit("4/hour"),),
    "proof.confirm": (Limit("20/hour"),),
    "feeds.subscribe": (Limit("10/hour"), Limit("6/hour", "email")),
    "articles.vote": (Limit("30/minute;300/hour"), Limit("20/hour;60/day", each_path=True)),
    "search.results": (Limit("20/second;900/minute"),),
    "search.suggest": (Limit("30/second;1200/minute"),),
    "robots.llms": (Limit("20/minute"),),
    "robots.sitemap": (Limit("60/minute"),),
    "robots.sitemap_page": (Limit("120/minute"),),
    "files.drawn": (Limit("240/minute"),),
    "files.small": (Limit("600/minute"),),
    "api.search": (Limit("20/second;900/minute"),),
    "api.suggest": (Limit("30/second;1200/minute"),),
}


def init_security(app: Flask, storage_url: str, limited: bool) -> None:
    """Attach headers, CSRF protection and rate limits; call after the routes are registered."""
    app.after_request(_with_headers)
    # Before CSRFProtect, which is the first to read the body.
    app.before_request(_allow_upload)
    csrf = CSRFProtect(app)
    for endpoint in NAMELESS:
        csrf.exempt(app.view_functions[endpoint])
    limiter = Limiter(
        get_remote_address,
        storage_uri=storage_url or "memory://",
        strategy="moving-window",
        headers_enabled=True,
        in_memory_fallback_enabled=bool(storage_url),
        enabled=limited,
    )
    limiter.init_app(app)
    # Its decorators hold it weakly; this keeps it as long as the application lives.
    app.extensions["wenda_limiter"] = limiter
    for endpoint, limits in LIMITS.items():
        for limit in limits:
            _restrict(app, limiter, endpoint, limit)


def editor_policy(app: Flask) -> str:
    """The editor lays out its parts by style attributes; scripts stay as strict as anywhere."""
    return f"{_policy(app)}; style-src-attr 'unsafe-inline'"


def _policy(app: Flask) -> str:
    """The site's policy; the hosts whose players may be shown are the operator's to choose."""
    hosts = app.config.get("EMBED_HOSTS", ())
    frames = " ".join(["'self'", *(f"https://{host}" for host in hosts)])
    return f"{CSP}; frame-src {frames}"


def allow_microphone(*, place: bool = False) -> None:
    """This page may record what its person says, or ask where they are, when they want it."""
    where = "(self)" if place else "()"
    policy = f"camera=(), geolocation={where}, microphone=(self), payment=()"

    @after_this_request
    def _allow(response: Response) -> Response:
        response.headers["Permissions-Policy"] = policy
        return response


def same_site(target: str, fallback: str = "/") -> str:
    """`target` if it is a path of this site, else `fallback`; browsers' odd spellings refused."""
    plain = target.isprintable() and " " not in target and "\\" not in target
    if not plain or not target.startswith("/") or target.startswith("//"):
        return fallback
    return target


def referrer_path(fallback: str = "/") -> str:
    """Where the reader came from on this site, as a path with its query."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return fallback
    if parts.netloc != request.host:
        return fallback
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return same_site(path, fallback)


def _restrict(app: Flask, limiter: Limiter, endpoint: str, limit: Limit) -> None:
    decorate = limiter.limit(limit.rate, key_func=partial(_key, limit), scope=_scope(limit) or None)
    view: Callable[..., Any] = app.view_functions[endpoint]
    app.view_functions[endpoint] = decorate(view)


def _scope(limit: Limit) -> str:
    return "path" if limit.each_path else limit.field


def _key(limit: Limit) -> str:
    """Who is counted: an address, an address at one page, or what a field says."""
    address = get_remote_address()
    if limit.each_path:
        return f"{address}{request.path}"
    if not limit.field:
        return address
    return request.form.get(limit.field, "")[:254].strip().casefold() or address


def _allow_upload() -> None:
    if request.endpoint in UPLOADS:
        request.max_content_length = current_app.config["MAX_UPLOAD_LENGTH"]
    if request.endpoint in SMALL_UPLOADS:
        request.max_content_length = current_app.config["MAX_SMALL_UPLOAD_LENGTH"]


def _with_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _policy(current_app))
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if request.endpoint == "static":
        if "v" in request.args:
            response.headers["Cache-Control"] = IMMUTABLE
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-cache"
    if session.accessed:
        response.vary.add("Cookie")
    return response
