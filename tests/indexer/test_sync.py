"""The write side, the audit and the rebuild (K1 K8 O2)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from indexer import sync
from indexer.audit import audit
from indexer.backend import SearchUnavailable
from indexer.document import DocKind, Facets, FileWords, IndexDocument, make_document
from indexer.embedded_backend import EmbeddedBackend
from indexer.encoders.none import NoEncoder
from indexer.encoding import encode_missing
from indexer.rebuild import needs_rebuild, rebuild
from indexer.search import IndexParts, SearchEngine
from indexer.stamping import same_text
from indexer.sync import SyncReport, plan, sync_articles
from indexer.version import INDEX_IDENTITY
from models import Article, ArticleStatus, IndexEntry, reading, unit_of_work
from tests.fakes import MemoryBackend, WordEncoder
from tests.indexer.conftest import found_ids, publish


def document(ref_id: int, title: str = "标题") -> IndexDocument:
    """A public document."""
    facets = Facets(frozenset({"public"}), (1,), ())
    return make_document(DocKind.ARTICLE, ref_id, (title, "正文", "另一种问法"), facets)


def test_a_plan_writes_what_is_new_or_changed_and_removes_what_left() -> None:
    """Decide, then do."""
    new, changed, same = document(1), document(2, "新标题"), document(3)
    stored = {"a:2": document(2).fingerprint, "a:3": same.fingerprint, "a:4": "x"}
    found = {"a:1": new, "a:2": changed, "a:3": same, "a:4": None, "a:5": None}
    work = plan(found, stored)
    assert work.upserts == (new, changed)
    assert work.removed == ("a:4",)
    assert work.unchanged == 2


def test_a_fingerprint_changes_with_everything_that_is_indexed() -> None:
    """Words, phrasings, readers and places."""
    facets = Facets(frozenset({"public"}), (1,), (2,))
    words = ("标题", "正文", "问法")
    variants = [
        (words, facets),
        (("题", "正文", "问法"), facets),
        (("标题", "正", "问法"), facets),
        (("标题", "正文"), facets),
        (words, replace(facets, access_keys=frozenset({"staff"}))),
        (words, replace(facets, categories=(2,))),
        (words, replace(facets, products=())),
        (("标题正文", "", "问法"), facets),
    ]
    made = [make_document(DocKind.ARTICLE, 1, w, f).fingerprint for w, f in variants]
    assert len(set(made)) == len(variants)
    stays = [same_text(made[0], each) for each in made]
    assert stays == [w == words for w, _ in variants]
    filed = FileWords(("sha:1:3:a.pdf",), ("a",), ("页",))
    assert not same_text(
        make_document(DocKind.ARTICLE, 1, words, facets, filed).fingerprint, made[0]
    )
    assert all(len(each) == 32 for each in made)


def test_a_change_is_found_and_the_old_words_are_not(parts: IndexParts) -> None:
    """K8: publish, edit, archive."""
    (article_id,) = publish(parts, ("运费由谁承担", "满 99 元包邮"))
    engine = SearchEngine(parts)
    assert found_ids(engine, "运费") == [article_id]
    with unit_of_work(parts.database) as session:
        session.get_one(Article, article_id).title = "发货时间"
    sync_articles(parts, [article_id])
    assert found_ids(engine, "运费") == []
    assert found_ids(engine, "发货") == [article_id]
    with unit_of_work(parts.database) as session:
        session.get_one(Article, article_id).status = ArticleStatus.ARCHIVED
    assert sync_articles(parts, [article_id]) == SyncReport(removed=1)
    assert found_ids(engine, "发货") == []
    assert audit(parts).ok


def test_it_does_nothing_twice(parts: IndexParts) -> None:
    """A job delivered again is harmless."""
    ids = publish(parts, ("退款", "到账"), ("换货", "补寄"))
    assert sync_articles(parts, ids) == SyncReport(unchanged=2)
    assert sync_articles(parts, [999]) == SyncReport(unchanged=1)


def test_a_large_batch_is_searchable_before_it_is_encoded(parts: IndexParts) -> None:
    """An import of 10,000 articles is found at once."""
    ids = publish(parts, *((f"退款 {n}", "到账") for n in range(20)))
    engine = SearchEngine(parts)
    assert set(found_ids(engine, "退款 7")[:1]) == {ids[7]}
    assert audit(parts).unencoded == 20
    assert [encode_missing(parts, 12), encode_missing(parts, 12), encode_missing(parts, 12)] == [
        12,
        8,
        0,
    ]
    assert audit(parts).unencoded == 0
    assert found_ids(engine, "退款 7")[0] == ids[7]


def test_another_encoder_encodes_everything_anew(parts: IndexParts) -> None:
    """Vectors of different names never mix."""
    publish(parts, ("退款", "到账"))

    class Other(WordEncoder):
        name = "other"
        dimensions = 32

    other = replace(parts, encoder=Other())
    assert found_ids(SearchEngine(other), "退款") == [1]
    assert encode_missing(other) == 1
    assert found_ids(SearchEngine(other), "退款") == [1]
    assert encode_missing(replace(parts, encoder=NoEncoder())) == 0


def test_a_change_while_indexing_is_not_lost(
    parts: IndexParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is looked at again after the index was written."""
    (article_id,) = publish(parts, ("运费", "包邮"))
    apply, edits = parts.backend.apply, ["发货"]

    def edited_meanwhile(changes: object) -> None:
        if edits:
            with unit_of_work(parts.database) as session:
                session.get_one(Article, article_id).title = edits.pop()
        apply(changes)  # type: ignore[arg-type]  # passed through

    with unit_of_work(parts.database) as session:
        session.get_one(Article, article_id).title = "换货"
    monkeypatch.setattr(parts.backend, "apply", edited_meanwhile)
    sync_articles(parts, [article_id])
    assert audit(parts).ok
    assert found_ids(SearchEngine(parts), "发货") == [article_id]


