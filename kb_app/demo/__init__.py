"""The demo help centre: one invented company with articles, people, tickets and votes."""

from kb_app.demo.loading import load
from kb_app.demo.people import DEMO_PASSWORD, logins

__all__ = ["DEMO_PASSWORD", "load", "logins"]
