"""Private data is masked, other numbers stay (K9, O3)."""

from __future__ import annotations

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.redact import MASKS, find, masked_with, redact

PHONE, ID, CARD = "13800138000", "11010119900307109X", "4111111111111111"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_card(stem: str) -> str:
    """An identity number with its right check digit (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(stem, _WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


def luhn(stem: str) -> str:
    """A card number with its right check digit (ISO 7812)."""
    total = 0
    for place, digit in enumerate(reversed(stem)):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{stem}{-total % 10}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PHONE, "phone"),
        ("+86 138 0013 8000", "phone"),
        ("86-138-0013-8000", "phone"),
        ("电话13800138000。", "phone"),
        ("a.b+c@mail.example.com", "email"),
        ("邮箱是xiaoai@example.cn，谢谢", "email"),
        (id_card("11010119900307109"), "id_card"),
        (id_card("11010119900307109").lower(), "id_card"),
        (id_card("44030019851212003"), "id_card"),
        (CARD, "bank_card"),
        ("4111 1111 1111 1111", "bank_card"),
        (luhn("622202020011223344"), "bank_card"),
        ("尾款付到 12 4111 1111 1111 1111", "bank_card"),
        ("4111 1111 1111 1111 12", "bank_card"),
        ("１３８００１３８０００", "phone"),
        ("４１１１　１１１１　１１１１　１１１１", "bank_card"),
        ("ａ＠ｂ\uff0eｃｎ", "email"),
    ],
)
def test_it_masks_private_data(text: str, kind: str) -> None:
    """K9: phone, address, identity number, bank card, as people write them."""
    masked = redact(text)
    assert masked.kinds == (kind,)
    assert MASKS[kind] in masked.text
    assert sum(character.isdigit() for character in masked.text) <= 2
    assert not set("@＠") & set(masked.text)


@pytest.mark.parametrize(
    "text",
    [
        "订单 2026-01-01 下的，付了订单 120000 元",
        "按路由器3号键，坐12号线，接电路2号端口",
        "联系人方式怎么改，请先生稍等，于是先生走了",
        "建国路在哪里",
        "110101199003071234",
        "4111111111111112",
        "12345678901",
        "型号 E1-138001380001234",
        "价格 1380.00",
        "@客服 你好",
        "2026-01-01 12:30:00",
        "端口 8080，延迟 １３ms",
        "",
    ],
)
def test_it_leaves_other_numbers_alone(text: str) -> None:
    """K9: a wrong check digit, a date, an amount, a key or a line of the underground stay."""
    assert redact(text).text == text
    assert redact(text).kinds == ()


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("订单号 202601010012345 没到", "订单号 ［单号］ 没到", "order"),
        ("订单：A12345678、B87654321。", "订单：［单号］。", "order"),
        ("快递单号是SF1234567890123", "快递单号是［单号］", "order"),
        ("我住在北京市朝阳区建国路88号院3号楼2单元501，谢谢", "我住在［地址］，谢谢", "address"),
        ("寄到上海市世纪大道 100号", "寄到［地址］", "address"),
        ("阳光花园3期2栋1单元1201室", "［地址］", "address"),
        ("中山路甲12号门口", "［地址］门口", "address"),
        ("李家村5组12号", "［地址］", "address"),
        ("您好王小明先生", "您好某先生", "name"),
        ("请欧阳女士回电", "请某女士回电", "name"),
        ("我叫王小明，来问一下", "我叫某，来问一下", "name"),
        ("收货人：张三", "收货人：某", "name"),
        ("于是李先生说", "于是某先生说", "name"),
    ],
)
def test_it_masks_what_only_words_give_away(text: str, masked: str, kind: str) -> None:
    """K9: order numbers, addresses with a house number, names at a title or a label."""
    assert redact(text).text == masked
    assert redact(text).kinds == (kind,)


def survivors(text: str) -> list[str]:
    """Private data by definitions of their own: check digits and the plainest patterns."""
    found = re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)|[a-z0-9]+@[a-z0-9]+\.[a-z]+", text)
    for run in re.findall(r"(?<!\d)\d{16,19}(?!\d)", text):
        found += [run] if luhn(run[:-1]) == run else []
    for run in re.findall(r"(?<!\d)\d{17}[\dX](?![\dX])", text):
        found += [run] if id_card(run[:-1]) == run else []
    return found


@given(st.text("0123456789", min_size=17, max_size=17))
def test_it_masks_by_check_digit_alone(stem: str) -> None:
    """K9: of eleven possible last characters exactly the right one is masked as an identity."""
    masked = [last for last in "0123456789X" if "id_card" in redact(stem + last).kinds]
    assert masked == [id_card(stem)[-1]]


@given(st.text("0123456789", min_size=15, max_size=15).filter(lambda text: text[0] != "0"))
def test_it_masks_by_luhn_alone(stem: str) -> None:
    """K9: of ten possible last digits exactly the right one is a card."""
    masked = [last for last in "0123456789" if "bank_card" in redact(stem + last).kinds]
    assert masked == [luhn(stem)[-1]]


def test_it_looks_on_inside_digits_that_were_no_card() -> None:
    """K9: another group of four in front does not hide the card behind it."""
    assert redact("后四位 1234 4111 1111 1111 1111").text == "后四位 1234 ［银行卡号］"


def test_it_masks_several_at_once() -> None:
    """K9: every one of them, each kind named once."""
    masked = redact(f"{PHONE} 或 {PHONE}，{CARD}，x@y.example")
    assert masked.kinds == ("email", "bank_card", "phone")
    assert masked.text == "［手机号］ 或 ［手机号］，［银行卡号］，［邮箱］"


NEARLY = st.lists(
    st.sampled_from(
        [
            PHONE,
            CARD,
            id_card("11010119900307109"),
            "a@b.cn",
            "+86",
            " ",
            "-",
            "1",
            "7",
            "X",
            ".cn",
            "@",
            "，",
            "a",
            "密码",
            "订单号",
            "A1234567",
            "建国路",
            "12号",
            "3栋",
            "王",
            "小明",
            "先生",
            "我叫",
            "姓名：",
            "］",
            "某",
        ]
    )
    | st.text("0123456789 -Xx@.", max_size=8),
    max_size=8,
).map("".join)


@given(NEARLY | st.text(max_size=60))
def test_it_changes_nothing_the_second_time(text: str) -> None:
    """K9: masked text is clean text."""
    once = redact(text)
    again = redact(once.text)
    assert again.text == once.text
    assert again.kinds == ()


@given(NEARLY)
def test_nothing_that_validates_survives(text: str) -> None:
    """K9: no telephone, mail, identity or bank card by any definition."""
    assert survivors(redact(text).text) == []


@given(NEARLY | st.text(max_size=60))
def test_its_marks_are_in_order_and_can_be_undone(text: str) -> None:
    """K9: putting each piece back gives exactly the text."""
    marks = find(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(marks))
    assert masked_with(text, marks, lambda mark: text[mark.start : mark.end]) == text
    assert masked_with(text, marks, lambda mark: MASKS[mark.kind]) == redact(text).text


def test_it_stays_fast_on_hostile_text() -> None:
    """O3: a long text of half an address or half a number takes no more than a moment."""
    began = time.perf_counter()
    for piece in ("市路1", "12号", "订单号1", "王", "4111 ", "a@a.", "我叫王"):
        redact(piece * 4_000)
    assert time.perf_counter() - began < 10


@given(before=st.text("密码 ，。\n", max_size=10), after=st.text("密码 ，。\n", max_size=10))
def test_it_finds_a_phone_anywhere(before: str, after: str) -> None:
    """K9: whatever stands around it."""
    assert PHONE not in redact(f"{before}{PHONE}{after}").text
