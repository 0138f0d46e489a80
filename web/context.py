"""Where a request finds the application's parts; set once by `create_app`."""

from __future__ import annotations

from typing import cast

from flask import current_app

from kb_app.ports import Ports

EXTENSION = "wenda"


def ports() -> Ports:
    """The parts this application was built with."""
    return cast(Ports, current_app.extensions[EXTENSION])