def test_nothing_is_noted_as_indexed_when_the_backend_is_down(parts: IndexParts) -> None:
    """O1: the job comes back and does it then."""
    backend = MemoryBackend()
    own = replace(parts, backend=backend)
    rebuild(own)
    backend.broken = True
    with pytest.raises(SearchUnavailable):
        publish(own, ("退款", "到账"))
    with reading(parts.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(IndexEntry)) == 0
    backend.broken = False
    assert not audit(own).ok
    assert sync_articles(own, [1]) == SyncReport(written=1)
    assert audit(own).ok


def test_the_audit_tells_missing_stale_and_extra_apart_and_repairs_nothing(
    parts: IndexParts,
) -> None:
    """O2: `wenda audit` proves that index = database."""
    kept, changed, gone = publish(parts, ("一", "甲"), ("二", "乙"), ("三", "丙"))
    with unit_of_work(parts.database) as session:
        session.get_one(Article, changed).title = "新"
        session.get_one(Article, gone).status = ArticleStatus.DRAFT
        session.execute(sa.delete(IndexEntry).where(IndexEntry.doc_id == f"a:{kept}"))
    for _ in range(2):
        report = audit(parts)
        assert not report.ok
        assert report.backend.stale == report.entries.stale == (f"a:{changed}",)
        assert report.backend.extra == report.entries.extra == (f"a:{gone}",)
        assert report.entries.missing == (f"a:{kept}",)
        assert report.backend.missing == ()


def test_a_rebuild_makes_index_and_database_equal_and_keeps_vectors(parts: IndexParts) -> None:
    """O2: rebuild without downtime."""
    _kept, changed, gone = publish(parts, ("一", "甲"), ("二", "乙"), ("三", "丙"))
    with unit_of_work(parts.database) as session:
        session.get_one(Article, changed).title = "新"
        session.get_one(Article, gone).status = ArticleStatus.DRAFT
    told: list[tuple[int, int]] = []
    report = rebuild(parts, lambda done, total: told.append((done, total)))
    assert (report.built, report.caught_up, report.audit.ok) == (2, 0, True)
    assert told == [(1, 2), (2, 2)]
    assert report.audit.unencoded == 1
    assert found_ids(SearchEngine(parts), "新") == [changed]


