"""How many sockets one person or address may hold, and who counts as which address (C9 O3)."""

from __future__ import annotations

import pytest

from web.live.keys import Who, make_key, read_key
from web.live.link import Link
from web.live.places import MOST_OF_ADDRESS, MOST_OF_CUSTOMER, Places, address_of


class Nobody:
    """Looks after no socket."""

    def arrived(self, link: Link, key: str) -> None:
        """Never."""

    def told(self, link: Link, words: dict[str, object]) -> None:
        """Never."""

    def gone(self, link: Link) -> None:
        """Never."""


def _link(who: Who, address: str = "") -> Link:
    link = Link(Nobody())
    link.who, link.address = who, address
    return link


def test_a_customer_holds_so_many_and_no_more() -> None:
    """C9: another tab is turned away until one is closed; other people are not."""
    places = Places()
    links = [_link(Who(chat_id=1)) for _ in range(MOST_OF_CUSTOMER)]
    assert all(places.take(link) for link in links)
    late = _link(Who(chat_id=1))
    assert not places.take(late)
    places.free(late)
    assert places.take(_link(Who(chat_id=1, guest_id=5)))
    places.free(links[0])
    assert places.take(late)


def test_an_address_holds_so_many() -> None:
    """O3: one machine does not take all the room there is."""
    places = Places()
    for chat_id in range(1, MOST_OF_ADDRESS + 1):
        assert places.take(_link(Who(chat_id=chat_id), "203.0.113.7"))
    assert not places.take(_link(Who(chat_id=9999), "203.0.113.7"))
    assert places.take(_link(Who(chat_id=9999), "203.0.113.8"))


def test_a_call_centre_behind_one_address_is_let_in() -> None:
    """O3: staff are counted each for themselves, and take nobody's room."""
    places = Places()
    for user_id in range(1, MOST_OF_ADDRESS + 2):
        assert places.take(_link(Who(user_id=user_id), "203.0.113.7"))
    assert places.take(_link(Who(chat_id=1), "203.0.113.7"))


def test_an_unnamed_proxy_nearby_is_nobodys_address() -> None:
    """O3: all its visitors would share one; from afar the header changes nothing."""
    assert address_of("127.0.0.1", "203.0.113.7", 0) == ""
    assert address_of("8.8.8.8", "203.0.113.7", 0) == "8.8.8.8"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "found"),
    [
        ("", 0, "10.0.0.1"),
        ("203.0.113.7", 0, ""),
        ("203.0.113.7", 1, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", 1, "203.0.113.7"),
        ("nonsense", 1, ""),
        ("203.0.113.7", 2, ""),
    ],
)
def test_it_believes_only_trusted_proxies(forwarded: str, proxies: int, found: str) -> None:
    """O3: what a browser writes into the header itself counts for nothing."""
    assert address_of("10.0.0.1", forwarded, proxies) == found


def test_a_guests_key_names_the_guest() -> None:
    """C4: neither the customer nor staff."""
    who = read_key("s" * 40, make_key("s" * 40, Who(chat_id=3, name="安装师傅", guest_id=7)))
    assert who == Who(chat_id=3, name="安装师傅", guest_id=7)
    assert who is not None
    assert not who.is_customer
    assert not who.is_staff
