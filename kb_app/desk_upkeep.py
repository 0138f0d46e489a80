"""What the worker does for the desk every few seconds: alarms, and giving out what waits."""

from __future__ import annotations

from datetime import timedelta

from kb_app.alarms import tick
from kb_app.assigning import catch_up
from kb_app.bridging.polling import schedule as ask_other_desks
from kb_app.calling.reminding import remind
from kb_app.chat.tending import tend as tend_chats
from kb_app.clearing import by_night
from kb_app.following import tend as tell_followers
from kb_app.notice_mails import tend as mail_notices
from kb_app.people import importing
from kb_app.plans.schedules import tend as tend_schedules
from kb_app.ports import Ports
from kb_app.reports import mailing
from kb_app.rules.hourly import tend as tend_rules

LOOK_EVERY = timedelta(seconds=20)


def tend(ports: Ports) -> None:
    """Harmless as often as one likes, and by several workers at once."""
    tick(ports)
    catch_up(ports)
    tend_chats(ports)
    remind(ports)
    mail_notices(ports)
    ask_other_desks(ports)
    tend_rules(ports)
    tend_schedules(ports)
    tell_followers(ports)


def tend_slowly(ports: Ports) -> None:
    """What may take long and need not be punctual: reports by mail, forgetting what is old."""
    mailing.tend(ports)
    by_night(ports)
    importing.forget(ports)
