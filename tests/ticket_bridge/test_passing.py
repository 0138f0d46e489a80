"""Tokens of other pages: what is believed and what is not (X4)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket_bridge.passing import (
    LONGEST_LIFE,
    BadToken,
    TokenFault,
    _mark,
    _packed,
    kept,
    opened,
    signed,
)

SECRET, NOW = "a secret of the site, long enough", 1_795_000_000
# Made with PyJWT: jwt.encode({"name": "王女士", "exp": 1795000600}, SECRET, "HS256").
FOREIGN = (
    _packed(b'{"alg":"HS256","typ":"JWT"}')
    + "."
    + _packed(b'{"name":"\\u738b\\u5973\\u58eb","exp":1795000600}')
)


def _fault(token: str, now: int = NOW, secret: str = SECRET) -> TokenFault:
    with pytest.raises(BadToken) as caught:
        opened([secret], token, now)
    return caught.value.fault


def test_it_takes_what_the_site_s_own_secret_signed() -> None:
    """X4: fields come as they were, the old secret counts beside the new one."""
    fields = {"name": "王女士", "会员等级": "金卡"}
    token = signed(SECRET, fields, NOW + 600)
    assert opened(["new", SECRET], token, NOW) == fields
    assert opened([SECRET], f"{FOREIGN}.{_packed(_mark(SECRET, FOREIGN))}", NOW) == {
        "name": "王女士"
    }


def test_it_believes_nothing_else() -> None:
    """X4: touched, foreign, without an end, too old, too long a life, another algorithm."""
    token = signed(SECRET, {"name": "a"}, NOW + 600)
    head, body, mark = token.split(".")
    forged = _packed(json.dumps({"name": "b", "exp": NOW + 600}).encode())
    none = _packed(b'{"alg":"none"}')
    assert _fault(f"{head}.{forged}.{mark}") is TokenFault.SIGNATURE
    assert _fault(f"{none}.{body}.") is TokenFault.SIGNATURE
    assert _fault(token, secret="another") is TokenFault.SIGNATURE
    assert _fault(token, secret="") is TokenFault.SIGNATURE
    assert _fault(token, NOW + 700) is TokenFault.EXPIRED
    assert _fault(signed(SECRET, {}, NOW + LONGEST_LIFE * 2)) is TokenFault.NO_END
    for claims in (b"{}", b'{"exp":NaN}', b'{"exp":1e999}'):
        endless = f"{head}.{_packed(claims)}"
        assert _fault(f"{endless}.{_packed(_mark(SECRET, endless))}") is TokenFault.NO_END


@settings(max_examples=60)
@given(st.text() | st.text("eyJ.-_AZ09=", max_size=60))
def test_it_survives_any_text(token: str) -> None:
    """X4: bad input is a clear no."""
    with pytest.raises(BadToken):
        opened([SECRET], token, NOW)


def test_it_keeps_little() -> None:
    """X4: twelve short fields; no lists, no control characters, no empty ones."""
    many = {f"字段{place}": "x" for place in range(20)}
    assert len(kept(many)) == 12
    odd = {
        "a": "",
        "b": ["x"],
        "c": None,
        "d": True,
        "e": "1\x07",
        "f": 3,
        "g" * 31: "x",
        "h": "一\n二",
    }
    assert kept(odd) == {"f": "3", "h": "一 二"}
    assert len(kept({"a": "长" * 999})["a"]) == 200
