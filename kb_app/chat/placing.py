"""Where a customer is, sent by themselves once: a message with coordinates."""

from __future__ import annotations

from dataclasses import dataclass

from kb_app.chat import letters
from kb_app.chat.customer import find_own
from kb_app.chat.saying import Said, say
from kb_app.chat.talk import Say
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import ChatKind, Viewer

MOST_METRES = 100_000


@dataclass(frozen=True)
class Where:
    """Degrees (WGS 84) as a browser gives them, and how far off they may be."""

    latitude: float
    longitude: float
    metres: int


def send_place(ports: Ports, viewer: Viewer, public_id: str, where: Where, client_id: str) -> Said:
    """Say it in my chat; the same `client_id` says it once."""
    require(viewer, Permission.ASK)
    if not (-90 <= where.latitude <= 90 and -180 <= where.longitude <= 180):  # noqa: PLR2004  degrees
        raise InvalidInput("place", "unknown")
    metres = min(max(where.metres, 0), MOST_METRES)
    latitude, longitude = round(where.latitude, 5), round(where.longitude, 5)
    chat_id, name = find_own(ports, viewer, public_id)
    body = letters.PLACE.format(latitude=latitude, longitude=longitude, metres=metres)
    data = {"place": [latitude, longitude, metres]}
    return say(
        ports, Say(chat_id, body, client_id, kind=ChatKind.PLACE, author_name=name, data=data)
    )
