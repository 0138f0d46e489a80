"""Signatures of what machines tell each other (X1, T7)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ticket_bridge.webhook_signing import ID, SIGNATURE, TIME, is_secret, is_signed, new_secret
from ticket_bridge.webhook_signing import signed_headers as signed

# The example of the standard itself (standardwebhooks.com, "verifying").
KNOWN_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KNOWN_ID, KNOWN_TIME = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
KNOWN_BODY = b'{"test": 2432232314}'
KNOWN_MARK = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_signs_as_the_standard_does() -> None:
    """X1: receivers may use any library for standard webhooks."""
    assert signed(KNOWN_SECRET, KNOWN_ID, KNOWN_TIME, KNOWN_BODY)[SIGNATURE] == KNOWN_MARK


@given(st.binary(), st.text("abc-123", min_size=1), st.integers(0, 10**11))
def test_it_knows_its_own_signature(body: bytes, key: str, at: int) -> None:
    """X1: what was signed is accepted, by each of several secrets."""
    secret = new_secret()
    assert is_signed([new_secret(), secret], signed(secret, key, at, body), body, at)


def test_it_refuses_what_was_touched_or_is_old() -> None:
    """X1: another body, id, time or secret is refused; so is a replay after five minutes."""
    secret = new_secret()
    headers = signed(secret, "a", 1000, b"body")
    assert is_signed([secret], headers, b"body", 1290)
    assert not is_signed([secret], headers, b"body", 1301)
    assert not is_signed([secret], headers, b"bodY", 1000)
    assert not is_signed([secret], {**headers, ID: "b"}, b"body", 1000)
    assert not is_signed([secret], {**headers, TIME: "1001"}, b"body", 1000)
    assert not is_signed([secret], {**headers, TIME: "x"}, b"body", 1000)
    assert not is_signed([secret], {**headers, SIGNATURE: ""}, b"body", 1000)
    assert not is_signed([new_secret()], headers, b"body", 1000)
    assert not is_signed([], headers, b"body", 1000)


def test_it_knows_what_can_be_a_secret() -> None:
    """X1: short or foreign texts are no secrets."""
    assert is_secret(new_secret())
    assert is_secret(KNOWN_SECRET)
    assert not is_secret("whsec_abcd")
    assert not is_secret("password")
