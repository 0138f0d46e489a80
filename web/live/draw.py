"""A message's HTML, from the same template for pages, for asking again, and for sockets."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask

from kb_app.chat.lines import Line
from web.live.followers import Draw


def drawing(app: Flask) -> Draw:
    """Needs no request, so the sockets' thread can draw as well."""
    template = app.jinja_env.get_template("chat/_line.html")
    line_macro: Any = cast(Any, template.module).line

    def draw(line: Line, staff: bool, guest: bool = False) -> str:
        return str(line_macro(line, staff, guest))

    return draw
