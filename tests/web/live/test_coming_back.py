"""After a restart every page comes back at once, and none is left waiting at the door (C9)."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest

from kb_app.ports import Ports
from web import serving
from web.serving import Listening, serve


class _Listens(Exception):
    """The server would listen now."""


def test_it_lets_more_pages_wait_than_one_server_is_made_for(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C9: with room for 1,024, some 850 of 2,100 connections were dropped by the system, and each
    of those waited for its next try up to a minute."""
    asked: dict[str, Any] = {}

    def listen(_app: Any, **how: Any) -> None:
        asked.update(how)
        raise _Listens

    monkeypatch.setattr(serving, "create_server", listen)
    monkeypatch.setattr(serving, "Hub", lambda *_what: None)
    # Put back afterwards: serving moves it for the whole process.
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    with pytest.raises(_Listens):
        serve(ports, Listening("127.0.0.1", 0, 1), lambda _port: None, with_worker=False)
    assert asked["backlog"] >= 4000
