"""The site's dictionary: adding, changing, deleting, lists, and what search makes of it (K1)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from indexer.backend import SearchFilter, SearchRequest
from kb_app import indexing, jobs, recutting, word_lists, word_pages, words
from kb_app.errors import EditConflict, InvalidInput, NotAllowed, NotFound, SignInNeeded
from kb_app.ports import Ports
from kb_app.word_pages import WordsFilter
from kb_app.words import WordInput
from models import (
    PUBLIC_KEY,
    AuditEntry,
    Job,
    JobKind,
    Product,
    WordKind,
    enqueue,
    reading,
    unit_of_work,
    words_cut_by,
)
from tests.conftest import People
from tests.factories import publish_articles

SAME, WORD, ONE_WAY = WordKind.SAME, WordKind.WORD, WordKind.ONE_WAY
LIST = """类型,词语
专用词,小屿网关
同义词,咖宝,咖啡机
单向同义词,座机,电话
静音模式
手环 = 腕带
话筒 => 电话
# 说明
！！！
同义词,只有一个
"""


def add(ports: Ports, people: People, kind: WordKind, typed: str) -> tuple[int, ...]:
    """Lines added by the content manager."""
    return words.add(ports, people.linzhixia, WordInput(kind, typed))


def listed(ports: Ports, people: People, **wanted: str) -> list[str]:
    """The dictionary as shown, each line's words joined."""
    page = word_pages.words(ports, people.linzhixia, WordsFilter(**wanted))  # type: ignore[arg-type]  # all text
    return ["=".join(word.text for word in row.words) for row in page.rows]


def titles(ports: Ports, text: str) -> list[int]:
    """The articles found, best first, with the words as they are now."""
    ports.engine.parts.words.now()
    request = SearchRequest(text, SearchFilter(frozenset({PUBLIC_KEY})))
    return [hit.ref_id for hit in ports.engine.search(request).hits]


def test_a_group_is_searched_by_at_once(ports: Ports, people: People) -> None:
    """K1: 小黑 finds the article on 咖啡机; taken out, it no longer does; undone, it does."""
    article, _ = publish_articles(ports, ("咖啡机的清洁", "每周一次"), ("门锁没有电", "请更换电池"))
    assert titles(ports, "小黑") == []
    (entry,) = add(ports, people, SAME, "小黑 = 咖啡机")
    assert titles(ports, "小黑") == [article]
    words.delete(ports, people.linzhixia, entry, 1)
    assert titles(ports, "小黑") == []
    words.restore(ports, people.linzhixia, entry)
    words.restore(ports, people.linzhixia, entry)
    assert titles(ports, "小黑") == [article]


def test_a_new_word_cuts_the_index_anew_in_the_background(ports: Ports, people: People) -> None:
    """K1: the change writes its job; the worker heals what the audit calls stale."""
    publish_articles(ports, ("小屿网关离线", ""), ("门锁没有电", ""))
    add(ports, people, WORD, "小屿网关")
    assert indexing.audit(ports).stale == 1
    jobs.drain(ports)
    assert indexing.audit(ports).ok
    with reading(ports.database) as session:
        assert words_cut_by(session) == ports.engine.parts.words.now().cut_name != ""


def test_a_product_that_was_renamed_is_noticed(ports: Ports) -> None:
    """K1: no form tells of it; a worker's look does."""
    publish_articles(ports, ("小屿网关离线", ""))
    with unit_of_work(ports.database) as session:
        session.add(Product(slug="g2", name="小屿网关"))
    ports.engine.parts.words.now()
    for _ in range(2):
        recutting.notice(ports)
    with reading(ports.database) as session:
        assert session.query(Job).filter_by(kind=JobKind.CUT_ANEW).count() == 1
    jobs.drain(ports)
    assert indexing.audit(ports).ok


def test_a_synonym_alone_touches_no_index(ports: Ports, people: People) -> None:
    """K1: synonyms matter to questions only."""
    add(ports, people, SAME, "咖宝 = 咖啡机")
    with reading(ports.database) as session:
        assert session.scalar(sa.select(Job.id).where(Job.kind == JobKind.CUT_ANEW)) is None


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        (WORD, "", "empty"),
        (WORD, "网", "word_too_short"),
        (WORD, "！！", "letterless"),
        (WORD, "网" * 41, "word_too_long"),
        (SAME, "手机号", "few"),
        (SAME, "ＡＰＰ、app", "few"),
        (ONE_WAY, "座机", "few"),
        (SAME, "、".join(f"词{n}" for n in range(13)), "many"),
    ],
)
def test_a_bad_line_is_refused(
    ports: Ports, people: People, kind: WordKind, typed: str, code: str
) -> None:
    """K1: length, a letter or hanzi at least, two different words in a group."""
    with pytest.raises(InvalidInput) as refused:
        add(ports, people, kind, typed)
    assert (refused.value.field, refused.value.code) == ("words", code)
    assert listed(ports, people) == []


