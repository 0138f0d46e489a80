"""From what a browser sent to the frozen dataclasses of kb_app.

Never raises anything but InvalidInput: numbers out of range, missing fields, lone
surrogates and control characters all end in a clear result. Lengths are kb_app's rule.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import BinaryIO, TypeVar, cast

from werkzeug.datastructures import FileStorage, MultiDict

from indexer.narrowing import DAYS, DocType, Order
from kb_app.accounts import Registration
from kb_app.article_list import ManageFilter
from kb_app.editing import ArticleInput
from kb_app.errors import InvalidInput
from kb_app.escalation import Escalation
from kb_app.files import Upload
from kb_app.promotion import DraftInput
from kb_app.questions import QuestionDraft
from kb_app.search import SearchForm
from kb_app.suggesting import Suggested
from kb_app.tickets import Posting
from kb_app.typed_text import clean, clean_line
from kb_app.usage import Origin
from models import MessageKind, TicketStatus, both_key

LARGEST_ID = 2**31 - 1
LAST_PAGE = 10_000
LONGEST_QUERY = 512
LONGEST_KEY = 64
MOST_KEYS = 500
SECRET_FIELDS = frozenset({"csrf_token", "password", "old", "new"})
VOTES = {"1": 1, "-1": -1, "0": 0}

Form = MultiDict[str, str]
Kind = TypeVar("Kind", bound=StrEnum)


def text(form: Form, name: str) -> str:
    """A field of several lines, cleaned; empty when missing."""
    return clean(form.get(name, ""))


def line(form: Form, name: str) -> str:
    """A field of one line, cleaned; empty when missing."""
    return clean_line(form.get(name, ""))


def query(form: Form, name: str = "q") -> str:
    """A search text, cut to what a search can use."""
    return line(form, name)[:LONGEST_QUERY].strip()


def number(form: Form, name: str) -> int | None:
    """An id or version; None when empty, InvalidInput when it cannot be one."""
    return _number(name, form.get(name, ""))


def needed_number(form: Form, name: str) -> int:
    """A number the form cannot do without."""
    value = number(form, name)
    if value is None:
        raise InvalidInput(name, "empty")
    return value


def number_or_none(form: Form, name: str) -> int | None:
    """For addresses typed or shared by people: a wrong number counts as none."""
    try:
        return number(form, name)
    except InvalidInput:
        return None


def page_number(form: Form) -> int:
    """Which page of a list, from 1."""
    return min(max(number_or_none(form, "page") or 1, 1), LAST_PAGE)


def one_of(form: Form, name: str, kind: type[Kind]) -> Kind:
    """A member of `kind`, or InvalidInput."""
    try:
        return kind(form.get(name, ""))
    except ValueError as error:
        raise InvalidInput(name, "invalid") from error


def key(form: Form, name: str) -> str:
    """The key that makes sending twice harmless; a fresh one when the form lost it."""
    return line(form, name)[:LONGEST_KEY] or secrets.token_hex(16)


def vote_value(form: Form) -> int:
    """1, -1, or 0 for no opinion."""
    value = VOTES.get(form.get("value", "").strip())
    if value is None:
        raise InvalidInput("value", "invalid")
    return value


def search_form(args: Form) -> SearchForm:
    """What a search address asks for; never fails."""
    return SearchForm(
        text=query(args),
        category_id=number_or_none(args, "category"),
        product_id=number_or_none(args, "product"),
        page=page_number(args),
        doc_type=_among(DocType, args.get("type", "")),
        days=days if (days := number_or_none(args, "days")) in DAYS else None,
        order=_among(Order, args.get("sort", "")) or Order.RELEVANCE,
        exact=args.get("exact") == "1",
    )


def origin(args: Form) -> Origin | Suggested | None:
    """From which search and place, or from which suggestion, a reader came to an article."""
    search_id, position = number_or_none(args, "s"), number_or_none(args, "p")
    if search_id and position:
        return Origin(search_id, position)
    typed_then = query(args, "t")
    return Suggested(typed_then) if typed_then else None


def question(form: Form) -> QuestionDraft:
    """A question as asked."""
    return QuestionDraft(
        text=text(form, "text"),
        category_id=number(form, "category_id"),
        product_id=number(form, "product_id"),
        email=line(form, "email"),
        submission_key=key(form, "submission_key"),
        agreed_public="agreed_public" in form,
    )


def follow_up(form: Form) -> str:
    """What an asker asks on."""
    return text(form, "more")


def escalation(form: Form) -> Escalation:
    """What an asker adds when the answer did not help."""
    return Escalation(extra=text(form, "extra"), email=line(form, "email"))


def posting(form: Form) -> Posting:
    """What an agent writes on a ticket, and the state it goes to."""
    return Posting(
        kind=one_of(form, "kind", MessageKind),
        body=text(form, "body"),
        client_key=key(form, "client_key"),
        version=needed_number(form, "version"),
        status=one_of(form, "status", TicketStatus) if form.get("status") else None,
        insert_article_id=number(form, "insert_article_id"),
        held=form.get("held") == "1",
    )


def manage_filter(args: Form) -> ManageFilter:
    """Which list of articles."""
    return ManageFilter(selected=line(args, "view"), query=query(args), page=page_number(args))


def draft(form: Form) -> DraftInput:
    """An article draft made from a ticket."""
    return DraftInput(
        title=line(form, "title"),
        body=text(form, "body"),
        category_id=number(form, "category_id"),
        product_ids=_numbers(form, "product_ids"),
        kept=keys(form, "kept"),
        files=keys(form, "files"),
    )


def keys(form: Form, name: str) -> tuple[str, ...]:
    """The ticked values of a group, as far as they can be keys."""
    return tuple(value for value in form.getlist(name)[:MOST_KEYS] if len(value) <= LONGEST_KEY)


def article(form: Form) -> ArticleInput:
    """An article as the editor sent it."""
    return ArticleInput(
        title=line(form, "title"),
        body=text(form, "body"),
        phrasings=text(form, "phrasings"),
        category_id=number(form, "category_id"),
        product_ids=_numbers(form, "product_ids"),
        access=access(form),
        version=number(form, "version") or 0,
        draft_key=line(form, "draft_key")[:40],
    )


def access(form: Form) -> str:
    """Who may see: one of the site's keys, or the ticked ones joined by commas."""
    word = line(form, "access")
    if word != "chosen":
        return word
    pair = [line(form, "access_level"), line(form, "access_group")]
    both = [both_key(*pair)] if any(pair) else []
    return ",".join([*form.getlist("access_keys"), *both])[:2000]


