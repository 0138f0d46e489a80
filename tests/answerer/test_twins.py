"""An article twice in the base is no reason to doubt it (Q3)."""

from __future__ import annotations

from dataclasses import replace

from answerer.answer import Policy, judge
from answerer.evidence import Candidate, weigh
from answerer.twins import distinct, same
from tests.answerer.test_confidence import model
from tests.answerer.test_evidence import HIT

BODY = "在登录页点忘记密码，用绑定的手机号收验证码，再设一个新密码。"
FIRST = Candidate(HIT, "忘记密码怎么办", BODY)
TWIN = Candidate(replace(HIT, ref_id=2), "忘记密码了怎么办？", BODY.replace("再设", "重设"))
OTHER = Candidate(
    replace(HIT, ref_id=3, relevance=0.1), "忘记密码怎么办", "请带身份证到营业厅办理。"
)


def test_the_same_text_twice_is_one() -> None:
    """Q3: the twin is no rival, the article of the same title and other words is one."""
    assert same(FIRST, TWIN)
    assert not same(FIRST, OTHER)
    assert distinct((FIRST, TWIN, OTHER)) == (FIRST, OTHER)


def test_titles_alone_are_never_the_same() -> None:
    """Q3: 怎么开通 and 怎么关闭 differ by a word, and there is nothing else to tell them apart."""
    bare = Candidate(HIT, "怎么开通自动续费功能", "")
    assert not same(bare, replace(bare, title="怎么关闭自动续费功能"))
    assert distinct((bare, bare)) == (bare, bare)


def test_a_twin_costs_no_confidence() -> None:
    """Q3: judged as if the article were there once; the twin may still be shown."""
    policy = Policy(model((0.9, 0.8)), 0.9)
    once = judge("密码忘了", (FIRST, OTHER), policy, limited=False)
    twice = judge("密码忘了", (FIRST, TWIN, OTHER), policy, limited=False)
    assert twice.confidence == once.confidence
    assert weigh("密码忘了", (FIRST, TWIN)).margin < weigh("密码忘了", (FIRST, OTHER)).margin
