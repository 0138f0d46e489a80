"""Measuring on a frozen question set: a throw-away store, the product's own code path."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from answerer.evaluation import Asked, Judged, answer_figures, search_figures
from kb_app import bootstrap, jobs
from kb_app.config import Config
from kb_app.errors import InvalidInput
from kb_app.escalation import Escalation, escalate
from kb_app.importing import import_jsonl, open_text
from kb_app.ports import Ports
from kb_app.questions import QuestionDraft, settle, submit
from kb_app.search import SearchForm, find
from models import Article, Question, QuestionStatus, ShownKind, reading, visitor

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class GoldQuestion:
    """One question of a set; an empty gold means that nothing answers it."""

    text: str
    gold: frozenset[str]


def read_questions(path: Path) -> list[GoldQuestion]:
    """The questions of a JSON lines file, plain or gzip."""
    questions = []
    for number, line in enumerate(open_text(path), start=1):
        if line.strip():
            try:
                data = json.loads(line)
                questions.append(GoldQuestion(str(data["text"]), frozenset(map(str, data["gold"]))))
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidInput(f"line {number}", "not a question") from error
    return questions


@contextmanager
def throw_away_store(docs: Path, config: Config, progress: Progress) -> Iterator[Ports]:
    """A fresh base with these articles, public and indexed, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="wenda-evaluate-") as folder:
        own = config.model_copy(
            update={
                "data_dir": Path(folder),
                "database_url": "",
                "search_url": "",
                "redis_url": "",
                "mail_url": f"file://{folder}/mail",
            }
        )
        bootstrap.migrate(own)
        ports = bootstrap.build(own)
        try:
            import_jsonl(ports, docs, lambda count: progress("import", count))
            jobs.drain(ports, lambda left: progress("index", left))
            ports.engine.refresh()
            yield ports
        finally:
            bootstrap.close(ports)


def evaluate_search(
    docs: Path, queries: Path, config: Config, progress: Progress
) -> dict[str, float]:
    """Every question through the results page."""
    questions = read_questions(queries)
    with throw_away_store(docs, config, progress) as ports:
        names = external_ids(ports)
        asked = []
        for question in questions:
            began = time.perf_counter()
            page = find(ports, visitor("evaluate"), SearchForm(question.text))
            took = (time.perf_counter() - began) * 1000
            found = tuple(names[row.article_id] for row in page.rows)
            asked.append(Asked(question.gold, found, took))
            progress("ask", 1)
    return search_figures(asked)


@dataclass(frozen=True)
class AnswerSet:
    """What to measure answers on; `learn_from` is fed as outcomes first."""

    docs: Path
    queries: Path
    learn_from: Path | None = None


def evaluate_answers(sets: AnswerSet, config: Config, progress: Progress) -> dict[str, float]:
    """Every question through the form that customers submit."""
    questions = read_questions(sets.queries)
    with throw_away_store(sets.docs, config, progress) as ports:
        names = external_ids(ports)
        lessons = read_questions(sets.learn_from) if sets.learn_from else []
        for place, question in enumerate(lessons):
            _live_through(ports, names, place, question)
            progress("learn", 1)
        jobs.drain(ports)
        if lessons:
            _learn(ports)
        ports.engine.refresh()
        judged = []
        for place, question in enumerate(questions):
            judged.append(_judge(ports, names, place, question))
            progress("ask", 1)
    return answer_figures(judged)


def _learn(ports: Ports) -> None:
    """As by night, but at once."""
    from kb_app.learning.learn import learn_all

    learn_all(ports)


def _live_through(ports: Ports, names: dict[int, str], place: int, question: GoldQuestion) -> None:
    """One customer's outcome: solved by what was shown, or a ticket."""
    asker = visitor(f"learn-{place}")
    public_id = submit(ports, asker, QuestionDraft(question.text, None, None, "", f"learn-{place}"))
    with reading(ports.database) as session:
        stored = session.scalars(sa.select(Question).where(Question.public_id == public_id)).one()
        first = stored.shown[0].target_id if stored.shown else 0
    if names.get(first) in question.gold:
        settle(ports, asker, public_id)
    else:
        escalate(ports, asker, public_id, Escalation("", ""))


def _judge(ports: Ports, names: dict[int, str], place: int, question: GoldQuestion) -> Judged:
    began = time.perf_counter()
    public_id = submit(
        ports,
        visitor("evaluate"),
        QuestionDraft(question.text, None, None, "", f"evaluate-{place}"),
    )
    took = (time.perf_counter() - began) * 1000
    with reading(ports.database) as session:
        stored = session.scalars(sa.select(Question).where(Question.public_id == public_id)).one()
        shown = tuple(names[row.target_id] for row in stored.shown if row.kind is ShownKind.ARTICLE)
        answered = stored.status is QuestionStatus.ANSWERED
        return Judged(question.gold, shown, answered, stored.confidence or 0.0, took)


def external_ids(ports: Ports) -> dict[int, str]:
    """The outside id of every article, by its own id."""
    with reading(ports.database) as session:
        rows = session.execute(sa.select(Article.id, Article.external_id))
        return {article_id: external_id or "" for article_id, external_id in rows}
