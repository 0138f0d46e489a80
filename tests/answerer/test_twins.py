"""An article twice in the base is no reason to doubt it (Q3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from answerer.answer import Answered, Policy, Suggested, judge
from answerer.evidence import Candidate, weigh
from answerer.twins import distinct, same, told_apart
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


def test_what_is_shown_repeats_nothing() -> None:
    """Q3: three places are few; a text that says the same, or has the same title, takes none."""
    again = replace(OTHER, hit=replace(HIT, ref_id=4), title="忘记密码了，怎么办", category_id=None)
    far = Candidate(replace(HIT, ref_id=5), "怎么注销账号", "在设置里注销。")
    assert told_apart((FIRST, TWIN, again, far), 3) == (FIRST, far)
    assert told_apart((FIRST, far, TWIN), 1) == (FIRST,)


def test_the_same_title_in_another_category_is_another_article() -> None:
    """K7: 怎么重置 of the lock and of the camera are both worth showing."""
    lock = Candidate(HIT, "怎么重置", "按住门锁的键五秒。", 1)
    camera = Candidate(replace(HIT, ref_id=2), "怎么重置", "用卡针捅摄像头的小孔。", 2)
    assert told_apart((lock, camera), 3) == (lock, camera)
    assert told_apart((lock, replace(camera, category_id=1)), 3) == (lock,)
    other = replace(camera, category_id=1, products=frozenset({2}))
    assert told_apart((lock, other), 3) == (lock, other)


@pytest.mark.parametrize(
    "titles",
    [("C++ 怎么接入", "C# 怎么接入"), ("升级到 1.5", "升级到 15"), ("错误 1-01", "错误 101")],
)
def test_a_mark_may_tell_titles_apart(titles: tuple[str, str]) -> None:
    """K7: a version or a language is not its neighbour."""
    found = tuple(Candidate(replace(HIT, ref_id=n), title, "") for n, title in enumerate(titles))
    assert told_apart(found, 3) == found


def test_a_suggestion_is_not_shown_twice() -> None:
    """Q3: neither beside the answer nor among suggestions."""
    sure = judge("密码忘了", (FIRST, TWIN, OTHER), Policy(model((0.9, 0.0)), 0.9), limited=False)
    unsure = judge("密码忘了", (FIRST, TWIN, OTHER), Policy(model((0.9, 2.0)), 0.9), limited=False)
    assert isinstance(sure, Answered)
    assert sure.others == ()
    assert isinstance(unsure, Suggested)
    assert unsure.candidates == (FIRST,)
