"""Knowledge gaps: found, ranked, written for, checked again, closed (K10 O3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from kb_app import articles, editing, voting
from kb_app.editor_pages import edit
from kb_app.errors import InvalidInput, NotAllowed, NotFound
from kb_app.escalation import Escalation, escalate
from kb_app.insight import finding, mending
from kb_app.insight.gaps import gap_page, gaps_page, progress
from kb_app.insight.unmet import Event, grouped, text_key
from kb_app.ports import Ports
from kb_app.questions import settle
from kb_app.search import SearchForm, find
from kb_app.usage import Origin
from models import (
    PUBLIC_KEY,
    Article,
    AuditEntry,
    GapSource,
    GapStatus,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
    visitor,
)
from tests.conftest import People
from tests.factories import make_article, publish_articles, settle_index
from tests.factories_insight import asked, make_gap, searching

ROW = "门锁装反了能不能左右换向"


def publish(ports: Ports, viewer: Viewer, article_id: int, title: str, body: str) -> None:
    """Finish a draft in the editor, publish it, and let the worker do its part."""
    version = edit(ports, viewer, article_id).version
    form = editing.ArticleInput(title, body, version=version)
    editing.save_and_publish(ports, viewer, article_id, form)
    settle_index(ports)
    settle_index(ports)


def titles(ports: Ports, lead: Viewer, view: str = "open") -> list[str]:
    return [card.title for card in gaps_page(ports, lead, view, 1).cards]


def test_it_finds_what_nobody_could_answer(ports: Ports, lead: Viewer, people: People) -> None:
    """K10: a ticket counts more than empty searches; one lonely search is no gap."""
    escalate(ports, people.xiaoai, asked(ports, people.xiaoai, ROW, "1"), Escalation("", ""))
    asked(ports, people.laochen, ROW + "？", "2")
    for person in "abc":
        searching(ports, person, "鱼缸加热棒")
    searching(ports, "a", "xyzw")
    finding.find_gaps(ports)
    cards = gaps_page(ports, lead, "open", 1).cards
    assert [card.title for card in cards] == [ROW, "鱼缸加热棒"]
    assert cards[0].saves > cards[1].saves > 0
    assert (cards[0].size, cards[1].size) == (2, 3)


def test_it_leaves_out_what_was_solved(ports: Ports, lead: Viewer, people: People) -> None:
    """K10: a question whose asker said 解决了 is no gap."""
    publish_articles(ports, ("忘记密码怎么办", "在登录页点忘记密码，按邮件重设。"))
    settle(ports, people.xiaoai, asked(ports, people.xiaoai, "忘记密码怎么办", "1"))
    finding.find_gaps(ports)
    assert titles(ports, lead) == []


def test_it_finds_the_same_gaps_again_and_keeps_what_was_decided(
    ports: Ports, lead: Viewer, people: People
) -> None:
    """K10: ignored stays ignored however often it is asked; ignoring can be taken back."""
    asked(ports, people.xiaoai, ROW, "1")
    finding.find_gaps(ports)
    [card] = gaps_page(ports, lead, "open", 1).cards
    mending.ignore(ports, lead, card.gap_id)
    asked(ports, people.laochen, ROW + "？", "2")
    finding.find_gaps(ports)
    assert titles(ports, lead) == []
    [again] = gaps_page(ports, lead, "ignored", 1).cards
    assert (again.gap_id, again.size) == (card.gap_id, 2)
    mending.reopen(ports, lead, card.gap_id)
    assert titles(ports, lead) == [ROW]


def test_it_masks_what_it_shows(ports: Ports, lead: Viewer, people: People) -> None:
    """O3: titles, wordings and drafts carry no private data."""
    asked(ports, people.xiaoai, "门锁装反了打我电话13812345678", "1")
    finding.find_gaps(ports)
    [card] = gaps_page(ports, lead, "open", 1).cards
    page = gap_page(ports, lead, card.gap_id)
    draft = edit(ports, lead, mending.write(ports, lead, card.gap_id))
    for text in (card.title, page.members[0].text, draft.title, draft.body):
        assert "13812345678" not in text


def test_it_closes_a_gap_only_when_its_questions_are_answered(
    ports: Ports, lead: Viewer, people: People, tmp_path: Path
) -> None:
    """K10: publishing something else leaves it open; the asker gets one mail, once."""
    asked(ports, people.xiaoai, ROW, "1", "xiaoai@example.com")
    finding.find_gaps(ports)
    [card] = gaps_page(ports, lead, "open", 1).cards
    article_id = mending.write(ports, lead, card.gap_id)
    assert mending.write(ports, lead, card.gap_id) == article_id
    assert edit(ports, lead, article_id).title == ROW
    publish(ports, lead, article_id, "发票抬头怎么改", "在订单里改。")
    page = gap_page(ports, lead, card.gap_id)
    assert (page.card.status, page.checked_at is None) == (GapStatus.WRITING, False)
    assert mails(tmp_path) == []
    answer = "门锁装反了可以左右换向：松开背板上的两颗螺丝，把锁体转过来再装上。"
    publish(ports, lead, article_id, ROW, answer)
    assert gap_page(ports, lead, card.gap_id).card.status is GapStatus.CLOSED
    assert len(mails(tmp_path)) == 1
    publish(ports, lead, article_id, ROW, answer + "。")
    assert len(mails(tmp_path)) == 1
    finding.find_gaps(ports)
    assert titles(ports, lead) == []


def mails(folder: Path) -> list[str]:
    """Mails that tell of an answer."""
    sent = [path.read_text(encoding="utf-8") for path in (folder / "mail").glob("*")]
    return [text for text in sent if "xiaoai@example.com" in text]


def test_it_adds_wordings_to_the_article_nearby(ports: Ports, lead: Viewer) -> None:
    """K10 Q4: the same meaning in other words is taught, indexed and checked."""
    [article_id] = publish_articles(ports, ("门锁左右换向", "松开螺丝，把锁体转过来。"))
    gap_id = make_gap(ports, "锁装反啦咋弄", article_id, "锁的方向错了")
    assert mending.phrase(ports, lead, gap_id) == 2
    settle_index(ports)
    settle_index(ports)
    with reading(ports.database) as session:
        assert session.get_one(Article, article_id).phrasings == ["锁装反啦咋弄", "锁的方向错了"]
    assert gap_page(ports, lead, gap_id).card.status is GapStatus.CLOSED
    with pytest.raises(InvalidInput):
        mending.phrase(ports, lead, gap_id)


def test_it_teaches_no_wording_with_masked_words(ports: Ports, lead: Viewer) -> None:
    """O3: what was private does not become a title by the back door."""
    [article_id] = publish_articles(ports, ("门锁左右换向", "松开螺丝。"))
    gap_id = make_gap(ports, "打我［手机号］", article_id)
    with pytest.raises(InvalidInput):
        mending.phrase(ports, lead, gap_id)


def test_it_keeps_a_trace_of_every_decision(ports: Ports, lead: Viewer) -> None:
    """K10 O3: audit entries."""
    gap_id = make_gap(ports, ROW)
    mending.ignore(ports, lead, gap_id)
    mending.reopen(ports, lead, gap_id)
    mending.write(ports, lead, gap_id)
    with reading(ports.database) as session:
        actions = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.subject == f"gap:{gap_id}")
        ).all()
    assert actions == ["gap.ignored", "gap.open", "gap.write"]


def test_it_belongs_to_leads_and_content_managers(ports: Ports, people: People) -> None:
    gap_id = make_gap(ports, ROW)
    for deed in (mending.write, mending.phrase, mending.ignore, gap_page):
        with pytest.raises(NotAllowed):
            deed(ports, people.abo, gap_id)
        with pytest.raises(NotFound):
            deed(ports, people.linzhixia, 404_404)


def test_it_sorts_in_the_background_with_progress(
    ports: Ports, lead: Viewer, people: People
) -> None:
    """K10: asked for twice it runs once; the page hears how far it is."""
    asked(ports, people.xiaoai, ROW, "1")
    mending.announce(ports, lead)
    mending.announce(ports, lead)
    found = progress(ports, lead)
    assert found is not None
    assert found.running
    settle_index(ports)
    found = progress(ports, lead)
    assert found is not None
    assert (found.running, found.done, found.found) == (False, found.total, 1)


def test_it_forgets_events_from_before_they_were_answered() -> None:
    """K10: a closed gap comes back only with new questions."""
    now = utcnow()
    old, new = (
        Event(ROW, person, now - timedelta(days=days), GapSource.QUESTION, 1)
        for person, days in (("v:a", 9), ("v:b", 1))
    )
    answered = {text_key(ROW): now - timedelta(days=5)}
    [wording] = grouped([old, new], answered)
    assert wording.events == [new]
    assert grouped([old], answered) == []


def test_it_takes_a_vote_for_the_words_that_led_there(ports: Ports, lead: Viewer) -> None:
    """K10: 没用 tells of the question that was searched for, not of the title."""
    [article_id] = publish_articles(ports, ("门锁电池怎么更换", "四节五号电池。"))
    with reading(ports.database) as session:
        slug = session.get_one(Article, article_id).slug
    for person in "ab":
        page = searching(ports, person, "门锁电池漏液")
        articles.read(ports, visitor(person), slug, Origin(page.search_id or 0, 1))
        voting.vote(ports, visitor(person), article_id, -1)
    finding.find_gaps(ports)
    assert titles(ports, lead) == ["门锁电池漏液"]


def test_it_keeps_the_words_of_restricted_articles_to_itself(ports: Ports, lead: Viewer) -> None:
    """K11 K10: neither their titles nor the searches that found only them become a gap."""
    with unit_of_work(ports.database) as session:
        article = make_article(session, "金卡专属折扣", "九折", keys=("level:9",))
        secret = article.id
    settle_index(ports)
    for person in "ab":
        golden = replace(visitor(person), keys=frozenset({PUBLIC_KEY, "level:9"}))
        page = find(ports, golden, SearchForm("金卡专属折扣"))
        assert page.total == 1
        voting.vote(ports, golden, secret, -1)
    finding.find_gaps(ports)
    assert titles(ports, lead) == []


def test_it_drops_a_gap_nobody_asks_for_any_more(ports: Ports, lead: Viewer) -> None:
    make_gap(ports, ROW)
    finding.find_gaps(ports)
    assert titles(ports, lead) == []
