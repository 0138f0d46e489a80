"""A sticky share of askers sees no answers, when the site wants that (Q2 Q3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app import holdout
from kb_app.accounts import adopt
from kb_app.escalation import Escalation, escalate
from kb_app.insight.funnel import funnel_page
from kb_app.insight.period import Wanted
from kb_app.ports import Ports
from kb_app.question_pages import question_page
from kb_app.suggesting import hints
from models import HoldoutPerson, QuestionStatus, Viewer, reading, visitor
from tests.conftest import People
from tests.factories import publish_articles
from tests.factories_insight import asked, at


def comparing(ports: Ports, share: float, minimum: int = 0) -> Ports:
    """The same product with the comparison switched on."""
    config = ports.config.model_copy(update={"holdout_share": share, "holdout_minimum": minimum})
    return replace(ports, config=config)


def held_visitor(ports: Ports, share: float) -> Viewer:
    """Somebody whom the draw holds back."""
    return next(
        visitor(f"v{n}")
        for n in range(500)
        if holdout.draws_held(holdout.person_key(ports.config, f"v:v{n}"), share)
    )


@pytest.fixture
def base(ports: Ports) -> Ports:
    """With an article that answers."""
    publish_articles(ports, ("忘记密码怎么办", "在登录页点忘记密码，按邮件里的链接重设。"))
    return ports


def test_it_is_off_unless_the_site_asks_for_it(base: Ports) -> None:
    """Q2: nobody is held back by default, nor while too few people have asked."""
    for ports in (base, comparing(base, 0.5, minimum=3)):
        person = held_visitor(ports, 0.5)
        page = question_page(ports, person, asked(ports, person, "忘记密码怎么办", f"{id(ports)}"))
        assert page.answer or page.suggestions
    with reading(base.database) as session:
        assert session.scalars(sa.select(HoldoutPerson)).all() == []


def test_it_shows_nothing_to_those_held_back_and_loses_nothing(base: Ports) -> None:
    """Q2: their question is stored and goes straight to a person."""
    ports = comparing(base, 0.2)
    person = held_visitor(ports, 0.2)
    assert hints(ports, person, "忘记密码", 1).rows == ()
    public_id = asked(ports, person, "忘记密码怎么办", "held")
    page = question_page(ports, person, public_id)
    assert (page.status, page.reason) == (QuestionStatus.UNANSWERED, holdout.HELD_OUT)
    assert page.answer is None
    assert page.suggestions == ()
    assert escalate(ports, person, public_id, Escalation("", "")).startswith("WD-")


def test_it_keeps_people_in_their_group(base: Ports, people: People) -> None:
    """Q2: whatever the share becomes, and after signing in."""
    ports = comparing(base, 0.2)
    person = held_visitor(ports, 0.2)
    assert holdout.join(ports, person, ports.clock())
    assert holdout.join(comparing(base, 0.0001), person, ports.clock())
    adopt(ports, people.xiaoai.user_id or 0, person.voter_key)
    assert holdout.join(comparing(base, 0.0001), people.xiaoai, ports.clock())


def test_it_never_holds_back_staff(base: Ports, people: People) -> None:
    assert not holdout.join(comparing(base, 0.5), people.abo, base.clock())


def test_it_draws_about_the_share_it_was_told(ports: Ports) -> None:
    keys = [holdout.person_key(ports.config, f"v:{n}") for n in range(4_000)]
    assert sum(holdout.draws_held(key, 0.05) for key in keys) / 4_000 == pytest.approx(
        0.05, abs=0.012
    )


def test_it_compares_only_people_whose_week_is_over(base: Ports, lead: Viewer) -> None:
    """T10: the report counts groups after seven days, and says when that is too little."""
    now = base.clock()
    ports = comparing(base, 0.2)
    for days, name in ((10, "early"), (2, "late")):
        asked(at(ports, now - timedelta(days=days)), visitor(name), "忘记密码怎么办", name)
    found = funnel_page(ports, lead, Wanted(30)).effect
    assert found is not None
    assert found.held.people + found.shown.people == 1
    assert not found.enough
