"""What the worker does for the desk every few seconds: alarms, and giving out what waits."""

from __future__ import annotations

from datetime import timedelta

from kb_app.alarms import tick
from kb_app.assigning import catch_up
from kb_app.chat.tending import tend as tend_chats
from kb_app.ports import Ports

LOOK_EVERY = timedelta(seconds=20)


def tend(ports: Ports) -> None:
    """Harmless as often as one likes, and by several workers at once."""
    tick(ports)
    catch_up(ports)
    tend_chats(ports)
