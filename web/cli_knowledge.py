"""The commands about knowledge: evaluate, reindex, audit."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from tqdm import tqdm

from kb_app import bootstrap, evaluating, evaluating_talk, indexing
from kb_app.config import Config, load_config
from kb_app.ports import Ports

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FAULTS_SHOWN = 20
ENCODE_SECONDS = 45.0
Report = Callable[[str, int], None]


@contextmanager
def bar(*stages: str) -> Iterator[Report]:
    """One progress bar a stage, on the error stream.

    A stage named `index` is told how much is left; every other one, how much was done.
    """
    bars = {name: tqdm(desc=name, unit="", file=sys.stderr, leave=True) for name in stages}

    def report(stage: str, amount: int) -> None:
        shown = bars[stage]
        if stage != "index":
            shown.update(amount)
            return
        shown.total = max(shown.total or 0, shown.n + amount)
        shown.update(shown.total - amount - shown.n)

    try:
        yield report
    finally:
        for shown in bars.values():
            shown.close()


@contextmanager
def opened(config: Config) -> Iterator[Ports]:
    """Ports on an up-to-date database, closed at the end."""
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    try:
        yield ports
    finally:
        bootstrap.close(ports)


@click.group()
def evaluate() -> None:
    """Measure search or answers on a question set, in a throw-away store."""


@evaluate.command("search")
@click.option("--docs", type=FILE, required=True)
@click.option("--queries", type=FILE, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def evaluate_search(docs: Path, queries: Path, as_json: bool) -> None:
    """How often the right article is found, and how fast."""
    with bar("import", "index", "ask") as report:
        figures = evaluating.evaluate_search(docs, queries, load_config(), report)
    _print_figures(figures, as_json)


@evaluate.command("answers")
@click.option("--docs", type=FILE, required=True)
@click.option("--queries", type=FILE, required=True)
@click.option("--precision", type=click.FloatRange(0.5, 0.999), help="Wanted share right.")
@click.option("--learn-from", type=FILE, help="Questions lived through as outcomes first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def evaluate_answers(
    docs: Path, queries: Path, precision: float | None, learn_from: Path | None, as_json: bool
) -> None:
    """How many questions are answered automatically, and how many of those rightly."""
    config = _with_precision(load_config(), precision)
    with bar("import", "index", "learn", "ask") as report:
        sets = evaluating.AnswerSet(docs, queries, learn_from)
        figures = evaluating.evaluate_answers(sets, config, report)
    _print_figures(figures, as_json)


@evaluate.command("multi")
@click.option("--docs", type=FILE, required=True)
@click.option("--queries", type=FILE, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def evaluate_multi(docs: Path, queries: Path, as_json: bool) -> None:
    """Messages with several questions: how many get the right article shown."""
    with bar("import", "index", "ask") as report:
        figures = evaluating_talk.evaluate_multi(docs, queries, load_config(), report)
    _print_figures(figures, as_json)


@evaluate.command("dialogs")
@click.option("--docs", type=FILE, required=True)
@click.option("--dialogs", type=FILE, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def evaluate_dialogs(docs: Path, dialogs: Path, as_json: bool) -> None:
    """Conversations turn by turn: answered rightly, asked back, handed over."""
    with bar("import", "index", "ask") as report:
        figures = evaluating_talk.evaluate_dialogs(docs, dialogs, load_config(), report)
    _print_figures(figures, as_json)


@evaluate.command("tone")
@click.option("--docs", type=FILE, expose_value=False, help="Accepted and not needed.")
@click.option("--queries", type=FILE, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def evaluate_tone(queries: Path, as_json: bool) -> None:
    """Which texts go to a person at once, and which of them should."""
    _print_figures(evaluating_talk.evaluate_tone(queries), as_json)


@click.command()
def reindex() -> None:
    """Build the index anew beside the old one, then swap."""
    with opened(load_config()) as ports:
        count = indexing.rebuild(ports)
    click.echo(f"{count} documents are in the index.")


@click.command()
def audit() -> None:
    """Compare the index with the database; repairs nothing, fails when they differ."""
    with opened(load_config()) as ports:
        report = indexing.audit(ports)
    click.echo(json.dumps(report.as_words(), ensure_ascii=False))
    if not report.ok:
        raise click.ClickException("index and database differ; `wenda reindex` rebuilds it")


def add_commands(group: click.Group) -> None:
    """Put the commands into the `wenda` group."""
    for command in (evaluate, reindex, audit):
        group.add_command(command)


def _with_precision(config: Config, precision: float | None) -> Config:
    if precision is None:
        return config
    return config.model_copy(update={"answer_precision": precision})


def _print_figures(figures: Mapping[str, float | dict[str, float]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        parts = value.items() if isinstance(value, dict) else ((name, value),)
        for part, share in parts:
            click.echo(f"{part:>18}  {share:g}")
