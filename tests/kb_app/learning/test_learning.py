"""The site learns from its own outcomes, says when it cannot, and can be told to forget (Q3 Q4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from answerer.site_learning import (
    FEWEST_LESSONS,
    Lesson,
    calibration_error,
    is_enough,
    learn,
    lower_bound,
    safe_thresholds,
)
from indexer.ranking import SHIPPED_SHARES, Shares
from kb_app.errors import NotAllowed, NotFound
from kb_app.escalation import Escalation, escalate
from kb_app.learning import changes, phrasing
from kb_app.learning.learn import learn_all, lessons
from kb_app.learning.model import as_words, current_model, encoder_of, shipped_for
from kb_app.learning.replay import FEWEST_QUERIES, Asked, Verdict, logged, replay
from kb_app.learning.starting import announce, learn_by_night
from kb_app.learning.weighing import bounded
from kb_app.ports import Ports
from kb_app.questions import settle, submit
from kb_app.search import SearchForm, find
from kb_app.usage import Origin, opened
from kb_app.voting import vote
from models import (
    Article,
    Job,
    JobKind,
    LearnedChange,
    LearnedKind,
    LearnedState,
    LearningRun,
    reading,
    unit_of_work,
    utcnow,
    visitor,
)
from tests.conftest import People
from tests.factories import publish_articles, settle_index
from tests.kb_app.test_questions import asking

PLAIN = shipped_for("none")
WIDTH = len(PLAIN.weights)
TITLE = "忘记登录密码以后应该怎么重新设置一个新的密码"
OTHER = "门锁突然没有电了打不开门应该怎么样才能进屋"
SAID = TITLE + "呢"


def lived(count: int, shift: float, seed: int = 3) -> list[Lesson]:
    """Outcomes of a site where the shipped model is wrong by `shift` in its logit."""
    chance = np.random.default_rng(seed)
    model, found = PLAIN, []
    for place in range(count):
        vector = np.array(model.mean) + chance.normal(0, 0.7, WIDTH) * np.array(model.scale)
        standard = (vector - np.array(model.mean)) / np.array(model.scale)
        logit = float(standard @ np.array(model.weights)) + model.intercept + shift
        right = bool(chance.random() < 1 / (1 + np.exp(-logit)))
        found.append(Lesson(tuple(vector), right, category_id=place % 2))
    return found


def test_it_corrects_a_model_that_is_too_sure_here() -> None:
    """Q3: calibrated on this site's outcomes: an error of at most .05 on what it never saw."""
    known, unseen = lived(1_500, -1.0), lived(3_000, -1.0, seed=9)
    model, _ = learn(PLAIN, known)
    before = [PLAIN.chance(each.vector, False) for each in unseen]
    after = [model.chance(each.vector, False) for each in unseen]
    assert calibration_error(before, unseen) > 0.08
    assert calibration_error(after, unseen) <= 0.05
    assert {category_id for category_id, _ in model.category_thresholds} == {0, 1}
    answered = [
        each.right
        for chance, each in zip(after, unseen, strict=True)
        if chance >= model.threshold(0.6)
    ]
    assert len(answered) > 20
    assert sum(answered) / len(answered) >= 0.57


def test_few_outcomes_are_said_to_be_few() -> None:
    """Q3: 数据不够, also when nothing ever went wrong."""
    assert not is_enough(lived(FEWEST_LESSONS - 1, 0.0))
    assert not is_enough([Lesson((0.0,) * WIDTH, True)] * 500)


def test_a_threshold_needs_more_than_luck() -> None:
    """Q3: thirty right of thirty do not prove ninety-nine of a hundred."""
    lucky = [(0.9 + place / 1000, True) for place in range(30)]
    found = dict(safe_thresholds([*lucky, *((0.1, False),) * 30]))
    assert found[0.9] < 1
    assert found[0.99] == 2.0
    assert lower_bound(30, 30) < 0.99


@pytest.fixture
def base(ports: Ports) -> list[int]:
    """Articles that questions can be settled with."""
    return publish_articles(
        ports,
        (TITLE, "在登录页点忘记密码，按提示操作。"),
        (OTHER, "用充电宝接应急口供电。"),
        ("发票怎么开", "在订单里点申请发票。"),
    )


def solve(ports: Ports, text: str, asker: str) -> None:
    who = visitor(asker)
    settle(ports, who, submit(ports, who, asking(text, key=f"{asker}-{text}")))


def test_every_ended_question_is_a_lesson(ports: Ports, base: list[int]) -> None:
    """Q4: 解决了 was right, a ticket was not, silence teaches nothing."""
    solve(ports, SAID, "a")
    who = visitor("b")
    escalate(ports, who, submit(ports, who, asking(OTHER, key="b")), Escalation("", ""))
    submit(ports, visitor("c"), asking("发票怎么开", key="c"))
    with reading(ports.database) as session:
        known = lessons(session, encoder_of(ports))
    assert [lesson.right for lesson in known] == [False, True]
    assert all(len(lesson.vector) == WIDTH for lesson in known)