def test_the_same_line_is_not_there_twice(ports: Ports, people: People) -> None:
    """K1: order, script and width make no difference."""
    add(ports, people, SAME, "軟體 = 软件包")
    with pytest.raises(InvalidInput, match="known"):
        add(ports, people, SAME, "软件包、软体")
    assert len(add(ports, people, WORD, "小屿网关\n静音模式\n小嶼網關")) == 2
    with pytest.raises(InvalidInput, match="known"):
        add(ports, people, WORD, "小屿网关")


def test_a_deleted_line_comes_back_when_added_again(ports: Ports, people: People) -> None:
    (entry,) = add(ports, people, WORD, "小屿网关")
    words.delete(ports, people.linzhixia, entry, 1)
    assert add(ports, people, WORD, "小屿网关") == (entry,)
    assert listed(ports, people) == ["小屿网关"]


def test_the_second_of_two_changes_is_told(ports: Ports, people: People) -> None:
    """K6: nobody overwrites anybody."""
    (entry,) = add(ports, people, WORD, "小屿网关")
    words.save(ports, people.linzhixia, entry, WordInput(WORD, "小屿中枢网关", 1))
    with pytest.raises(EditConflict):
        words.save(ports, people.linzhixia, entry, WordInput(WORD, "网关中枢", 1))
    with pytest.raises(EditConflict):
        words.delete(ports, people.linzhixia, entry, 1)
    assert listed(ports, people) == ["小屿中枢网关"]
    with pytest.raises(NotFound):
        words.delete(ports, people.linzhixia, 404, 1)


def test_a_change_into_a_known_line_is_refused(ports: Ports, people: People) -> None:
    """One that was deleted makes room."""
    first, second = add(ports, people, WORD, "小屿网关\n静音模式")
    with pytest.raises(InvalidInput, match="known"):
        words.save(ports, people.linzhixia, second, WordInput(WORD, "小屿网关", 1))
    words.delete(ports, people.linzhixia, first, 1)
    words.save(ports, people.linzhixia, second, WordInput(WORD, "小屿网关", 1))
    assert listed(ports, people) == ["小屿网关"]


def test_only_content_managers_touch_it(ports: Ports, people: People) -> None:
    """O3: every door of the dictionary."""
    for viewer, refusal in ((people.abo, NotAllowed), (people.passer_by, SignInNeeded)):
        for deed in (
            lambda v: words.add(ports, v, WordInput(WORD, "小屿网关")),
            lambda v: words.save(ports, v, 1, WordInput(WORD, "小屿网关", 1)),
            lambda v: words.delete(ports, v, 1, 1),
            lambda v: words.restore(ports, v, 1),
            lambda v: word_pages.words(ports, v, WordsFilter()),
            lambda v: word_pages.word(ports, v, 1),
            lambda v: word_lists.check_list(ports, v, "静音模式"),
            lambda v: word_lists.take_in(ports, v, "静音模式"),
            lambda v: word_lists.give_out(ports, v),
        ):
            with pytest.raises(refusal):
                deed(viewer)


def test_every_change_is_in_the_log(ports: Ports, people: People) -> None:
    """O3: who did what."""
    (entry,) = add(ports, people, WORD, "小屿网关")
    words.save(ports, people.linzhixia, entry, WordInput(WORD, "小屿中枢", 1))
    words.delete(ports, people.linzhixia, entry, 2)
    words.restore(ports, people.linzhixia, entry)
    with reading(ports.database) as session:
        rows = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert rows == ["words.add", "words.save", "words.delete", "words.restore"]


def test_it_tells_in_how_many_articles_a_word_occurs(ports: Ports, people: People) -> None:
    """K1: as far as the reader may read."""
    publish_articles(ports, ("小屿网关离线", ""), ("小屿网关重置", ""), ("网关在小屿", ""))
    add(ports, people, WORD, "小屿网关")
    add(ports, people, SAME, "离线 = 掉线 = 断开云端")
    jobs.drain(ports)
    page = word_pages.words(ports, people.linzhixia, WordsFilter())
    counts = {word.text: word.articles for row in page.rows for word in row.words}
    assert counts == {"小屿网关": 2, "离线": 1, "掉线": 0, "断开云端": 0}


