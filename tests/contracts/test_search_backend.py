"""What every search backend must do (O1): embedded, Elasticsearch, and the fake alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.analysis import query_terms, terms, title_terms, typed_prefixes
from indexer.backend import (
    MAX_EXPANSIONS,
    Changes,
    ScoredDoc,
    SearchBackend,
    SearchFilter,
    SearchUnavailable,
    Term,
    TermDocument,
    TermQuery,
)
from indexer.document import DocKind, doc_id_of
from indexer.elasticsearch_backend import ElasticsearchBackend
from indexer.embedded_backend import EmbeddedBackend
from tests.fakes import MemoryBackend

PUBLIC = SearchFilter(frozenset({"public"}))
IDENTITY = "format-x"
TEXTS = {
    1: ("重置登录密码", "在登录页点击忘记密码，收到短信后设置新密码。"),
    2: ("更换绑定的手机号", "旧手机号还能用时，在设置里更换。"),
    3: ("退款多久到账", "退款原路返回，一般 1 到 5 个工作日到账。"),
    4: ("门锁离线怎么恢复", "检查网关 G2 与 2.4GHz Wi-Fi，再看提示 E-103。"),
    5: ("摄像头离线怎么恢复", "检查电源与 Wi-Fi 密码。"),
}


def term_document(ref_id: int, **changed: object) -> TermDocument:
    """One of TEXTS (or any words), public, in category 1, unless said otherwise."""
    title, body = TEXTS.get(ref_id, ("补充说明", "其他内容"))
    values: dict[str, object] = {
        "doc_id": doc_id_of(DocKind.ARTICLE, ref_id),
        "kind": DocKind.ARTICLE,
        "title_terms": title_terms(title),
        "body_terms": terms(body),
        "access_keys": frozenset({"public"}),
        "categories": (1,),
        "products": (),
        "fingerprint": f"print-{ref_id}",
    }
    return TermDocument(**{**values, **changed})  # type: ignore[arg-type]  # typed by the table


def asked(text: str, wanted: SearchFilter = PUBLIC, limit: int = 10) -> TermQuery:
    """A question as the product asks it."""
    return TermQuery(query_terms(text), wanted, limit)


def ids(backend: SearchBackend, query: TermQuery) -> list[str]:
    """The ids found, best first."""
    return [doc.doc_id for doc in backend.search(query)]


Maker = Callable[[], SearchBackend]


@pytest.fixture(
    params=["memory", "embedded", pytest.param("elasticsearch", marks=pytest.mark.server)]
)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    """Opens the same store, as one process after (or beside) another would."""
    opened: list[SearchBackend] = []
    memory = MemoryBackend()

    def open_backend() -> SearchBackend:
        if request.param == "memory":
            return memory
        if request.param == "embedded":
            backend: SearchBackend = EmbeddedBackend(tmp_path / "index")
        else:
            url = request.getfixturevalue("elasticsearch_url")
            backend = ElasticsearchBackend(url, request.getfixturevalue("elasticsearch_prefix"))
        opened.append(backend)
        return backend

    yield open_backend
    for backend in opened:
        backend.close()


@pytest.fixture
def empty(make: Maker) -> SearchBackend:
    """A store that was never built."""
    return make()


@pytest.fixture
def backend(make: Maker) -> SearchBackend:
    """A store with all of TEXTS."""
    built = make()
    assert built.rebuild([term_document(ref_id) for ref_id in TEXTS], IDENTITY) == len(TEXTS)
    return built


def test_a_store_never_built_says_so_and_does_not_answer(empty: SearchBackend) -> None:
    """O2: start-up sees that a rebuild is needed."""
    assert not empty.healthy()
    assert empty.identity() == ""
    with pytest.raises(SearchUnavailable):
        empty.search(asked("密码"))
    with pytest.raises(SearchUnavailable):
        empty.apply(Changes(deletes=("a:1",)))


def test_a_built_store_is_healthy_and_knows_its_version(backend: SearchBackend) -> None:
    """O2."""
    assert backend.healthy()
    assert backend.identity() == IDENTITY


def test_it_finds_by_any_word_and_ranks_the_fuller_match_first(backend: SearchBackend) -> None:
    """K1."""
    found = backend.search(asked("忘记密码了"))
    assert [doc.doc_id for doc in found] == ["a:1", "a:5"]
    assert found[0].score > found[1].score > 0


@pytest.mark.parametrize("text", ["e-103", "E103", "g2", "2.4ghz", "wifi", "ＷＩＦＩ"])
def test_it_finds_codes_and_model_names_however_they_are_written(
    backend: SearchBackend, text: str
) -> None:
    """K1: full and half width, with and without hyphen."""
    assert "a:4" in ids(backend, asked(text))


def test_it_finds_a_title_by_pinyin_and_by_half_a_word(backend: SearchBackend) -> None:
    """K1: while a syllable is still being typed."""
    assert ids(backend, asked("mima")) == ["a:1"]
    half = TermQuery((), PUBLIC, 10, prefixes=typed_prefixes("tuik"))
    assert ids(backend, half) == ["a:3"]


def test_a_prefix_adds_its_plain_weight_once(backend: SearchBackend) -> None:
    """However many words begin so, two backends give the same score."""
    query = TermQuery((), PUBLIC, 10, prefixes=(Term("离", 0.5),))
    found = backend.search(query)
    assert [doc.doc_id for doc in found] == ["a:4", "a:5"]
    assert [doc.score for doc in found] == pytest.approx([0.5, 0.5])


def test_a_field_without_weight_is_not_searched(backend: SearchBackend) -> None:
    """Suggestions look at titles."""
    query = TermQuery(query_terms("短信"), PUBLIC, 10, body_weight=0.0)
    assert ids(backend, query) == []


def test_weights_scale_scores(backend: SearchBackend) -> None:
    """Meaning lives in the query, not in the backend."""
    once = backend.search(TermQuery((Term("退款", 1.0),), PUBLIC, 10))
    thrice = backend.search(TermQuery((Term("退款", 3.0),), PUBLIC, 10))
    assert thrice[0].score == pytest.approx(3 * once[0].score, rel=1e-3)


def test_among_names_the_only_documents_that_come_back(backend: SearchBackend) -> None:
    """The exact stop test asks for named documents."""
    query = TermQuery(query_terms("离线密码"), PUBLIC, 10, among=("a:5", "a:2"))
    whole = {doc.doc_id: doc.score for doc in backend.search(asked("离线密码"))}
    found = backend.search(query)
    assert [doc.doc_id for doc in found] == ["a:5"]
    assert found[0].score == pytest.approx(whole["a:5"], rel=1e-5)


def test_nothing_asked_finds_nothing(backend: SearchBackend) -> None:
    """K1: emoji or nothing at all."""
    assert backend.search(asked("😀")) == []
    assert backend.search(asked("密码", limit=0)) == []


def test_the_filter_holds_for_access_kind_category_and_product(backend: SearchBackend) -> None:
    """K2 K11: any one of the viewer's keys opens; nodes above match too."""
    staff = term_document(11, title_terms=terms("密码规则"), access_keys=frozenset({"staff"}))
    question = term_document(
        12, doc_id="q:12", kind=DocKind.QUESTION, title_terms=terms("密码"), products=(7,)
    )
    deep = term_document(13, title_terms=terms("密码提示"), categories=(1, 4), products=(7, 8))
    backend.apply(Changes((staff, question, deep)))

    def found(**wanted: object) -> set[str]:
        values: dict[str, object] = {"access_keys": frozenset({"public"}), **wanted}
        only = SearchFilter(**values)  # type: ignore[arg-type]  # typed by the table
        return set(ids(backend, asked("密码", only)))

    assert found() == {"a:1", "a:5", "a:13"}
    assert found(access_keys=frozenset({"staff", "customer"})) == {"a:11"}
    assert found(access_keys=frozenset({"nobody"})) == set()
    assert found(access_keys=frozenset()) == set()
    assert found(kinds=frozenset(DocKind)) == {"a:1", "a:5", "a:13", "q:12"}
    assert found(category_id=4) == {"a:13"}
    assert found(kinds=frozenset(DocKind), product_id=7) == {"a:13", "q:12"}


