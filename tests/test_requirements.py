"""The pinned lists agree with each other and with what their packages ask for.

`make run` installs the lean list with `--no-deps`, where a wrong or missing pin goes unseen
until something imports it; `make test` lets pip resolve, which refuses the same pin outright.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parent.parent
LISTS = ("requirements-lean.txt", "requirements.txt", "requirements-dev.txt")
# Left out of the lean list on purpose: the client of a model hub, which nothing here asks, and
# the colours of the limiter's command line.
LEFT_OUT = {"huggingface-hub", "rich"}


def listed(name: str) -> Iterator[Requirement]:
    """The pins of one file, without comments and the files it reads."""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not re.match(r"\s*(#|-r )", line):
            yield Requirement(line)


def applies(asked: Requirement, extra: str = "") -> bool:
    """Whether the requirement counts on this Python and this system."""
    return asked.marker is None or asked.marker.evaluate({"extra": extra})


def pin_of(asked: Requirement) -> str:
    """The version after `==`."""
    return next(iter(asked.specifier)).version


LEAN = {canonicalize_name(pin.name): pin for pin in listed(LISTS[0]) if applies(pin)}
PINS = [(name, str(pin)) for name in LISTS for pin in listed(name) if applies(pin)]


@pytest.mark.parametrize(("name", "pin"), PINS)
def test_it_installs_what_it_pins(name: str, pin: str) -> None:
    """O1: what was tested is what people get."""
    asked = Requirement(pin)
    assert distribution(asked.name).version == pin_of(asked), name


@pytest.mark.parametrize("pin", sorted(LEAN))
def test_it_lists_what_a_lean_package_needs_in_a_version_it_accepts(pin: NormalizedName) -> None:
    """O1: the list is closed, since it is installed without looking at dependencies."""
    for text in distribution(pin).requires or ():
        asked = Requirement(text)
        extras = LEAN[pin].extras or {""}
        if any(applies(asked, extra) for extra in extras) and asked.name not in LEFT_OUT:
            needed = LEAN.get(canonicalize_name(asked.name))
            assert needed is not None, f"{pin} needs {text}"
            assert asked.specifier.contains(pin_of(needed), prereleases=True), f"{pin} needs {text}"


def test_it_pins_the_same_version_in_every_list() -> None:
    """O1: two lists never disagree."""
    said: dict[str, set[str]] = {}
    for name in LISTS:
        for pin in listed(name):
            said.setdefault(canonicalize_name(pin.name), set()).add(pin_of(pin))
    assert {name: pins for name, pins in said.items() if len(pins) > 1} == {}


def test_it_fits_what_the_full_set_asks_of_the_lean_pins() -> None:
    """O1: botocore once refused the pinned python-dateutil: nothing could be installed."""
    for owner in ("boto3", "botocore", "moto", "sentence-transformers", "transformers", "torch"):
        for text in distribution(owner).requires or ():
            asked = Requirement(text)
            pin = LEAN.get(canonicalize_name(asked.name))
            if pin is not None and applies(asked):
                assert asked.specifier.contains(pin_of(pin), prereleases=True), f"{owner}: {text}"
