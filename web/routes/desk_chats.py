"""The agents' chats: the console and everything one does with a chat."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from kb_app.chat import (
    archive,
    blocking,
    console,
    ending,
    hints,
    hours,
    overflow,
    rules,
    saying,
    serving,
)
from kb_app.chat import wall as walls
from kb_app.chat.archive import ArchiveFilter
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission
from kb_app.ports import Ports
from models import AgentState, Viewer
from web import chat_forms, forms
from web.auth import guard, session_epoch, viewer
from web.chat_charts import charts_of
from web.context import chat_draw, chat_key, ports
from web.live.followers import row_of
from web.live.keys import Who
from web.security import allow_microphone
from web.showing import again, notice, see, show, wants_json

blueprint = Blueprint("chats", __name__, url_prefix="/desk")
Deed = Callable[[Ports, Viewer, str], None]
HISTORY_DAYS = (7, 30, 90)
DEEDS: dict[str, Deed] = {
    "accept": serving.accept,
    "take": serving.take_over,
    "join": serving.join,
    "leave": serving.stand_up,
    "decline": serving.decline,
}


@blueprint.get("/chats")
@guard(Permission.DESK)
def index(public_id: str = "") -> str:
    """Many chats at once, one of them in full."""
    opened = public_id or forms.line(request.args, "chat")
    page = console.console(ports(), viewer(), opened)
    allow_microphone()
    return show("chat/console.html", page, key=_key(), draw=chat_draw())


@blueprint.get("/chats/lists")
@guard(Permission.DESK)
def lists() -> str:
    """The lists alone, as they are now."""
    return show("chat/_lists.html", console.lists(ports(), viewer()), opened="")


@blueprint.get("/chats/key")
@guard(Permission.DESK)
def key() -> ResponseReturnValue:
    """A fresh key for the socket."""
    return jsonify(key=_key())


@blueprint.post("/chats/state")
@guard(Permission.DESK)
@again(index)
def state() -> ResponseReturnValue:
    """I am there, busy or gone, and take so many."""
    wanted = forms.one_of(request.form, "state", AgentState)
    serving.set_duty(ports(), viewer(), wanted, forms.number(request.form, "most_chats"))
    return jsonify(done=True) if wants_json() else see("chats.index")


@blueprint.get("/chats/<public_id>/pane")
@guard(Permission.DESK)
def pane(public_id: str) -> str:
    """One chat in full."""
    page = console.pane(ports(), viewer(), public_id)
    return show("chat/_pane.html", page, draw=chat_draw())


@blueprint.get("/chats/<public_id>/news")
@guard(Permission.DESK)
def news(public_id: str) -> ResponseReturnValue:
    """What is new behind a number."""
    after = chat_forms.after(request.args)
    lines = [line for line in console.lines(ports(), viewer(), public_id) if line.seq > after]
    draw = chat_draw()
    upto = lines[-1].seq if lines else after
    return jsonify(rows=[row_of(line, True, draw) for line in lines], upto=upto)


@blueprint.get("/chats/<public_id>/hints")
@guard(Permission.DESK)
def suggest(public_id: str) -> str:
    """What could be answered."""
    return show("chat/_hints.html", hints.hints(ports(), viewer(), public_id))


@blueprint.post("/chats/<public_id>/say")
@guard(Permission.DESK)
@again(index)
def say(public_id: str) -> ResponseReturnValue:
    """To the customer, or a whisper among ourselves."""
    chat_id = console.find(ports(), viewer(), public_id)
    said = saying.say(ports(), chat_forms.staff_words(request.form, chat_id, viewer()))
    return jsonify(seq=said.seq) if wants_json() else _back(public_id)


@blueprint.post("/chats/<public_id>/read")
@guard(Permission.DESK)
def read(public_id: str) -> ResponseReturnValue:
    """I have seen everything up to this message."""
    serving.mark_read(ports(), viewer(), public_id, forms.needed_number(request.form, "seq"))
    return jsonify(done=True)


@blueprint.post("/chats/<public_id>/do")
@guard(Permission.DESK)
@again(index)
def act(public_id: str) -> ResponseReturnValue:
    """Accept, take over, join, leave, decline."""
    deed = DEEDS.get(forms.line(request.form, "deed"))
    if deed is None:
        raise InvalidInput("deed", "unknown")
    deed(ports(), viewer(), public_id)
    return _back(public_id)


@blueprint.post("/chats/<public_id>/transfer")
@guard(Permission.DESK)
@again(index)
def transfer(public_id: str) -> ResponseReturnValue:
    """Offer it to a colleague, or give it back to a team's queue."""
    target, _, number = forms.line(request.form, "to").partition(":")
    wanted = int(number[:9]) if number.isdigit() else None
    if target == "agent" and wanted is not None:
        serving.offer(ports(), viewer(), public_id, wanted)
    elif target == "queue":
        serving.to_queue(ports(), viewer(), public_id, wanted)
    else:
        raise InvalidInput("agent_id", "unknown")
    return _back(public_id)


