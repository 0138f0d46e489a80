"""Commands about learning: `wenda learn` looks at the outcomes, `wenda replay` tries weights."""

from __future__ import annotations

import json
from dataclasses import replace

import click

from indexer.circumstances import learned_shares
from kb_app.config import load_config
from kb_app.learning import changes
from kb_app.learning import replay as replaying
from models import reading
from web.cli_knowledge import opened

SHARE = click.FloatRange(0.0, 1.0)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def learn(as_json: bool) -> None:
    """Learn from this site's own outcomes now, as is done every night."""
    # scikit-learn takes a second to load, which no other command should wait for
    from kb_app.learning.learn import learn_all

    with opened(load_config()) as ports:
        report = learn_all(ports, asked_for=True)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for name in ("calibration", "places", "weights"):
        click.echo(f"{name:>12}  {report[name]['outcome']}")
    click.echo(f"{'phrasing':>12}  {report['phrasing']['proposed']} proposed")


@click.command()
@click.option("--rating", type=SHARE, help="Weight of ratings.")
@click.option("--heat", type=SHARE, help="Weight of recent use.")
@click.option("--clicks", type=SHARE, help="Weight of clicks where people looked.")
@click.option("--news", type=SHARE, help="Weight of being new.")
@click.option("--apply", "applied", is_flag=True, help="Take effect, unless it shows a loss.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def replay(applied: bool, as_json: bool, **weights: float | None) -> None:
    """Ask the logged searches again with other weights; fails when --apply is refused."""
    with opened(load_config()) as ports:
        ports.engine.refresh()
        with reading(ports.database) as session:
            present = learned_shares(session)
        given = {name: value for name, value in weights.items() if value is not None}
        shares = replace(present, **given)
        if sum((shares.rating, shares.heat, shares.clicks, shares.news)) > 1 + 1e-9:
            raise click.UsageError("the four weights together may be at most 1")
        if applied:
            found = changes.try_shares(ports, shares, {"by": "command"})
        else:
            found = replaying.replay(ports, replaying.logged(ports), shares)
    _print(found, as_json)
    passed = {replaying.Verdict.BETTER, replaying.Verdict.SAME}
    if applied and found.verdict not in passed:
        raise click.ClickException(f"refused: {found.verdict.value}")


def add_commands(group: click.Group) -> None:
    """Put the commands into the `wenda` group."""
    for command in (learn, replay):
        group.add_command(command)


def _print(found: replaying.Replay, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.as_words(), ensure_ascii=False))
        return
    click.echo(f"{'queries':>12}  {found.queries}")
    for name, change in (
        ("nDCG@5", found.ndcg),
        ("MRR", found.reciprocal),
        ("no result", found.empty),
    ):
        interval = f"[{change.low:+.4f}, {change.high:+.4f}]"
        click.echo(f"{name:>12}  {change.before:.4f} -> {change.after:.4f}  {interval}")
    for each in found.changed:
        click.echo(f"{each.text}: {each.first_before} -> {each.first_after}")
    click.echo(f"{'verdict':>12}  {found.verdict.value}")
