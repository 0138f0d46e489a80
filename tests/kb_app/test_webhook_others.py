"""Webhooks hear of articles and chats, once for each change, and never of drafts (X1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb_app.chat import ending
from kb_app.chat.ending import Ending
from kb_app.editing import archive, create, publish, save, trash
from kb_app.ports import Ports
from kb_app.webhooks.events import EVENTS
from kb_app.webhooks.others import OF_OTHERS, article_event
from models import ArticleStatus, ChatOutcome, Webhook, unit_of_work
from tests.conftest import People
from tests.kb_app.chat.test_ending import served
from tests.kb_app.test_editing import FORM
from tests.kb_app.webhooks_world import deliveries
from web.rule_words import HOOK_EVENT_LABELS

__all__ = ["served"]


@pytest.fixture(autouse=True)
def hook(ports: Ports) -> None:
    """A webhook that wants to hear everything."""
    with unit_of_work(ports.database) as session:
        address = "http://127.0.0.1:9/x"
        session.add(Webhook(name="中转", url=address, secret="-", events=list(EVENTS)))


def _told(ports: Ports) -> list[str]:
    return [row.event for row in deliveries(ports)]


def test_it_tells_what_readers_see_and_nothing_of_a_draft(ports: Ports, people: People) -> None:
    """X1: published, changed, taken down, thrown away."""
    writer = people.linzhixia
    article_id = create(ports, writer, FORM)
    version = save(ports, writer, article_id, replace(FORM, body="草稿", version=1))
    assert _told(ports) == []
    version = publish(ports, writer, article_id, version)
    version = save(ports, writer, article_id, replace(FORM, body="新内容", version=version))
    version = archive(ports, writer, article_id, version)
    trash(ports, writer, article_id, version)
    assert _told(ports) == [
        "article.published",
        "article.changed",
        "article.archived",
        "article.deleted",
    ]
    facts = deliveries(ports)[0].payload["data"]["article"]
    assert (facts["id"], facts["title"], facts["status"]) == (article_id, FORM.title, "published")
    assert facts["url"].startswith(f"{ports.config.base_url}/articles/")
    assert "新内容" not in str(deliveries(ports)[1].payload)


def test_it_tells_that_a_chat_ended_and_how_it_was_rated(
    ports: Ports, people: People, served: str
) -> None:
    """X1: the facts, not what was said; a rating given twice is told once, the last one always."""
    ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    ending.rate(ports, people.xiaoai, served, 5, "很快")
    ending.rate(ports, people.xiaoai, served, 5, "很快")
    chats = [row for row in deliveries(ports) if row.event.startswith("chat.")]
    assert [row.event for row in chats] == ["chat.ended", "chat.rated"]
    facts = chats[1].payload["data"]["chat"]
    assert (facts["state"], facts["outcome"], facts["rating"]) == ("ended", "solved", 5)
    assert facts["agent"] == "阿博"
    assert "很快" not in str(chats[1].payload)
    for rating in (2, 5):
        ending.rate(ports, people.xiaoai, served, rating, "")
    told = [row.payload["data"]["chat"]["rating"] for row in deliveries(ports)]
    assert told == [None, 5, 2, 5]


def test_every_event_has_a_word_and_odd_changes_tell_nothing() -> None:
    """X1: what can be ticked can be read."""
    assert set(OF_OTHERS) <= set(HOOK_EVENT_LABELS)
    assert article_event("article.plan", ArticleStatus.PUBLISHED) == ""
    assert article_event("article.return", ArticleStatus.DRAFT) == ""
