"""The catalogue of log events: names with ids and counts, never customers' words."""

from __future__ import annotations

import logging
from enum import StrEnum

logger = logging.getLogger("wenda")


class Event(StrEnum):
    """Every event the product logs."""

    WORKER_STARTED = "worker.started"
    WORKER_STOPPED = "worker.stopped"
    WORKER_STUMBLED = "worker.stumbled"
    SEARCH_AWAITED = "search.awaited"
    JOB_FAILED = "job.failed"
    JOB_GAVE_UP = "job.gave_up"
    INDEX_REBUILT = "index.rebuilt"
    INDEX_UNUSABLE = "index.unusable"
    INDEX_AUDITED = "index.audited"
    INDEX_HEALED = "index.healed"
    ENCODER_MISSING = "encoder.missing"
    ENCODER_TRAINED = "encoder.trained"
    REWRITE_FAILED = "rewrite.failed"
    IMPORT_FINISHED = "import.finished"
    FILE_READ = "file.read"
    FILES_CLEARED = "files.cleared"
    MAILBOX_FAILED = "mailbox.failed"
    MAIL_QUARANTINED = "mail.quarantined"
    NOT_COUNTED = "usage.not_counted"
    CHAT_UNTOLD = "chat.untold"
    CHAT_STUMBLED = "chat.stumbled"


def happened(event: Event, level: int = logging.INFO, **facts: str | float) -> None:
    """Log an event as `name key=value …`."""
    logger.log(level, "%s %s", event, " ".join(f"{key}={value}" for key, value in facts.items()))