def test_one_voice_teaches_five_lessons_at_most(ports: Ports, base: list[int]) -> None:
    """Q4: nobody trains the site alone."""
    for number in range(8):
        solve(ports, f"{SAID}{number}", "eager")
    with reading(ports.database) as session:
        assert len(lessons(session, encoder_of(ports))) == 5


def test_it_says_what_it_has_too_little_of(ports: Ports, base: list[int]) -> None:
    """Q3 Q4: nothing is changed, the report says why."""
    solve(ports, SAID, "a")
    report = learn_all(ports)
    assert {report[kind]["outcome"] for kind in ("calibration", "places", "weights")} == {
        "not_enough"
    }
    assert current_model(ports) == shipped_for(encoder_of(ports))
    with reading(ports.database) as session:
        run = session.scalars(sa.select(LearningRun)).one()
        assert run.finished_at is not None
        assert run.report["calibration"]["lessons"] == 1


def test_a_learned_model_judges_until_it_is_taken_back(ports: Ports, people: People) -> None:
    """Q3 Q4: two in turn; taking back the second brings the first, then the shipped one."""
    usual = shipped_for(encoder_of(ports))
    for threshold in (0.5, 0.6):
        model = replace(usual, thresholds=((0.99, threshold),))
        words = as_words(model, encoder_of(ports))
        changes.put_in_effect(ports, LearnedKind.CALIBRATION, words, {})
    assert current_model(ports).threshold(0.95) == 0.6
    for expected in (0.5, usual.threshold(0.95)):
        with reading(ports.database) as session:
            newest = changes.active(session, LearnedKind.CALIBRATION)
        assert newest is not None
        changes.take_back(ports, people.linzhixia, newest.id)
        assert current_model(ports).threshold(0.95) == expected
        with pytest.raises(NotFound):
            changes.take_back(ports, people.linzhixia, newest.id)


def test_what_was_taken_back_is_not_learned_again_at_once(
    ports: Ports, people: People, base: list[int]
) -> None:
    """Q4: left alone for two weeks, unless somebody asks."""
    number = changes.put_in_effect(ports, LearnedKind.WEIGHTS, {}, {})
    changes.take_back(ports, people.linzhixia, number)
    assert learn_all(ports)["weights"]["outcome"] == "paused"
    assert learn_all(ports, asked_for=True)["weights"]["outcome"] == "not_enough"


def proposals(ports: Ports) -> list[LearnedChange]:
    with reading(ports.database) as session:
        query = sa.select(LearnedChange).where(LearnedChange.kind == LearnedKind.PHRASING)
        return list(session.scalars(query.order_by(LearnedChange.id)))


def test_an_editor_accepts_a_wording_and_takes_it_out_again(
    ports: Ports, people: People, base: list[int]
) -> None:
    """Q4: from 解决了 to the next search, and back."""
    for asker in ("a", "b"):
        solve(ports, SAID, asker)
    assert phrasing.propose(ports) == 1
    (proposal,) = proposals(ports)
    assert (proposal.article_id, proposal.evidence["people"]) == (base[0], 2)
    changes.accept(ports, people.linzhixia, proposal.id)
    settle_index(ports)
    with reading(ports.database) as session:
        assert session.get_one(Article, base[0]).phrasings == [SAID]
    assert phrasing.propose(ports) == 0
    changes.take_back(ports, people.linzhixia, proposal.id)
    with reading(ports.database) as session:
        assert session.get_one(Article, base[0]).phrasings == []
    assert phrasing.propose(ports) == 0


def test_a_refused_wording_is_not_proposed_again(
    ports: Ports, people: People, base: list[int]
) -> None:
    """Q4: no means no."""
    solve(ports, SAID, "a")
    phrasing.propose(ports)
    changes.dismiss(ports, people.linzhixia, proposals(ports)[0].id)
    assert phrasing.propose(ports) == 0
    with pytest.raises(NotFound):
        changes.accept(ports, people.linzhixia, proposals(ports)[0].id)


@pytest.mark.parametrize(
    "text", ["我的手机13812345678收不到密码", "密码", "密码忘了怎么重设？另外发票怎么开？"]
)
def test_it_proposes_nothing_private_nothing_vague(text: str) -> None:
    """O3 Q4: a similar question is one short question without anybody's data."""
    assert not phrasing.usable(text)


def test_several_people_are_enough_where_the_site_says_so(ports: Ports, base: list[int]) -> None:
    """Q4: automatic only by setting, and only when a replay has something to say."""
    eager = replace(ports, config=ports.config.model_copy(update={"learn_phrasings": "auto"}))
    for asker in ("a", "b"):
        solve(ports, SAID, asker)
    report = learn_all(eager)["phrasing"]
    assert (report["accepted"], report["verdict"]) == (0, "too_little")
    assert proposals(ports)[0].state is LearnedState.PROPOSED
    for number in range(FEWEST_QUERIES):
        solve(ports, f"{SAID}{number}", f"p-{number}")
    settle_index(ports)
    assert learn_all(eager)["phrasing"]["accepted"] == 1
    assert proposals(ports)[0].state is LearnedState.ACTIVE