def test_a_changed_document_replaces_itself(backend: SearchBackend) -> None:
    """K1: no doubles after an edit, whatever is repeated."""
    changed = term_document(3, title_terms=terms("运费由谁承担"), fingerprint="new")
    for _ in range(2):
        backend.apply(Changes((changed,), ("a:2", "a:99")))
    assert ids(backend, asked("运费")) == ["a:3"]
    assert ids(backend, asked("手机号")) == []
    assert backend.fingerprints() == {
        "a:1": "print-1",
        "a:3": "new",
        "a:4": "print-4",
        "a:5": "print-5",
    }


def test_another_process_sees_a_change_and_a_rebuild(make: Maker, backend: SearchBackend) -> None:
    """O1: one writes, all follow."""
    reader = make()
    assert ids(reader, asked("运费")) == []
    backend.apply(Changes((term_document(6, title_terms=terms("运费说明")),)))
    _eventually(lambda: ids(reader, asked("运费")) == ["a:6"])
    assert backend.rebuild([term_document(1)], "format-y") == 1
    _eventually(lambda: reader.identity() == "format-y" and ids(reader, asked("退款")) == [])
    assert ids(reader, asked("密码")) == ["a:1"]


def test_a_failed_rebuild_leaves_the_live_index_alone(backend: SearchBackend) -> None:
    """O2: the old index serves until the new one is whole."""

    def breaking() -> Iterator[TermDocument]:
        yield term_document(1)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        backend.rebuild(breaking(), "format-y")
    assert backend.identity() == IDENTITY
    assert ids(backend, asked("退款")) == ["a:3"]
    assert backend.rebuild([], "format-z") == 0
    assert backend.search(asked("退款")) == []