def upload(files: Mapping[str, FileStorage]) -> Upload:
    """The one file of an upload form."""
    sent = files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput("file", "empty")
    return Upload(
        filename=clean_line(sent.filename),
        stream=cast(BinaryIO, sent.stream),
    )


def registration(form: Form) -> Registration:
    """A new account; the password is taken as typed."""
    return Registration(
        name=line(form, "name"), email=line(form, "email"), password=secret(form, "password")
    )


def secret(form: Form, name: str) -> str:
    """A password, exactly as typed; what UTF-8 cannot hold is dropped so it can be hashed."""
    return form.get(name, "").encode("utf-8", "ignore").decode("utf-8")


def typed(form: Form) -> dict[str, str]:
    """Everything typed, for showing the form again; several choices are joined by commas."""
    return {
        name: ",".join(clean(value) for value in values)
        for name, values in form.lists()
        if name not in SECRET_FIELDS
    }


def _among(kind: type[Kind], value: str) -> Kind | None:
    """For addresses: a member of `kind`, or none."""
    return next((member for member in kind if member.value == value), None)


def _number(name: str, value: str) -> int | None:
    digits = value.strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()) or int(digits[:12]) > LARGEST_ID:
        raise InvalidInput(name, "invalid")
    return int(digits[:12])


def _numbers(form: Form, name: str) -> tuple[int, ...]:
    found = (_number(name, value) for value in form.getlist(name))
    return tuple(dict.fromkeys(value for value in found if value is not None))
