"""The life of a ticket as a table: 新建 → 处理中 → 暂停 → 处理完毕 → 关闭. Pure.

Beside it 隔离 and 删除: out of sight from any state, back to that state within thirty days.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models import Standing, TicketStatus

MOVES: dict[TicketStatus, tuple[TicketStatus, ...]] = {
    TicketStatus.NEW: (TicketStatus.OPEN, TicketStatus.SOLVED, TicketStatus.CLOSED),
    TicketStatus.OPEN: (TicketStatus.PAUSED, TicketStatus.SOLVED),
    TicketStatus.PAUSED: (TicketStatus.OPEN, TicketStatus.SOLVED),
    TicketStatus.SOLVED: (TicketStatus.OPEN, TicketStatus.CLOSED),
    TicketStatus.CLOSED: (TicketStatus.OPEN,),
    TicketStatus.QUARANTINED: (),
    TicketStatus.DELETED: (),
}
ENDED = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED})
HIDDEN = frozenset({TicketStatus.QUARANTINED, TicketStatus.DELETED})
RESTING = ENDED | HIDDEN
AUTO_CLOSE_DAYS = 3
KEEP_HIDDEN = timedelta(days=30)


@dataclass(frozen=True)
class Life:
    """Where a ticket is; while hidden, where it was before and since when."""

    status: TicketStatus
    hidden_from: TicketStatus | None = None
    hidden_at: datetime | None = None


def may_move(before: TicketStatus, after: TicketStatus) -> bool:
    """Whether a ticket may go from one state to the other."""
    return after in MOVES[before]


def way(before: TicketStatus, after: TicketStatus) -> tuple[TicketStatus, ...]:
    """The shortest steps from one state to another; none when there is no way."""
    reached: dict[TicketStatus, tuple[TicketStatus, ...]] = {before: ()}
    ahead = [before]
    for status in ahead:
        for each in MOVES[status]:
            if each not in reached:
                reached[each] = (*reached[status], each)
                ahead.append(each)
    return reached.get(after, ())


def may_hide(before: TicketStatus, after: TicketStatus) -> bool:
    """Anything visible may be hidden; what is quarantined may be deleted, not the reverse."""
    return after in HIDDEN and before is not after and before is not TicketStatus.DELETED


def hide(life: Life, after: TicketStatus, now: datetime) -> Life:
    """The life out of sight; a quarantined ticket that is deleted keeps where it came from."""
    if not may_hide(life.status, after):
        raise ValueError(f"{life.status} -> {after}")
    return Life(after, life.hidden_from or life.status, now)


def restore(life: Life) -> Life:
    """Back to where it was; a visible ticket stays."""
    if life.status not in HIDDEN:
        return life
    return Life(life.hidden_from or TicketStatus.OPEN)


def move(life: Life, after: TicketStatus) -> Life:
    """One step of the visible life; ValueError for a step that it does not have."""
    if not may_move(life.status, after):
        raise ValueError(f"{life.status} -> {after}")
    return replace(life, status=after)


def is_forgotten(life: Life, now: datetime) -> bool:
    """Whether the time for bringing it back is over."""
    return life.hidden_at is not None and now - life.hidden_at >= KEEP_HIDDEN


def after_staff_reply(status: TicketStatus) -> TicketStatus:
    """Answering a new ticket takes it into work; other states stay."""
    return TicketStatus.OPEN if status is TicketStatus.NEW else status


def after_customer_reply(status: TicketStatus) -> TicketStatus:
    """A customer who writes again wakes a paused, solved or closed ticket, not a hidden one."""
    stays = status is TicketStatus.NEW or status in HIDDEN
    return status if stays else TicketStatus.OPEN


def standing(status: TicketStatus, *, waits: bool, danger: bool) -> Standing:
    """Where it stands in a queue; `waits` says that the last public word is the customer's."""
    if status in HIDDEN:
        return Standing.HIDDEN
    if status in ENDED:
        return Standing.ENDED
    if status is not TicketStatus.NEW and not waits:
        return Standing.ANSWERED
    return Standing.DANGER if danger else Standing.WAITING
