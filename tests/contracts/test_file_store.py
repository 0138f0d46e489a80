"""Every store of files keeps the same promises: a folder, and S3 with a folder as memory (K7).

The server is moto's, which speaks S3 over HTTP; no store of Amazon's or MinIO's was asked.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb_app.errors import FilesAway, FileTooLarge, InvalidInput
from kb_app.file_store import FarFile, FileStore, Store
from kb_app.s3_store import PART, S3Place, S3Store, s3_store

boto3 = pytest.importorskip("boto3")
moto_server = pytest.importorskip("moto.server")

pytestmark = pytest.mark.filterwarnings("ignore")
MOST = 64 * 1024 * 1024
TEXT = "怎么接线".encode()
NAME = hashlib.sha256(TEXT).hexdigest()
BUCKET = "wenda-files"
Clean = Callable[[], None]


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    """A server of our own that speaks S3."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """An empty prefix of a bucket, and an empty folder."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    place = S3Place(f"s3://{BUCKET}/{tmp_path.name}", s3_address)
    store = s3_store(place, FileStore(tmp_path / "near", tmp_path / "apart"), 64)
    store.client.create_bucket(Bucket=BUCKET)
    return store


@pytest.fixture(params=["disk", "s3", "s3 elsewhere"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each kind; "elsewhere" forgets at once what it wrote, as another machine never had it."""
    if request.param == "disk":
        return FileStore(tmp_path / "files", tmp_path / "apart")
    found: S3Store = request.getfixturevalue("s3")
    return found if request.param == "s3" else Elsewhere(*found.__dict__.values())


class Elsewhere(S3Store):
    """A machine that remembers nothing."""

    def put(self, stream: io.BytesIO, most: int) -> object:  # type: ignore[override]
        """Kept far away alone."""
        stored = super().put(stream, most)
        self.near.path(stored.sha256).unlink()
        return stored


def test_it_gives_back_what_it_was_given(store: Store) -> None:
    """K7: under the hash of the bytes, with their size and kind; twice is once."""
    for _ in range(2):
        stored = store.put(io.BytesIO(TEXT), MOST)
        assert (stored.sha256, stored.size) == (NAME, len(TEXT))
    assert store.path(NAME).read_bytes() == TEXT
    assert store.nearby(NAME)


def test_it_sends_large_files_in_parts_and_gives_parts(store: Store) -> None:
    """K7: several parts up; any range down, and the rest of the file from anywhere."""
    data = os.urandom(1024) * (2 * PART // 1024 + 7)
    sha256 = store.put(io.BytesIO(data), MOST).sha256
    assert store.part(sha256, PART - 5, 10) == data[PART - 5 : PART + 5]
    far = FarFile(store, sha256, len(data))
    assert b"".join(far.parts(PART, len(data))) == data[PART:]
    assert store.path(sha256).read_bytes() == data


def test_it_knows_of_nothing_it_was_not_given(store: Store) -> None:
    """K7: no file, no error of the site."""
    assert not store.path("0" * 64).is_file()
    assert not store.nearby("0" * 64)
    with pytest.raises(FileNotFoundError):
        store.part("0" * 64, 0, 1)
    with pytest.raises(FileNotFoundError):
        store.take_out("0" * 64)


def test_it_keeps_nothing_it_refused(store: Store) -> None:
    """K7: too large, or empty."""
    with pytest.raises(FileTooLarge):
        store.put(io.BytesIO(b"x" * 20), 10)
    with pytest.raises(InvalidInput):
        store.put(io.BytesIO(b""), 10)
    assert list(store.old_hashes(-60)) == []


def test_it_takes_out_puts_back_and_forgets(store: Store) -> None:
    """K7: orphans go in two steps; one that is wanted after all is where it was."""
    store.put(io.BytesIO(TEXT), MOST)
    assert list(store.old_hashes(-60)) == [NAME]
    assert list(store.old_hashes(3600)) == []
    store.take_out(NAME)
    store.put_back(NAME)
    assert store.path(NAME).read_bytes() == TEXT
    store.take_out(NAME)
    store.put(io.BytesIO(TEXT), MOST)
    store.put_back(NAME)
    assert store.path(NAME).read_bytes() == TEXT
    store.take_out(NAME)
    store.forget(NAME)
    assert not store.path(NAME).is_file()
    assert list(store.old_hashes(-60)) == []


def test_it_sets_apart_what_nobody_may_have(store: Store) -> None:
    """K7: out of reach, and not an orphan to be counted."""
    store.put(io.BytesIO(TEXT), MOST)
    store.path(NAME)
    store.set_apart(NAME)
    assert not store.path(NAME).is_file()
    assert list(store.old_hashes(-60)) == []


def test_it_sweeps_and_can_be_checked(store: Store) -> None:
    """K7: sweeping an empty or a full store harms nothing; a usable store says so."""
    store.sweep()
    store.put(io.BytesIO(TEXT), MOST)
    store.sweep()
    store.check()
    assert store.path(NAME).read_bytes() == TEXT


def test_it_forgets_nearby_what_was_not_read_for_longest(s3: S3Store) -> None:
    """K7: the folder stays within its limit; what went is fetched again."""
    store = S3Store(s3.place, s3.near, 3_000, s3.client)
    names = [store.put(io.BytesIO(bytes([n]) * 1_000), MOST).sha256 for n in range(5)]
    for age, name in enumerate(names):
        moment = time.time() - 7200 - age
        os.utime(store.near.path(name), (moment, moment))
    store.sweep()
    assert [store.nearby(name) for name in names] == [True, True, True, False, False]
    assert store.path(names[4]).read_bytes() == b"\x04" * 1_000


def test_it_says_when_the_store_is_away(s3: S3Store, tmp_path: Path) -> None:
    """O1: a refused connection is FilesAway, soon, and leaves nothing half done here."""
    place = S3Place(f"s3://{BUCKET}", "http://127.0.0.1:9")
    away = s3_store(place, FileStore(tmp_path / "n", tmp_path / "q"), 64)
    for call in (
        lambda: away.put(io.BytesIO(TEXT), MOST),
        lambda: away.part(NAME, 0, 1),
        lambda: away.path(NAME),
        away.check,
        lambda: list(away.old_hashes(0)),
    ):
        with pytest.raises(FilesAway):
            call()
    assert [path for path in (tmp_path / "n").rglob("*") if path.is_file()] == []
    gone = s3_store(S3Place("s3://no-such-bucket-here", s3.place.endpoint), s3.near, 64)
    with pytest.raises(FileNotFoundError):
        gone.check()
