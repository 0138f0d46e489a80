"""One OpenAI-compatible endpoint: two messages in, a text out, or nothing in time.

Never raises. Whoever asks waits `seconds` at most, whatever the other side does; at most
AT_ONCE requests are under way, and after FAILURES in a row nobody asks for a while.
Redirects are not followed: they would take the key elsewhere.
"""

from __future__ import annotations

import http.client
import json
import logging
import queue
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from kb_app.events import Event, happened

AT_ONCE = 4
FAILURES = 3
REST_SECONDS = 60.0
LONGEST_BODY = 200_000
MOST_TOKENS = 700
CHAT = "/chat/completions"


@dataclass(frozen=True)
class Endpoint:
    """Where and how to ask."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 6.0

    @property
    def address(self) -> str:
        """The address of the chat call, whether or not the setting names it."""
        base = self.url.rstrip("/")
        return base if base.endswith(CHAT) else base + CHAT


class Rewriter:
    """Asks the endpoint; safe to share between threads."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._free = threading.Semaphore(AT_ONCE)
        self._failed = 0
        self._rest_until = 0.0

    def write(self, system: str, user: str, seconds: float | None = None) -> str | None:
        """The model's text; None when there is none in time."""
        if time.monotonic() < self._rest_until or not self._free.acquire(blocking=False):
            return None
        answer: queue.Queue[tuple[str, str]] = queue.Queue()
        threading.Thread(target=self._ask, args=(system, user, answer), daemon=True).start()
        try:
            text, reason = answer.get(timeout=min(seconds or 1e9, self.endpoint.seconds))
        except queue.Empty:
            text, reason = "", "timeout"
        self._note(reason)
        return text or None

    def _ask(self, system: str, user: str, answer: queue.Queue[tuple[str, str]]) -> None:
        try:
            answer.put((_text_of(self._send(system, user)), ""))
        except (
            OSError, ValueError, KeyError, IndexError, TypeError, http.client.HTTPException,
        ) as error:  # fmt: skip
            answer.put(("", type(error).__name__))
        finally:
            self._free.release()

    def _send(self, system: str, user: str) -> Any:
        body = {
            "model": self.endpoint.model,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
            "stream": False,
        }
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.endpoint.key:
            headers["Authorization"] = f"Bearer {self.endpoint.key}"
        request = urllib.request.Request(  # noqa: S310  the setting allows http and https alone
            self.endpoint.address, json.dumps(body).encode(), headers, method="POST"
        )
        opener = urllib.request.build_opener(_NoRedirects)
        with opener.open(request, timeout=self.endpoint.seconds) as response:
            return json.loads(_read(response, time.monotonic() + self.endpoint.seconds))

    def _note(self, reason: str) -> None:
        """Count failures in a row; '' is a success."""
        self._failed = self._failed + 1 if reason else 0
        if reason:
            happened(Event.REWRITE_FAILED, logging.WARNING, reason=reason, times=self._failed)
        if self._failed >= FAILURES:
            self._failed, self._rest_until = 0, time.monotonic() + REST_SECONDS


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is a failure."""

    def redirect_request(self, *_: Any) -> None:
        """See urllib: None leaves the answer to be raised as an error."""


def _read(response: Any, until: float) -> bytes:
    """The body in pieces, so that a trickle ends the thread too."""
    parts: list[bytes] = []
    while piece := response.read1(16_384):
        parts.append(piece)
        if time.monotonic() > until or sum(map(len, parts)) > LONGEST_BODY:
            raise ValueError("too slow or too long")
    return b"".join(parts)


def _text_of(found: Any) -> str:
    content = found["choices"][0]["message"]["content"]
    if not isinstance(content, str):
        raise TypeError("no text")
    return content
