"""Files in an S3-compatible store, under the same names as on disk; the disk is its memory.

A file is written here first, sent in parts, and there only when it is whole. What was read
stays here until the memory is full. Outages end in FilesAway; every call has a timeout.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from kb_app.errors import ConfigError, FilesAway
from kb_app.file_store import DRAFT, DRAFT_SECONDS, GOING, HASH_CHARS, FileStore, Stored
from models import utcnow

PART = 8 * 1024 * 1024
SENDERS = 4
CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 30, 3
APART = "quarantine"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class S3Place:
    """Where it is: s3://bucket/prefix, and the address of the server when it is not Amazon's."""

    url: str
    endpoint: str = ""

    @property
    def bucket(self) -> str:
        """The bucket."""
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        """What every key begins with; empty, or ending with a slash."""
        path = urlsplit(self.url).path.strip("/")
        return f"{path}/" if path else ""


@dataclass(frozen=True)
class S3Store:
    """The store; `near` is the folder of files that were written or read here lately."""

    place: S3Place
    near: FileStore
    most_bytes: int
    client: Any

    def put(self, stream: BinaryIO, most: int) -> Stored:
        """Here first, for its hash is its name; then there, in parts.

        Sent again when it is there: its age is what saves it from being swept as an orphan.
        """
        stored = self.near.put(stream, most)
        local, key = self.near.path(stored.sha256), self._key(stored.sha256)
        try:
            with _calls():
                self.client.upload_file(str(local), self.place.bucket, key, Config=_transfer())
        except FilesAway:
            local.unlink(missing_ok=True)
            raise
        return stored

    def path(self, sha256: str) -> Path:
        """The file here, fetched when it is not; a path without a file when it is nowhere."""
        local = self.near.path(sha256)
        with contextlib.suppress(FileNotFoundError):
            os.utime(local)
            return local
        self._fetch(sha256, local)
        return local

    def nearby(self, sha256: str) -> bool:
        """Whether it can be read without asking anybody."""
        return self.near.path(sha256).is_file()

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Some bytes of it, straight from there; FileNotFoundError, FilesAway."""
        wanted = f"bytes={start}-{start + length - 1}"
        with _calls():
            answer = self.client.get_object(
                Bucket=self.place.bucket, Key=self._key(sha256), Range=wanted
            )
            data: bytes = answer["Body"].read()
        return data

    def set_apart(self, sha256: str) -> None:
        """Out of reach, there; not here at all."""
        self._move(self._key(sha256), f"{self.place.prefix}{APART}/{sha256}")
        self.near.path(sha256).unlink(missing_ok=True)

    def old_hashes(self, seconds: float) -> Iterator[str]:
        """The files that were put away longer ago than this."""
        before = utcnow() - timedelta(seconds=seconds)
        for one in self._listed("files/"):
            name = one["Key"].rpartition("/")[2]
            if len(name) == HASH_CHARS and one["LastModified"] < before:
                yield name

    def take_out(self, sha256: str) -> None:
        """Aside, before it is deleted; FileNotFoundError when it is not there."""
        self._move(self._key(sha256), self._aside(sha256))

    def put_back(self, sha256: str) -> None:
        """Undo `take_out`; a file that came again meanwhile stays."""
        if self._there(self._key(sha256)):
            self._delete(self._aside(sha256))
        else:
            self._move(self._aside(sha256), self._key(sha256))

    def forget(self, sha256: str) -> None:
        """Delete what was taken out."""
        self._delete(self._aside(sha256))
        self.near.path(sha256).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what killed processes left, and what was not read for longest when it is full."""
        self.near.sweep()
        before = utcnow() - timedelta(seconds=DRAFT_SECONDS)
        for one in self._listed(GOING):
            if one["LastModified"] < before:
                self.put_back(one["Key"].rpartition(GOING)[2])
        self._make_room()

    def check(self) -> None:
        """Ask for the bucket: FilesAway when nothing answers, FileNotFoundError for none."""
        with _calls():
            self.client.head_bucket(Bucket=self.place.bucket)

    def _key(self, sha256: str) -> str:
        return f"{self.place.prefix}files/{sha256[:2]}/{sha256}"

    def _aside(self, sha256: str) -> str:
        return f"{self.place.prefix}{GOING}{sha256}"

    def _there(self, key: str) -> bool:
        try:
            with _calls():
                self.client.head_object(Bucket=self.place.bucket, Key=key)
        except FileNotFoundError:
            return False
        return True

    def _fetch(self, sha256: str, local: Path) -> None:
        """Whole or not at all."""
        local.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.near.folder, prefix=DRAFT)
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file, _calls():
                self.client.download_fileobj(
                    self.place.bucket, self._key(sha256), file, Config=_transfer()
                )
            draft.replace(local)
        except FileNotFoundError:
            return
        finally:
            draft.unlink(missing_ok=True)

    def _move(self, key: str, to: str) -> None:
        bucket = self.place.bucket
        with _calls():
            self.client.copy({"Bucket": bucket, "Key": key}, bucket, to)
        self._delete(key)

    def _delete(self, key: str) -> None:
        with _calls():
            self.client.delete_object(Bucket=self.place.bucket, Key=key)

    def _listed(self, below: str) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2")
        with _calls():
            for page in pages.paginate(
                Bucket=self.place.bucket, Prefix=f"{self.place.prefix}{below}"
            ):
                yield from page.get("Contents", ())

    def _make_room(self) -> None:
        kept = []
        for path in self.near.folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                told = path.stat()
                kept.append((told.st_mtime, told.st_size, path))
        size = sum(one for _, one, _ in kept)
        for moment, one, path in sorted(kept):
            if size <= self.most_bytes or moment > time.time() - 3600:
                return
            path.unlink(missing_ok=True)
            size -= one


def s3_store(place: S3Place, near: FileStore, cache_mb: int) -> S3Store:
    """The store of a place; who may use it says the environment, as for every client of S3."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise ConfigError(("WENDA_FILES: s3:// needs boto3 (pip install boto3)",)) from error
    how = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"max_attempts": TRIES, "mode": "standard"},
    )
    client = boto3.client("s3", endpoint_url=place.endpoint or None, config=how)
    return S3Store(place, near, cache_mb * MEGABYTE, client)


def _transfer() -> Any:
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(
        multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=SENDERS
    )


@contextlib.contextmanager
def _calls() -> Iterator[None]:
    """What the client says went wrong, in this product's words."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in {"404", "NoSuchKey", "NotFound", "NoSuchBucket"}:
            raise FileNotFoundError(code) from error
        raise FilesAway(code) from error
    except (BotoCoreError, Boto3Error) as error:
        raise FilesAway(type(error).__name__) from error
