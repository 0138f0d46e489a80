"""What the page of an article's life sends: moments in the site's time zone, ids, a slug."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from kb_app.article_life import PlanInput
from kb_app.errors import InvalidInput
from web.forms import Form, line, needed_number, number


def plan(form: Form, timezone: str) -> PlanInput:
    """Owner and times; a review date is the morning of its day."""
    zone = ZoneInfo(timezone)
    return PlanInput(
        owner_id=number(form, "owner_id"),
        publish_at=_moment(form, "publish_at", zone),
        expires_at=_moment(form, "expires_at", zone),
        review_by=_moment(form, "review_by", zone),
        version=needed_number(form, "version"),
    )


def related(form: Form) -> tuple[int, ...]:
    """The chosen articles in their order."""
    found = (number(Form({"related": value}), "related") for value in form.getlist("related"))
    return tuple(one for one in found if one is not None)


def _moment(form: Form, name: str, zone: ZoneInfo) -> datetime | None:
    typed = line(form, name)
    if not typed:
        return None
    try:
        found = datetime.fromisoformat(typed)
        if len(typed) == len("2026-01-01"):
            found = datetime.combine(found.date(), time(9))
        local = found.replace(tzinfo=zone) if found.tzinfo is None else found
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(name, "invalid") from error
