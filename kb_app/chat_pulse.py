"""Tells every open page that a chat has something new: this process at once, others by Redis.

A beat carries ids and passing signs (who is typing), never a customer's words. A lost beat
loses nothing: listeners look into the database every second as well.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kb_app.events import Event, happened

CHANNEL = "wenda:chat"
# The sign that a guest's link has ended; no page can make it.
DISMISSED = "dismissed"
RETRY_SECONDS = 1.0
REDIS_SECONDS = 2.0


@dataclass(frozen=True)
class Beat:
    """Chats with something new, whether lists changed, and signs that nobody keeps.

    `told` is what is new already drawn up, for listeners of this process alone.
    """

    chats: tuple[int, ...] = ()
    desk: bool = False
    signs: tuple[dict[str, Any], ...] = ()
    told: tuple[Any, ...] = ()


Heard = Callable[[Beat], None]


@dataclass
class ChatPulse:
    """The one of this process; `redis_url` empty means that there is no other."""

    redis_url: str = ""
    _listeners: list[Heard] = field(default_factory=list)
    _name: str = field(default_factory=lambda: secrets.token_hex(6))
    _stop: threading.Event = field(default_factory=threading.Event)
    _client: Any = None
    _mute_until: float = 0.0

    def listen(self, heard: Heard) -> None:
        """Call this with every beat, from whatever thread it comes."""
        self._listeners.append(heard)
        if self.redis_url and len(self._listeners) == 1:
            threading.Thread(target=self._follow, name="chat-redis", daemon=True).start()

    def beat(self, chats: Iterable[int] = (), *, desk: bool = False) -> None:
        """These chats have something new."""
        self.send(Beat(tuple(chats), desk))

    def send(self, beat: Beat) -> None:
        """To everybody who listens, here and elsewhere."""
        self._hear(beat)
        if self.redis_url and time.monotonic() > self._mute_until:
            self._publish(beat)

    def close(self) -> None:
        """Stop listening to others."""
        self._stop.set()
        if self._client is not None:
            self._client.close()

    def _hear(self, beat: Beat) -> None:
        for heard in self._listeners:
            heard(beat)

    def _publish(self, beat: Beat) -> None:
        from redis import RedisError

        words = {"from": self._name, "chats": beat.chats, "desk": beat.desk, "signs": beat.signs}
        try:
            self._redis().publish(CHANNEL, json.dumps(words))
        except (RedisError, OSError) as error:
            # Whoever says something must not wait for it each time; others look by themselves.
            self._mute_until = time.monotonic() + RETRY_SECONDS
            happened(Event.CHAT_UNTOLD, logging.WARNING, error=type(error).__name__)

    def _redis(self) -> Any:
        if self._client is None:
            from redis import Redis

            self._client = Redis.from_url(
                self.redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
            )
        return self._client

    def _follow(self) -> None:
        from redis import RedisError

        while not self._stop.is_set():
            try:
                self._follow_once()
            except (RedisError, OSError, ValueError) as error:
                happened(Event.CHAT_UNTOLD, logging.WARNING, error=type(error).__name__)
                self._stop.wait(RETRY_SECONDS)

    def _follow_once(self) -> None:
        with self._redis().pubsub(ignore_subscribe_messages=True) as heard:
            heard.subscribe(CHANNEL)
            # Whatever was said before the line stood.
            self._hear(Beat(desk=True))
            while not self._stop.is_set():
                message = heard.get_message(timeout=REDIS_SECONDS / 2)
                if message is None:
                    continue
                words = json.loads(message["data"])
                if words["from"] != self._name:
                    chats = tuple(int(chat) for chat in words["chats"])
                    self._hear(Beat(chats, bool(words["desk"]), tuple(words["signs"])))
