"""The index from the product's side: keep up, rebuild, compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakSet

from indexer import audit as auditing
from indexer import encoding, replacing, sync
from indexer import rebuild as rebuilding
from indexer.backend import SearchFilter, SearchRequest
from indexer.encoder import EncoderMissing
from indexer.highlight import folded
from indexer.search import IndexParts
from kb_app.events import Event, happened
from kb_app.ports import Ports
from models import PUBLIC_KEY, Database

ENCODE_BATCH = 64
WARM_TEXT = "你好 hello"
_TITLES_READ: WeakSet[Database] = WeakSet()


@dataclass(frozen=True)
class AuditWords:
    """What an audit found, as counts."""

    ok: bool
    expected: int
    missing: int
    stale: int
    extra: int
    unencoded: int

    def as_words(self) -> dict[str, int | bool]:
        """For printing as JSON."""
        return dict(self.__dict__)


def _parts(ports: Ports) -> IndexParts:
    return ports.engine.parts


def index_articles(ports: Ports, article_ids: Sequence[int]) -> None:
    """Bring these articles' places in the index up to date."""
    sync.sync_articles(_parts(ports), article_ids)


def index_questions(ports: Ports, question_ids: Sequence[int]) -> None:
    """The same for public questions."""
    sync.sync_questions(_parts(ports), question_ids)


def encode_some(ports: Ports) -> bool:
    """Encode a batch of what has no vectors yet, or none of a wanted encoder; False when done."""
    if encoding.encode_missing(_parts(ports), ENCODE_BATCH) > 0:
        return True
    try:
        return replacing.replace_some(_parts(ports), ENCODE_BATCH) or _read_titles(ports)
    except EncoderMissing as error:
        happened(Event.ENCODER_MISSING, reason=str(error)[:200])
        return False


def _read_titles(ports: Ports) -> bool:
    """Titles encoded before their tokens were kept; looked for until none is left, then no more."""
    if ports.database in _TITLES_READ:
        return False
    if encoding.read_titles(_parts(ports), ENCODE_BATCH) > 0:
        return True
    _TITLES_READ.add(ports.database)
    return False


def unencoded(ports: Ports) -> int:
    """How many documents wait for (some of) their vectors."""
    return encoding.count_missing(_parts(ports))


def warm(ports: Ports) -> None:
    """Load what the first search would otherwise wait for: dictionary, encoder, catalogue."""
    folded("")
    ports.engine.search(SearchRequest(WARM_TEXT, SearchFilter(frozenset({PUBLIC_KEY}))))


def ensure_index(ports: Ports) -> None:
    """Rebuild when the index is missing, damaged anywhere, or of another version."""
    reason = rebuilding.why_rebuild(_parts(ports))
    if reason:
        happened(Event.INDEX_UNUSABLE, reason=reason[:200])
        rebuild(ports)


def rebuild(ports: Ports, progress: Callable[[int, int], None] | None = None) -> int:
    """Build the index anew beside the live one; returns how many documents it has."""
    report = rebuilding.rebuild(_parts(ports), progress)
    happened(Event.INDEX_REBUILT, built=report.built, caught_up=report.caught_up)
    return report.built


def audit(ports: Ports) -> AuditWords:
    """Compare the index with the database; changes nothing."""
    report = auditing.audit(_parts(ports))
    differences = (report.backend, report.entries)
    return AuditWords(
        ok=report.ok,
        expected=report.expected,
        missing=max(len(difference.missing) for difference in differences),
        stale=max(len(difference.stale) for difference in differences),
        extra=max(len(difference.extra) for difference in differences),
        unencoded=report.unencoded,
    )
