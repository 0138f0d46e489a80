"""A solved ticket as the draft of an article (K9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.draft import LONGEST_TITLE, draft


def test_it_tells_question_and_answers_in_order() -> None:
    """K9: quoted question, then what the agent said, first to last."""
    made = draft("耳机没声音", "第一行\n第二行", ("先充电", "再重启"))
    assert made.title == "耳机没声音"
    assert "> 第一行\n> 第二行" in made.body
    assert made.body.index("先充电") < made.body.index("再重启")
    assert made.body.index("## 问题") < made.body.index("## 解决办法")
    assert made.masked == ()


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("您好，请问怎么开发票？", "怎么开发票？"),
        ("你好你好，想问下退款多久到账", "退款多久到账"),
        ("亲：麻烦问下门锁没电怎么办", "门锁没电怎么办"),
        ("你好", "你好"),
        ("请问", "请问"),
        (" ，。 ", ""),
    ],
)
def test_it_leaves_greetings_out_of_the_title(subject: str, title: str) -> None:
    """K9: a title is the question itself; what is only a greeting stays."""
    assert draft(subject, "q", ()).title == title


def test_it_masks_title_question_and_answers() -> None:
    """K9: private data in every part, each kind named once."""
    made = draft("打 13800138000 没人接", "邮箱 a@b.cn，电话 13800138000", ("回复 13900139000",))
    assert "1380" not in made.title + made.body
    assert "1390" not in made.body
    assert "@" not in made.body
    assert set(made.masked) == {"phone", "email"}


@given(st.integers(0, 70))
def test_it_never_cuts_a_number_into_something_unrecognised(before: int) -> None:
    """K9: wherever the title ends, no part of a telephone number is left over."""
    made = draft("问" * before + "13800138000" + "。", "q", ())
    assert not any(character.isdigit() for character in made.title)
    assert len(made.title) <= LONGEST_TITLE


@given(subject=st.text(), question=st.text(), answers=st.lists(st.text(), max_size=3))
def test_it_drafts_any_texts(subject: str, question: str, answers: list[str]) -> None:
    """K9: never raises, the title fits."""
    made = draft(subject, question, tuple(answers))
    assert len(made.title) <= LONGEST_TITLE
    assert made.body.endswith("\n")
