"""Which language a reader wants: the one they chose on an article, else their browser's."""

from __future__ import annotations

import re

from flask import Response, current_app, g, request

from kb_app.site_languages import reader_language
from web.context import ports

CHOICE = "hl"
REMEMBERED_SECONDS = 365 * 24 * 3600
MOST_ASKED = 5
_CODE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def of_request() -> str:
    """A language of this site; empty for its own."""
    chosen = _chosen()
    asked = [chosen] if chosen else [code for code, _ in request.accept_languages][:MOST_ASKED]
    return reader_language(ports(), tuple(asked)) if asked else ""


def _chosen() -> str:
    """What was clicked on, now or before; anything that is no code counts as nothing."""
    code = request.args.get(CHOICE) or request.cookies.get(CHOICE, "")
    return code if _CODE.fullmatch(code) else ""


def remember(response: Response) -> Response:
    """Keep what was chosen on an article for the next pages."""
    code = request.args.get(CHOICE, "")
    choosing = request.endpoint == "articles.show" and bool(_CODE.fullmatch(code))
    if choosing and response.status_code < 400 and g.get("viewer") is not None:  # noqa: PLR2004
        response.set_cookie(
            CHOICE,
            code,
            max_age=REMEMBERED_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
    return response
