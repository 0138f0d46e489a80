"""Mailboxes (for administrators), mail that was not taken in, rules, and addresses that bounced."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.mail import desk_pages, mailboxes, rules
from kb_app.permissions import Permission
from web import forms, mail_forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("mailboxes", __name__, url_prefix="/manage")


@blueprint.get("/mailboxes")
@guard(Permission.CONFIGURE)
def index() -> str:
    """All mailboxes."""
    return show("mailboxes/index.html", mailboxes.mailboxes(ports(), viewer()))


@blueprint.get("/mailboxes/new")
@guard(Permission.CONFIGURE)
def new() -> str:
    """An empty form."""
    return show("mailboxes/edit.html", mailboxes.mailbox(ports(), viewer(), None))


@blueprint.post("/mailboxes")
@guard(Permission.CONFIGURE)
@again(new)
def add() -> ResponseReturnValue:
    """Add one, or try what is typed."""
    return _saved_or_tried(None)


@blueprint.get("/mailboxes/<id:mailbox_id>")
@guard(Permission.CONFIGURE)
def edit(mailbox_id: int) -> str:
    """One mailbox."""
    return show("mailboxes/edit.html", mailboxes.mailbox(ports(), viewer(), mailbox_id))


@blueprint.post("/mailboxes/<id:mailbox_id>")
@guard(Permission.CONFIGURE)
@again(edit)
def save(mailbox_id: int) -> ResponseReturnValue:
    """Change one, or try what is typed."""
    return _saved_or_tried(mailbox_id)


def _saved_or_tried(mailbox_id: int | None) -> ResponseReturnValue:
    form = mail_forms.mailbox_input(request.form)
    if request.form.get("action") == "try":
        tried = mailboxes.try_mailbox(ports(), viewer(), mailbox_id, form)
        page = mailboxes.mailbox(ports(), viewer(), mailbox_id, tried)
        return show("mailboxes/edit.html", page, values=forms.typed(request.form))
    mailboxes.save_mailbox(ports(), viewer(), mailbox_id, form)
    notice("mailbox_saved")
    return see("mailboxes.index")


@blueprint.post("/mailboxes/<id:mailbox_id>/pause")
@guard(Permission.CONFIGURE)
def pause(mailbox_id: int) -> ResponseReturnValue:
    """Stop, or go on."""
    active = mailboxes.pause(ports(), viewer(), mailbox_id)
    notice("mailbox_resumed" if active else "mailbox_paused")
    return see("mailboxes.index")


@blueprint.post("/mailboxes/<id:mailbox_id>/delete")
@guard(Permission.CONFIGURE)
def delete(mailbox_id: int) -> ResponseReturnValue:
    """Take one out."""
    mailboxes.delete_mailbox(ports(), viewer(), mailbox_id)
    notice("mailbox_deleted")
    return see("mailboxes.index")


@blueprint.get("/mail")
@guard(Permission.MANAGE_DESK)
def incoming() -> str:
    """Mail that came, by what became of it."""
    view, page = forms.line(request.args, "view"), forms.page_number(request.args)
    return show("mailboxes/incoming.html", desk_pages.incoming(ports(), viewer(), view, page))


@blueprint.post("/mail/<id:mail_id>/release")
@guard(Permission.MANAGE_DESK)
def release(mail_id: int) -> ResponseReturnValue:
    """Take it in after all."""
    desk_pages.release(ports(), viewer(), mail_id)
    notice("mail_released")
    return see("mailboxes.incoming")


@blueprint.post("/mail/<id:mail_id>/discard")
@guard(Permission.MANAGE_DESK)
def discard(mail_id: int) -> ResponseReturnValue:
    """Away from the list."""
    desk_pages.discard(ports(), viewer(), mail_id)
    notice("mail_discarded")
    return see("mailboxes.incoming")


@blueprint.get("/mail/stops")
@guard(Permission.MANAGE_DESK)
def stops() -> str:
    """Addresses that bounced."""
    return show("mailboxes/stops.html", desk_pages.stops(ports(), viewer()))


@blueprint.post("/mail/stops/release")
@guard(Permission.MANAGE_DESK)
def let_through() -> ResponseReturnValue:
    """Send to one of them again."""
    email = forms.line(request.form, "email")
    desk_pages.let_through(ports(), viewer(), email)
    notice("mail_stop_released", email=email)
    return see("mailboxes.stops")


@blueprint.get("/mail/rules")
@guard(Permission.MANAGE_DESK)
def all_rules() -> str:
    """Rules for mail that comes."""
    opened = forms.number_or_none(request.args, "edit")
    return show("mailboxes/rules.html", rules.rules(ports(), viewer(), opened))


@blueprint.post("/mail/rules")
@guard(Permission.MANAGE_DESK)
@again(all_rules)
def save_rule() -> ResponseReturnValue:
    """Add or change one."""
    rule_id = forms.number(request.form, "rule_id")
    rules.save_rule(ports(), viewer(), rule_id, mail_forms.rule_input(request.form))
    notice("saved")
    return see("mailboxes.all_rules")


@blueprint.post("/mail/rules/<id:rule_id>/move")
@guard(Permission.MANAGE_DESK)
def move_rule(rule_id: int) -> ResponseReturnValue:
    """One place up or down."""
    rules.move_rule(ports(), viewer(), rule_id, request.form.get("way") == "up")
    return see("mailboxes.all_rules")


@blueprint.post("/mail/rules/<id:rule_id>/delete")
@guard(Permission.MANAGE_DESK)
def delete_rule(rule_id: int) -> ResponseReturnValue:
    """Take one out."""
    rules.delete_rule(ports(), viewer(), rule_id)
    notice("removed")
    return see("mailboxes.all_rules")
