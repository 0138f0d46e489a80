"""Secrets at rest and fresh tokens (M1, O3)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_app.mail.access import open_box, sealed
from kb_app.ports import Ports
from kb_app.sealing import Unsealable, seal, unseal
from models import BoxSecurity
from tests.kb_app.mail.post import make_box
from ticket_bridge.mail import imap
from ticket_bridge.mail.boxes import BoxAccess, BoxFault, FaultCode, bearer
from ticket_bridge.mail.oauth import OAuthClient, access_token

KEY = "k" * 40


@given(st.text(max_size=300))
def test_what_is_sealed_is_opened_by_the_same_site_alone(text: str) -> None:
    """O3: not twice the same, not readable, not for another key or purpose."""
    one = seal(KEY, "mailbox", text)
    assert unseal(KEY, "mailbox", one) == text
    if text:
        assert one != seal(KEY, "mailbox", text)
        for key, purpose in (("other" * 9, "mailbox"), (KEY, "webhook")):
            with pytest.raises(Unsealable):
                unseal(key, purpose, one)


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_touched_seal_is_refused(place: int, change: int) -> None:
    """O3: every byte counts."""
    one = seal(KEY, "mailbox", "授权码 123456")
    place = 3 + place % (len(one) - 4)
    other = one[:place] + chr((ord(one[place]) + change) % 128) + one[place + 1 :]
    if other != one:
        with pytest.raises((Unsealable, UnicodeDecodeError)):
            unseal(KEY, "mailbox", other)


@pytest.fixture
def tokens() -> Iterator[tuple[str, list[str]]]:
    """A server that gives tokens to whoever knows the secret; and what it was asked."""
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append(body)
            good = "client_secret=right" in body
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:1/")
            else:
                self.send_response(200 if good else 401)
            self.end_headers()
            if self.path != "/moved":
                said = {"access_token": "tok-1"} if good else {"error": "invalid_client"}
                self.wfile.write(json.dumps(said).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_token_is_fetched_anew(tokens: tuple[str, list[str]]) -> None:
    """M1: by refresh token; a refusal is told; no redirects, no plain HTTP."""
    url, asked = tokens
    client = OAuthClient(f"{url}/token", "id", "right", "imap", "refresh-1")
    assert access_token(client) == "tok-1"
    assert "refresh_token=refresh-1" in asked[0]
    for bad in (
        OAuthClient(f"{url}/token", "id", "wrong"),
        OAuthClient(f"{url}/moved", "id", "right"),
        OAuthClient("http://example.com/token", "id", "right"),
        OAuthClient("http://127.0.0.1:1/token", "id", "right"),
    ):
        with pytest.raises(BoxFault) as caught:
            access_token(bad)
        assert caught.value.code is FaultCode.TOKEN


def test_a_box_with_oauth_signs_in_with_its_token(
    ports: Ports, tokens: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M1: the token, never the refresh token, goes to the mail server."""
    seen: list[BoxAccess] = []
    box = make_box(
        ports,
        security=BoxSecurity.TLS,
        secret=sealed(ports, "refresh-1"),
        oauth_url=f"{tokens[0]}/token",
        oauth_client="id",
        oauth_secret=sealed(ports, "right"),
    )
    monkeypatch.setattr("kb_app.mail.access.open_imap", seen.append)
    open_box(ports, box)
    assert (seen[0].token, seen[0].password) == ("tok-1", "")
    assert bearer("me", "tok-1") == "user=me\x01auth=Bearer tok-1\x01\x01"


def test_chinese_folders_are_named_as_imap_wants() -> None:
    """M1: modified UTF-7."""
    assert imap.quoted("已处理") == '"&XfJZBHQG-"'
    assert imap.quoted("A&B") == '"A&-B"'


def test_a_password_does_not_travel_in_the_clear(ports: Ports) -> None:
    """O3: without TLS only within this machine."""
    box = make_box(ports, host="mail.example", security=BoxSecurity.NONE)
    with pytest.raises(BoxFault) as caught:
        open_box(ports, box)
    assert caught.value.code is FaultCode.PLAIN
