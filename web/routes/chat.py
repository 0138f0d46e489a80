"""The customer's chat: before, during and after it; every step works without a script."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from kb_app.chat import customer, ending, opening, placing, robot, saying, sending, visiting
from kb_app.permissions import Permission
from models import ChatState
from web import chat_forms, forms
from web.auth import guard, viewer
from web.chat_files import serve_file
from web.context import chat_draw, chat_key, ports
from web.live.followers import row_of
from web.live.keys import Who
from web.own_pages import tellable
from web.passed import passed
from web.security import allow_microphone
from web.showing import again, notice, see, show, wants_json

blueprint = Blueprint("chat", __name__, url_prefix="/chat")


@blueprint.get("")
@guard(Permission.ASK)
def start() -> str:
    """The form before a chat, or the way back into the one that is open."""
    page = opening.start_page(
        ports(), viewer(), forms.query(request.args), forms.line(request.args, "ticket")
    )
    return show("chat/start.html", page, passed=passed())


@blueprint.post("")
@guard(Permission.ASK)
@again(start)
def begin() -> ResponseReturnValue:
    """Open a chat; the robot answers what was typed before the page is shown."""
    form = replace(chat_forms.start(request.form), passed=passed())
    public_id, chat_id = opening.begin(ports(), viewer(), form)
    robot.turn(ports(), chat_id)
    return see("chat.room", public_id=public_id)


@blueprint.get("/<public_id>")
@guard(Permission.ASK)
def room(public_id: str) -> str:
    """The conversation."""
    page = customer.chat_page(ports(), viewer(), public_id)
    key = chat_key(Who(chat_id=page.chat_id, name=page.name))
    allow_microphone(place=True)
    return show("chat/room.html", page, key=key, draw=chat_draw())


@blueprint.get("/<public_id>/news")
@guard(Permission.ASK)
def news(public_id: str) -> ResponseReturnValue:
    """What is new, and where the chat stands: for pages whose line is down."""
    found = customer.news(ports(), viewer(), public_id, chat_forms.after(request.args))
    page = customer.chat_page(ports(), viewer(), public_id)
    draw = chat_draw()
    rows = [row_of(line, False, draw) for line in found.lines]
    stands = show("chat/_standing.html", page)
    return jsonify(rows=rows, upto=found.upto, state=found.standing.state, stands=stands,
                   read=found.standing.read)  # fmt: skip


@blueprint.get("/<public_id>/key")
@guard(Permission.ASK)
def key(public_id: str) -> ResponseReturnValue:
    """A fresh key for the socket."""
    chat_id, name = customer.find_own(ports(), viewer(), public_id)
    return jsonify(key=chat_key(Who(chat_id=chat_id, name=name)))


@blueprint.post("/<public_id>/say")
@guard(Permission.ASK)
@again(room)
def say(public_id: str) -> ResponseReturnValue:
    """Say something; sent again it is said once."""
    chat_id, name = customer.find_own(ports(), viewer(), public_id)
    said = saying.say(ports(), chat_forms.customer_words(request.form, chat_id, name))
    if said.state is ChatState.ROBOT:
        robot.turn(ports(), chat_id)
    if wants_json():
        return jsonify(seq=said.seq)
    return see("chat.room", public_id=public_id)


@blueprint.post("/<public_id>/file")
@guard(Permission.ASK)
@again(room)
def send(public_id: str) -> ResponseReturnValue:
    """Send a file or a picture; staff send theirs here as well."""
    upload = forms.upload(request.files)
    client_id = forms.key(request.form, "client_id")
    said = sending.send_file(ports(), viewer(), public_id, upload, client_id)
    if said.state is ChatState.ROBOT:
        robot.turn(ports(), said.chat_id)
    return jsonify(seq=said.seq) if wants_json() else see("chat.room", public_id=public_id)


@blueprint.get("/files/<id:file_id>/<filename>")
@guard(Permission.ASK)
def file(file_id: int, filename: str) -> ResponseReturnValue:  # noqa: ARG001  in the address
    """A file of a chat, served so that it cannot act."""
    stored = sending.open_file(ports(), viewer(), file_id)
    return serve_file(stored)


@blueprint.post("/<public_id>/place")
@guard(Permission.ASK)
@again(room)
def place(public_id: str) -> ResponseReturnValue:
    """Where I am, once, because I said so."""
    where, client_id = chat_forms.where(request.form), forms.key(request.form, "client_id")
    said = placing.send_place(ports(), viewer(), public_id, where, client_id)
    return jsonify(seq=said.seq) if wants_json() else see("chat.room", public_id=public_id)


@blueprint.post("/visit")
@guard(Permission.ASK)
def visit() -> ResponseReturnValue:
    """Which pages of this site I have open beside my chat."""
    pages = tellable(chat_forms.pages(request.form))
    return jsonify(chat=visiting.visited(ports(), viewer(), pages))


@blueprint.post("/<public_id>/person")
@guard(Permission.ASK)
@again(room)
def person(public_id: str) -> ResponseReturnValue:
    """转人工."""
    opening.call(ports(), viewer(), public_id)
    return _done(public_id)


@blueprint.post("/<public_id>/useful")
@guard(Permission.ASK)
@again(room)
def useful(public_id: str) -> ResponseReturnValue:
    """👍 or 👎 on an answer of the robot."""
    seq, value = forms.needed_number(request.form, "seq"), request.form.get("useful", "")
    ending.judge(ports(), viewer(), public_id, seq, {"1": 1, "-1": -1}.get(value, 0))
    return _done(public_id)


@blueprint.post("/<public_id>/word")
@guard(Permission.ASK)
@again(room)
def leave_word(public_id: str) -> ResponseReturnValue:
    """Nobody is there: leave word and how to be reached."""
    body, contact = forms.text(request.form, "body"), forms.line(request.form, "contact")
    number = ending.leave_word(ports(), viewer(), public_id, body, contact)
    notice("chat_left_word", number=number)
    return see("chat.room", public_id=public_id)


@blueprint.post("/<public_id>/end")
@guard(Permission.ASK)
@again(room)
def end(public_id: str) -> ResponseReturnValue:
    """The customer closes the chat."""
    ending.leave(ports(), viewer(), public_id, request.form.get("solved") == "1")
    return _done(public_id)


@blueprint.post("/<public_id>/rate")
@guard(Permission.ASK)
@again(room)
def rate(public_id: str) -> ResponseReturnValue:
    """How satisfied the customer is."""
    rating = forms.needed_number(request.form, "rating")
    ending.rate(ports(), viewer(), public_id, rating, forms.text(request.form, "comment"))
    notice("chat_rated")
    return see("chat.room", public_id=public_id)


@blueprint.post("/<public_id>/mail")
@guard(Permission.ASK)
@again(room)
def mail(public_id: str) -> ResponseReturnValue:
    """Send me what was said."""
    ending.mail_transcript(ports(), viewer(), public_id, forms.line(request.form, "email"))
    notice("chat_mailed")
    return see("chat.room", public_id=public_id)


def _done(public_id: str) -> ResponseReturnValue:
    return jsonify(done=True) if wants_json() else see("chat.room", public_id=public_id)
