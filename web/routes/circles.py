"""Customer levels and customer groups: names, order, members, what they open, going away."""

from __future__ import annotations

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kb_app.permissions import Permission
from kb_app.setup import circle_members, circle_uses, circles
from kb_app.setup.circles import CircleKind, Which
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("circles", __name__, url_prefix="/manage/circles")
KIND = "<any(level,group):kind>"


@blueprint.get("")
@guard(Permission.MANAGE_DESK)
def index() -> str:
    """All levels and groups."""
    return show("circles/index.html", circles.circles(ports(), viewer()))


def _index_of(kind: str) -> str:
    """The list again, with the fault beside the form it was in."""
    g.values = {f"{kind}_{name}": value for name, value in g.values.items()}
    g.errors = {f"{kind}_{name}": text for name, text in g.errors.items()}
    return index()


@blueprint.post(f"/{KIND}")
@guard(Permission.MANAGE_DESK)
@again(_index_of)
def add(kind: str) -> ResponseReturnValue:
    """A new one."""
    made = circles.add(ports(), viewer(), CircleKind(kind), forms.line(request.form, "name"))
    notice("circle_added")
    return see("circles.edit", kind=kind, circle_id=made)


@blueprint.get(f"/{KIND}/<id:circle_id>")
@guard(Permission.MANAGE_DESK)
def edit(kind: str, circle_id: int) -> str:
    """One of them: its name, its people, what it opens."""
    which = _which(kind, circle_id)
    query, page = forms.line(request.args, "q"), forms.number_or_none(request.args, "page") or 1
    return show(
        "circles/circle.html", circle_uses.circle_page(ports(), viewer(), which, query, page)
    )


@blueprint.post(f"/{KIND}/<id:circle_id>")
@guard(Permission.MANAGE_DESK)
@again(edit)
def rename(kind: str, circle_id: int) -> ResponseReturnValue:
    """Another name."""
    name, seen = forms.line(request.form, "name"), forms.line(request.form, "seen")
    circles.rename(ports(), viewer(), _which(kind, circle_id), name, seen)
    notice("saved")
    return see("circles.edit", kind=kind, circle_id=circle_id)


@blueprint.post("/level/<id:circle_id>/step")
@guard(Permission.MANAGE_DESK)
def step(circle_id: int) -> ResponseReturnValue:
    """One rung up or down."""
    circles.step(ports(), viewer(), circle_id, up=request.form.get("way") == "up")
    return see("circles.index", _anchor=f"level-{circle_id}")


@blueprint.post(f"/{KIND}/<id:circle_id>/members")
@guard(Permission.MANAGE_DESK)
@again(edit)
def add_members(kind: str, circle_id: int) -> ResponseReturnValue:
    """Everybody on a pasted list of addresses; those nobody has come back in the box."""
    which, text = _which(kind, circle_id), forms.text(request.form, "emails")
    done = circle_members.add_listed(ports(), viewer(), which, text)
    if done.added or done.already:
        notice("members_added", count=done.added, already=done.already)
    if not done.unknown:
        return see("circles.edit", kind=kind, circle_id=circle_id)
    g.values = {"emails": "\n".join(done.unknown)}
    return show(
        "circles/circle.html",
        circle_uses.circle_page(ports(), viewer(), which, "", 1),
        unknown=len(done.unknown),
    )


@blueprint.post(f"/{KIND}/<id:circle_id>/members/<id:user_id>/add")
@guard(Permission.MANAGE_DESK)
def add_member(kind: str, circle_id: int, user_id: int) -> ResponseReturnValue:
    """One person more."""
    circle_members.add_one(ports(), viewer(), _which(kind, circle_id), user_id)
    notice("member_added")
    return see("circles.edit", kind=kind, circle_id=circle_id)


@blueprint.post(f"/{KIND}/<id:circle_id>/members/<id:user_id>/remove")
@guard(Permission.MANAGE_DESK)
def remove_member(kind: str, circle_id: int, user_id: int) -> ResponseReturnValue:
    """One person less."""
    circle_members.remove(ports(), viewer(), _which(kind, circle_id), user_id)
    notice("member_removed")
    return see("circles.edit", kind=kind, circle_id=circle_id)


@blueprint.post(f"/{KIND}/<id:circle_id>/delete")
@guard(Permission.MANAGE_DESK)
@again(edit)
def delete(kind: str, circle_id: int) -> ResponseReturnValue:
    """Gone, with another in its place where it is named."""
    instead = forms.number(request.form, "instead")
    circle_uses.delete(ports(), viewer(), _which(kind, circle_id), instead)
    notice("circle_deleted")
    return see("circles.index")


def _which(kind: str, circle_id: int) -> Which:
    return Which(CircleKind(kind), circle_id)
