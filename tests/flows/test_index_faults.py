"""A damaged, outdated or full index: noticed, named, rebuilt, and the site stays up (O2)."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from indexer.backend import Changes
from kb_app import index_health, indexing, jobs
from kb_app.events import Event
from kb_app.ports import Ports
from models import IndexEntry, Job, JobKind, JobStatus, reading, unit_of_work
from tests.website import Website
from tests.website_fixtures import quick_hashes, site, site_folder

__all__ = ["quick_hashes", "site", "site_folder"]

ROOT = Path(__file__).resolve().parents[2]


def live_folder(ports: Ports) -> Path:
    """Where the live generation's files lie."""
    folder = ports.config.index_dir
    return folder / (folder / "CURRENT").read_text().strip()


def flip_a_byte(path: Path) -> None:
    """Damage the middle of a file, as a bad disk does."""
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0xFF
    path.write_bytes(bytes(body))


def found(website: Website, query: str) -> list[str]:
    """Titles the site finds."""
    answer = website.browser().get("/api/v1/search", query_string={"q": query}).json
    assert answer is not None
    return [result["title"] for result in answer["results"]]


@pytest.mark.parametrize("kind", ["term", "idx", "fast", "store", "fieldnorm"])
def test_a_damaged_file_is_named_and_the_index_rebuilt(
    site: Website, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """O2: whichever file it is, pages answer before, during and after."""
    caplog.set_level(logging.INFO, "wenda")
    damaged = next(live_folder(site.ports).glob(f"*.{kind}"))
    flip_a_byte(damaged)
    assert site.browser().get("/search?q=门锁离线").status_code == 200
    indexing.ensure_index(site.ports)
    assert damaged.name in caplog.text
    assert str(Event.INDEX_REBUILT) in caplog.text
    assert "门锁离线怎么办" in found(site, "门锁离线")
    assert indexing.audit(site.ports).ok


def test_what_a_page_could_not_read_is_looked_at_by_the_worker(site: Website) -> None:
    """O2: the process that serves meets the fault, the one that works mends it."""
    for path in live_folder(site.ports).glob("*.term"):
        os.truncate(path, 10)
    site.ports.engine.parts.backend.close()
    other = bootstrap_again(site)
    assert other.browser().get("/search?q=门锁离线").status_code == 200
    index_health.watch(site.ports)
    assert "门锁离线怎么办" in found(other, "门锁离线")


def bootstrap_again(site: Website) -> Website:
    """The same site in what stands for another process."""
    from kb_app import bootstrap
    from web.app import create_app

    ports = bootstrap.build(site.ports.config)
    return Website(create_app(ports), ports)


def test_an_index_of_an_older_version_is_named_and_rebuilt(
    site: Website, caplog: pytest.LogCaptureFixture
) -> None:
    """O2: an upgrade brings new analysis; the old index serves until the new one is whole."""
    caplog.set_level(logging.INFO, "wenda")
    (live_folder(site.ports) / "identity").write_text("format-0/analysis-0")
    assert "门锁离线怎么办" in found(site, "门锁离线")
    index_health.watch(site.ports)
    assert "built as format-0/analysis-0" in caplog.text
    assert "门锁离线怎么办" in found(site, "门锁离线")


def test_an_audit_job_repairs_what_differs_and_says_so(
    site: Website, caplog: pytest.LogCaptureFixture
) -> None:
    """O2: lost, forged and left-over documents; a second audit finds nothing."""
    caplog.set_level(logging.INFO, "wenda")
    parts = site.ports.engine.parts
    lost, forged = (site.article(t).id for t in ("门锁离线怎么办", "修改登录密码"))
    with reading(site.ports.database) as session:
        assert session.get(IndexEntry, f"a:{forged}") is not None
    from tests.contracts.test_search_backend import term_document

    forgery = term_document(forged, fingerprint="forged")
    left_over = term_document(987)
    parts.backend.apply(Changes((forgery, left_over), (f"a:{lost}",)))
    assert not indexing.audit(site.ports).ok
    with unit_of_work(site.ports.database) as session:
        session.add(Job(kind=JobKind.AUDIT_INDEX))
    jobs.drain(site.ports)
    assert f"{Event.INDEX_HEALED} missing=1 stale=1 extra=1 left=0" in caplog.text
    assert indexing.audit(site.ports).ok
    index_health.heal(site.ports)
    assert str(Event.INDEX_AUDITED) in caplog.text


def test_audits_follow_each_other_at_a_distance(site: Website) -> None:
    """O2: one is always waiting, never two."""
    for _ in range(2):
        index_health.schedule(site.ports)
    with reading(site.ports.database) as session:
        (job,) = session.scalars(sa.select(Job).where(Job.kind == JobKind.AUDIT_INDEX)).all()
        first = job.run_after
    with unit_of_work(site.ports.database) as session:
        session.execute(
            sa.update(Job)
            .where(Job.kind == JobKind.AUDIT_INDEX)
            .values(status=JobStatus.DONE, finished_at=first)
        )
    index_health.schedule(site.ports)
    with reading(site.ports.database) as session:
        after = session.scalars(
            sa.select(Job.run_after).where(
                Job.kind == JobKind.AUDIT_INDEX, Job.status == JobStatus.WAITING
            )
        ).one()
    assert after >= first + index_health.AUDIT_EVERY


FULL_DISK = """
import json, resource, sys
from pathlib import Path
from indexer.backend import Changes, SearchUnavailable, TermDocument, TermQuery, SearchFilter, Term
from indexer.document import DocKind, doc_id_of
from indexer.embedded_backend import EmbeddedBackend

def made(number):
    words = tuple(f"w{number * 50 + place}" for place in range(50))
    return TermDocument(doc_id_of(DocKind.ARTICLE, number), DocKind.ARTICLE, ("common",), words,
                        frozenset({"public"}), (), (), str(number))

def said(deed):
    try:
        deed()
    except SearchUnavailable as error:
        return str(error)
    return ""

backend = EmbeddedBackend(Path(sys.argv[1]))
backend.rebuild([made(number) for number in range(20)], "x")
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
many = [made(number) for number in range(100, 3000)]
told = {"apply": said(lambda: backend.apply(Changes(tuple(many)))),
        "rebuild": said(lambda: backend.rebuild(many, "y"))}
told["stored"] = len(backend.fingerprints())
query = TermQuery((Term("common", 1.0),), SearchFilter(frozenset({"public"})), 50)
told["found"] = len(backend.search(query))
told["left"] = len(list(Path(sys.argv[1]).glob("gen-*")))
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
told["after"] = said(lambda: backend.apply(Changes(tuple(many))))
told["fault"] = backend.fault()
told["whole"] = len(backend.fingerprints())
print(json.dumps(told))
"""


def test_a_full_disk_is_named_and_costs_nothing_but_time(tmp_path: Path) -> None:
    """O2: files may not grow any more; what is there is still found, and later all is taken."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "index")],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "no room left on the disk" in told["apply"]
    assert "no room left on the disk" in told["rebuild"]
    assert (told["stored"], told["found"], told["left"]) == (20, 20, 1)
    assert (told["after"], told["fault"], told["whole"]) == ("", "", 2920)
