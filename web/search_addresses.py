"""Addresses of the results page: what it shows now, with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from indexer.narrowing import Order
from kb_app.search import SearchForm


@dataclass(frozen=True)
class SearchAddresses:
    """Makes addresses relative to the results page; paging starts again with every change."""

    form: SearchForm

    @property
    def params(self) -> dict[str, str | int | None]:
        """All that the page depends on but its number; None for what is not chosen."""
        form = self.form
        return {
            "q": form.text or None,
            "category": form.category_id,
            "product": form.product_id,
            "type": form.doc_type,
            "days": form.days,
            "sort": None if form.order is Order.RELEVANCE else form.order,
            "exact": 1 if form.exact else None,
        }

    def having(self, name: str, value: str) -> str:
        """The page with one choice made, or taken back when `value` is empty."""
        return self._address({**self.params, name: value or None})

    def all(self) -> str:
        """The page without any filter, in the same order, read as literally as before."""
        return self._address({name: self.params[name] for name in ("q", "sort", "exact")})

    def _address(self, params: dict[str, str | int | None]) -> str:
        return "?" + urlencode([(k, str(v)) for k, v in params.items() if v is not None])
