"""The bytes of mails that came: in the data folder under their hash, before anything else."""

from __future__ import annotations

import io
from datetime import timedelta

import sqlalchemy as sa

from kb_app.file_store import FileStore
from kb_app.ports import Ports
from models import MailIn, MailInState, reading
from ticket_bridge.mail.reading import MOST_BYTES

KEPT = timedelta(days=90)
AT_ONCE = 500
# What a person may still want to look into.
OPEN = (MailInState.NEW, MailInState.ASKED, MailInState.QUARANTINED)


def store(ports: Ports) -> FileStore:
    """Where they lie."""
    folder = ports.config.data_dir / "mail"
    return FileStore(folder, folder / "apart")


def put(ports: Ports, data: bytes) -> str:
    """On the disk, whole; returns the hash."""
    return store(ports).put(io.BytesIO(data or b"\n"), MOST_BYTES).sha256


def get(ports: Ports, raw_hash: str) -> bytes:
    """The bytes; FileNotFoundError when they are too old to be kept."""
    return store(ports).path(raw_hash).read_bytes()


def clear_old(ports: Ports) -> int:
    """Delete the bytes of mail that was dealt with long ago, and of mail nobody knows."""
    kept = store(ports)
    kept.sweep()
    before, cleared = ports.clock() - KEPT, 0
    hashes = list(kept.old_hashes(timedelta(days=1).total_seconds()))
    for start in range(0, len(hashes), AT_ONCE):
        chunk = hashes[start : start + AT_ONCE]
        with reading(ports.database) as session:
            needed = set(
                session.scalars(
                    sa.select(MailIn.raw_hash).where(
                        MailIn.raw_hash.in_(chunk),
                        sa.or_(MailIn.received_at > before, MailIn.state.in_(OPEN)),
                    )
                )
            )
        for raw_hash in set(chunk) - needed:
            kept.path(raw_hash).unlink(missing_ok=True)
            cleared += 1
    return cleared