def test_the_list_is_searched_and_told_by_kind(ports: Ports, people: People) -> None:
    add(ports, people, WORD, "小屿网关")
    add(ports, people, SAME, "咖宝 = 咖啡机")
    assert listed(ports, people, query="網關") == ["小屿网关"]
    assert listed(ports, people, selected="same") == ["咖宝=咖啡机"]
    assert listed(ports, people, query="没有") == []


def test_it_shows_how_a_sentence_is_cut(ports: Ports, people: People) -> None:
    """K1: own words and what else is looked for."""
    add(ports, people, WORD, "小屿网关")
    add(ports, people, SAME, "咖宝 = 咖啡机")
    page = word_pages.words(ports, people.linzhixia, WordsFilter(sentence="小屿网关和咖宝连不上"))
    assert page.preview is not None
    assert [piece.text for piece in page.preview.pieces if piece.own] == ["小屿网关"]
    meant = {one.typed: one.others for one in page.preview.meant}
    assert meant["咖宝"] == ("咖啡机",)
    assert "无法连接" in meant["连不上"]


def test_a_list_is_tried_before_it_counts(ports: Ports, people: People) -> None:
    """K1: faults by line, nothing written."""
    report = word_lists.check_list(ports, people.linzhixia, LIST)
    assert [line.words[0] for line in report.fresh] == [
        "小屿网关", "咖宝", "座机", "静音模式", "手环", "话筒",
    ]  # fmt: skip
    assert [(fault.number, fault.code) for fault in report.faults] == [
        (9, "letterless"),
        (10, "few"),
    ]
    assert listed(ports, people) == []


def test_a_list_taken_in_twice_changes_nothing(ports: Ports, people: People) -> None:
    """K1: idempotent; what comes out goes in again."""
    assert word_lists.take_in(ports, people.linzhixia, LIST) == 6
    assert word_lists.take_in(ports, people.linzhixia, LIST) == 0
    given = word_lists.give_out(ports, people.linzhixia)
    report = word_lists.check_list(ports, people.linzhixia, given)
    assert (report.fresh, report.known, report.faults) == ((), 6, ())


def test_a_downloaded_cell_is_no_formula(ports: Ports, people: People) -> None:
    """O3: spreadsheets take =, +, - and @ at the start for one."""
    add(ports, people, WORD, "@小屿")
    given = word_lists.give_out(ports, people.linzhixia)
    assert "'@小屿" in given
    assert word_lists.check_list(ports, people.linzhixia, given).known == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_file_is_read_in_the_encodings_people_have(encoding: str) -> None:
    """K14."""
    assert word_lists.decoded("小屿网关,静音".encode(encoding)) == "小屿网关,静音"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty"), (b"\xff\x00\x81\xff", "encoding"), (b"a" * 1_000_001, "too_long")],
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        word_lists.decoded(content)
    assert refused.value.code == code


def test_many_changes_in_a_row_make_one_pass(ports: Ports, people: People) -> None:
    """K1 O2: what begins while the same words are being brought in leaves it to that."""
    publish_articles(ports, ("小屿网关离线", ""))
    add(ports, people, WORD, "小屿网关")
    present = ports.engine.parts.words.now().cut_name
    with unit_of_work(ports.database) as session:
        enqueue(session, JobKind.CUT_ANEW, name=present, after=0)
    recutting.cut_anew(ports, "", recutting.START)
    assert indexing.audit(ports).stale == 1
    jobs.drain(ports)
    assert indexing.audit(ports).ok


def test_two_people_may_send_one_list_at_once(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K1 O1: the database refuses the second writer; that one takes in what is left."""
    written = words.add_lines

    def beaten(*told: object) -> tuple[int, ...]:
        monkeypatch.setattr(word_lists, "add_lines", written)
        raise IntegrityError("", None, Exception())

    monkeypatch.setattr(word_lists, "add_lines", beaten)
    assert word_lists.take_in(ports, people.linzhixia, LIST) == 6


def test_a_slow_index_leaves_words_uncounted(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K1 O2: the page does not wait for hundreds of counts."""
    add(ports, people, WORD, "小屿网关")
    monkeypatch.setattr(word_pages, "COUNT_SECONDS", -1.0)
    [row] = word_pages.words(ports, people.linzhixia, WordsFilter()).rows
    assert [word.articles for word in row.words] == [None]
