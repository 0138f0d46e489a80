"""What webhooks can ask to be told."""

from __future__ import annotations

from kb_app.ticket_news import News
from kb_app.webhooks.others import OF_OTHERS

PING = "ping"
RULE = "ticket.rule"
OF_TICKETS = tuple(f"ticket.{news.value}" for news in News)
EVENTS = (*OF_TICKETS, *OF_OTHERS)


def event_of(news: News) -> str:
    """The name under which webhooks hear of this."""
    return f"ticket.{news.value}"
