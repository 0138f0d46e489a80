"""The virus scanner is asked before a file is kept (K7, O3)."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from kb_app import scanning
from kb_app.config import Config
from kb_app.errors import InvalidInput, ScannerAway
from kb_app.ports import Ports
from models import Attachment, AuditEntry, reading, unit_of_work
from tests.conftest import People
from tests.factories import make_article
from tests.kb_app.test_files import PNG, on_disk, put

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """What clamd does with INSTREAM, on a socket of its own; `says` overrides its answer."""

    def __init__(self, says: bytes | None = None) -> None:
        self.says = says
        self.seen = b""
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        """One connection after the other until closed."""
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as given:
                assert given.read(10) == b"zINSTREAM\0"
                while size := struct.unpack(">I", given.read(4))[0]:
                    self.seen += given.read(size)
                found = b"stream: Eicar-Test-Signature FOUND\0"
                clean = b"stream: OK\0"
                answer = self.says if self.says is not None else None
                line.sendall(
                    answer if answer is not None else found if EICAR in self.seen else clean
                )


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    """A scanner that works."""
    scanner = Clamd()
    yield scanner
    scanner.server.close()


@pytest.fixture
def article_id(ports: Ports) -> int:
    """A public article."""
    with unit_of_work(ports.database) as session:
        return make_article(session, "怎么接线").id


def scanned(ports: Ports, address: str) -> Ports:
    """The product with this scanner."""
    return replace(ports, config=ports.config.model_copy(update={"clamav": address}))


def test_it_keeps_a_clean_file(ports: Ports, people: People, article_id: int, clamd: Clamd) -> None:
    """K7: every byte was shown to the scanner."""
    put(scanned(ports, clamd.address), people, article_id, PNG * 9_000, "a.png")
    assert clamd.seen == PNG * 9_000


def test_it_sets_an_infected_file_apart_and_says_so(
    ports: Ports, people: People, article_id: int, clamd: Clamd
) -> None:
    """K7 O3: no row, no address, a note in the log, the file out of reach."""
    with pytest.raises(InvalidInput, match="infected"):
        put(scanned(ports, clamd.address), people, article_id, EICAR, "setup.exe")
    assert on_disk(ports) == []
    assert [p.read_bytes() for p in ports.config.quarantine_dir.iterdir()] == [EICAR]
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Attachment.id)).all() == []
        deed = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "file.infected")
        ).one()
    assert deed.detail["virus"] == "Eicar-Test-Signature"


@pytest.mark.parametrize("says", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: WHAT\0"])
def test_it_takes_no_file_a_scanner_did_not_judge(
    ports: Ports, people: People, article_id: int, says: bytes
) -> None:
    """O3: an answer that is none is an outage, not a clean file."""
    scanner = Clamd(says)
    with pytest.raises(ScannerAway):
        put(scanned(ports, scanner.address), people, article_id, PNG, "a.png")
    scanner.server.close()


def test_it_does_not_wait_for_a_scanner_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O3: nobody there, or somebody who never answers."""
    file = tmp_path / "a"
    file.write_bytes(PNG)
    monkeypatch.setattr(scanning, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ScannerAway):
            scanning.scan(f"tcp://127.0.0.1:{port}", file)
    for nobody in (f"tcp://127.0.0.1:{port}", f"unix:{tmp_path}/none.ctl"):
        with pytest.raises(ScannerAway):
            scanning.scan(nobody, file)


@pytest.mark.parametrize("address", ["clamd", "http://x", "tcp://", "unix:relative"])
def test_it_refuses_an_address_that_is_none(address: str) -> None:
    """O1: a bad start names the fault."""
    with pytest.raises(ValueError, match="clamd"):
        Config(clamav=address)
