"""The site's look on every page, and who may show which pages in a frame."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, Response, current_app, g, request, url_for

from kb_app.look.current import CurrentSite, Site
from kb_app.ports import Ports
from models import utcnow
from web.security import CSP

EXTENSION = "wenda_site"
FRAMED = "frame-ancestors 'self'"


def init_site(app: Flask, parts: Ports) -> None:
    """Call before auth and security, so that its word on headers and cookies is the last."""
    app.extensions[EXTENSION] = CurrentSite(parts)
    app.context_processor(_look)
    app.after_request(_framing)


def site() -> Site:
    """The site as this request shows it."""
    draft = g.get("draft_site")
    return draft if isinstance(draft, Site) else current().get()


def current() -> CurrentSite:
    """This process's view of the settings."""
    return cast(CurrentSite, current_app.extensions[EXTENSION])


def embedding_policy() -> str:
    """The policy of pages that chosen sites may show in a frame."""
    hosts = " ".join(site().embedding.hosts)
    return CSP.replace(FRAMED, f"{FRAMED} {hosts}".rstrip())


def _look() -> dict[str, Any]:
    shown = site()
    return {
        "site": shown,
        "banner": shown.banner_now(utcnow()),
        "look_draft": g.get("draft_site") is not None,
        "look_picture": lambda key: url_for("look.picture", sha256=key),
    }


def _framing(response: Response) -> Response:
    """No older header beside frame-ancestors, and no cookie in other people's pages."""
    if request.blueprint == "embed" and not request.path.startswith("/manage"):
        response.headers.pop("X-Frame-Options", None)
        response.headers.pop("Set-Cookie", None)
    return response
