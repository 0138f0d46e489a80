"""From what a browser sent about mail to the dataclasses of kb_app."""

from __future__ import annotations

from kb_app.mail.mailboxes import MailboxInput
from kb_app.mail.rules import RuleInput
from models import BoxKind, BoxSecurity, MailDeed
from web.forms import Form, line, number, one_of, text


def mailbox_input(form: Form) -> MailboxInput:
    """A mailbox; secrets are taken as typed."""
    return MailboxInput(
        name=line(form, "name"),
        address=line(form, "address"),
        kind=one_of(form, "kind", BoxKind),
        host=line(form, "host"),
        port=number(form, "port"),
        security=one_of(form, "security", BoxSecurity),
        username=line(form, "username"),
        secret=form.get("secret", "")[:2000],
        oauth_url=line(form, "oauth_url"),
        oauth_client=line(form, "oauth_client"),
        oauth_secret=form.get("oauth_secret", "")[:2000],
        oauth_scope=line(form, "oauth_scope"),
        folder=line(form, "folder"),
        done_folder=line(form, "done_folder"),
        smtp_host=line(form, "smtp_host"),
        smtp_port=number(form, "smtp_port"),
        smtp_security=one_of(form, "smtp_security", BoxSecurity),
        tags="tags" in form,
        answers="answers" in form,
        receipts="receipts" in form,
        second_reader="second_reader" in form,
        team_id=number(form, "team_id"),
    )


def rule_input(form: Form) -> RuleInput:
    """A rule for mail that comes."""
    return RuleInput(
        name=line(form, "name"),
        place=line(form, "place"),
        words=text(form, "mail_words"),
        mailbox_id=number(form, "mailbox_id"),
        deed=one_of(form, "deed", MailDeed),
        team_id=number(form, "team_id"),
        urgency=number(form, "urgency"),
        reply_id=number(form, "reply_id"),
    )
