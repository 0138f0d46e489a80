"""A lead, and the people around."""

from __future__ import annotations

import pytest

from kb_app.ports import Ports
from models import Role, Viewer, unit_of_work
from tests.factories import make_user


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """周组长, who looks at the numbers."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()
