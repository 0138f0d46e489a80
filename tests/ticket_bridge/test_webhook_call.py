"""Calls to addresses people typed: what they reach, and what receivers can do to them (X1, T7)."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.receiver import Receiver, receiving
from ticket_bridge import webhook_call
from ticket_bridge.webhook_call import Call, CallCode, CallFault, Limits, call, checked_url

HERE = Limits(webhook_call.networks("127.0.0.0/8"), connect_seconds=2, total_seconds=0.6)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A machine on this one."""
    with receiving() as found:
        yield found


def _fault(call_: Call, limits: Limits = HERE) -> CallCode:
    with pytest.raises(CallFault) as caught:
        call(call_, limits)
    return caught.value.code


def _resolved(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any, **more: Any) -> list[tuple[Any, ...]]:
        if host[:1].isdigit():
            return list(real(host, port, *rest, **more))
        asked.append(host)
        return [(0, 0, 0, "", (each, port)) for each in answers]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_it_brings_body_and_headers(receiver: Receiver) -> None:
    """T7: what is sent arrives as it was signed, Chinese addresses too."""
    answer = call(Call(receiver.url("/收?x=1"), "正文".encode(), {"X-Mark": "1"}), HERE)
    assert (answer.status, answer.ok, answer.body) == (200, True, b"taken")
    [got] = receiver.got
    assert got.path == "/%E6%94%B6?x=1"
    assert (got.body.decode(), got.headers["x-mark"]) == ("正文", "1")


def test_it_does_not_follow_redirects(receiver: Receiver) -> None:
    """T7: a receiver cannot send the call on to somebody else."""
    receiver.behaviour = "redirect"
    answer = call(Call(receiver.url()), HERE)
    assert (answer.status, answer.ok) == (302, False)
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [("hang", CallCode.TIMEOUT), ("drip", CallCode.TIMEOUT), ("drop", CallCode.PROTOCOL)],
)
def test_it_ends_in_time(receiver: Receiver, behaviour: str, code: CallCode) -> None:
    """T7: neither silence nor a byte now and then holds it longer than the whole limit."""
    receiver.behaviour = behaviour
    began = time.monotonic()
    assert _fault(Call(receiver.url())) is code
    assert time.monotonic() - began < 2


def test_it_reads_no_more_than_it_may(receiver: Receiver) -> None:
    """T7: an endless answer is cut."""
    receiver.behaviour = "flood"
    limits = Limits(HERE.networks, total_seconds=5, most_bytes=1000)
    assert len(call(Call(receiver.url()), limits).body) == 1000


def test_it_says_when_nobody_listens() -> None:
    """T7: refused, unknown host and broken TLS are told apart."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert _fault(Call(f"http://127.0.0.1:{port}/")) is CallCode.REFUSED


def test_it_tells_a_certificate_fault(receiver: Receiver) -> None:
    """T7: speaking TLS to a plain server is a TLS fault."""
    url = receiver.url().replace("http:", "https:")
    assert _fault(Call(url)) in {CallCode.TLS, CallCode.TIMEOUT}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
    ],
)
def test_it_reaches_no_private_address(url: str) -> None:
    """T7: however it is written, the inside of the network stays out of reach (SSRF)."""
    assert _fault(Call(url), Limits()) is CallCode.PRIVATE


def test_it_refuses_a_name_with_any_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: a name that answers with a good and a bad address is bad."""
    _resolved(monkeypatch, "93.184.216.34", "10.0.0.8")
    assert _fault(Call("https://mixed.example/"), Limits()) is CallCode.PRIVATE


def test_it_asks_for_a_name_once_and_keeps_the_answer(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T7: no second answer from DNS between the check and the call (rebinding)."""
    asked = _resolved(monkeypatch, "127.0.0.1")
    assert call(Call(f"http://hook.example:{receiver.port}/"), HERE).ok
    assert asked == ["hook.example"]
    assert receiver.got[0].headers["host"] == f"hook.example:{receiver.port}"


def test_it_goes_out_only_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: plain HTTP stays within allowed private networks."""
    _resolved(monkeypatch, "93.184.216.34")
    assert _fault(Call("http://hook.example/"), Limits()) is CallCode.PLAIN


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook.example",
        "ftp://hook.example/",
        "https://",
        "https://user:pass@hook.example/",
        "https://hook.example:99999/",
        "https://hook example/",
        "https://hook.example/\r\nX: 1",
        "https://" + "a" * 600 + ".example/",
        "https://[::1/",
    ],
)
def test_it_refuses_what_is_no_address(url: str) -> None:
    """T7: bad addresses are told at once."""
    with pytest.raises(CallFault) as caught:
        checked_url(url)
    assert caught.value.code is CallCode.ADDRESS


def test_a_private_address_beside_a_public_one_allows_no_plain_http(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """X1: what is called is the first one, and that is out in the open."""
    _resolved(monkeypatch, "8.8.8.8", "127.0.0.1")
    assert _fault(Call("http://mixed.example.com/")) is CallCode.PLAIN
