"""What the editor suggests to add: of several people, of nobody's secrets (K8 K10 Q4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb_app.learning.phrasing_hints import hints
from kb_app.ports import Ports
from models import (
    STAFF_KEY,
    Article,
    ArticleStatus,
    LearnedChange,
    LearnedKind,
    LearnedState,
    SearchClick,
    SearchLog,
    SearchSource,
    choose_access,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_article


@pytest.fixture
def article_id(ports: Ports) -> int:
    """A published article with one wording."""
    with unit_of_work(ports.database) as session:
        article = make_article(session, "门锁电池怎么更换")
        article.status, article.phrasings = ArticleStatus.PUBLISHED, ["门锁没电了怎么办"]
        session.flush()
        return article.id


def searched(ports: Ports, article_id: int, query: str, *people: str) -> None:
    """These people searched for it and opened the article."""
    with unit_of_work(ports.database) as session:
        for person in people:
            log = SearchLog(
                query=query, source=SearchSource.PAGE, searcher_key=person, total=1, took_ms=1
            )
            session.add(log)
            session.flush()
            session.add(SearchClick(search_id=log.id, article_id=article_id, position=1))


def proposed(
    ports: Ports, article_id: int, text: str, state: LearnedState = LearnedState.PROPOSED
) -> None:
    """Learning proposed it, or somebody decided about it."""
    with unit_of_work(ports.database) as session:
        session.add(
            LearnedChange(
                kind=LearnedKind.PHRASING,
                state=state,
                article_id=article_id,
                after={"phrasing": text},
                evidence={"people": 3},
            )
        )


def suggested(ports: Ports, viewer: object, article_id: int) -> list[str]:
    with reading(ports.database) as session:
        article = session.get_one(Article, article_id)
        return [hint.text for hint in hints(session, viewer, article, ports.clock())]  # type: ignore[arg-type]


def test_it_suggests_what_several_people_typed(
    ports: Ports, people: People, article_id: int
) -> None:
    """K8: searches that led here and wordings learning proposes, what is there already left out."""
    searched(ports, article_id, "怎么换门锁的电池", "o:1", "o:2")
    searched(ports, article_id, "门锁没电了怎么办", "o:1", "o:2")
    searched(ports, article_id, "只有我这么说的话", "o:1")
    proposed(ports, article_id, "锁上的电池几年一换")
    assert suggested(ports, people.linzhixia, article_id) == [
        "锁上的电池几年一换",
        "怎么换门锁的电池",
    ]


def test_it_never_suggests_private_data_or_what_was_refused(
    ports: Ports, people: People, article_id: int
) -> None:
    """K9 K10: masked texts are no wordings; a refusal is remembered."""
    searched(ports, article_id, "打13812345678问电池", "o:1", "o:2")
    searched(ports, article_id, "门锁怎么放电池", "o:1", "o:2")
    proposed(ports, article_id, "门锁怎么放电池", LearnedState.REFUSED)
    assert suggested(ports, people.linzhixia, article_id) == []


def test_it_suggests_nothing_of_what_the_editor_may_not_see(
    ports: Ports, people: People, article_id: int
) -> None:
    """K11: agents see no searches; nobody those of an article they hold no key to."""
    searched(ports, article_id, "怎么换门锁的电池", "o:1", "o:2")
    assert suggested(ports, people.abo, article_id) == []
    with unit_of_work(ports.database) as session:
        choose_access(session, session.get_one(Article, article_id), {"team:9"})
    assert suggested(ports, people.linzhixia, article_id) == []
    insider = replace(people.linzhixia, keys=people.linzhixia.keys | {"team:9", STAFF_KEY})
    assert suggested(ports, insider, article_id) == ["怎么换门锁的电池"]
