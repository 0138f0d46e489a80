"""The read side: finding, suggesting, degrading (K1 K2 K4 K11)."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from indexer.backend import SearchFilter, SearchRequest
from indexer.document import DocKind
from indexer.encoder import EncoderMissing
from indexer.search import IndexParts, SearchEngine
from indexer.sync import sync_articles
from models import ArticleStats, Category, unit_of_work, utcnow
from tests.factories import make_article
from tests.fakes import MemoryBackend, WordEncoder
from tests.indexer.conftest import PUBLIC, found_ids, publish

HELP = (
    ("重置登录密码", "在登录页点击忘记密码，收短信后设置新密码。"),
    ("更换绑定的手机号", "旧手机号还能用时，在设置里更换。"),
    ("退款多久到账", "退款原路返回，一般 1 到 5 个工作日到账。"),
    ("门锁离线怎么恢复", "检查网关 G2 与 2.4GHz Wi-Fi，再看错误码 E-103。"),
    ("摄像头离线怎么恢复", "检查电源与 Wi-Fi。"),
)
HOSTILE = (
    "",
    "   ",
    "😀🎉",
    "\x00\x01\x02",
    "\ud800",
    "'; DROP TABLE article; --",
    "<script>alert(1)</script>",
    "title:(密码 AND *",
    "密" * 10_000,
    "\u202e\u200b",
)


@pytest.fixture
def engine(parts: IndexParts) -> SearchEngine:
    """An engine over HELP."""
    publish(parts, *HELP)
    return SearchEngine(parts)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("忘記密碼了怎麼辦", 0),
        ("ＭＩＭＡ", 0),
        ("退款啥时候到", 2),
        ("e103", 3),
        ("换手机号", 1),
    ],
)
def test_it_finds_what_was_meant_first(
    parts: IndexParts, engine: SearchEngine, text: str, title: int
) -> None:
    """K1: traditional script, pinyin, codes, customers' words."""
    first = engine.search(SearchRequest(text, PUBLIC)).hits[0]
    assert first.kind is DocKind.ARTICLE
    assert first.ref_id == title + 1
    assert first.position == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_a_search(engine: SearchEngine, text: str) -> None:
    """K1: an answer or nothing, never an error."""
    result = engine.search(SearchRequest(text, PUBLIC))
    assert result.total >= len(result.hits) or not result.hits
    engine.suggest(text, PUBLIC, 5)
    engine.similar(text, PUBLIC, 5)


@pytest.mark.parametrize("text", ["", "  ", "😀", "\x00", "\ud800", "？！。"])
def test_a_text_without_words_finds_nothing(engine: SearchEngine, text: str) -> None:
    """K1."""
    result = engine.search(SearchRequest(text, PUBLIC))
    assert (result.hits, result.total, result.degraded) == ((), 0, "")


def test_the_parts_of_a_score_add_up(engine: SearchEngine) -> None:
    """The results page explains the order."""
    for hit in engine.search(SearchRequest("忘记密码", PUBLIC)).hits:
        assert hit.relevance == pytest.approx(hit.lexical + hit.semantic)
        assert hit.score == pytest.approx(hit.relevance * (1 + 0.25 * hit.prior))
        assert 0 <= hit.prior <= 1


def test_pages_follow_each_other_without_doubles(parts: IndexParts) -> None:
    """K1."""
    publish(parts, *((f"离线处理 {n}", "设备离线") for n in range(25)))
    engine = SearchEngine(parts)
    pages = [
        engine.search(SearchRequest("设备离线", PUBLIC, offset, 10)) for offset in (0, 10, 20, 30)
    ]
    seen = [hit.ref_id for page in pages for hit in page.hits]
    assert len(seen) == len(set(seen)) == 25
    assert [hit.position for page in pages for hit in page.hits] == list(range(1, 26))
    assert {page.total for page in pages} == {25}


def test_it_shows_only_what_the_viewer_may_read(parts: IndexParts, engine: SearchEngine) -> None:
    """K11: in results, suggestions and counts alike."""
    publish(parts, ("密码规则（内部）", "密码"), keys=("staff",))
    engine.refresh()
    staff = SearchFilter(frozenset({"staff", "public"}))
    assert 6 not in [hit.ref_id for hit in engine.search(SearchRequest("密码规则", PUBLIC)).hits]
    assert 6 not in [hit.ref_id for hit in engine.suggest("密码规则", PUBLIC, 9)]
    assert engine.search(SearchRequest("密码规则", staff)).hits[0].ref_id == 6


def test_a_category_holds_what_lies_below_it(parts: IndexParts) -> None:
    """K2."""
    with unit_of_work(parts.database) as session:
        above = Category(slug="a", name="售后")
        session.add(above)
        session.flush()
        below = Category(slug="b", name="退款", parent_id=above.id)
        session.add(below)
        session.flush()
        inside = make_article(session, "退款到账时间")
        inside.category_id = below.id
        outside = make_article(session, "退款说明")
        ids = [inside.id, outside.id]
        above_id = above.id
    sync_articles(parts, ids)
    engine = SearchEngine(parts)
    assert found_ids(engine, "退款", replace(PUBLIC, category_id=above_id)) == ids[:1]


