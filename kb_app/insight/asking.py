"""Asking a question again as a customer would, without leaving a trace."""

from __future__ import annotations

from answerer.answer import SHOWN, Answered, NotSure, Outcome, Policy, answer
from indexer.backend import SearchFilter, SearchRequest
from indexer.document import DocKind
from kb_app import candidates
from kb_app.learning.model import usual_model
from kb_app.ports import Ports
from models import CUSTOMER_KEY, PUBLIC_KEY, GapSource, Role, Viewer

CUSTOMER = Viewer(Role.CUSTOMER, None, "", frozenset({PUBLIC_KEY, CUSTOMER_KEY}))


def outcome_for(ports: Ports, text: str) -> Outcome:
    """What a signed-in customer would be offered now."""
    return answer(
        ports.engine,
        text,
        SearchFilter(CUSTOMER.finding, kinds=frozenset(DocKind)),
        lambda hits: candidates.load(ports, CUSTOMER, hits),
        Policy(usual_model(ports), ports.config.answer_precision),
    )


def is_met(ports: Ports, source: GapSource, text: str, article_id: int) -> bool:
    """Whether who asked so now gets the article: a searcher among the first three results,
    an asker as the answer or among the texts shown.
    """
    if source in {GapSource.SEARCH, GapSource.VOTE}:
        wanted = SearchFilter(CUSTOMER.finding)
        hits = ports.engine.search(SearchRequest(text, wanted, limit=SHOWN)).hits
        return any(hit.ref_id == article_id for hit in hits)
    return offers(outcome_for(ports, text), article_id)


def offers(outcome: Outcome, article_id: int) -> bool:
    """Whether this article is the answer or among the (at most three) texts shown."""
    if isinstance(outcome, NotSure):
        return False
    shown = (outcome.best, *outcome.others) if isinstance(outcome, Answered) else outcome.candidates
    return any(each.hit.kind is DocKind.ARTICLE and each.hit.ref_id == article_id for each in shown)
