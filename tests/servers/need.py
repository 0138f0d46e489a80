"""What a test does without its server: it is skipped at a desk, and fails in CI."""

import os
from typing import NoReturn

import pytest

HOW = "`make servers` installs it"


def need(reason: str) -> NoReturn:
    """Skip the asking test, or fail it when CI=true: there nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; {HOW}", pytrace=False)
    pytest.skip(f"{reason}; {HOW}")
