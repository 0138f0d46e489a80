"""What to do with an article that comes in: decided from names of contents alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of a record."""

    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflict"
    IN_BIN = "in_bin"


class OnConflict(StrEnum):
    """What happens to an article people have edited since it was imported."""

    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True)
class Standing:
    """An article as it stands here. `digest` and `result` are what the last import noted,
    `now` names its present content; `by_people` when its last revision is a person's."""

    now: str
    digest: str = ""
    result: str = ""
    noted: bool = False
    by_people: bool = False
    in_bin: bool = False


def judge(
    standing: Standing | None, digest: str, wanted: str, on_conflict: OnConflict = OnConflict.KEEP
) -> Outcome:
    """`digest` names the record, `wanted` the content it would give the article."""
    if standing is None or (standing.noted and not standing.digest):
        return Outcome.CREATED  # new, or the rest of a creation that was cut off
    if standing.now == wanted or (standing.noted and standing.digest == digest):
        return Outcome.SAME
    if standing.in_bin:
        return Outcome.IN_BIN
    edited = standing.now != standing.result if standing.noted else standing.by_people
    if edited and on_conflict is OnConflict.KEEP:
        return Outcome.CONFLICT
    return Outcome.CHANGED
