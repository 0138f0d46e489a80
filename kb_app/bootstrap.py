"""The one place that names concrete parts: configuration in, ports out."""

from __future__ import annotations

import contextlib
import time
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from indexer.backend import SearchBackend
from indexer.embedded_backend import EmbeddedBackend
from indexer.encoder import Encoder, EncoderMissing
from indexer.encoder_switch import EncoderSwitch, wanted_spec
from indexer.encoders.bundled import BundledEncoder
from indexer.encoders.cross_encoder import CrossEncoderScorer
from indexer.encoders.none import NoEncoder
from indexer.encoders.sentence_transformer import SentenceTransformerEncoder
from indexer.pair_scoring import PairScorer
from indexer.search import IndexParts, SearchEngine
from indexer.training import Trainer
from kb_app.body_texts import BodyTexts
from kb_app.chat_pulse import ChatPulse
from kb_app.config import Config
from kb_app.errors import ConfigError, FilesAway
from kb_app.extraction.optical import installed
from kb_app.files import store_of
from kb_app.ports import Ports
from kb_app.rewriter import Endpoint, Rewriter
from kb_app.search_journal import SearchJournal
from models import Database, connect, encoder_in_use, reading, utcnow
from models.migrate import migrate as migrate_database
from ticket_bridge.desks.builtin import BuiltinDesk
from ticket_bridge.desks.mail import MailDesk
from ticket_bridge.desks.request_tracker import RequestTracker
from ticket_bridge.desks.webhook import WebhookDesk
from ticket_bridge.handover import DeskAccess, DeskKind, Outbox, TicketDesk
from ticket_bridge.mail.sender import mail_sender

SENTENCE_TRANSFORMERS = "sentence-transformers:"
CROSS_ENCODER = "cross-encoder:"
TRAINED = "trained:"


def migrate(config: Config) -> None:
    """Bring the configured database to the present schema."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    database = connect(config.database)
    try:
        migrate_database(database)
    finally:
        database.dispose()


def build(config: Config) -> Ports:
    """Everything a use case may reach; opens no network connection yet."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    # Several threads for one small product wait for each other longer than it takes.
    threadpool_limits(1, user_api="blas")
    database = connect(config.database)
    parts = IndexParts(database, _backend(config), _switch(config, database), _scorer(config))
    return Ports(
        config=config,
        database=database,
        engine=SearchEngine(parts),
        journal=SearchJournal(database),
        texts=BodyTexts(),
        mail=mail_sender(config.mail_url, config.mail_from),
        clock=utcnow,
        pulse=ChatPulse(config.redis_url),
        rewriter=_rewriter(config),
        desks=partial(_desk, database),
    )


def check(config: Config) -> None:
    """Try what the configuration names; ConfigError lists everything that does not work."""
    faults = []
    database = connect(config.database)
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True)
        with database.engine.connect():
            pass
    except (OSError, SQLAlchemyError) as error:
        faults.append(f"WENDA_DATABASE_URL: cannot be opened ({type(error).__name__})")
    finally:
        database.dispose()
    faults += _model_faults(config)
    if config.rewrite_url and not config.rewrite_model:
        faults.append("WENDA_REWRITE_MODEL: name the model that WENDA_REWRITE_URL is to use")
    faults += _files_faults(config)
    if config.ocr and installed() is None:
        faults.append("WENDA_OCR: tesseract (with chi_sim, chi_tra or eng) is not installed")
    if config.search_url and not _reachable(config):
        faults.append("WENDA_SEARCH_URL: nothing answers there")
    if faults:
        raise ConfigError(tuple(faults))


def _model_faults(config: Config) -> list[str]:
    faults = []
    try:
        encoder = _encoder(config, config.encoder)
        if encoder.dimensions:
            encoder.queries(["ok"])
    except (EncoderMissing, OSError, ValueError) as error:
        faults.append(f"WENDA_ENCODER: {error}")
    try:
        _scorer(config)
    except (EncoderMissing, OSError, ValueError) as error:
        faults.append(f"WENDA_RERANKER: {error}")
    return faults


