"""For WSGI servers: `gunicorn 'web.wsgi:make()'` or `waitress-serve --call web.wsgi:make`."""

from __future__ import annotations

from flask import Flask

from kb_app.bootstrap import build
from kb_app.config import load_config
from web.app import create_app


def make() -> Flask:
    """The application configured from the environment; the worker runs apart."""
    return create_app(build(load_config()))