@blueprint.post("/chats/<public_id>/assign")
@guard(Permission.MANAGE_DESK)
@again(index)
def assign(public_id: str) -> ResponseReturnValue:
    """A lead gives it to somebody."""
    agent_id = forms.needed_number(request.form, "agent_id")
    serving.assign(ports(), viewer(), public_id, agent_id)
    return _back(public_id)


@blueprint.post("/chats/<public_id>/end")
@guard(Permission.DESK)
@again(index)
def end(public_id: str) -> ResponseReturnValue:
    """Solved, to be continued, or refused."""
    number = ending.end(ports(), viewer(), public_id, chat_forms.ending(request.form))
    notice("chat_ended_ticket" if number else "chat_ended", number=number)
    return _back(public_id)


@blueprint.post("/chats/<public_id>/block")
@guard(Permission.DESK)
@again(index)
def block(public_id: str) -> ResponseReturnValue:
    """Keep this customer out for some days."""
    days = forms.needed_number(request.form, "days")
    blocking.block(ports(), viewer(), public_id, days, forms.line(request.form, "reason"))
    notice("chat_blocked")
    return _back(public_id)


@blueprint.get("/chats/archive")
@guard(Permission.DESK)
def past() -> str:
    """Chats that have ended."""
    page = archive.archive(ports(), viewer(), chat_forms.archive_filter(request.args))
    return show("chat/archive.html", page, days=archive.DAYS, none=ArchiveFilter())


@blueprint.get("/chats/rules")
@guard(Permission.MANAGE_DESK)
def all_rules() -> str:
    """The chat's rules, and who is kept out."""
    found = rules.rules_page(ports(), viewer())
    blocks, teams = blocking.blocks(ports(), viewer()), overflow.team_choices(ports(), viewer())
    return show("chat/rules.html", found, blocks=blocks, teams=teams)


@blueprint.post("/chats/rules")
@guard(Permission.MANAGE_DESK)
@again(all_rules)
def save_rules() -> ResponseReturnValue:
    """Change them."""
    rules.save_rules(ports(), viewer(), chat_forms.rules(request.form))
    notice("chat_rules_saved")
    return see("chats.all_rules")


@blueprint.post("/chats/blocks/<id:block_id>/delete")
@guard(Permission.MANAGE_DESK)
def unblock(block_id: int) -> ResponseReturnValue:
    """Let somebody in again."""
    blocking.unblock(ports(), viewer(), block_id)
    notice("chat_unblocked")
    return see("chats.all_rules")


@blueprint.get("/wall")
@guard(Permission.MANAGE_DESK)
def wall() -> str:
    """What happens now."""
    return show("chat/wall.html", walls.wall(ports(), viewer()), key=_key())


@blueprint.get("/wall/board")
@guard(Permission.MANAGE_DESK)
def board() -> str:
    """The wall's figures alone."""
    return show("chat/_board.html", walls.wall(ports(), viewer()))


@blueprint.get("/wall/history")
@guard(Permission.MANAGE_DESK)
def past_figures() -> str:
    """How it went, day by day and hour by hour."""
    wanted = forms.number_or_none(request.args, "days")
    days = wanted if wanted in HISTORY_DAYS else HISTORY_DAYS[1]
    page = hours.history(ports(), viewer(), days)
    return show("chat/history.html", page, choices=HISTORY_DAYS, charts=charts_of(page))


def _key() -> str:
    me = viewer()
    return chat_key(Who(user_id=me.user_id or 0, epoch=session_epoch(), name=me.name))


def _back(public_id: str) -> ResponseReturnValue:
    return jsonify(done=True) if wants_json() else see("chats.index", chat=public_id)
