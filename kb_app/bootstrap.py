"""The one place that names concrete parts: configuration in, ports out."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from indexer.backend import SearchBackend
from indexer.embedded_backend import EmbeddedBackend
from indexer.encoder import Encoder, EncoderMissing
from indexer.encoders.bundled import BundledEncoder
from indexer.encoders.none import NoEncoder
from indexer.encoders.sentence_transformer import SentenceTransformerEncoder
from indexer.search import IndexParts, SearchEngine
from kb_app.body_texts import BodyTexts
from kb_app.chat_pulse import ChatPulse
from kb_app.config import Config
from kb_app.errors import ConfigError
from kb_app.extraction.optical import installed
from kb_app.ports import Ports
from kb_app.search_journal import SearchJournal
from models import connect, utcnow
from models.migrate import migrate as migrate_database
from ticket_bridge.mail.sender import mail_sender

SENTENCE_TRANSFORMERS = "sentence-transformers:"


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
    database = connect(config.database)
    parts = IndexParts(database, _backend(config), _encoder(config))
    return Ports(
        config=config,
        database=database,
        engine=SearchEngine(parts),
        journal=SearchJournal(database),
        texts=BodyTexts(),
        mail=mail_sender(config.mail_url, config.mail_from),
        clock=utcnow,
        pulse=ChatPulse(config.redis_url),
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
    try:
        encoder = _encoder(config)
        if encoder.dimensions:
            encoder.queries(["ok"])
    except (EncoderMissing, OSError, ValueError) as error:
        faults.append(f"WENDA_ENCODER: {error}")
    if config.ocr and installed() is None:
        faults.append("WENDA_OCR: tesseract (with chi_sim, chi_tra or eng) is not installed")
    if config.search_url and not _reachable(config):
        faults.append("WENDA_SEARCH_URL: nothing answers there")
    if faults:
        raise ConfigError(tuple(faults))


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


def _encoder(config: Config) -> Encoder:
    if config.encoder == "none":
        return NoEncoder()
    if config.encoder.startswith(SENTENCE_TRANSFORMERS):
        return SentenceTransformerEncoder(config.encoder.removeprefix(SENTENCE_TRANSFORMERS))
    return BundledEncoder(threads=config.encode_threads)
