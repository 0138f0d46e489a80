"""How often an unmet need of this site becomes a ticket, with cautious first guesses."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.holdout import HELD_OUT
from kb_app.insight.asked import Ending, Offer, read_asked
from kb_app.insight.clustering import Rates
from kb_app.insight.period import Wanted, period_of
from kb_app.insight.search_rows import read_log
from kb_app.insight.unmet import DAYS
from kb_app.ports import Ports
from kb_app.searchers import key_of
from models import visitor

GUESS_WEIGHT = 20
SEARCH_GUESS, QUESTION_GUESS, VOTE_GUESS = 0.05, 0.4, 0.1


def rates_of(session: Session, ports: Ports) -> Rates:
    """Shares of the last DAYS; GUESS_WEIGHT imagined cases keep small sites from extremes."""
    period = period_of(Wanted(DAYS), ports.clock(), ZoneInfo(ports.config.timezone))
    asked = read_asked(session, period, trees.categories(session), None)
    unmet = [each for each in asked if each.offer is not Offer.ANSWER and each.reason != HELD_OUT]
    tickets = [each for each in asked if each.ending is Ending.TICKET]
    log = read_log(session, visitor(""), period)
    empty_handed = {visit.person for visit in log.visits if visit.found == 0}
    turned = {key_of(ports.config, each.asker_key, each.created_at) for each in tickets}
    return Rates(
        search=_guessed(len(empty_handed & turned), len(empty_handed), SEARCH_GUESS),
        question=_guessed(
            sum(each.ending is Ending.TICKET for each in unmet), len(unmet), QUESTION_GUESS
        ),
        vote=VOTE_GUESS,
    )


def _guessed(part: int, whole: int, guess: float) -> float:
    return (part + guess * GUESS_WEIGHT) / (whole + GUESS_WEIGHT)
