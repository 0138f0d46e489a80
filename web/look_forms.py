"""From what a browser sent about the look and about embedding to the dataclasses of kb_app."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import FileStorage

from kb_app.look.choosing import LARGEST_PICTURE, LookForm
from kb_app.look.embedding import EmbeddingForm
from kb_app.look.values import Block
from web import forms
from web.forms import Form


def look(form: Form, files: Mapping[str, FileStorage]) -> LookForm:
    """The look as the form sent it."""
    return LookForm(
        name=forms.line(form, "name"),
        slogan=forms.line(form, "slogan"),
        accent=forms.line(form, "accent"),
        font=forms.line(form, "font") or "sans",
        blocks=_blocks(form),
        links=forms.text(form, "links"),
        footer=forms.text(form, "footer"),
        footer_links=forms.text(form, "footer_links"),
        announcement=forms.text(form, "announcement"),
        banner=forms.line(form, "banner"),
        banner_level=forms.line(form, "banner_level") or "info",
        banner_since=forms.line(form, "banner_since"),
        banner_until=forms.line(form, "banner_until"),
        banner_dismissible="banner_dismissible" in form,
        css=forms.text(form, "css"),
        logo=_picture(files, "logo"),
        favicon=_picture(files, "favicon"),
        drop_logo="drop_logo" in form,
        drop_favicon="drop_favicon" in form,
        version=forms.number(form, "version") or 0,
    )


def _blocks(form: Form) -> tuple[str, ...]:
    """The chosen blocks by their numbers; equal ones as they stand on the page."""
    chosen = [block.value for block in Block if f"block_{block.value}" in form]
    places = {name: forms.number_or_none(form, f"order_{name}") or 0 for name in chosen}
    return tuple(sorted(chosen, key=lambda name: places[name]))


def _picture(files: Mapping[str, FileStorage], name: str) -> bytes | None:
    sent = files.get(name)
    if sent is None or not sent.filename:
        return None
    return sent.stream.read(LARGEST_PICTURE + 1)


def embedding(form: Form) -> EmbeddingForm:
    """The embedding as the form sent it."""
    return EmbeddingForm(
        hosts=forms.text(form, "hosts"),
        label=forms.line(form, "label"),
        side=forms.line(form, "side"),
        colour=forms.line(form, "colour"),
        version=forms.number(form, "version") or 0,
    )
