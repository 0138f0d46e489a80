"""Carrying out what a rule has planned, in the caller's transaction, by the desk's own moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import IllegalMove, InvalidInput
from kb_app.letters import REPLY_BODY, REPLY_SUBJECT
from kb_app.mail.queueing import Draft, queue
from kb_app.notices import NoticeKind, tell
from kb_app.ports import Ports
from kb_app.quick_replies import filled, ticket_values
from kb_app.rules.letters import ACTOR
from kb_app.ticket_facts import set_priority, set_tags, to_agent, to_team
from kb_app.ticket_log import add_message, log
from kb_app.ticket_moves import move_by_hand
from kb_app.webhooks.events import RULE
from kb_app.webhooks.payloads import ticket_data
from kb_app.webhooks.queueing import queue as queue_call
from models import (
    Message,
    MessageKind,
    Role,
    TeamMember,
    Ticket,
    TicketStatus,
    TicketWatch,
    User,
    Viewer,
    Webhook,
    insert_if_absent,
)
from ticket_bridge.triggers import NOBODY, Deed, Step, words


@dataclass(frozen=True)
class Doing:
    """Which rule acts on which ticket; `mark` names this run of it."""

    ports: Ports
    session: Session
    ticket: Ticket
    rule_id: int
    rule_name: str
    mark: str

    @property
    def viewer(self) -> Viewer:
        """The rule as the one who does it."""
        name = ACTOR.format(name=self.rule_name)
        return Viewer(Role.OWNER, None, f"rule:{self.rule_id}", frozenset(), name)


def act(doing: Doing, steps: tuple[Step, ...]) -> None:
    """Every step in order; IllegalMove or InvalidInput when one is not possible."""
    for place, step in enumerate(steps):
        _DEEDS[step.deed](doing, step, place)
    doing.ticket.updated_at = doing.ports.clock()
    doing.session.flush()


def _status(doing: Doing, step: Step, _place: int) -> None:
    status = TicketStatus(step.after)
    move_by_hand(doing.ports, doing.session, doing.ticket, doing.viewer, status)


def _urgency(doing: Doing, step: Step, _place: int) -> None:
    levels = (int(step.after), doing.ticket.impact)
    set_priority(doing.ports, doing.session, doing.ticket, doing.viewer, levels)


def _team(doing: Doing, step: Step, _place: int) -> None:
    to_team(doing.ports, doing.session, doing.ticket, doing.viewer, int(step.after))


def _agent(doing: Doing, step: Step, _place: int) -> None:
    if step.after != NOBODY:
        to_agent(doing.session, doing.ticket, doing.viewer, int(step.after))
        return
    before = doing.ticket.assignee.name if doing.ticket.assignee else ""
    log(doing.session, doing.ticket, doing.viewer, "assigned", before, "")
    doing.ticket.assignee_id = None


def _tags(doing: Doing, step: Step, _place: int) -> None:
    set_tags(doing.session, doing.ticket, doing.viewer, words(step.after))


def _follow(doing: Doing, step: Step, _place: int) -> None:
    user_id = _person(doing.session, step.after)
    place = {"ticket_id": doing.ticket.id, "user_id": user_id}
    insert_if_absent(doing.session, TicketWatch, **place, follows=True, starred=False)
    mine = sa.update(TicketWatch).filter_by(**place).values(follows=True)
    doing.session.execute(mine)


def _reply(doing: Doing, step: Step, place: int) -> None:
    """For the customer, on the page and by mail; the daily limit of automatic mails holds.

    It is no answer of a person: the ticket stays in the queue and its clock goes on.
    """
    ports, ticket = doing.ports, doing.ticket
    if ticket.merged_into_id is not None:
        raise IllegalMove("merged")
    body = filled(step.after, ticket_values(ports, ticket, ports.config.site_name))
    _say(doing, MessageKind.REPLY, body, place)
    if not ticket.requester_email:
        return
    text = REPLY_BODY.format(
        subject=ticket.subject,
        reply=body,
        link=f"{ports.config.base_url}/tickets/{ticket.number}",
        site=ports.config.site_name,
    )
    subject = REPLY_SUBJECT.format(number=ticket.number)
    key = f"rule-{doing.mark}-{place}"[:60]
    draft = Draft(key, "answer", ticket.requester_email, subject, text, ticket_id=ticket.id)
    queue(ports, doing.session, draft)


def _note(doing: Doing, step: Step, place: int) -> None:
    values = ticket_values(doing.ports, doing.ticket, doing.ports.config.site_name)
    _say(doing, MessageKind.NOTE, filled(step.after, values), place)


def _say(doing: Doing, kind: MessageKind, body: str, place: int) -> None:
    site = doing.ports.config.site_name
    add_message(
        doing.session,
        Message(
            ticket_id=doing.ticket.id,
            author_name=site if kind is MessageKind.REPLY else doing.viewer.name,
            from_staff=True,
            kind=kind,
            body=body,
            client_key=f"{doing.ticket.id}:rule-{doing.mark}-{place}"[:64],
            created_at=doing.ports.clock(),
        ),
    )


def _notify_agent(doing: Doing, step: Step, _place: int) -> None:
    _notify(doing, [_person(doing.session, step.after)])


def _notify_team(doing: Doing, step: Step, _place: int) -> None:
    members = sa.select(TeamMember.user_id).where(TeamMember.team_id == int(step.after))
    _notify(doing, list(doing.session.scalars(members)))


def _notify(doing: Doing, user_ids: list[int]) -> None:
    """As each of them chose; mails are gathered, so a rule over a thousand tickets is no storm."""
    tell(doing.session, user_ids, doing.ticket.id, NoticeKind.RULE, f"rule-{doing.mark}"[:60])


def _person(session: Session, value: str) -> int:
    user = session.get(User, int(value))
    if user is None or not user.is_active:
        raise InvalidInput("agent_id", "unknown")
    return user.id


def _webhook(doing: Doing, step: Step, place: int) -> None:
    hook = doing.session.get(Webhook, int(step.after))
    if hook is None:
        raise InvalidInput("webhook", "unknown")
    data: dict[str, Any] = ticket_data(doing.ports, doing.session, doing.ticket)
    data["rule"] = {"id": doing.rule_id, "name": doing.rule_name}
    mark = f"rule-{doing.mark}-{place}"
    queue_call(doing.session, hook.id, RULE, mark, (doing.ports.clock(), data))


_DEEDS: dict[Deed, Callable[[Doing, Step, int], None]] = {
    Deed.STATUS: _status,
    Deed.URGENCY: _urgency,
    Deed.TEAM: _team,
    Deed.AGENT: _agent,
    Deed.ADD_TAGS: _tags,
    Deed.DROP_TAGS: _tags,
    Deed.REPLY: _reply,
    Deed.NOTE: _note,
    Deed.NOTIFY_AGENT: _notify_agent,
    Deed.NOTIFY_TEAM: _notify_team,
    Deed.FOLLOW: _follow,
    Deed.WEBHOOK: _webhook,
}
