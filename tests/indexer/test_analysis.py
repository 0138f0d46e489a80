"""Chinese text → terms (K1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis import (
    MAX_EXPANDED,
    MAX_QUERY_TERMS,
    latin_prefixes,
    normalize,
    query_terms,
    terms,
    title_terms,
    typed_prefixes,
)
from indexer.pinyin import pinyin_prefixes, query_pinyin, syllables

ANY_TEXT = st.text(alphabet=st.characters(), max_size=80)


@given(ANY_TEXT)
def test_any_text_has_one_normal_form(text: str) -> None:
    """K1: normalising twice changes nothing."""
    assert normalize(normalize(text)) == normalize(text)


@given(ANY_TEXT)
def test_no_text_is_refused(text: str) -> None:
    """Control characters, lone surrogates, any script: terms or nothing, never an error."""
    for term in (*terms(text), *title_terms(text), *(t.text for t in query_terms(text))):
        assert term == term.strip() != ""
        assert not any(char.isspace() for char in term)
        term.encode("utf-8")
    typed_prefixes(text)


@given(st.text(alphabet="请问密码忘记了怎么办退款到账wifi24g0 -.", max_size=60))
def test_whatever_a_text_holds_it_can_be_asked_by(text: str) -> None:
    """K1: question and article go through the same door, so they cannot miss each other."""
    asked = {term.text for term in query_terms(text) if not term.stands_for}
    plain = {term for term in asked if ":" not in term}
    assert plain <= set(terms(text))


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("請問密碼忘記了", "请问密码忘记了"),
        ("ＷｉＦｉ　５ＧＨｚ", "wifi 5ghz"),
        ("退\u200b款\x00\ud800", "退款"),
        ("ABC", "abc"),
    ],
)
def test_it_levels_script_width_case_and_debris(written: str, same: str) -> None:
    """K1: traditional and simplified, full and half width."""
    assert normalize(written) == same


def test_it_keeps_characters_pairs_and_long_words() -> None:
    """K1: characters count most, long words add precision."""
    found = terms("信用卡还款")
    assert found[:5] == ("信", "用", "卡", "还", "款")
    assert {"信用", "用卡", "卡还", "还款", "信用卡"} <= set(found)


def test_it_counts_a_term_as_often_as_it_occurs() -> None:
    """BM25 needs the frequency."""
    assert terms("密码密码").count("密码") == 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("E-103", {"e-103", "e103", "103"}),
        ("L1 Pro", {"l1", "pro"}),
        ("2.4GHz", {"2.4ghz", "2.4", "ghz"}),
        ("E-202", {"e-202", "e202", "202"}),
        ("固件v2.3.1", {"v2.3.1", "v231"}),
        ("5.8折", {"5.8折", "5.8"}),
        ("装500 ml水", {"500ml", "500", "ml"}),
        ("满300元减50", {"300元", "50"}),
        ("Wi-Fi连不上", {"wi-fi", "wifi", "连不"}),
        ("iPhone15", {"iphone15", "iphone", "15"}),
    ],
)
def test_it_keeps_codes_and_model_names_whole(text: str, wanted: set[str]) -> None:
    """K1: the customer's own product words."""
    assert wanted <= set(terms(text))


@pytest.mark.parametrize(
    ("asked", "written"),
    [("2.4 GHz", "2.4GHz"), ("500ML", "500 ml"), ("5.8折", "5.8 折"), ("V2.3.1", "v2.3.1")],
)
def test_a_measure_is_found_however_it_is_written(asked: str, written: str) -> None:
    """K1: numbers and units are kept whole, with or without a space."""
    typed = {term.text for term in query_terms(asked)}
    assert max(map(len, typed & set(terms(written)))) >= 2


def test_the_beginning_of_a_latin_word_is_enough() -> None:
    """K1: blue finds Bluetooth, L1 alone is too short for that."""
    assert [term.text for term in latin_prefixes("blue 怎么连 L1")] == ["blue"]


def test_asking_words_weigh_little_but_not_nothing() -> None:
    """K1: 怎么办 alone is still a question."""
    weights = {term.text: term.weight for term in query_terms("密码忘了怎么办")}
    assert weights["密码"] > 2 * weights["怎么"] > 0
    assert query_terms("怎么办")


def test_a_word_weighs_more_than_a_pair_across_its_border() -> None:
    """K1: 修改|密码."""
    weights = {term.text: term.weight for term in query_terms("修改密码")}
    assert weights["密码"] > weights["改密"]


def test_a_long_question_asks_for_few_terms() -> None:
    """A 10,000-character question stays fast."""
    found = query_terms("登录失败错误代码退款快递地址变更" * 700)
    assert len(found) <= MAX_QUERY_TERMS + MAX_EXPANDED
    assert len([term for term in found if not term.stands_for]) <= MAX_QUERY_TERMS


def test_titles_can_be_found_by_pinyin() -> None:
    """K1: 重 reads chong in 重置."""
    assert {"py:mima", "py:chongzhi", "pi:mm"} <= set(title_terms("重置密码"))


@pytest.mark.parametrize(
    ("typed", "term"),
    [(["mima"], "py:mima"), (["mi", "ma"], "py:mima"), (["dlmm"], "pi:mm")],
)
def test_pinyin_is_read_however_it_is_split(typed: list[str], term: str) -> None:
    """K1."""
    assert term in query_pinyin(typed)


def test_exact_words_weigh_more_than_their_sound() -> None:
    """K1: homophones never outrank the exact word."""
    weights = {term.text: term.weight for term in query_terms("密码 mima")}
    assert weights["py:mima"] < weights["密码"]
    assert weights["py:mima"] < weights["mima"]


def test_half_typed_pinyin_completes_its_last_syllable() -> None:
    """K1: suggestions while typing."""
    assert pinyin_prefixes("denglum") == ["py:lum"]
    assert pinyin_prefixes("mi") == ["py:mi"]
    assert pinyin_prefixes("x9") == []
    assert syllables("wifi") == ()
    assert typed_prefixes("密码") == ()
