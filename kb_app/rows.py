"""A row by its number, for use cases that name one."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.orm import Session

from kb_app.errors import NotFound
from models import Base

Row = TypeVar("Row", bound=Base)


def row_of(session: Session, kind: type[Row], row_id: int, *, locked: bool = False) -> Row:
    """The row, locked until the end of the transaction if asked; raises NotFound."""
    row = session.get(kind, row_id, with_for_update=True if locked else None)
    if row is None:
        raise NotFound(row_id)
    return row
