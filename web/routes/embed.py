"""The help inside other sites: a script, and the pages its frame shows. No cookies here.

Everybody in the frame is a visitor, whoever is signed in: a page of another site must not act
in anybody's name. So no CSRF token is needed either – there is no name to borrow.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import segno
from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb_app import articles, browsing, escalation, question_pages, questions, search
from kb_app.look import embedding as settings_of
from kb_app.permissions import Permission
from kb_app.search import SearchForm
from web import embed_session, forms, look_forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show
from web.site import current, embedding_policy, site

blueprint = Blueprint("embed", __name__)
SCRIPT = Path(__file__).parents[1] / "static" / "embed" / "embed.js"
A_MINUTE = "public, max-age=300"


@blueprint.after_request
def _framed(response: Response) -> Response:
    """Only the chosen sites may show these pages; none of them remembers anything."""
    if not request.path.startswith("/manage"):
        response.headers["Content-Security-Policy"] = embedding_policy()
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/embed.js")
@guard(Permission.READ)
def script() -> Response:
    """The one script a site includes, with the site's own label and colour in it."""
    chosen = site().embedding
    values = {"label": chosen.label, "side": chosen.side, "colour": chosen.colour}
    text = SCRIPT.read_text(encoding="utf-8").replace("__CHOSEN__", json.dumps(values))
    response = Response(text, mimetype="text/javascript")
    response.headers["Cache-Control"] = A_MINUTE
    return response


@blueprint.get("/embed")
@guard(Permission.READ)
def panel() -> str:
    """Search, with what is asked most before anything was typed."""
    word = embed_session.key()
    asker, text = embed_session.asker(word), forms.query(request.args)
    page = search.find(ports(), asker, SearchForm(text)) if text else None
    hottest = () if text else browsing.hottest(ports(), asker, "").cards[:8]
    return show("embed/panel.html", page, hottest=hottest, text=text, k=word)


@blueprint.get("/embed/articles/<slug>")
@guard(Permission.READ)
def article(slug: str) -> str:
    """One article."""
    word = embed_session.key()
    page = articles.read(ports(), embed_session.asker(word), slug, forms.origin(request.args))
    return show("embed/article.html", page, text=forms.query(request.args), k=word)


@blueprint.get("/embed/ask")
@guard(Permission.ASK)
def ask_form() -> str:
    """A question, begun with what was searched for."""
    word = embed_session.key()
    page = questions.ask_form(ports(), embed_session.asker(word), forms.query(request.args))
    return show("embed/ask.html", page, k=word, passed=embed_session.passed(word))


@blueprint.post("/embed/ask")
@guard(Permission.ASK)
@again(ask_form)
def ask() -> ResponseReturnValue:
    """Keep the question and show what answers it."""
    word = embed_session.key()
    form = replace(forms.question(request.form), passed=embed_session.passed(word))
    number = questions.submit(ports(), embed_session.asker(word), form)
    return redirect(url_for("embed.question", public_id=number, k=word), 303)


@blueprint.get("/embed/questions/<public_id>")
@guard(Permission.ASK)
def question(public_id: str) -> str:
    """The answer, or the way to a person."""
    word = embed_session.key()
    page = question_pages.question_page(ports(), embed_session.asker(word), public_id)
    return show("embed/question.html", page, k=word)


@blueprint.post("/embed/questions/<public_id>/solved")
@guard(Permission.ASK)
@again(question)
def solved(public_id: str) -> ResponseReturnValue:
    """It helped."""
    word = embed_session.key()
    questions.settle(ports(), embed_session.asker(word), public_id)
    return redirect(url_for("embed.question", public_id=public_id, k=word), 303)


@blueprint.post("/embed/questions/<public_id>/unsolved")
@guard(Permission.ASK)
@again(question)
def unsolved(public_id: str) -> ResponseReturnValue:
    """It did not: a ticket, with the address the answer goes to."""
    word = embed_session.key()
    form = forms.escalation(request.form)
    escalation.escalate(ports(), embed_session.asker(word), public_id, form)
    return redirect(url_for("embed.question", public_id=public_id, k=word), 303)


@blueprint.get("/manage/embed")
@guard(Permission.CONFIGURE)
def settings() -> str:
    """Where it may be shown, the code to copy, and a preview."""
    page = settings_of.embedding_page(ports(), viewer())
    return show("embed/settings.html", page)


@blueprint.post("/manage/embed")
@guard(Permission.CONFIGURE)
@again(settings)
def save() -> ResponseReturnValue:
    """Keep it."""
    settings_of.save_embedding(ports(), viewer(), look_forms.embedding(request.form))
    current().forget()
    notice("embedding_saved")
    return see("embed.settings")


@blueprint.get("/manage/embed/qr.svg")
@guard(Permission.CONFIGURE)
def qr() -> Response:
    """The address of the help centre to be photographed."""
    code = segno.make(f"{site().base_url}/", error="m", micro=False)
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", scale=6, border=2)
    return Response(drawn.getvalue(), mimetype="image/svg+xml")
