"""Who is asking: resolved once per request to a Viewer, and checked before any handler runs.

Two signed cookies: the session (user id and epoch, so that a changed password ends every
other session) and `wid`, an anonymous visitor's long-lived id, set when it first matters.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request, session
from itsdangerous import BadSignature, URLSafeSerializer

from kb_app import accounts, eyes
from kb_app.accounts import SignedIn
from kb_app.errors import PreviewOnly
from kb_app.permissions import Permission, require
from models import Viewer
from web import languages
from web.addresses import block_of
from web.context import ports

VISITOR_COOKIE = "wid"
VISITOR_SECONDS = 2 * 365 * 24 * 3600
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What somebody who looks with other eyes can still do: stop.
ALWAYS_ALLOWED = frozenset({"access.end_preview", "account.logout"})
VIEW_AS = "view_as"
REMEMBERING_BLUEPRINTS = frozenset({"search", "ask", "articles", "chat"})
# Pages in a frame of another site never set a cookie.
FRAMED_BLUEPRINTS = frozenset({"embed", "embed_chat"})

View = TypeVar("View", bound=Callable[..., Any])


def viewer() -> Viewer:
    """The person or visitor of this request; asked of the database at most once."""
    if "viewer" not in g:
        g.viewer = _resolve()
    return cast(Viewer, g.viewer)


def guard(permission: Permission) -> Callable[[View], View]:
    """Let a handler run only for viewers who hold `permission`; the route map can read it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            require(viewer(), permission)
            _only_looks(viewer())
            return view(*args, **kwargs)

        guarded.__dict__["permission"] = permission
        return cast(View, guarded)

    return decorate


def _only_looks(found: Viewer) -> None:
    """Nobody acts in another's name: looking with other eyes is all there is."""
    acts = request.method not in SAFE_METHODS and request.endpoint not in ALWAYS_ALLOWED
    if found.previewing and acts:
        raise PreviewOnly(str(request.endpoint))


def look_as(key: str) -> None:
    """From the next request on, see the site as holders of this access key do."""
    session[VIEW_AS] = key


def look_as_oneself() -> None:
    """End of the preview."""
    session.pop(VIEW_AS, None)


def begin_session(signed: SignedIn) -> None:
    """Start a session from nothing, so that nothing planted before signing in survives.

    What the visitor asked until now goes along into the account.
    """
    before = viewer()
    session.clear()
    session.permanent = True
    session["user_id"] = signed.user_id
    session["epoch"] = signed.session_epoch
    accounts.adopt(ports(), signed.user_id, before.voter_key)
    g.pop("viewer", None)


def session_epoch() -> int:
    """The epoch of the session this request belongs to; 0 without one."""
    return int(session.get("epoch") or 0)


def end_session() -> None:
    """Forget who was signed in; the visitor cookie stays."""
    session.clear()
    g.pop("viewer", None)


def init_auth(app: Flask) -> None:
    """Send the visitor cookie along once there is something to remember."""
    app.after_request(_keep_visitor)
    app.after_request(languages.remember)


def _resolve() -> Viewer:
    found = accounts.viewer_for(
        ports(), session.get("user_id"), session.get("epoch"), _visitor_id()
    )
    if found.user_id is None and "user_id" in session:
        session.clear()
        g.session_ended = True
    if VIEW_AS in session:
        found = eyes.seen_as(ports(), found, session[VIEW_AS])
    network = block_of(request.remote_addr or "")
    return replace(found, network=network, language=languages.of_request())


def _visitor_id() -> str:
    if "visitor_id" not in g:
        g.visitor_id = _read_visitor_cookie()
        g.visitor_is_new = not g.visitor_id
        g.visitor_id = g.visitor_id or secrets.token_hex(16)
    return str(g.visitor_id)


def _read_visitor_cookie() -> str:
    try:
        value = _signer().loads(request.cookies.get(VISITOR_COOKIE, ""))
    except BadSignature:
        return ""
    return value if isinstance(value, str) else ""


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="visitor")


def _keep_visitor(response: Response) -> Response:
    remembers = request.method == "POST" or request.blueprint in REMEMBERING_BLUEPRINTS
    remembers = remembers and request.blueprint not in FRAMED_BLUEPRINTS
    found = g.get("viewer")
    anonymous = found is not None and found.user_id is None
    if remembers and anonymous and g.get("visitor_is_new", False):
        response.set_cookie(
            VISITOR_COOKIE,
            _signer().dumps(g.visitor_id),
            max_age=VISITOR_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
    return response