def test_a_rebuild_catches_up_with_what_changed_meanwhile(parts: IndexParts) -> None:
    """O2: an edit during the build is not lost."""
    first, second = publish(parts, ("一", "甲"), ("二", "乙"))

    def edit(done: int, _total: int) -> None:
        if done == 2:
            with unit_of_work(parts.database) as session:
                session.get_one(Article, first).title = "发货"
            sync_articles(parts, [first])

    report = rebuild(parts, edit)
    assert report.audit.ok
    assert report.caught_up == 1
    assert found_ids(SearchEngine(parts), "发货") == [first]
    assert second in found_ids(SearchEngine(parts), "二")


@pytest.mark.parametrize("harm", ["missing", "pointer", "segment", "meta", "version"])
def test_a_lost_or_broken_index_asks_for_a_rebuild(
    parts: IndexParts, tmp_path: Path, harm: str
) -> None:
    """O2: start-up notices and builds anew."""
    (article_id,) = publish(parts, ("退款", "到账"))
    assert not needs_rebuild(parts)
    folder = tmp_path / "index"
    generation = folder / (folder / "CURRENT").read_text()
    if harm == "missing":
        (folder / "CURRENT").unlink()
    elif harm == "pointer":
        (folder / "CURRENT").write_bytes(b"\xff../../etc")
    elif harm == "segment":
        for part in generation.glob("*.store"):
            os.truncate(part, 3)
    elif harm == "meta":
        (generation / "meta.json").write_text("{}")
    else:
        (generation / "identity").write_text("format-0")
    fresh = replace(parts, backend=EmbeddedBackend(folder))
    assert needs_rebuild(fresh)
    if harm != "version":
        with pytest.raises(SearchUnavailable):
            audit(fresh)
    assert rebuild(fresh).audit.ok
    assert not needs_rebuild(fresh)
    assert found_ids(SearchEngine(fresh), "退款") == [article_id]


def test_two_rebuilds_at_once_are_refused(parts: IndexParts, tmp_path: Path) -> None:
    """O2."""
    publish(parts, ("退款", "到账"))

    def again(_done: int, _total: int) -> None:
        with pytest.raises(SearchUnavailable, match="already running"):
            EmbeddedBackend(tmp_path / "index").rebuild([], INDEX_IDENTITY)

    assert rebuild(parts, again).audit.ok


WRITER = """
import sys
from pathlib import Path
from indexer.backend import Changes, TermDocument
from indexer.document import DocKind, doc_id_of
from indexer.embedded_backend import EmbeddedBackend
backend = EmbeddedBackend(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), 10_000):
    document = TermDocument(doc_id_of(DocKind.ARTICLE, number), DocKind.ARTICLE, ("退款",),
                            ("到账",) * 50, frozenset({"public"}), (), (), str(number))
    backend.apply(Changes((document,)))
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_it_had_finished(tmp_path: Path) -> None:
    """O2: kill -9 at any moment; the next writer goes on."""
    folder = tmp_path / "index"
    EmbeddedBackend(folder).rebuild([], INDEX_IDENTITY)
    finished = -1
    for delay in (0.0, 0.03, 0.07):
        command = [sys.executable, "-c", WRITER, str(folder), str(finished + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            finished = int(writer.stdout.readline())
            time.sleep(delay)
            os.kill(writer.pid, signal.SIGKILL)
            finished = max([finished, *map(int, writer.stdout.read().split())])
        survivor = EmbeddedBackend(folder)
        stored = set(survivor.fingerprints())
        assert {f"a:{number}" for number in range(finished + 1)} <= stored
        assert survivor.healthy()


def test_a_second_writer_waits_and_then_says_that_it_cannot(
    parts: IndexParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1: one writer at a time."""
    from indexer import embedded_backend

    publish(parts, ("退款", "到账"))
    folder = tmp_path / "index"
    generation = folder / (folder / "CURRENT").read_text()
    import tantivy

    holder = tantivy.Index.open(str(generation)).writer(15_000_000, 1)
    monkeypatch.setattr(embedded_backend, "WRITER_WAIT_SECONDS", 0.2)
    with pytest.raises(SearchUnavailable, match="another process"):
        publish(parts, ("换货", "补寄"))
    holder.wait_merging_threads()
    assert sync.sync_articles(parts, [2]) == SyncReport(written=1)
