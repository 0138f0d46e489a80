"""Judged messages, turns and tones → figures. Pure; what each share is taken of is said here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CALM = frozenset({"thanks", "neutral", "calm"})
SHOWN = 3
READINGS = 2


@dataclass(frozen=True)
class PartJudged:
    """One wanted part of a message: was a gold shown for it?"""

    shown: bool


@dataclass(frozen=True)
class MessageJudged:
    """One message: its wanted parts, how many it was split into, each answer right or not."""

    parts: tuple[PartJudged, ...]
    split_into: int
    answers: tuple[bool, ...]


@dataclass(frozen=True)
class TurnJudged:
    """One turn: its golds, what was shown (best first), and what kind of reply it was."""

    gold: frozenset[str]
    shown: tuple[str, ...]
    answered: bool = False
    asked: bool = False
    handed_over: bool = False


@dataclass(frozen=True)
class Heard:
    """One text of a tone set: as it was labelled, as it was heard, whether a person gets it."""

    wanted: str
    heard: str
    handed_over: bool


def multi_figures(messages: Sequence[MessageJudged]) -> dict[str, float]:
    """`shown3` and `answered` are shares of wanted parts, `precision` of automatic answers.

    `split_right` is the share of messages cut into as many parts as they have.
    """
    parts = [part for message in messages for part in message.parts]
    answers = [right for message in messages for right in message.answers]
    return {
        "parts": len(parts),
        "shown3": share(part.shown for part in parts),
        "answered": round(min(1.0, len(answers) / max(1, len(parts))), 4),
        "precision": share(answers),
        "split_right": share(each.split_into == len(each.parts) for each in messages),
    }


def dialog_figures(turns: Sequence[TurnJudged]) -> dict[str, float]:
    """`right1`, `shown3`: of turns with a gold; `asked_back`: of those with two or more.

    `asked_clear`: of those with one, how many got a choice. `handed_over`: of turns without a
    gold; `handed_over_early`: of those with one. `answered`, `wrong_answered`: of all turns.
    """
    golden = [turn for turn in turns if turn.gold]
    several = [turn for turn in golden if len(turn.gold) >= READINGS]
    clear = [turn for turn in golden if len(turn.gold) < READINGS]
    return {
        "turns": len(turns),
        "right1": share(bool(turn.gold & set(turn.shown[:1])) for turn in golden),
        "shown3": share(bool(turn.gold & set(turn.shown[:SHOWN])) for turn in golden),
        "asked_back": share(turn.asked for turn in several),
        "asked_clear": share(turn.asked for turn in clear),
        "handed_over": share(turn.handed_over for turn in turns if not turn.gold),
        "handed_over_early": share(turn.handed_over for turn in golden),
        "answered": share(turn.answered for turn in turns),
        "wrong_answered": share(
            turn.answered and not turn.gold & set(turn.shown[:1]) for turn in turns
        ),
    }


def tone_figures(heard: Sequence[Heard]) -> dict[str, float | dict[str, float]]:
    """`recall` and `precision` of handing over; `per_label` is the share handed over.

    `named` is the share of texts for a person whose label was also heard.
    """
    wanted = [each for each in heard if each.wanted not in CALM]
    handed = [each for each in heard if each.handed_over]
    return {
        "n": len(heard),
        "precision": share(each.wanted not in CALM for each in handed),
        "recall": share(each.handed_over for each in wanted),
        "named": share(each.wanted == each.heard for each in wanted),
        "per_label": {
            label: share(each.handed_over for each in heard if each.wanted == label)
            for label in sorted({each.wanted for each in heard})
        },
    }


def share(values: Iterable[bool]) -> float:
    """The share of true values, four digits; 0 for none."""
    listed = list(values)
    return round(sum(listed) / len(listed), 4) if listed else 0.0
