"""What the worker does now and then for articles and files: tidy, mend, tell subscribers."""

from __future__ import annotations

from kb_app.audiences import mend
from kb_app.digests import send_digests
from kb_app.file_upkeep import tidy_files
from kb_app.ports import Ports


def keep_content(ports: Ports) -> None:
    """All of it; harmless as often as one likes."""
    tidy_files(ports)
    mend(ports)
    send_digests(ports)
