"""Measuring messages of several questions, conversations and tones, by the product's own path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from answerer.answer import SHOWN
from answerer.dialogue import Answer, Ask, HandOver, Reply, Turn, reply
from answerer.talk_figures import (
    Heard,
    MessageJudged,
    PartJudged,
    TurnJudged,
    dialog_figures,
    multi_figures,
    tone_figures,
)
from answerer.tone import tone
from kb_app.config import Config
from kb_app.errors import InvalidInput
from kb_app.evaluating import Progress, external_ids, throw_away_store
from kb_app.importing import open_text
from kb_app.looking import look
from kb_app.matching import PART_STEP
from kb_app.ports import Ports
from kb_app.question_texts import asked
from kb_app.questions import QuestionDraft, submit
from models import Question, ShownKind, reading, visitor


@dataclass(frozen=True)
class GoldMessage:
    """One message and the golds of each question in it."""

    text: str
    parts: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class GoldTurn:
    """What a customer says in a conversation; several golds: it can be meant in several ways."""

    text: str
    gold: frozenset[str]


def evaluate_multi(
    docs: Path, queries: Path, config: Config, progress: Progress
) -> dict[str, float]:
    """Every message through the form that customers submit."""
    messages = [
        GoldMessage(str(row["text"]), tuple(frozenset(part["gold"]) for part in row["parts"]))
        for row in _rows(queries, ("text", "parts"))
    ]
    with throw_away_store(docs, config, progress) as ports:
        names = external_ids(ports)
        judged = []
        for place, message in enumerate(messages):
            judged.append(_judge_message(ports, names, place, message))
            progress("ask", 1)
    return multi_figures(judged)


def _judge_message(
    ports: Ports, names: dict[int, str], place: int, message: GoldMessage
) -> MessageJudged:
    form = QuestionDraft(message.text, None, None, "", f"evaluate-{place}")
    public_id = submit(ports, visitor("evaluate"), form)
    with reading(ports.database) as session:
        found = sa.select(Question).where(Question.public_id == public_id)
        rows = [row for row in session.scalars(found).one().shown if row.kind is ShownKind.ARTICLE]
        shown = {names[row.target_id] for row in rows if row.position % PART_STEP <= SHOWN}
        answers = [names[row.target_id] for row in rows if row.as_answer]
    every = frozenset().union(*message.parts)
    return MessageJudged(
        tuple(PartJudged(bool(gold & shown)) for gold in message.parts),
        len(asked(message.text)),
        tuple(answer in every for answer in answers),
    )


def evaluate_dialogs(
    docs: Path, dialogs: Path, config: Config, progress: Progress
) -> dict[str, float]:
    """Every conversation turn by turn, each after what was really replied before."""
    talks = [
        tuple(GoldTurn(str(turn["user"]), frozenset(turn["gold"])) for turn in row["turns"])
        for row in _rows(dialogs, ("turns",))
    ]
    with throw_away_store(docs, config, progress) as ports:
        names = external_ids(ports)
        judged: list[TurnJudged] = []
        for talk in talks:
            judged += _converse(ports, names, talk)
            progress("ask", 1)
    return dialog_figures(judged)


def _converse(
    ports: Ports, names: dict[int, str], talk: tuple[GoldTurn, ...]
) -> Iterator[TurnJudged]:
    looking = look(ports, visitor("evaluate"))
    history: tuple[Turn, ...] = ()
    for turn in talk:
        said = reply(history, turn.text, looking)
        history = (*history, Turn(turn.text, said))
        yield TurnJudged(
            gold=turn.gold,
            shown=_names(names, said),
            answered=isinstance(said, Answer),
            asked=isinstance(said, Ask) and bool(said.choices),
            handed_over=isinstance(said, HandOver),
        )


def _names(names: dict[int, str], said: Reply) -> tuple[str, ...]:
    if isinstance(said, Answer):
        shown = (said.best, *said.others)
    elif isinstance(said, Ask):
        shown = said.choices
    else:
        shown = said.nearby if isinstance(said, HandOver) else ()
    return tuple(names[each.hit.ref_id] for each in shown)


def evaluate_tone(queries: Path) -> dict[str, float | dict[str, float]]:
    """Every text by itself; what is shown for it plays no part."""
    heard = []
    for row in _rows(queries, ("text", "label")):
        found = tone(str(row["text"]))
        heard.append(Heard(str(row["label"]), found.label.value, found.needs_person))
    return tone_figures(heard)


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects of a JSON lines file, plain or gzip; each has the fields needed."""
    for number, line in enumerate(open_text(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not all(name in row for name in needed):
                raise KeyError(needed)
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"line {number}", "not of this kind of set") from error
        yield row
