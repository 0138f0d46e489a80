"""Reading and filling the forms of a page the way a browser does."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.website import Browser


@dataclass
class Form:
    """A form of a page with what its fields hold."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class FormReader(HTMLParser):
    """Collects every form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._area = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get")))
        name = values.get("name", "")
        if tag == "option" and self._select and "selected" in values:
            self.forms[-1].fields[self._select] = values.get("value", "")
        if not self.forms or not name:
            return
        if tag == "select":
            self._select = name
            self.forms[-1].fields.setdefault(name, "")
        if tag == "textarea":
            self._area = name
            self.forms[-1].fields.setdefault(name, "")
        if tag == "input" and values.get("type") not in {"checkbox", "radio", "submit", "file"}:
            self.forms[-1].fields.setdefault(name, values.get("value", ""))
        if tag == "input" and "checked" in values:
            self.forms[-1].fields[name] = values.get("value", "on")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data.removeprefix("\n")


def forms_of(page: TestResponse) -> list[Form]:
    """Every form of a page."""
    reader = FormReader()
    reader.feed(page.text)
    return reader.forms


def submit(browser: Browser, page: TestResponse, to: str, **typed: str) -> TestResponse:
    """Fill the form whose address ends in `to`, press its button, follow where it leads."""
    matching = [form for form in forms_of(page) if urlsplit(form.action).path.endswith(to)]
    assert matching, f"no form for {to} among {[f.action for f in forms_of(page)]}"
    form = next((form for form in matching if set(typed) & set(form.fields)), matching[0])
    return browser.client.post(form.action, data={**form.fields, **typed}, follow_redirects=True)
