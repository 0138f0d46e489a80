"""How many sockets one person, and one address, may hold at once; more wait their turn.

Whoever is turned away asks by plain requests meanwhile, and loses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_address

from web.live.link import Link

MOST_OF_CUSTOMER = 12
MOST_OF_STAFF = 40
# Whole offices share an address.
MOST_OF_ADDRESS = 400


class Places:
    """Used in the loop's thread alone."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._held: dict[Link, tuple[str, ...]] = {}

    def take(self, link: Link) -> bool:
        """Whether there is room for this socket; it counts from now on."""
        wanted = _wanted(link)
        if any(self._taken[name] >= most for name, most in wanted):
            return False
        names = tuple(name for name, _ in wanted)
        self._held[link] = names
        self._taken.update(names)
        return True

    def free(self, link: Link) -> None:
        """It is gone; one that never had a place frees none."""
        for name in self._held.pop(link, ()):
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]


def _wanted(link: Link) -> list[tuple[str, int]]:
    who = link.who
    if who is not None and who.is_staff:
        # Known by name; a whole call centre sits behind one address.
        return [(f"staff {who.user_id}", MOST_OF_STAFF)]
    found = [(f"address {link.address}", MOST_OF_ADDRESS)] if link.address else []
    if who is not None:
        found.append((f"chat {who.chat_id}/{who.guest_id}", MOST_OF_CUSTOMER))
    return found


def address_of(peer: str, forwarded: str, proxies: int) -> str:
    """The address that counts: the peer's, or what the trusted proxies say; "" when unclear.

    Unclear as well behind a proxy nearby that nobody named as trusted: everybody would be one.
    """
    said: Sequence[str] = [part.strip() for part in forwarded.split(",") if part.strip()]
    trusted = bool(proxies) and len(said) >= proxies
    try:
        found = ip_address(said[-proxies] if trusted else peer)
    except ValueError:
        return ""
    return "" if said and not trusted and found.is_private else str(found)