def _eventually(holds: Callable[[], bool], seconds: float = 1.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "not seen within a second"
        time.sleep(0.02)


@pytest.mark.server
def test_both_engines_give_the_same_order_and_scores(
    tmp_path: Path, elasticsearch_url: str, elasticsearch_prefix: str
) -> None:
    """O1: moving from one machine to many changes no result."""
    documents = [
        term_document(
            ref_id, title_terms=terms(title * (ref_id % 3 + 1)), body_terms=terms(body * ref_id)
        )
        for ref_id, (title, body) in enumerate(list(TEXTS.values()) * 6, start=1)
    ]
    engines: list[SearchBackend] = [
        EmbeddedBackend(tmp_path / "index"),
        ElasticsearchBackend(elasticsearch_url, elasticsearch_prefix),
        MemoryBackend(),
    ]
    paged = [
        with_pages(document, 7 * (n % 3)) if n % 2 else document
        for n, document in enumerate(documents)
    ]
    for stored in (documents, paged):
        for engine in engines:
            engine.rebuild(stored, IDENTITY)
        for text in ("忘记密码了", "设备离线 wifi E-103", "退款什么时候到账", "第 3 页 QX-3"):
            embedded, elastic, memory = (
                engine.search(asked(text, limit=300)) for engine in engines
            )
            scores = [doc.score for doc in embedded]
            assert [doc.score for doc in elastic] == pytest.approx(scores, rel=1e-4)
            assert _places(embedded) == _places(elastic)
            # whose lengths are exact where the engines round them
            assert [doc.score for doc in memory] == pytest.approx(scores, rel=0.1)
            assert {doc[::2] for doc in memory} == {doc[::2] for doc in embedded}
    engines[1].close()


def _places(found: list[ScoredDoc]) -> list[tuple[str, int]]:
    return [(doc.doc_id, doc.part) for doc in found]


def test_it_finds_a_page_of_a_file_and_says_which(backend: SearchBackend) -> None:
    """K7: a page is matched by itself, belongs to its article, and leaves with it."""
    pages = (terms("安全须知 QX-701"), terms("复位孔在电池仓左侧，按住五秒 QX-702"))
    backend.apply(Changes(upserts=(term_document(1, parts=pages),)))
    word, first = (Term("qx702", 1.0),), (Term("qx701", 1.0),)
    found = backend.search(TermQuery(word, PUBLIC, 10))
    assert [(doc.doc_id, doc.part) for doc in found] == [("a:1", 2)]
    assert backend.search(TermQuery(word, PUBLIC, 10, among=("a:2",))) == []
    assert backend.fingerprints().keys() == {doc_id_of(DocKind.ARTICLE, i) for i in TEXTS}
    backend.apply(Changes(upserts=(term_document(1, parts=pages[:1]),)))
    assert backend.search(TermQuery(word, PUBLIC, 10)) == []
    assert ids(backend, TermQuery(first, PUBLIC, 10)) == ["a:1"]
    backend.apply(Changes(deletes=("a:1",)))
    assert backend.search(TermQuery(first, PUBLIC, 10)) == []


def test_it_builds_anew_with_the_pages_of_files(make: Maker) -> None:
    """K7 O2: a rebuild counts documents, and keeps their pages."""
    backend = make()
    pages = tuple(terms(f"第 {number} 页，代码 X{number}") for number in range(1, 301))
    assert backend.rebuild([term_document(1, parts=pages), term_document(2)], IDENTITY) == 2
    found = backend.search(asked("X277"))[0]
    assert (found.doc_id, found.part) == ("a:1", 277)


def with_pages(document: TermDocument, count: int) -> TermDocument:
    """The document with a file of so many pages, the last of them without words."""
    pages = [terms(f"第 {n} 页：重置密码与退款 {document.doc_id} QX-{n}") for n in range(1, count)]
    return replace(document, parts=(*pages, ()))


def test_pages_of_others_do_not_change_what_a_document_scores(backend: SearchBackend) -> None:
    """K7: fifty pages behind every other article take nothing from a match of a title."""
    whole = asked("忘记密码，退款多久", limit=1000)
    titles = TermQuery(query_terms("重置密码"), PUBLIC, 1000, body_weight=0.0)
    before = [backend.search(query) for query in (whole, titles)]
    others = [with_pages(term_document(ref_id), 50) for ref_id in TEXTS if ref_id != 1]
    assert backend.rebuild([term_document(1), *others], IDENTITY) == len(TEXTS)
    _same_documents(backend, (whole, titles), before)
    assert any(doc.part for doc in backend.search(whole))
    # engines count what was replaced until they merge; so replace one and the same twice
    backend.rebuild(map(term_document, TEXTS), IDENTITY)
    backend.apply(Changes((term_document(2),)))
    before = [backend.search(query) for query in (whole, titles)]
    backend.rebuild(map(term_document, TEXTS), IDENTITY)
    backend.apply(Changes((others[0],)))
    _same_documents(backend, (whole, titles), before)
    backend.apply(Changes((term_document(2),)))
    assert not any(doc.part for doc in backend.search(whole))


def _same_documents(
    backend: SearchBackend, queries: tuple[TermQuery, ...], before: list[list[ScoredDoc]]
) -> None:
    for query, known in zip(queries, before, strict=True):
        found = [doc for doc in backend.search(query) if doc.part == 0]
        assert [doc.doc_id for doc in found] == [doc.doc_id for doc in known]
        scores = [doc.score for doc in known]
        assert [doc.score for doc in found] == pytest.approx(scores, rel=1e-4)


def test_the_only_page_with_a_word_outranks_articles_with_common_ones(
    backend: SearchBackend,
) -> None:
    """K7: also where the whole site has a single page of a single file."""
    backend.apply(Changes((term_document(1, parts=(terms("怎么恢复 QX-702"),)),)))
    found = backend.search(asked("怎么恢复 QX-702"))
    assert (found[0].doc_id, found[0].part) == ("a:1", 1)
    alone = backend.search(TermQuery((Term("qx702", 1.0),), PUBLIC, 10))
    assert alone[0].score < 3 * backend.search(asked("网关"))[0].score


def test_a_prefix_stands_for_its_first_words_only(backend: SearchBackend) -> None:
    """K1: one letter does not fetch every title there is."""
    many = [
        term_document(100 + n, title_terms=(f"zz{n:03d}",), body_terms=("其他",))
        for n in range(MAX_EXPANSIONS + 6)
    ]
    backend.apply(Changes(tuple(reversed(many[6:]))))
    backend.apply(Changes(tuple(many[:6])))
    found = backend.search(TermQuery((), PUBLIC, 1000, prefixes=(Term("zz", 0.5),)))
    assert {doc.doc_id for doc in found} == {doc.doc_id for doc in many[:MAX_EXPANSIONS]}
    assert {doc.score for doc in found} == {0.5}


def test_what_was_not_typed_never_outweighs_what_was(make: Maker) -> None:
    """K1: a stand-in is bound field by field, however rare it is in this index."""
    backend = make()
    common = [term_document(n, title_terms=(), body_terms=terms("退款说明")) for n in range(30, 40)]
    exact = term_document(50, title_terms=(), body_terms=terms("申请退款"))
    meant = term_document(51, title_terms=(), body_terms=terms("申请退钱"))
    backend.rebuild([*common, exact, meant], "v1")
    found = ids(backend, asked("申请退款", limit=20))
    assert found[:2] == ["a:50", "a:51"]
    heavy = Term("退钱", 50.0, (("退款", 0.6),), 0.5)
    typed = Term("退款", 0.6)
    scores = {d.doc_id: d.score for d in backend.search(TermQuery((typed, heavy), PUBLIC, 20))}
    assert 0 < scores["a:51"] < scores["a:50"]
