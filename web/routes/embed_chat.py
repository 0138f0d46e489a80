"""A chat inside the panel on other sites: no cookie, a signed word names the visitor.

The same use cases as the site's own chat; nobody who is signed in acts here.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb_app.chat import customer, ending, opening, robot, saying, sending
from kb_app.permissions import Permission
from models import ChatState
from web import chat_forms, embed_session, forms
from web.auth import guard
from web.chat_files import serve_file, with_files
from web.context import chat_draw, chat_key, ports
from web.live.followers import row_of
from web.live.keys import Who
from web.showing import again, show, wants_json
from web.site import embedding_policy

blueprint = Blueprint("embed_chat", __name__, url_prefix="/embed/chat")


@blueprint.after_request
def _framed(response: Response) -> Response:
    """Only the chosen sites may show these pages; none of them remembers anything."""
    if request.endpoint != "embed_chat.file":
        response.headers["Content-Security-Policy"] = embedding_policy()
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("")
@guard(Permission.ASK)
def start() -> str:
    """The form before a chat."""
    word = embed_session.key()
    page = opening.start_page(ports(), embed_session.asker(word), forms.query(request.args), "")
    return show("embed/chat_start.html", page, k=word, passed=embed_session.passed(word))


@blueprint.post("")
@guard(Permission.ASK)
@again(start)
def begin() -> ResponseReturnValue:
    """Open a chat; the robot answers what was typed before the page is shown."""
    word = embed_session.key()
    form = replace(chat_forms.start(request.form), passed=embed_session.passed(word))
    public_id, chat_id = opening.begin(ports(), embed_session.asker(word), form)
    robot.turn(ports(), chat_id)
    return _room(embed_session.bare(word), public_id)


@blueprint.get("/<k>/<public_id>")
@guard(Permission.ASK)
def room(k: str, public_id: str) -> str:
    """The conversation."""
    page = customer.chat_page(ports(), embed_session.asker(k), public_id)
    key = chat_key(Who(chat_id=page.chat_id, name=page.name))
    files = url_for("embed_chat.room", k=k, public_id=public_id) + "/files/"
    lines = [with_files(chat_draw()(line, False), files) for line in page.lines]
    return show("embed/chat.html", page, k=k, key=key, lines=lines, files=files)


@blueprint.get("/<k>/<public_id>/news")
@guard(Permission.ASK)
def news(k: str, public_id: str) -> ResponseReturnValue:
    """What is new, and where the chat stands."""
    asker = embed_session.asker(k)
    found = customer.news(ports(), asker, public_id, chat_forms.after(request.args))
    page = customer.chat_page(ports(), asker, public_id)
    rows = [row_of(line, False, chat_draw()) for line in found.lines]
    stands = show("embed/_chat_standing.html", page, k=k)
    return jsonify(rows=rows, upto=found.upto, state=found.standing.state, stands=stands,
                   read=found.standing.read)  # fmt: skip


@blueprint.get("/<k>/<public_id>/key")
@guard(Permission.ASK)
def key(k: str, public_id: str) -> ResponseReturnValue:
    """A fresh key for the socket."""
    chat_id, name = customer.find_own(ports(), embed_session.asker(k), public_id)
    return jsonify(key=chat_key(Who(chat_id=chat_id, name=name)))


@blueprint.post("/<k>/<public_id>/say")
@guard(Permission.ASK)
@again(room)
def say(k: str, public_id: str) -> ResponseReturnValue:
    """Say something; sent again it is said once."""
    chat_id, name = customer.find_own(ports(), embed_session.asker(k), public_id)
    said = saying.say(ports(), chat_forms.customer_words(request.form, chat_id, name))
    if said.state is ChatState.ROBOT:
        robot.turn(ports(), chat_id)
    return jsonify(seq=said.seq) if wants_json() else _room(k, public_id)


@blueprint.post("/<k>/<public_id>/file")
@guard(Permission.ASK)
@again(room)
def send(k: str, public_id: str) -> ResponseReturnValue:
    """Send a file or a picture."""
    upload, client_id = forms.upload(request.files), forms.key(request.form, "client_id")
    said = sending.send_file(ports(), embed_session.asker(k), public_id, upload, client_id)
    if said.state is ChatState.ROBOT:
        robot.turn(ports(), said.chat_id)
    return jsonify(seq=said.seq) if wants_json() else _room(k, public_id)


@blueprint.post("/<k>/<public_id>/person")
@guard(Permission.ASK)
@again(room)
def person(k: str, public_id: str) -> ResponseReturnValue:
    """转人工."""
    opening.call(ports(), embed_session.asker(k), public_id)
    return jsonify(done=True) if wants_json() else _room(k, public_id)


@blueprint.post("/<k>/<public_id>/useful")
@guard(Permission.ASK)
@again(room)
def useful(k: str, public_id: str) -> ResponseReturnValue:
    """👍 or 👎 on an answer of the robot."""
    seq, value = forms.needed_number(request.form, "seq"), request.form.get("useful", "")
    asker = embed_session.asker(k)
    ending.judge(ports(), asker, public_id, seq, {"1": 1, "-1": -1}.get(value, 0))
    return jsonify(done=True) if wants_json() else _room(k, public_id)


@blueprint.post("/<k>/<public_id>/word")
@guard(Permission.ASK)
@again(room)
def leave_word(k: str, public_id: str) -> ResponseReturnValue:
    """Nobody is there: leave word and how to be reached."""
    body, contact = forms.text(request.form, "body"), forms.line(request.form, "contact")
    ending.leave_word(ports(), embed_session.asker(k), public_id, body, contact)
    return _room(k, public_id)


@blueprint.post("/<k>/<public_id>/end")
@guard(Permission.ASK)
@again(room)
def end(k: str, public_id: str) -> ResponseReturnValue:
    """The customer closes the chat."""
    ending.leave(ports(), embed_session.asker(k), public_id, request.form.get("solved") == "1")
    return _room(k, public_id)


@blueprint.post("/<k>/<public_id>/rate")
@guard(Permission.ASK)
@again(room)
def rate(k: str, public_id: str) -> ResponseReturnValue:
    """How satisfied the customer is."""
    rating, said = forms.needed_number(request.form, "rating"), forms.text(request.form, "comment")
    ending.rate(ports(), embed_session.asker(k), public_id, rating, said)
    return _room(k, public_id)


@blueprint.get("/<k>/<public_id>/files/<id:file_id>/<filename>")
@guard(Permission.ASK)
def file(k: str, public_id: str, file_id: int, filename: str) -> ResponseReturnValue:  # noqa: ARG001  in the address
    """A file of this visitor's chat, served so that it cannot act."""
    stored = sending.open_file(ports(), embed_session.asker(k), file_id)
    return serve_file(stored)


def _room(word: str, public_id: str) -> Response:
    return redirect(url_for("embed_chat.room", k=word, public_id=public_id), 303)  # type: ignore[return-value]  # werkzeug's Response is Flask's here
