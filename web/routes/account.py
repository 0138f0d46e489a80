"""Signing in and out, registering, a forgotten password, one's own account."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from kb_app import accounts
from kb_app.permissions import Permission
from web import forms
from web.auth import begin_session, end_session, guard, viewer
from web.context import ports
from web.security import same_site
from web.showing import again, notice, see
from web.showing import show as show_page

blueprint = Blueprint("account", __name__)


@dataclass(frozen=True)
class EntrancePage:
    """A form in front of the house: where to go afterwards, or the token it carries."""

    next: str = "/"
    token: str = ""


@blueprint.get("/login")
@guard(Permission.ENTER)
def login() -> str:
    """The sign-in form."""
    return show_page("account/login.html", EntrancePage(next=_next()))


@blueprint.post("/login")
@guard(Permission.ENTER)
@again(login)
def enter() -> ResponseReturnValue:
    """Sign in and go on to where one was heading."""
    email, password = forms.line(request.form, "email"), forms.secret(request.form, "password")
    begin_session(accounts.sign_in(ports(), email, password))
    notice("signed_in")
    return redirect(_next(), 303)


@blueprint.get("/register")
@guard(Permission.ENTER)
def register() -> str:
    """The form for a new account."""
    return show_page("account/register.html", EntrancePage(next=_next()))


@blueprint.post("/register")
@guard(Permission.ENTER)
@again(register)
def join() -> ResponseReturnValue:
    """Make the account and sign in."""
    begin_session(accounts.register(ports(), forms.registration(request.form)))
    notice("registered")
    return redirect(_next(), 303)


@blueprint.post("/logout")
@guard(Permission.ENTER)
def logout() -> ResponseReturnValue:
    """Sign out on this device."""
    end_session()
    notice("signed_out", "info")
    return see("pages.home")


@blueprint.get("/forgot")
@guard(Permission.ENTER)
def forgot() -> str:
    """The form that asks for a reset link."""
    return show_page("account/forgot.html", EntrancePage())


@blueprint.post("/forgot")
@guard(Permission.ENTER)
@again(forgot)
def send_link() -> ResponseReturnValue:
    """Mail a link if there is such an account; the answer never tells."""
    accounts.request_reset(ports(), forms.line(request.form, "email"))
    notice("reset_sent", "info")
    return see("account.login")


@blueprint.get("/reset/<token>")
@guard(Permission.ENTER)
def reset(token: str) -> str:
    """The form for a new password."""
    return show_page("account/reset.html", EntrancePage(token=token))


@blueprint.post("/reset/<token>")
@guard(Permission.ENTER)
@again(reset)
def set_password(token: str) -> ResponseReturnValue:
    """Set the password by the mailed token; every other session ends."""
    begin_session(accounts.reset(ports(), token, forms.secret(request.form, "password")))
    notice("password_changed")
    return see("account.show")


@blueprint.get("/account")
@guard(Permission.ACCOUNT)
def show() -> str:
    """My own data."""
    return show_page("account/show.html", accounts.account(ports(), viewer()))


@blueprint.post("/account")
@guard(Permission.ACCOUNT)
@again(show)
def change_password() -> ResponseReturnValue:
    """A new password; this session goes on, every other ends."""
    old, new = forms.secret(request.form, "old"), forms.secret(request.form, "new")
    begin_session(accounts.change_password(ports(), viewer(), old, new))
    notice("password_changed")
    return see("account.show")


def _next() -> str:
    return same_site(request.values.get("next", ""))
