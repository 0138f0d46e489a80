"""Who searched, without saying who: a keyed hash that changes every month.

Within a month one person's searches belong together; across months nobody can tell, and
without the site's secret nobody can compute it. Staff's keys begin with `w:`.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from kb_app.config import Config
from models import Viewer

HASH_CHARS = 32
STAFF_PREFIX, OTHER_PREFIX = "w:", "s:"
CLEAR_PREFIXES = ("u:", "v:")


def searcher_key(config: Config, viewer: Viewer, at: datetime) -> str:
    """The key under which this viewer's searches of that month are remembered."""
    return key_of(config, viewer.voter_key, at, staff=viewer.is_staff)


def key_of(config: Config, voter_key: str, at: datetime, *, staff: bool = False) -> str:
    """The same from a voice alone."""
    prefix = STAFF_PREFIX if staff else OTHER_PREFIX
    return prefix + digest(config, f"search {at:%Y-%m} {voter_key}")


def digest(config: Config, text: str) -> str:
    """A hash only this site can make."""
    made = hmac.new(config.secret_key.encode(), text.encode(), hashlib.sha256)
    return made.hexdigest()[:HASH_CHARS]


def is_same(config: Config, viewer: Viewer, kept: str, at: datetime) -> bool:
    """Whether a search kept under `kept` at that time was this viewer's."""
    return hmac.compare_digest(kept, searcher_key(config, viewer, at)) or kept == viewer.voter_key
