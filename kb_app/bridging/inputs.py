"""A bridge as an administrator typed it, tidied and checked before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kb_app.accounts import checked_email
from kb_app.bridging.doors import OURS
from kb_app.errors import InvalidInput
from kb_app.typed_text import clean_line, optional, required
from models import BridgeScope
from ticket_bridge.handover import DeskKind
from ticket_bridge.webhook_call import CallFault, checked_url
from ticket_bridge.webhook_signing import is_secret

MOST_STATES = 20
KINDS = (DeskKind.REQUEST_TRACKER, DeskKind.WEBHOOK, DeskKind.MAIL)


@dataclass(frozen=True)
class BridgeInput:
    """A bridge as the form sent it; an empty secret keeps the one that is stored.

    `states` has for each of our states the words of the other system, `queues` by team id.
    `moved` says what another address means: "same" system or "other".
    """

    name: str = ""
    kind: DeskKind = DeskKind.REQUEST_TRACKER
    url: str = ""
    username: str = ""
    secret: str = ""
    queue: str = ""
    scope: BridgeScope = BridgeScope.ASKED
    node_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    states: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    version: int = 0
    moved: str = ""


def checked_input(form: BridgeInput) -> BridgeInput:
    """Tidied, or InvalidInput for the first thing that cannot be."""
    if form.kind not in KINDS:
        raise InvalidInput("kind", "unknown")
    name = required("name", clean_line(form.name), 60)
    queues = {
        team: clean_line(optional("queue", queue, 100)) for team, queue in form.queues.items()
    }
    states = {ours: clean_line(optional("states", form.states.get(ours, ""), 200)) for ours in OURS}
    _check_states(states)
    form = replace(form, name=name, queues=queues, states=states)
    if form.kind is DeskKind.MAIL:
        try:
            address = checked_email(form.username)
        except InvalidInput as error:
            raise InvalidInput("username", "email") from error
        return replace(form, url="", username=address, queue="")
    url = _url(form.url)
    if form.kind is DeskKind.WEBHOOK:
        if form.secret and not is_secret(form.secret):
            raise InvalidInput("secret", "signing")
        return replace(form, url=url, username="", queue=clean_line(form.queue)[:100])
    return replace(
        form,
        url=url,
        username=required("username", clean_line(form.username), 100),
        queue=required("queue", clean_line(form.queue), 100),
    )


def _check_states(states: dict[str, str]) -> None:
    words = [word for text in states.values() for word in words_of(text)]
    if len(words) != len(set(words)):
        raise InvalidInput("states", "twice")
    if len(words) > MOST_STATES:
        raise InvalidInput("states", "too_long")


def _url(text: str) -> str:
    url = required("url", clean_line(text), 400).rstrip("/")
    try:
        parts = checked_url(url)
    except CallFault as fault:
        raise InvalidInput("url", "invalid") from fault
    if parts.query or parts.fragment:
        raise InvalidInput("url", "invalid")
    return url


def words_of(text: str) -> list[str]:
    """Words of the other system, written with commas."""
    return [word for part in text.replace("，", ",").split(",") if (word := part.strip().lower())]
