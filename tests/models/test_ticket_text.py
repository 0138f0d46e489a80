"""Finding tickets by their texts, and many ids as one parameter (T4)."""

from __future__ import annotations

import sqlalchemy as sa

from models import Database, Ticket, among, find_tickets, put_text, reading, text_ref, unit_of_work
from tests.factories_tickets import make_ticket


def test_it_looks_up_many_ids_as_one_parameter(any_database: Database) -> None:
    """T4: in SQLite and PostgreSQL alike; none means none."""
    with unit_of_work(any_database) as session:
        ids = [make_ticket(session).id for _ in range(3)]
    with reading(any_database) as session:
        chosen = sa.select(Ticket.id).where(Ticket.id.in_(among(session, ids[1:])))
        assert session.scalars(chosen.order_by(Ticket.id)).all() == ids[1:]
        nothing = sa.select(Ticket.id).where(Ticket.id.in_(among(session, [])))
        assert session.scalars(nothing).all() == []


def test_it_finds_the_newest_text_first(any_database: Database) -> None:
    """T4: by every word of the query, the newest ticket first."""
    with unit_of_work(any_database) as session:
        first, second = make_ticket(session), make_ticket(session)
        put_text(session, text_ref(first.id, 1), "门锁离线，订单号 YJ12345678")
        put_text(session, text_ref(second.id, 2), "门锁离线了")
        ids = [second.id, first.id]
    with reading(any_database) as session:
        assert find_tickets(session, "门锁 离线", 10) == ids
        assert find_tickets(session, "门锁 yj12345678", 10) == ids[1:]
