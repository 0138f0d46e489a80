"""Under which a reader is known for one day, without saying who: network first, then voice."""

from __future__ import annotations

from datetime import datetime

from kb_app.ports import Ports
from kb_app.searchers import digest
from models import Viewer

NETWORK_CHARS, VOICE_CHARS = 10, 22
LOCAL = "local"


def reader_key(ports: Ports, viewer: Viewer, at: datetime) -> str:
    """A key that is another one tomorrow; readers of one network share its first characters."""
    network = digest(ports.config, f"readers {at:%Y-%m-%d} {viewer.network}")
    voice = digest(ports.config, f"reader {at:%Y-%m-%d} {viewer.voter_key}")
    return network[:NETWORK_CHARS] + voice[:VOICE_CHARS]
