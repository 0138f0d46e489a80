"""How handlers end: a page, the same form again with what was typed, or a redirect."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, flash, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from kb_app.errors import (
    EditConflict,
    EmailTaken,
    FilesAway,
    FileTooLarge,
    IllegalMove,
    InvalidInput,
    NotSolved,
    ScannerAway,
    WrongPassword,
)
from web.forms import typed
from web.messages import NOTICES, TYPED_LABELS, field_errors, sentence_for
from web.security import referrer_path

REFUSALS = (
    EditConflict,
    EmailTaken,
    FilesAway,
    FileTooLarge,
    IllegalMove,
    InvalidInput,
    NotSolved,
    ScannerAway,
    WrongPassword,
)

View = TypeVar("View", bound=Callable[..., Any])


def show(template: str, page: object, **extra: object) -> str:
    """Render a page; `errors` and `values` come from `again` by the context processor."""
    return render_template(template, page=page, **extra)


def again(form_view: Callable[..., Any]) -> Callable[[View], View]:
    """When a form is refused, show `form_view` again with the errors and all that was typed."""

    def decorate(view: View) -> View:
        @wraps(view)
        def tried(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except REFUSALS as error:
                if wants_json():
                    raise
                g.errors = field_errors(error)
                g.values = typed(request.form)
                if isinstance(error, EditConflict):
                    # The form now stands on the newer version, so saving again is a decision.
                    g.values.pop("version", None)
                return form_view(*args, **kwargs), sentence_for(error).status

        tried.__dict__["form_view"] = form_view
        return cast(View, tried)

    return decorate


def kept_texts() -> tuple[tuple[str, str], ...]:
    """What was typed into the form that failed, as (label, text), to be copied from a page."""
    try:
        sent = typed(request.form)
    except HTTPException:  # the form itself was what could not be read
        return ()
    return tuple((label, sent[name]) for name, label in TYPED_LABELS.items() if sent.get(name))


def notice(name: str, category: str = "success", **words: object) -> None:
    """Say one sentence of the table on the next page."""
    flash(NOTICES[name].format(**words), category)


def see(endpoint: str, **values: Any) -> Response:
    """Go on to another page after a POST."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))


def back() -> Response:
    """Return to the page of this site the reader came from, or home."""
    return cast(Response, redirect(referrer_path(), 303))


def wants_json() -> bool:
    """Whether a script of ours asks for an answer it can read."""
    return request.accept_mimetypes.best == "application/json"


def is_fragment() -> bool:
    """Whether a script asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"
