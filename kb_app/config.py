"""The configuration: one frozen typed object read from WENDA_* and checked whole.

A bad start names every fault at once; a missing SECRET_KEY is made once and kept in
the data folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kb_app.errors import ConfigError
from ticket_bridge.webhook_call import networks

MAIL_SCHEMES = {"console", "file", "smtp", "smtps"}
MINIMUM_SECRET = 32
HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}")


class Config(BaseSettings):
    """Every setting; the variable is WENDA_ and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="WENDA_", frozen=True, extra="ignore")

    data_dir: Path = Field(default=Path("data"))
    database_url: str = ""
    search_url: str = ""
    search_prefix: str = Field(default="wenda", pattern=r"^[a-z][a-z0-9_-]{0,60}$")
    redis_url: str = ""
    encoder: str = "bundled"
    encode_threads: int = Field(default=0, ge=0, le=64)
    reranker: str = Field(default="", pattern=r"^$|^cross-encoder:.+")
    rewrite_url: str = Field(default="", pattern=r"^$|^https?://[^\s/]+\S*$")
    rewrite_key: str = Field(default="", repr=False)
    rewrite_model: str = Field(default="", max_length=200)
    rewrite_seconds: float = Field(default=6.0, ge=0.5, le=30.0)
    secret_key: str = ""
    base_url: str = "http://127.0.0.1:8000"
    mail_url: str = "console:"
    mail_from: str = "help@localhost"
    site_name: str = "问达帮助中心"
    timezone: str = "Asia/Shanghai"
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    rate_limits: bool = True
    max_upload_mb: int = Field(default=512, ge=1, le=4096)
    clamav: str = ""
    files: str = Field(
        default="", pattern=r"^$|^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#]*)?$"
    )
    files_endpoint: str = Field(default="", pattern=r"^$|^https?://[^\s/]+/?$")
    files_cache_mb: int = Field(default=2048, ge=64, le=1_000_000)
    ocr: bool = False
    search_log_days: int = Field(default=180, ge=7, le=3660)
    holdout_share: float = Field(default=0.0, ge=0.0, le=0.5)
    holdout_minimum: int = Field(default=1000, ge=0, le=10_000_000)
    answer_precision: float = Field(default=0.95, ge=0.5, le=0.999)
    emergency_advice: str = Field(default="", max_length=1000)
    learn_phrasings: Literal["ask", "auto"] = "ask"

    webhook_networks: str = ""

    embed_hosts: str = "player.bilibili.com,v.qq.com,player.youku.com"

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not value:
            return value
        try:
            name = sa.make_url(value).get_backend_name()
        except sa.exc.ArgumentError as error:
            raise ValueError("not a database URL") from error
        if name not in {"sqlite", "postgresql"}:
            raise ValueError("only sqlite and postgresql are supported")
        return value

    @field_validator("search_url", "base_url", "redis_url", "mail_url")
    @classmethod
    def _url(cls, value: str, info: object) -> str:
        field = str(getattr(info, "field_name", ""))
        if field == "search_url" and "," in value:
            return ",".join(cls._url(part.strip(), info) for part in value.split(","))
        allowed = {
            "search_url": {"http", "https"},
            "base_url": {"http", "https"},
            "redis_url": {"redis", "rediss", "unix"},
            "mail_url": MAIL_SCHEMES,
        }[field]
        if not value and field in {"search_url", "redis_url"}:
            return value
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError as error:
            raise ValueError("not a URL") from error
        if parts.scheme not in allowed:
            raise ValueError(f"must begin with one of {sorted(allowed)}")
        if parts.scheme in {"http", "https", "smtp", "smtps"} and not parts.hostname:
            raise ValueError("has no host")
        return value.rstrip("/") if field == "base_url" else value

    @field_validator("clamav")
    @classmethod
    def _clamav(cls, value: str) -> str:
        parts = urlsplit(value)
        over_net = parts.scheme == "tcp" and bool(parts.hostname)
        if value and not over_net and not value.startswith("unix:/"):
            raise ValueError("unix:/path/of/clamd.ctl or tcp://host:port")
        return value

    @field_validator("encoder")
    @classmethod
    def _encoder(cls, value: str) -> str:
        known = value in {"bundled", "none"}
        if not known and not value.removeprefix("sentence-transformers:") != value:
            raise ValueError("bundled, none or sentence-transformers:<name or path>")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("not a time zone, such as Asia/Shanghai") from error
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret(cls, value: str) -> str:
        if value and len(value) < MINIMUM_SECRET:
            raise ValueError(f"needs at least {MINIMUM_SECRET} characters")
        return value

    @field_validator("data_dir")
    @classmethod
    def _data_dir_is_usable(cls, value: Path) -> Path:
        if value.exists() and not value.is_dir():
            raise ValueError("is a file, not a folder")
        return value

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        try:
            networks(value)
        except ValueError as error:
            raise ValueError("private networks such as 10.0.0.0/8, joined by commas") from error
        return value

    @field_validator("embed_hosts")
    @classmethod
    def _hosts(cls, value: str) -> str:
        hosts = [host.strip().lower() for host in value.split(",") if host.strip()]
        if not all(HOST.fullmatch(host) for host in hosts):
            raise ValueError("host names such as player.bilibili.com, joined by commas")
        return ",".join(hosts)

    @property
    def embeds(self) -> tuple[str, ...]:
        """The hosts whose video players articles may show."""
        return tuple(filter(None, self.embed_hosts.split(",")))

    @property
    def database(self) -> str:
        """The database URL; SQLite inside the data folder unless set."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'wenda.db').absolute()}"

    @property
    def files_dir(self) -> Path:
        """Where uploaded files lie."""
        return self.data_dir / "files"

    @property
    def quarantine_dir(self) -> Path:
        """Where uploads lie in which a virus was found; nothing serves them."""
        return self.data_dir / "quarantine"

    @property
    def previews_dir(self) -> Path:
        """Where drawn pages of files lie; disposable."""
        return self.data_dir / "previews"

    @property
    def uploads_dir(self) -> Path:
        """Where requests are kept while they arrive; a disk, not memory."""
        return self.data_dir / "incoming"

    @property
    def encoders_dir(self) -> Path:
        """Where encoders trained on this site lie."""
        return self.data_dir / "encoders"

    @property
    def index_dir(self) -> Path:
        """Where the embedded index lies; disposable."""
        return self.data_dir / "index"


def load_config() -> Config:
    """Read the environment; ConfigError with every fault, each naming its variable."""
    try:
        config = Config()
    except ValidationError as error:
        raise ConfigError(tuple(_fault(dict(item)) for item in error.errors())) from error
    if config.secret_key:
        return config
    return config.model_copy(update={"secret_key": _kept_secret(config.data_dir)})


def _fault(item: dict[str, object]) -> str:
    location = item.get("loc")
    field = str(location[0]) if isinstance(location, tuple) and location else ""
    message = str(item.get("msg", "")).removeprefix("Value error, ")
    return f"WENDA_{field.upper()}: {message}" if field else message


def _kept_secret(data_dir: Path) -> str:
    """The secret in the data folder, made on first use: whole and for the owner's eyes only."""
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_secret(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not ASCII"
        raise ConfigError((f"WENDA_DATA_DIR: {path.name} cannot be kept ({reason})",)) from error
    if len(secret) < MINIMUM_SECRET:
        raise ConfigError((f"WENDA_SECRET_KEY: {path} is damaged; delete it or set the variable",))
    return secret


def _make_secret(path: Path) -> None:
    """Written aside and linked, so that of two processes starting at once neither sees half."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
