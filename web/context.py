"""Where a request finds the application's parts; set once by `create_app`."""

from __future__ import annotations

from typing import cast

from flask import current_app

from kb_app.ports import Ports
from web.live.followers import Draw
from web.live.keys import Who, make_key

EXTENSION = "wenda"
CHAT_DRAW = "wenda_chat_draw"


def ports() -> Ports:
    """The parts this application was built with."""
    return cast(Ports, current_app.extensions[EXTENSION])


def chat_draw() -> Draw:
    """How a message of a chat becomes HTML."""
    return cast(Draw, current_app.extensions[CHAT_DRAW])


def chat_key(who: Who) -> str:
    """The key with which a page opens its socket."""
    return make_key(ports().config.secret_key, who)
