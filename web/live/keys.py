"""A signed key says who opens a socket; pages get it, sockets show it.

It is good for hours, so that coming back after a lost line needs no page; whether the person
may still come in is asked of the database each time.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

KEY_SECONDS = 12 * 3600
SALT = "chat-socket"


@dataclass(frozen=True)
class Who:
    """A customer of one chat (`chat_id`), a guest in it (`guest_id` as well), or a member of
    staff (`user_id`, `epoch`)."""

    chat_id: int = 0
    user_id: int = 0
    epoch: int = 0
    name: str = ""
    guest_id: int = 0

    @property
    def is_staff(self) -> bool:
        """Whether this is a member of staff."""
        return self.chat_id == 0

    @property
    def is_customer(self) -> bool:
        """Whether this is the chat's own customer."""
        return self.chat_id != 0 and self.guest_id == 0


def make_key(secret: str, who: Who) -> str:
    """The key for a page."""
    return str(_signer(secret).dumps([who.chat_id, who.user_id, who.epoch, who.name, who.guest_id]))


def read_key(secret: str, key: str) -> Who | None:
    """Who holds it; None when it is none of ours or too old."""
    try:
        found: Any = _signer(secret).loads(key, max_age=KEY_SECONDS)
        chat_id, user_id, epoch, name, guest_id = found
    except (BadSignature, ValueError, TypeError):
        return None
    return Who(int(chat_id), int(user_id), int(epoch), str(name), int(guest_id))


@functools.cache
def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=SALT)
