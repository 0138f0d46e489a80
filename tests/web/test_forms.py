"""Whatever a browser sends becomes a frozen form or a clear InvalidInput, never a crash."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage, MultiDict

from kb_app.errors import InvalidInput
from kb_app.questions import QuestionDraft
from kb_app.usage import Origin
from models import MessageKind, TicketStatus
from web import forms


def form(**fields: str) -> MultiDict[str, str]:
    return MultiDict(fields)


def test_it_reads_a_question_with_all_its_fields() -> None:
    sent = form(
        text=" 门锁\r\n打不开 ",
        category_id="3",
        product_id="",
        email=" a@b.cn ",
        submission_key="k1",
        agreed_public="on",
    )
    assert forms.question(sent) == QuestionDraft("门锁\n打不开", 3, None, "a@b.cn", "k1", True)


def test_it_gives_a_fresh_key_to_a_form_that_lost_its_own() -> None:
    first, second = forms.question(form(text="a")), forms.question(form(text="a"))
    assert first.submission_key
    assert first.submission_key != second.submission_key


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "9" * 400, "２", "2147483648", "0x1", "²"])
def test_it_refuses_a_number_that_is_none(value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        forms.question(form(text="a", category_id=value))
    assert (refused.value.field, refused.value.code) == ("category_id", "invalid")


def test_it_says_empty_when_a_needed_number_is_missing() -> None:
    with pytest.raises(InvalidInput) as refused:
        forms.needed_number(form(), "version")
    assert (refused.value.field, refused.value.code) == ("version", "empty")


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("", 1),
        ("0", 1),
        ("-3", 1),
        ("x", 1),
        ("7", 7),
        ("99999999999999999999", 1),
        ("20000", 10_000),
    ],
)
def test_it_always_finds_some_page(typed: str, page: int) -> None:
    assert forms.page_number(form(page=typed)) == page


def test_it_counts_a_wrong_filter_in_an_address_as_none() -> None:
    found = forms.search_form(form(q="密码", category="abc", product="12", page="2"))
    assert (found.text, found.category_id, found.product_id, found.page) == ("密码", None, 12, 2)


def test_it_cuts_a_very_long_search() -> None:
    assert len(forms.search_form(form(q="长" * 10_000)).text) == forms.LONGEST_QUERY


@pytest.mark.parametrize(("value", "vote"), [("1", 1), ("-1", -1), ("0", 0)])
def test_it_knows_the_three_votes(value: str, vote: int) -> None:
    assert forms.vote_value(form(value=value)) == vote


@pytest.mark.parametrize("value", ["", "2", "+1", "1.0", "１"])
def test_it_refuses_any_other_vote(value: str) -> None:
    with pytest.raises(InvalidInput):
        forms.vote_value(form(value=value))


def test_it_knows_where_a_reader_came_from_only_when_both_parts_are_right() -> None:
    assert forms.origin(form(s="5", p="2")) == Origin(5, 2)
    assert forms.origin(form(s="5")) is None
    assert forms.origin(form(s="x", p="2")) is None


def test_it_reads_an_agents_posting_with_the_state_it_goes_to() -> None:
    sent = form(kind="reply", body="好的", client_key="c", version="4", status="solved")
    posting = forms.posting(sent)
    assert (posting.kind, posting.status) == (MessageKind.REPLY, TicketStatus.SOLVED)
    assert posting.version == 4


@pytest.mark.parametrize("field", ["kind", "status"])
def test_it_refuses_a_state_or_kind_that_does_not_exist(field: str) -> None:
    sent = form(kind="reply", body="好", version="1", status="solved")
    sent[field] = "shouting"
    with pytest.raises(InvalidInput) as refused:
        forms.posting(sent)
    assert refused.value.field == field


def test_it_collects_products_once_each_and_in_order() -> None:
    sent = MultiDict([("product_ids", "3"), ("product_ids", "1"), ("product_ids", "3")])
    assert forms.draft(sent).product_ids == (3, 1)


def test_it_asks_for_a_file_when_none_was_chosen() -> None:
    with pytest.raises(InvalidInput) as refused:
        forms.upload({"file": FileStorage(io.BytesIO(b"x"), filename="")})
    assert (refused.value.field, refused.value.code) == ("file", "empty")


def test_it_keeps_all_that_was_typed_but_no_secret() -> None:
    sent = MultiDict(
        [("text", "忘了"), ("password", "geheim12"), ("csrf_token", "t"), ("p", "1"), ("p", "2")]
    )
    assert forms.typed(sent) == {"text": "忘了", "p": "1,2"}


anything = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=60)


@given(typed=anything, number=anything)
def test_it_never_fails_but_with_invalid_input_on_any_text(typed: str, number: str) -> None:
    sent = form(text=typed, category_id=number, email=typed, submission_key=typed)
    try:
        draft = forms.question(sent)
    except InvalidInput:
        return
    draft.text.encode("utf-8")
    draft.submission_key.encode("utf-8")
    assert "\x00" not in draft.text


@given(typed=anything)
def test_it_reads_any_address_as_some_search(typed: str) -> None:
    found = forms.search_form(form(q=typed, category=typed, page=typed))
    found.text.encode("utf-8")
    assert 1 <= found.page <= forms.LAST_PAGE


@given(typed=anything)
def test_it_makes_any_password_hashable(typed: str) -> None:
    forms.secret(form(password=typed), "password").encode("utf-8")
