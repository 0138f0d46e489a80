"""Webhooks: addresses that are told what happens, their trial and their log."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.permissions import Permission
from kb_app.webhooks import setup
from web import forms, rule_forms, rule_words
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("webhooks", __name__, url_prefix="/manage/webhooks")


@blueprint.get("")
@guard(Permission.CONFIGURE)
def index() -> str:
    """All webhooks."""
    return show("webhooks/index.html", setup.webhooks(ports(), viewer()), words=rule_words)


@blueprint.get("/new")
@guard(Permission.CONFIGURE)
def new() -> str:
    """An empty form."""
    return show("webhooks/edit.html", setup.webhook(ports(), viewer(), None), words=rule_words)


@blueprint.post("")
@guard(Permission.CONFIGURE)
@again(new)
def add() -> ResponseReturnValue:
    """Add one; its secret is shown next."""
    form = rule_forms.hook_input(request.form)
    hook_id = setup.save_webhook(ports(), viewer(), None, form)
    notice("hook_saved")
    return see("webhooks.edit", hook_id=hook_id)


@blueprint.get("/<id:hook_id>")
@guard(Permission.CONFIGURE)
def edit(hook_id: int) -> str:
    """One webhook with its log."""
    page = setup.webhook(ports(), viewer(), hook_id, forms.page_number(request.args))
    return show("webhooks/edit.html", page, words=rule_words)


@blueprint.post("/<id:hook_id>")
@guard(Permission.CONFIGURE)
@again(edit)
def save(hook_id: int) -> ResponseReturnValue:
    """Change one."""
    setup.save_webhook(ports(), viewer(), hook_id, rule_forms.hook_input(request.form))
    notice("hook_saved")
    return see("webhooks.edit", hook_id=hook_id)


@blueprint.post("/<id:hook_id>/try")
@guard(Permission.CONFIGURE)
def trial(hook_id: int) -> str:
    """Call it now and say how it went."""
    tried = setup.try_webhook(ports(), viewer(), hook_id)
    page = setup.webhook(ports(), viewer(), hook_id, tried=tried)
    return show("webhooks/edit.html", page, words=rule_words)


@blueprint.post("/<id:hook_id>/secret")
@guard(Permission.CONFIGURE)
def renew(hook_id: int) -> ResponseReturnValue:
    """A new secret."""
    setup.renew_secret(ports(), viewer(), hook_id)
    notice("hook_secret")
    return see("webhooks.edit", hook_id=hook_id)


@blueprint.post("/<id:hook_id>/switch")
@guard(Permission.CONFIGURE)
def switch(hook_id: int) -> ResponseReturnValue:
    """On or off."""
    active = setup.switch(ports(), viewer(), hook_id)
    notice("hook_on" if active else "hook_off")
    return see("webhooks.edit", hook_id=hook_id)


@blueprint.post("/<id:hook_id>/deliveries/<id:delivery_id>")
@guard(Permission.CONFIGURE)
def resend(hook_id: int, delivery_id: int) -> ResponseReturnValue:
    """One of its tellings once more."""
    setup.send_again(ports(), viewer(), hook_id, delivery_id)
    notice("hook_again")
    return see("webhooks.edit", hook_id=hook_id)


@blueprint.post("/<id:hook_id>/delete")
@guard(Permission.CONFIGURE)
def delete(hook_id: int) -> ResponseReturnValue:
    """Take one out."""
    setup.delete_webhook(ports(), viewer(), hook_id)
    notice("hook_deleted")
    return see("webhooks.index")
