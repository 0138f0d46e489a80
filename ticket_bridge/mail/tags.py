"""Signed marks by which mail finds its ticket: an address tag, and our own Message-IDs. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

SIGNATURE_CHARS = 10
_TAG = re.compile(r"^(?P<box>[^+@]{1,60})\+t(?P<id>\d{1,10})\.(?P<sig>[a-z2-7]{10})@(?P<host>.+)$")
_OWN_ID = re.compile(r"^wd\.(?P<key>[a-z0-9.\-]{1,60})\.(?P<sig>[a-z2-7]{10})@")


def _signature(secret: str, *parts: object) -> str:
    text = "\n".join(("mail", *map(str, parts)))
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:SIGNATURE_CHARS]


def tagged(secret: str, address: str, ticket_id: int) -> str:
    """The mailbox's address with the ticket in it: `support+t12.abc…@example.com`."""
    box, _, host = address.partition("@")
    return f"{box}+t{ticket_id}.{_signature(secret, 'tag', ticket_id)}@{host}"


def ticket_of(secret: str, addresses: Iterable[str]) -> int | None:
    """The ticket a genuine tag among these addresses names."""
    for address in addresses:
        found = _TAG.match(address.lower())
        if found is None:
            continue
        ticket_id = int(found["id"])
        if hmac.compare_digest(found["sig"], _signature(secret, "tag", ticket_id)):
            return ticket_id
    return None


def untagged(address: str) -> str:
    """The address without what stands behind a plus."""
    box, _, host = address.lower().partition("@")
    return f"{box.partition('+')[0]}@{host}"


def message_id(secret: str, key: str, host: str) -> str:
    """A Message-ID (without brackets) that is the same for the same mail whenever it is made."""
    return f"wd.{key}.{_signature(secret, 'id', key)}@{host}"


def key_of(secret: str, identity: str) -> str:
    """The key inside a Message-ID of ours; empty for a foreign or forged one."""
    found = _OWN_ID.match(identity.lower())
    if found is None or not hmac.compare_digest(
        found["sig"], _signature(secret, "id", found["key"])
    ):
        return ""
    return found["key"]
