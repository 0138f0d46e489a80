"""What is behind is found by seeking, whatever else is kept (C9)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from kb_app.chat import storing
from kb_app.ports import Ports
from models import reading
from tests.conftest import People
from tests.kb_app.chat.chats import begin, chat


def test_it_seeks_and_does_not_look_through_every_message(ports: Ports, people: People) -> None:
    """C9: two years of kept chats must not slow the next word down."""
    one, other = (
        chat(ports, begin(ports, viewer, "在吗")).id for viewer in (people.xiaoai, people.laochen)
    )
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    sa.event.listen(ports.database.engine, "before_cursor_execute", note)
    with reading(ports.database) as session:
        found = storing.behind(session, {one: 0, other: 1}, 100)
        sa.event.remove(ports.database.engine, "before_cursor_execute", note)
        plans = [
            row[-1]
            for statement, values in asked
            if statement.startswith("SELECT")
            for row in session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", values
            )
        ]
    assert [(row.chat_id, row.seq) for row in found] == [(one, 1), (one, 2), (other, 2)]
    assert not [plan for plan in plans if plan.startswith("SCAN chat")]
    assert any("SEARCH chat_message" in plan for plan in plans)
