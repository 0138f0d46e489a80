"""`wenda train-encoder`: an encoder of the site's own; needs the full set (requirements.txt)."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

import click
from tqdm import tqdm

from indexer.encoder import EncoderMissing
from kb_app import bootstrap
from kb_app.config import load_config
from kb_app.errors import NotFound
from kb_app.ports import Ports
from web.cli_knowledge import opened

NAMED = "sentence-transformers:"
LEAN = (
    "train-encoder needs sentence-transformers, which the small installation leaves out: "
    "pip install -r requirements.txt"
)
BASE = (
    "name the model to start from: --base <folder or hub name> "
    "(the bundled encoder is compressed and cannot be trained further)"
)


class Bars:
    """One progress bar a stage, on the error stream."""

    def __init__(self) -> None:
        self._bars: dict[str, tqdm[Any]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if stage not in self._bars:
            bar: tqdm[Any] = tqdm(desc=stage, unit="", file=sys.stderr)
            self._bars[stage] = bar
        shown = self._bars[stage]
        shown.total = max(total, done)
        shown.update(max(0, done - shown.n))

    def close(self) -> None:
        """End every bar."""
        for shown in self._bars.values():
            shown.close()


@click.command("train-encoder")
@click.option("--base", default="", help="Model to start from; usual: the configured one.")
@click.option("--passes", type=click.IntRange(1, 20), default=3, help="Times through all lessons.")
@click.option("--rate", type=click.FloatRange(1e-7, 1e-1), default=2e-5, help="Learning rate.")
@click.option("--back", is_flag=True, help="Take the trained encoder out of use again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def train_encoder(base: str, passes: int, rate: float, back: bool, as_json: bool) -> None:
    """Train an encoder on what settled questions here; used only if nothing gets worse."""
    config, bars = load_config(), Bars()
    with opened(config) as ports:
        try:
            if back:
                _back(ports, bars)
                return
            base = base or config.encoder.removeprefix(NAMED)
            report = _train(ports, base, (passes, rate), bars)
        except EncoderMissing as error:
            raise click.ClickException(str(error)) from error
        finally:
            bars.close()
    _print(report, as_json)
    if report["outcome"] == "not_enough":
        raise click.ClickException("too little to learn from yet; nothing was changed")
    if report["outcome"] == "refused":
        verdict = report["replay"]["verdict"]
        raise click.ClickException(f"refused ({verdict}): the encoder in use stays")


def add_commands(group: click.Group) -> None:
    """Put the command into the `wenda` group."""
    group.add_command(train_encoder)


def _train(ports: Ports, base: str, how: tuple[int, float], bars: Bars) -> dict[str, Any]:
    if importlib.util.find_spec("sentence_transformers") is None:
        raise click.ClickException(LEAN)
    if base in {"", "bundled", "none"}:
        raise click.UsageError(BASE)
    from kb_app.learning import encoder_training

    passes, rate = how
    plan = encoder_training.Plan(base, bootstrap.trainer(), passes, rate)
    return encoder_training.train_encoder(ports, plan, bars).as_words()


def _back(ports: Ports, bars: Bars) -> None:
    from kb_app.learning import encoder_training

    try:
        spec = encoder_training.take_back(ports, bars)
    except NotFound as error:
        raise click.ClickException("no trained encoder is in use") from error
    click.echo(f"back to {spec}")


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for name in ("lessons", "held_out", "outcome"):
        click.echo(f"{name:>12}  {report[name]}")
    found = report["replay"]
    if found is None:
        return
    for name, key in (("nDCG@5", "ndcg"), ("MRR", "reciprocal"), ("no result", "empty")):
        change = found[key]
        interval = f"[{change['low']:+.4f}, {change['high']:+.4f}]"
        click.echo(f"{name:>12}  {change['before']:.4f} -> {change['after']:.4f}  {interval}")
    for each in found["changed"]:
        click.echo(f"{each['text']}: {each['first_before']} -> {each['first_after']}")
