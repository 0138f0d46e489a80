"""From what a browser sent about chats to kb_app's dataclasses; raises InvalidInput alone."""

from __future__ import annotations

import math

from kb_app.chat.archive import DAYS, ArchiveFilter
from kb_app.chat.ending import Ending
from kb_app.chat.opening import ChatStart
from kb_app.chat.placing import Where
from kb_app.chat.rules import ChatRules
from kb_app.chat.talk import Say
from kb_app.chat.visiting import MOST, Page
from kb_app.errors import InvalidInput
from models import ChatKind, ChatOutcome, ChatSide, Viewer
from web.forms import (
    Form,
    key,
    line,
    needed_number,
    number,
    number_or_none,
    one_of,
    page_number,
    query,
    text,
)
from web.live.commands import KINDS, picked


def start(form: Form) -> ChatStart:
    """The form before a chat."""
    return ChatStart(
        name=line(form, "name"),
        contact=line(form, "contact"),
        node_id=number(form, "node_id"),
        text=text(form, "text"),
        opening_key=key(form, "opening_key"),
        ticket=line(form, "ticket")[:20],
        page=line(form, "page"),
        person="person" in form,
    )


def customer_words(form: Form, chat_id: int, name: str) -> Say:
    """What a customer says, or the choice they tapped."""
    pick = picked(line(form, "pick"))
    return Say(chat_id, text(form, "body"), key(form, "client_id"), author_name=name, data=pick)


def staff_words(form: Form, chat_id: int, viewer: Viewer) -> Say:
    """What a member of staff says, to the customer or among themselves."""
    kind = KINDS.get(line(form, "kind"), ChatKind.TEXT)
    body, client_id = text(form, "body"), key(form, "client_id")
    return Say(chat_id, body, client_id, ChatSide.AGENT, kind, viewer.user_id, viewer.name)


def where(form: Form) -> Where:
    """Degrees and metres as a script sends them."""
    try:
        found = [float(line(form, name)[:20]) for name in ("latitude", "longitude", "metres")]
    except ValueError as error:
        raise InvalidInput("place", "unknown") from error
    if not all(map(math.isfinite, found)):
        raise InvalidInput("place", "unknown")
    return Where(found[0], found[1], int(found[2]))


def pages(form: Form) -> tuple[Page, ...]:
    """Pages with their titles, oldest first."""
    paths, titles = form.getlist("path")[:MOST], form.getlist("title")[:MOST]
    return tuple(Page(path, title) for path, title in zip(paths, titles, strict=False))


def after(args: Form) -> int:
    """Behind which message; from the beginning when it is no number."""
    return number_or_none(args, "after") or 0


def ending(form: Form) -> Ending:
    """How an agent ends a chat."""
    return Ending(
        one_of(form, "outcome", ChatOutcome), text(form, "reason"), number(form, "node_id")
    )


def rules(form: Form) -> ChatRules:
    """The chat's rules."""
    return ChatRules(
        open="open" in form,
        robot="robot" in form,
        robot_name=line(form, "robot_name"),
        welcome=text(form, "welcome"),
        alarm_minutes=needed_number(form, "alarm_minutes"),
        remind_minutes=needed_number(form, "remind_minutes"),
        close_minutes=needed_number(form, "close_minutes"),
        abandon_minutes=needed_number(form, "abandon_minutes"),
        most_chats=needed_number(form, "most_chats"),
        keep_days=needed_number(form, "keep_days"),
        calls="calls" in form,
        calls_per_slot=needed_number(form, "calls_per_slot"),
        overflow_minutes=needed_number(form, "overflow_minutes"),
        overflow_team_id=number(form, "overflow_team_id") or 0,
        goal_seconds=needed_number(form, "goal_seconds"),
        alarm_waiting=needed_number(form, "alarm_waiting"),
        alarm_wait_minutes=needed_number(form, "alarm_wait_minutes"),
        alarm_satisfied=needed_number(form, "alarm_satisfied"),
        version=number(form, "version") or 0,
    )


def archive_filter(args: Form) -> ArchiveFilter:
    """Which ended chats; a wrong word in an address counts as none."""
    outcome = args.get("outcome", "")
    days = number_or_none(args, "days")
    return ArchiveFilter(
        query=query(args),
        outcome=ChatOutcome(outcome) if outcome in set(ChatOutcome) else None,
        agent_id=number_or_none(args, "agent"),
        node_id=number_or_none(args, "node"),
        days=days if days in DAYS else ArchiveFilter().days,
        page=page_number(args),
    )
