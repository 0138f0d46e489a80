"""The funnel, its lists, and how right confident answers were (T10 Q3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kb_app.errors import NotFound
from kb_app.escalation import Escalation, escalate
from kb_app.insight.asked import Asked, Ending, Offer
from kb_app.insight.calibration import calibrate
from kb_app.insight.funnel import Stage, funnel_page
from kb_app.insight.period import Wanted
from kb_app.insight.stages import stage_page
from kb_app.ports import Ports
from kb_app.questions import settle
from kb_app.voting import vote
from models import Viewer, utcnow, visitor
from tests.conftest import People
from tests.factories import publish_articles
from tests.factories_insight import asked, searching


@pytest.fixture
def used(ports: Ports, people: People) -> Ports:
    """Two searches, a vote, one question solved, one a ticket, one left; staff's own aside."""
    [article_id] = publish_articles(ports, ("忘记密码怎么办", "在登录页点忘记密码，按邮件重设。"))
    searching(ports, "a", "忘记密码")
    searching(ports, "b", "zzzz")
    vote(ports, visitor("a"), article_id, 1)
    settle(ports, people.xiaoai, asked(ports, people.xiaoai, "忘记密码怎么办", "1"))
    lost = asked(ports, people.laochen, "门锁装反了电话13812345678", "2")
    escalate(ports, people.laochen, lost, Escalation("", ""))
    asked(ports, visitor("a"), "忘记密码怎么办", "3")
    asked(ports, people.abo, "忘记密码怎么办", "4")
    return ports


def test_it_counts_every_stage(used: Ports, lead: Viewer) -> None:
    """T10: searched → found → rated → asked → solved, left or a ticket."""
    page = funnel_page(used, lead, Wanted())
    counts = {step.stage: step.count for step in page.steps}
    assert [counts[each] for each in (Stage.SEARCHED, Stage.FOUND, Stage.RATED)] == [2, 1, 1]
    assert [counts[each] for each in (Stage.ASKED, Stage.SOLVED, Stage.SILENT, Stage.TICKET)] == [
        3,
        1,
        1,
        1,
    ]
    assert (page.settled.part, page.settled.whole) == (1, 2)
    assert (page.after_search.part, page.after_search.whole) == (1, 2)


def test_it_lists_what_it_counts_masked(used: Ports, lead: Viewer, people: People) -> None:
    """T10 O3: every number leads to its list; links only for those who may follow them."""
    for step in funnel_page(used, lead, Wanted()).steps:
        assert stage_page(used, lead, step.stage, Wanted(), 1).total == step.count
    [entry] = stage_page(used, lead, "ticket", Wanted(), 1).entries
    assert "13812345678" not in entry.text
    assert entry.question
    assert entry.ticket.startswith("WD-")
    [plain] = stage_page(used, people.linzhixia, "ticket", Wanted(), 1).entries
    assert (plain.question, plain.ticket) == ("", "")


def test_it_knows_no_other_stage(ports: Ports, lead: Viewer) -> None:
    with pytest.raises(NotFound):
        stage_page(ports, lead, "nonsense", Wanted(), 1)


def test_it_is_empty_without_harm(ports: Ports, lead: Viewer) -> None:
    """T10: a new site has zeros and no claims."""
    page = funnel_page(ports, lead, Wanted())
    assert {step.count for step in page.steps} == {0}
    assert page.effect is None
    assert page.answers.bands == ()


def told(confidence: float, ending: Ending, times: int) -> list[Asked]:
    """Answers of one confidence that ended alike."""
    one = Asked(
        1, "p", "t", "v:1", None, Offer.ANSWER, ending, confidence, "", "", utcnow() - timedelta(1)
    )
    return [one] * times


def test_it_compares_confidence_with_truth() -> None:
    """Q3: 解决了 is right, a ticket is wrong, silence is neither."""
    found = calibrate(
        told(0.92, Ending.SOLVED, 27) + told(0.92, Ending.TICKET, 3) + told(0.92, Ending.SILENT, 9),
        Offer.ANSWER,
    )
    [band] = found.bands
    assert (band.offers, band.silent, band.right.part, band.right.whole) == (39, 9, 27, 30)
    assert band.enough
    assert found.error == pytest.approx(0.02)


def test_it_says_nothing_of_calibration_below_twenty_outcomes() -> None:
    found = calibrate(told(1.0, Ending.SOLVED, 19), Offer.ANSWER)
    assert found.error is None
    assert not found.bands[0].enough
