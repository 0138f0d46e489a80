"""Bodies as search shows them: sections, anchors, a bounded memory (K2)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb_app import body_texts
from kb_app.body_texts import BodyTexts, body_text
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.result_rows import FAR_DOWN, marked_passage
from models import Article, reading, unit_of_work
from tests.factories import publish_articles

LONG = (
    "# 说明\n\n" + "这里先讲别的事情。" * 40 + "\n\n## 1. 更换电池\n\n打开后盖，取出旧电池。\n\n"
    "```\n# 不是标题\n```\n\n## 恢复出厂设置\n\n长按 *重置键* 十秒，听到提示音后松开。\n\n"
    "## 更换电池\n\n备用锁的电池在侧面。\n"
)


def test_it_gives_the_anchors_of_the_page() -> None:
    """K2: a link to a part of an article lands there, repeated headings included."""
    there = [(heading.anchor, heading.text) for heading in render(LONG).headings]
    assert [(section.anchor, section.heading) for section in body_text(LONG).sections] == there
    assert len({anchor for anchor, _ in there}) == 4


def test_it_names_the_heading_above_the_passage() -> None:
    """K2: a long article answers with a passage and where it is from."""
    found = marked_passage(body_text(LONG), "重置键", 60)
    assert (found.anchor, found.heading) == ("恢复出厂设置", "恢复出厂设置")
    assert any(part.marked and "重置键" in part.text for part in found.text)


def test_it_links_to_the_top_when_the_passage_is_there() -> None:
    """K2: nobody is sent past the beginning they should read."""
    short = "# 说明\n\n长按重置键。"
    assert len(short) < FAR_DOWN
    assert marked_passage(body_text(short), "重置键", 60).anchor == ""


@given(st.text(max_size=400) | st.text(alphabet="# 一二\n`~-*1.", max_size=200))
def test_any_body_has_a_text(body: str) -> None:
    """K1: nothing written into an article raises, and sections lie within the text."""
    text = body_text(body)
    starts = [section.start for section in text.sections]
    assert starts == sorted(starts)
    marked_passage(text, body[:20] or "词", 40)


def test_it_reads_a_body_once_a_version(ports: Ports) -> None:
    """K11: a new version is a new text; an old one is never shown for it."""
    [article_id] = publish_articles(ports, ("电池", "旧的做法"))
    texts = BodyTexts()
    for body in ("旧的做法", "新的做法"):
        with unit_of_work(ports.database) as session:
            session.get_one(Article, article_id).body = body
        with reading(ports.database) as session:
            version = session.get_one(Article, article_id).version
            for _ in range(2):
                [text] = texts.of(session, {article_id: version}).values()
                assert text.folded.text == body


def test_it_forgets_the_longest_unused(ports: Ports) -> None:
    """O1: memory stays bounded however many articles are shown."""
    ids = publish_articles(ports, *((f"文章 {n}", "字" * 300) for n in range(6)))
    kept, body_texts.KEPT_CHARS = body_texts.KEPT_CHARS, 1_000
    try:
        texts = BodyTexts()
        with reading(ports.database) as session:
            for article_id in ids:
                texts.of(session, {article_id: 1})
        assert [key[0] for key in texts._texts] == list(ids[-3:])
    finally:
        body_texts.KEPT_CHARS = kept