@pytest.fixture
def rated(ports: Ports) -> Callable[[], Ports]:
    """A site where people open what others found helpful, out of pairs that fit alike."""

    def made() -> Ports:
        topics = [
            f"{a}{b}"
            for a in "门锁网关灯带"
            for b in ("离线", "重置", "升级", "噪音", "保修", "安装", "绑定")
        ]
        ids = publish_articles(
            ports, *((f"{topic}说明{part}", "按提示操作") for topic in topics for part in "甲乙")
        )
        for place, topic in enumerate(topics):
            good, poor = ids[2 * place], ids[2 * place + 1]
            for number in range(6):
                vote(ports, visitor(f"v-{number}"), good, 1)
                vote(ports, visitor(f"v-{number}"), poor, -1)
            who = visitor(f"reader-{place}")
            page = find(ports, who, SearchForm(f"{topic}说明"))
            row = next((row for row in page.rows if row.article_id == good), None)
            if row is not None and page.search_id is not None:
                opened(ports, who, good, Origin(page.search_id, row.position))
        ports.engine.refresh()
        return ports

    return made


def test_a_planted_regression_is_refused(rated: Callable[[], Ports], people: People) -> None:
    """K4: a division that ignores ratings loses in the replay and never takes effect."""
    ports = rated()
    bad = Shares(rating=0.0, heat=0.0, clicks=0.0, news=0.9)
    result = changes.try_shares(ports, bad, {})
    assert result.queries >= FEWEST_QUERIES
    assert result.verdict is Verdict.LOSS
    assert result.ndcg.after < result.ndcg.before
    assert result.ndcg.low <= result.ndcg.after - result.ndcg.before <= result.ndcg.high
    assert result.changed
    with reading(ports.database) as session:
        assert changes.active(session, LearnedKind.WEIGHTS) is None
        refused = session.scalars(sa.select(LearnedChange)).one()
        assert refused.state is LearnedState.REFUSED


def test_a_harmless_change_takes_effect_and_can_be_taken_back(
    rated: Callable[[], Ports], people: People
) -> None:
    """K4: more weight on what people rely on here; the next search is ordered by it."""
    ports = rated()
    more = Shares(rating=0.8, heat=0.1, clicks=0.08, news=0.02)
    assert changes.try_shares(ports, more, {}).verdict in {Verdict.BETTER, Verdict.SAME}
    ports.engine.refresh()
    row = find(ports, visitor("x"), SearchForm("门离线说明")).rows[0]
    with reading(ports.database) as session:
        change = changes.active(session, LearnedKind.WEIGHTS)
    assert change is not None
    assert row.reasons
    changes.take_back(ports, people.linzhixia, change.id)
    with reading(ports.database) as session:
        assert changes.active(session, LearnedKind.WEIGHTS) is None


def test_too_few_queries_prove_nothing(ports: Ports, base: list[int]) -> None:
    """K4: a change is refused, not waved through, when the log is thin."""
    asked = [Asked("密码", {base[0]: 1.0})]
    assert replay(ports, asked, SHIPPED_SHARES).verdict is Verdict.TOO_LITTLE
    assert logged(ports) == []


def test_learned_weights_stay_within_bounds() -> None:
    """K4: however the log looks."""
    wild = bounded([9.0, -4.0, 3.0, 2.0], pairs=1_000_000)
    assert wild.rating + wild.heat + wild.clicks + wild.news <= 1.0001
    assert min(wild.rating, wild.heat, wild.clicks, wild.news) > 0
    assert bounded([0.1, 0.9, 0.1, 0.1], pairs=0) == SHIPPED_SHARES


def test_only_who_may_publish_decides(ports: Ports, people: People) -> None:
    """O3: an agent may neither accept nor take back, nor start it."""
    for deed in (changes.accept, changes.dismiss, changes.take_back):
        with pytest.raises(NotAllowed):
            deed(ports, people.abo, 1)
    with pytest.raises(NotAllowed):
        announce(ports, people.abo)


def test_it_learns_once_a_night(ports: Ports, people: People) -> None:
    """Q4: at three in the morning, not at noon, never twice."""
    night = utcnow().replace(hour=19, minute=0)
    noon = replace(ports, clock=lambda: night.replace(hour=4))
    assert not learn_by_night(noon)
    assert learn_by_night(replace(ports, clock=lambda: night))
    assert not learn_by_night(replace(ports, clock=lambda: night + timedelta(minutes=30)))
    announce(ports, people.linzhixia)
    with unit_of_work(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.LEARN)).all()
    assert len(jobs) == 1