def _files_faults(config: Config) -> list[str]:
    try:
        store_of(config).check()
    except ConfigError as error:
        return list(error.faults)
    except (FilesAway, FileNotFoundError, ValueError) as error:
        return [f"WENDA_FILES: the bucket cannot be used ({error})"]
    return []


def _reachable(config: Config) -> bool:
    from indexer.elasticsearch_backend import ElasticsearchBackend

    backend = ElasticsearchBackend(config.search_url, config.search_prefix)
    try:
        return backend.reachable()
    finally:
        backend.close()


def close(ports: Ports) -> None:
    """Write what waits; release files and connections."""
    ports.journal.close()
    ports.pulse.close()
    ports.engine.parts.backend.close()
    ports.database.dispose()


def _backend(config: Config) -> SearchBackend:
    if config.search_url:
        # Most sites have no such server; they are spared the client's 25 MB and 0.7 s.
        from indexer.elasticsearch_backend import ElasticsearchBackend

        return ElasticsearchBackend(config.search_url, config.search_prefix)
    return EmbeddedBackend(config.index_dir)


def _encoder(config: Config, spec: str) -> Encoder:
    """The encoder that a specification names: as configured, or trained here."""
    if spec == "none":
        return NoEncoder()
    if spec.startswith(TRAINED):
        folder = config.encoders_dir / spec.removeprefix(TRAINED)
        if not folder.is_dir():
            raise EncoderMissing(f"the trained encoder {folder.name} is not in {folder.parent}")
        return SentenceTransformerEncoder(str(folder))
    if spec.startswith(SENTENCE_TRANSFORMERS):
        return SentenceTransformerEncoder(spec.removeprefix(SENTENCE_TRANSFORMERS))
    return BundledEncoder(threads=config.encode_threads)


def _rewriter(config: Config) -> Rewriter | None:
    if not config.rewrite_url or not config.rewrite_model:
        return None
    key, seconds = config.rewrite_key, config.rewrite_seconds
    return Rewriter(Endpoint(config.rewrite_url, config.rewrite_model, key, seconds))


def trainer() -> Trainer:
    """What trains encoders; it says by itself when the full set is not installed."""
    from indexer.encoders.fine_tuning import fine_tune

    return fine_tune


def _switch(config: Config, database: Database) -> EncoderSwitch:
    """The encoder whose vectors are stored, as long as it can be had; else the one wanted."""

    def load(spec: str) -> Encoder:
        return _encoder(config, spec)

    used, wanted = None, config.encoder
    with contextlib.suppress(SQLAlchemyError), reading(database) as session:
        used = encoder_in_use(session)
        wanted = wanted_spec(session, config.encoder)
    if used is not None:
        with contextlib.suppress(EncoderMissing):
            found = load(used.spec)
            if found.name == used.name:
                return EncoderSwitch(found, used.spec, load, config.encoder)
    if wanted != config.encoder:
        with contextlib.suppress(EncoderMissing):
            return EncoderSwitch(load(wanted), wanted, load, config.encoder)
    return EncoderSwitch(load(config.encoder), config.encoder, load, config.encoder)


def _scorer(config: Config) -> PairScorer | None:
    if not config.reranker:
        return None
    return CrossEncoderScorer(config.reranker.removeprefix(CROSS_ENCODER), config.encode_threads)


def _desk(database: Database, access: DeskAccess, outbox: Outbox) -> TicketDesk:
    if access.kind is DeskKind.REQUEST_TRACKER:
        return RequestTracker(access)
    if access.kind is DeskKind.WEBHOOK:
        return WebhookDesk(access, time.time)
    if access.kind is DeskKind.MAIL:
        return MailDesk(access, outbox)
    return BuiltinDesk(database)
