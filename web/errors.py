"""Errors become a friendly page, a line for a script, or JSON under /api."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import (
    Flask,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from kb_app.errors import SignInNeeded, WendaError
from models import visitor
from web.forms import typed
from web.messages import (
    CSRF_FORM_MESSAGE,
    CSRF_MESSAGE,
    SESSION_ENDED_MESSAGE,
    error_page,
    sentence_for,
)
from web.security import referrer_path
from web.showing import is_fragment, kept_texts, wants_json

SERVER_FAULT = 500


def init_errors(app: Flask) -> None:
    """Register a handler for everything that can be raised."""
    app.register_error_handler(SignInNeeded, _sign_in)
    app.register_error_handler(WendaError, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)


def _sign_in(error: SignInNeeded) -> Response:
    wants_page = not is_fragment() and not _is_api() and not wants_json()
    if not wants_page:
        return _respond(401, sentence_for(error).text)
    if g.get("session_ended", False) and kept_texts():
        return _respond(401, SESSION_ENDED_MESSAGE)
    target = referrer_path() if request.method == "POST" else request.full_path.rstrip("?")
    return redirect(url_for("account.login", next=target), 303)


def _refused(error: WendaError) -> Response:
    sentence = sentence_for(error)
    return _respond(sentence.status, sentence.text)


def _forged(_error: CSRFError) -> Response:
    """The form again, as it was filled, with a fresh token; else what was typed, to be copied."""
    view = current_app.view_functions.get(request.endpoint or "")
    form_view: Callable[..., Any] | None = getattr(view, "form_view", None)
    if form_view is None or is_fragment() or _is_api() or wants_json():
        return _respond(400, CSRF_MESSAGE)
    g.errors, g.values = {"form": CSRF_FORM_MESSAGE}, typed(request.form)
    try:
        response = make_response(form_view(**(request.view_args or {})))
    except WendaError:
        return _respond(400, CSRF_MESSAGE)
    response.status_code = 400
    return response


def _http(error: HTTPException) -> Response:
    response = _respond(error.code or SERVER_FAULT)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "Content-Range"}:
            response.headers[name] = value
    return response


def _respond(status: int, message: str = "") -> Response:
    page = error_page(status, message)
    if _is_api():
        response = jsonify(error={"status": status, "message": page.message})
    elif wants_json():
        response = jsonify(error=page.message)
    elif is_fragment():
        response = make_response(page.message)
        response.mimetype = "text/plain"
    else:
        if status >= SERVER_FAULT:
            # Nothing on this page may depend on what just failed.
            g.viewer = visitor("")
        kept = kept_texts() if request.method == "POST" else ()
        response = make_response(render_template("errors/error.html", page=page, kept=kept))
    response.status_code = status
    return response


def _is_api() -> bool:
    return request.path.startswith("/api/")
