"""From what a browser sent about words to the dataclasses of kb_app."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import FileStorage

from kb_app.word_lists import MOST_BYTES, decoded
from kb_app.word_pages import WordsFilter
from kb_app.words import WordInput
from models import WordKind
from web import forms
from web.forms import Form


def words_filter(args: Form) -> WordsFilter:
    """Which lines of the dictionary to show."""
    return WordsFilter(
        selected=forms.line(args, "view"),
        query=forms.query(args),
        page=forms.page_number(args),
        deleted=forms.number_or_none(args, "deleted"),
        sentence=forms.query(args, "sentence"),
    )


def word_input(form: Form) -> WordInput:
    """A line as the form sent it."""
    return WordInput(
        kind=forms.one_of(form, "kind", WordKind),
        words=forms.text(form, "words"),
        version=forms.number(form, "version") or 0,
    )


def version(form: Form) -> int:
    """The version of the line the person saw."""
    return forms.needed_number(form, "version")


def list_text(form: Form, files: Mapping[str, FileStorage]) -> str:
    """A list: the uploaded file's text when there is one, else what was pasted."""
    sent = files.get("file")
    if sent is not None and sent.filename:
        return decoded(sent.stream.read(MOST_BYTES + 1))
    return forms.text(form, "list")