def test_votes_change_the_next_search_within_a_second(parts: IndexParts) -> None:
    """K4."""
    publish(parts, ("设备离线怎么办", "重启"), ("设备离线怎么办", "重启"))
    engine = SearchEngine(parts)
    first, second = found_ids(engine, "设备离线")
    with unit_of_work(parts.database) as session:
        session.add(ArticleStats(article_id=second, helpful=1, changed_at=utcnow()))
    deadline = time.monotonic() + 1.0
    order: list[int] = []
    while order != [second, first] and time.monotonic() < deadline:
        result = engine.search(SearchRequest("设备离线", PUBLIC))
        order = [hit.ref_id for hit in result.hits]
    assert order == [second, first]


def test_similar_texts_are_not_ordered_by_votes(parts: IndexParts) -> None:
    """K9: duplicates are a matter of meaning."""
    first, second = publish(parts, ("设备离线怎么办", "重启"), ("离线", "别的内容"))
    with unit_of_work(parts.database) as session:
        session.add(ArticleStats(article_id=second, helpful=500, changed_at=utcnow()))
    engine = SearchEngine(parts)
    hits = engine.similar("设备离线怎么办", PUBLIC, 5)
    assert hits[0].ref_id == first
    assert hits[0].score == pytest.approx(hits[0].relevance)


@pytest.mark.parametrize(
    ("typed", "title"),
    [("密", 0), ("mi", 0), ("mim", 0), ("denglum", 0), ("退", 2), ("tuik", 2), ("重置登", 0)],
)
def test_it_suggests_while_a_word_is_being_typed(
    engine: SearchEngine, typed: str, title: int
) -> None:
    """K1: answers appear while typing, also half a syllable."""
    assert engine.suggest(typed, PUBLIC, 3)[0].ref_id == title + 1


def test_without_the_backend_meaning_still_finds(engine: SearchEngine) -> None:
    """O1: Elasticsearch down: search is limited, not gone."""
    broken = MemoryBackend()
    limited = SearchEngine(replace(engine.parts, backend=broken))
    result = limited.search(SearchRequest("退款多久到账", PUBLIC))
    assert result.degraded == "backend"
    assert result.hits[0].ref_id == 3
    assert limited.suggest("退款多久", PUBLIC, 3)[0].ref_id == 3


def test_without_backend_and_encoder_it_finds_nothing_and_says_so(wordless: IndexParts) -> None:
    """No exception either."""
    publish(wordless, *HELP)
    engine = SearchEngine(replace(wordless, backend=MemoryBackend()))
    result = engine.search(SearchRequest("退款", PUBLIC))
    assert (result.hits, result.degraded) == ((), "backend")


def test_without_an_encoder_words_decide(wordless: IndexParts) -> None:
    """O1: encoder `none` is a choice, not a fault."""
    publish(wordless, *HELP)
    result = SearchEngine(wordless).search(SearchRequest("退款到账", PUBLIC))
    assert result.hits[0].ref_id == 3
    assert result.degraded == ""
    assert result.hits[0].semantic == 0


class LostEncoder(WordEncoder):
    """Worked at start, fails from then on."""

    lost = False

    def queries(self, texts):  # type: ignore[no-untyped-def]  # same as above it
        """See Encoder."""
        if self.lost:
            raise EncoderMissing("the model file is gone")
        return super().queries(texts)


def test_a_lost_encoder_limits_search_and_says_so(parts: IndexParts) -> None:
    """The words still work."""
    encoder = LostEncoder()
    own = replace(parts, encoder=encoder)
    publish(own, *HELP)
    engine = SearchEngine(own)
    engine.refresh()
    encoder.lost = True
    result = engine.search(SearchRequest("退款到账", PUBLIC))
    assert result.degraded == "encoder"
    assert result.hits[0].ref_id == 3


def test_deep_matches_are_found_though_words_alone_rank_them_low(parts: IndexParts) -> None:
    """The first look takes 128 documents; the prior and meaning may need more."""
    ids = publish(parts, *(("登录失败处理", f"登录 失败 {n}") for n in range(300)))
    with unit_of_work(parts.database) as session:
        session.add(ArticleStats(article_id=ids[-1], helpful=90, heat=50.0, changed_at=utcnow()))
    engine = SearchEngine(parts)
    assert found_ids(engine, "登录失败")[0] == ids[-1]


def test_a_repeated_search_costs_the_backend_nothing_until_something_changes(
    parts: IndexParts,
) -> None:
    """K1 K4: answers are remembered, and forgotten by the next change."""
    backend = MemoryBackend()
    backend.rebuild((), "")
    parts = replace(parts, backend=backend)
    publish(parts, *HELP)
    engine = SearchEngine(parts)
    engine.refresh()
    first = engine.search(SearchRequest("退款", PUBLIC))
    asked = backend.searches
    again = engine.search(SearchRequest("退款", PUBLIC))
    assert backend.searches == asked
    assert again.hits == first.hits
    [news] = publish(parts, ("退款进度查询", "在订单里看退款进度。"))
    engine.refresh()
    assert news in [hit.ref_id for hit in engine.search(SearchRequest("退款", PUBLIC)).hits]


def test_what_is_remembered_for_one_reader_is_not_told_another(
    parts: IndexParts, engine: SearchEngine
) -> None:
    """K11."""
    staff_only = replace(PUBLIC, access_keys=frozenset({"staff"}))
    assert engine.search(SearchRequest("退款", PUBLIC)).hits
    assert not engine.search(SearchRequest("退款", staff_only)).hits
    assert not engine.suggest("退款", staff_only, 5)
