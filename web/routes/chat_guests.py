"""Guests in a chat: the desk invites by a link, whoever has it takes part until it ends."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from kb_app.chat import guests, saying, sending
from kb_app.chat.talk import Say
from kb_app.permissions import Permission
from models import ChatSide
from web import forms
from web.auth import guard, viewer
from web.chat_files import serve_file, with_files
from web.context import chat_draw, chat_key, ports
from web.live.followers import row_of
from web.live.keys import Who
from web.routes import desk_chats
from web.showing import again, notice, see, show, wants_json
from web.site import site

blueprint = Blueprint("guests", __name__)


@blueprint.after_request
def _nowhere_else(response: Response) -> Response:
    """The address is the key."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.post("/desk/chats/<public_id>/guests")
@guard(Permission.DESK)
@again(desk_chats.index)
def invite(public_id: str) -> ResponseReturnValue:
    """Make a link; it is shown once."""
    name, hours = forms.line(request.form, "guest_name"), forms.needed_number(request.form, "hours")
    token = guests.invite(ports(), viewer(), public_id, name, hours)
    link = f"{site().base_url}{url_for('guests.room', token=token)}"
    notice("guest_invited", link=link)
    return see("chats.index", chat=public_id)


def _console(public_id: str, guest_id: int) -> str:  # noqa: ARG001  the route's own arguments
    """The chat again."""
    return desk_chats.index(public_id)


@blueprint.post("/desk/chats/<public_id>/guests/<id:guest_id>/dismiss")
@guard(Permission.DESK)
@again(_console)
def dismiss(public_id: str, guest_id: int) -> ResponseReturnValue:
    """The link ends now."""
    guests.dismiss(ports(), viewer(), public_id, guest_id)
    return jsonify(done=True) if wants_json() else see("chats.index", chat=public_id)


@blueprint.get("/chat/guest/<token>")
@guard(Permission.READ)
def room(token: str) -> str:
    """The conversation as a guest sees it."""
    page = guests.guest_page(ports(), token)
    files = f"{url_for('guests.room', token=token)}/files/"
    lines = [with_files(chat_draw()(line, False, True), files) for line in page.lines]
    return show("chat/guest.html", page, token=token, key=_key(token), lines=lines, files=files)


@blueprint.get("/chat/guest/<token>/news")
@guard(Permission.READ)
def news(token: str) -> ResponseReturnValue:
    """What is new."""
    after = forms.number_or_none(request.args, "after") or 0
    lines, upto, is_open = guests.guest_news(ports(), token, after)
    draw = chat_draw()
    rows = [row_of(line, False, draw, guest=True) for line in lines]
    stands = show("chat/_guest_standing.html", is_open)
    return jsonify(rows=rows, upto=upto, stands=stands, read=0)


@blueprint.get("/chat/guest/<token>/key")
@guard(Permission.READ)
def key(token: str) -> ResponseReturnValue:
    """A fresh key for the socket."""
    return jsonify(key=_key(token))


@blueprint.post("/chat/guest/<token>/say")
@guard(Permission.READ)
@again(room)
def say(token: str) -> ResponseReturnValue:
    """Say something, under the name one was invited by."""
    chat_id, _, name = guests.guest_of(ports(), token)
    body, client_id = forms.text(request.form, "body"), forms.key(request.form, "client_id")
    said = saying.say(ports(), Say(chat_id, body, client_id, ChatSide.GUEST, author_name=name))
    return jsonify(seq=said.seq) if wants_json() else see("guests.room", token=token)


@blueprint.get("/chat/guest/<token>/files/<id:file_id>/<filename>")
@guard(Permission.READ)
def file(token: str, file_id: int, filename: str) -> ResponseReturnValue:  # noqa: ARG001  in the address
    """A file of the chat, served so that it cannot act."""
    chat_id, _, _ = guests.guest_of(ports(), token)
    return serve_file(sending.open_file_in(ports(), chat_id, file_id))


def _key(token: str) -> str:
    chat_id, guest_id, name = guests.guest_of(ports(), token)
    return chat_key(Who(chat_id=chat_id, name=name, guest_id=guest_id))
