"""The life of a ticket as a table: 新建 → 处理中 → 暂停 → 处理完毕 → 关闭. Pure."""

from __future__ import annotations

from models import TicketStatus

MOVES: dict[TicketStatus, tuple[TicketStatus, ...]] = {
    TicketStatus.NEW: (TicketStatus.OPEN, TicketStatus.SOLVED, TicketStatus.CLOSED),
    TicketStatus.OPEN: (TicketStatus.PAUSED, TicketStatus.SOLVED),
    TicketStatus.PAUSED: (TicketStatus.OPEN, TicketStatus.SOLVED),
    TicketStatus.SOLVED: (TicketStatus.OPEN, TicketStatus.CLOSED),
    TicketStatus.CLOSED: (TicketStatus.OPEN,),
}
ENDED = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED})
AUTO_CLOSE_DAYS = 3


def may_move(before: TicketStatus, after: TicketStatus) -> bool:
    """Whether a ticket may go from one state to the other."""
    return after in MOVES[before]


def after_staff_reply(status: TicketStatus) -> TicketStatus:
    """Answering a new ticket takes it into work; other states stay."""
    return TicketStatus.OPEN if status is TicketStatus.NEW else status


def after_customer_reply(status: TicketStatus) -> TicketStatus:
    """A customer who writes again wakes a paused, solved or closed ticket."""
    return status if status is TicketStatus.NEW else TicketStatus.OPEN
