"""A question that came by mail becomes a ticket, by the rule that fits, with its receipt."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.mail import texts
from kb_app.mail.queueing import Draft, queue
from kb_app.mail.staff_letters import tell_assignee
from kb_app.ports import Ports
from kb_app.promises import promise_of
from kb_app.quick_replies import PLACEHOLDERS, filled
from kb_app.ticket_facts import set_priority, to_team
from kb_app.ticket_log import SYSTEM
from kb_app.ticket_opening import Added, open_ticket
from models import (
    Article,
    Mailbox,
    MailIn,
    MailOut,
    MailRule,
    Question,
    QuestionShown,
    QuickReply,
    ShownKind,
    Team,
    Ticket,
    TicketClock,
    Viewer,
)

NEARBY = 3


def open_for(  # noqa: PLR0913, PLR0917  who asks what, under which subject and rule
    ports: Ports,
    session: Session,
    viewer: Viewer,
    question: Question,
    subject: str,
    rule: MailRule | None,
    extra: str = "",
) -> Ticket:
    """The ticket of the question; every mail about the question is the ticket's now."""
    known = session.scalar(sa.select(Ticket).where(Ticket.question_id == question.id))
    if known is not None:
        return known
    added = Added(extra, question.contact_email, "mail", quiet=True, subject=subject)
    ticket = open_ticket(ports, session, viewer, question, added)
    for kind in (MailIn, MailOut):
        session.execute(
            sa.update(kind).where(kind.question_id == question.id).values(ticket_id=ticket.id)
        )
    _route(ports, session, ticket, rule)
    mail_id = session.scalar(
        sa.select(sa.func.max(MailIn.id)).where(MailIn.question_id == question.id)
    )
    tell_assignee(ports, session, ticket, mail_id or 0, ticket.body)
    return ticket


def _route(ports: Ports, session: Session, ticket: Ticket, rule: MailRule | None) -> None:
    """The rule's team, else the box's; the rule's urgency unless it is urgent already."""
    box_team = session.scalar(
        sa.select(Mailbox.team_id)
        .join(MailIn, MailIn.mailbox_id == Mailbox.id)
        .where(MailIn.ticket_id == ticket.id)
        .limit(1)
    )
    team_id = (rule.team_id if rule else None) or box_team
    team = session.get(Team, team_id) if team_id else None
    if team is not None and team.is_active and ticket.team_id != team.id:
        to_team(ports, session, ticket, SYSTEM, team.id)
    if rule is not None and rule.urgency is not None and ticket.priority > 1:
        set_priority(ports, session, ticket, SYSTEM, (rule.urgency, ticket.impact))


def receipt(
    ports: Ports, session: Session, ticket: Ticket, row: MailIn, rule: MailRule | None
) -> None:
    """Tell the customer that it is here, its number, and by when somebody answers."""
    box = session.get(Mailbox, row.mailbox_id) if row.mailbox_id else None
    if box is None or not box.receipts or not ticket.requester_email:
        return
    reply = session.get(QuickReply, rule.reply_id) if rule and rule.reply_id else None
    more = f"{_standard(ports, ticket, reply)}\n\n" if reply else _nearby(ports, session, ticket)
    body = texts.RECEIPT_BODY.format(
        subject=ticket.subject,
        number=ticket.number,
        promise=_promise(ports, session, ticket),
        more=more,
        site=ports.config.site_name,
    )
    subject = texts.RECEIPT_SUBJECT.format(subject=ticket.subject, number=ticket.number)
    key = f"receipt-{ticket.id}"
    draft = Draft(key, "receipt", ticket.requester_email, subject, body, ticket_id=ticket.id)
    queue(ports, session, draft)


def _promise(ports: Ports, session: Session, ticket: Ticket) -> str:
    found = promise_of(session.get(TicketClock, ticket.id), ports.clock())
    if found is None or found.response_due is None:
        return texts.NO_PROMISE
    due = found.response_due.astimezone(ZoneInfo(ports.config.timezone))
    return texts.PROMISE.format(moment=f"{due.month} 月 {due.day} 日 {due:%H:%M}")


def _standard(ports: Ports, ticket: Ticket, reply: QuickReply) -> str:
    values = dict.fromkeys(PLACEHOLDERS, "")
    values |= {
        "客户称呼": ticket.requester_name,
        "工单号": ticket.number,
        "主题": ticket.subject,
        "客服姓名": ports.config.site_name,
        "站点名称": ports.config.site_name,
        "工单链接": f"{ports.config.base_url}/tickets/{ticket.number}",
    }
    return filled(reply.body, values)


def _nearby(ports: Ports, session: Session, ticket: Ticket) -> str:
    """What the search found that may help meanwhile."""
    rows = session.execute(
        sa.select(Article.title, Article.slug)
        .join(QuestionShown, QuestionShown.target_id == Article.id)
        .where(
            QuestionShown.question_id == ticket.question_id,
            QuestionShown.kind == ShownKind.ARTICLE,
        )
        .order_by(QuestionShown.position)
        .limit(NEARBY)
    )
    base = f"{ports.config.base_url}/articles"
    links = "\n".join(f"- {title}\n  {base}/{slug}" for title, slug in rows)
    return texts.NEARBY.format(links=links) if links else ""
