"""A solved ticket as the draft of an article (K9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.draft import LONGEST_TITLE, Draft, Said, draft, restored
from answerer.redact import redact
from tests.answerer.test_redact import NEARLY


def drafted(subject: str, question: str, *answers: str) -> Draft:
    """A draft of one question and its answers."""
    said = [Said(f"m{n}", answer, by_staff=True) for n, answer in enumerate(answers)]
    return draft(subject, [Said("q", question), *said])


def test_it_tells_question_and_answers_in_order() -> None:
    """K9: quoted question, then what the agent said, first to last."""
    made = drafted("耳机没声音", "第一行\n第二行", "先充电", "再重启")
    assert made.title == "耳机没声音"
    assert made.body() == "## 问题\n\n> 第一行\n> 第二行\n\n## 解决办法\n\n先充电\n\n再重启\n"
    assert made.masked == ()


def test_it_holds_only_the_chosen_parts() -> None:
    """K9: the agent chooses the messages."""
    made = drafted("耳机没声音", "没声音", "先充电", "再重启")
    assert made.body(["m1"]) == "## 解决办法\n\n再重启\n"


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
    assert drafted(subject, "q").title == title


def test_it_masks_title_question_and_answers() -> None:
    """K9: private data in every part, with its places and a word of its own."""
    made = drafted("打 13800138000 没人接", "邮箱 a@b.cn，电话 13800138000", "回复 13900139000")
    assert [(each.kind, each.word, each.places) for each in made.hidden] == [
        ("phone", "［手机号A］", ("title", "q")),
        ("email", "［邮箱］", ("q",)),
        ("phone", "［手机号B］", ("m0",)),
    ]
    assert made.masked == ("email", "phone")
    assert made.title == "打 ［手机号A］ 没人接"


def test_it_puts_single_ones_back_and_leaves_the_others_hidden() -> None:
    """K9: wherever the writer moved the word."""
    made = drafted("主题", "13800138000 和 13900139000，王小明先生")
    first = made.hidden[0].word
    text = f"改过：［姓名］先生打 ［手机号B］ 或 {first}"
    assert restored(text, made.hidden, {first}) == "改过：某先生打 ［手机号］ 或 13800138000"


@given(st.lists(NEARLY, max_size=4), NEARLY)
def test_it_restores_exactly_and_hides_everything(texts: list[str], subject: str) -> None:
    """K9: all undone is the text as it was; nothing undone holds no private data."""
    made = draft(subject, [Said(str(n), text) for n, text in enumerate(texts)])
    plain = draft("", [Said(str(n), "") for n in range(len(texts))])
    assert plain.hidden == ()
    every = {each.word for each in made.hidden}
    body = made.body()
    shown = [text.strip() for text in texts if text.strip()]
    quoted = ["\n".join(f"> {line}".rstrip() for line in text.splitlines()) for text in shown]
    whole = "\n\n".join([*(["## 问题", *quoted] if shown else []), "## 解决办法"]) + "\n"
    assert restored(body, made.hidden, every) == whole
    assert redact(restored(body, made.hidden, ())).kinds == ()


@given(st.integers(0, 70))
def test_it_never_cuts_a_number_into_something_unrecognised(before: int) -> None:
    """K9: wherever the title ends, no part of a telephone number or of its mask is left over."""
    made = drafted("问" * before + "13800138000" + "。", "q")
    assert not any(character.isdigit() for character in made.title)
    assert made.title.count("［") == made.title.count("］")
    assert len(made.title) <= LONGEST_TITLE


@given(subject=st.text(), question=st.text(), answers=st.lists(st.text(), max_size=3))
def test_it_drafts_any_texts(subject: str, question: str, answers: list[str]) -> None:
    """K9: never raises, the title fits."""
    made = drafted(subject, question, *answers)
    assert len(made.title) <= LONGEST_TITLE
    assert made.body().endswith("\n")
