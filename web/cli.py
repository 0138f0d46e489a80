"""The `wenda` command: serve, work, migrate, fill. Configuration comes from WENDA_* alone.

Every command ends with exit code 0, or 1 and a sentence on the error stream.
"""

from __future__ import annotations

import functools
import logging
import signal
import sys
import threading

import click
from sqlalchemy.exc import SQLAlchemyError

from indexer.backend import SearchUnavailable
from kb_app import bootstrap, demo
from kb_app.accounts import Registration, create_user
from kb_app.config import Config, load_config
from kb_app.errors import ConfigError, WendaError
from kb_app.jobs import Worker, drain
from kb_app.ports import Ports
from models import Role, unit_of_work
from web import cli_encoder, cli_exchange, cli_knowledge, cli_learning
from web.cli_knowledge import bar, opened
from web.messages import BANNER, BANNER_LOGIN, BANNER_PASSWORD, ROLE_LABELS, sentence_for
from web.serving import Listening, serve

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


@click.group()
def wenda() -> None:
    """A self-hosted Chinese help centre."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@wenda.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
@click.option("--no-worker", is_flag=True, help="Background work is done by `wenda worker`.")
def run(host: str, port: int, threads: int, no_worker: bool) -> None:
    """Serve the pages, and do the background work beside them."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  compared, not bound
    with opened(_at_home(load_config(), f"http://{shown}:{port}")) as ports:
        listening = Listening(host, port, threads)
        announce = functools.partial(_banner, ports, shown)
        serve(ports, listening, announce, with_worker=not no_worker)


def _at_home(config: Config, address: str) -> Config:
    """For a process that serves: encoding leaves a core to the pages, links lead back here."""
    config = config.model_copy(update={"encode_threads": config.encode_threads or 1})
    if "base_url" in config.model_fields_set or address.endswith(":0"):
        return config
    return config.model_copy(update={"base_url": address})


@wenda.command()
def worker() -> None:
    """Do the background work until SIGTERM or Ctrl-C; several may run at once."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _signal, _frame: stop.set())
    with opened(load_config()) as ports:
        Worker(ports).run(stop)


@wenda.command()
def migrate() -> None:
    """Bring the database up to date."""
    bootstrap.migrate(load_config())
    click.echo("The database is up to date.")


@wenda.command("demo")
def load_demo() -> None:
    """Fill an empty database with a demo help centre; harmless when run again."""
    with opened(load_config()) as ports:
        count = demo.load(ports)
        with bar("index") as report:
            drain(ports, lambda left: report("index", left))
    click.echo(f"{count} articles are ready. Now: wenda run")


@wenda.command("create-user")
@click.option("--email", prompt=True)
@click.option("--name", prompt=True)
@click.option("--role", type=click.Choice([role.value for role in Role if role != Role.VISITOR]))
@click.password_option()
def create_user_command(email: str, name: str, role: str | None, password: str) -> None:
    """Make an account of any role; the first owner is made this way."""
    with opened(load_config()) as ports, unit_of_work(ports.database) as session:
        user = create_user(session, Registration(name, email, password), Role(role or "customer"))
        click.echo(f"{user.email} is now {user.role.value}.")


@wenda.command("check-config")
def check_config() -> None:
    """Read the configuration and name every fault at once."""
    bootstrap.check(load_config())
    click.echo("The configuration is fine.")


def main() -> None:
    """The console script: faults become sentences, not tracebacks."""
    try:
        wenda(prog_name="wenda", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except ConfigError as error:
        _complain(*error.faults)
    except WendaError as error:
        _complain(sentence_for(error).text, f"({type(error).__name__}: {error})")
    except SQLAlchemyError as error:
        _complain("The database cannot be used.", _first_line(error))
    except (OSError, SearchUnavailable) as error:
        _complain(_first_line(error))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _complain(*sentences: str) -> None:
    for sentence in sentences:
        click.echo(sentence, err=True)
    sys.exit(1)


def _banner(ports: Ports, host: str, port: int) -> None:
    address = f"http://{host}:{port}"
    click.echo(BANNER.format(site=ports.config.site_name, address=address))
    logins = demo.logins(ports)
    if logins:
        click.echo(BANNER_PASSWORD.format(password=demo.DEMO_PASSWORD))
    for login in logins:
        role = ROLE_LABELS.get(login.role, login.role)
        click.echo(BANNER_LOGIN.format(role=role, name=login.name, email=login.email))


cli_knowledge.add_commands(wenda)
cli_exchange.add_commands(wenda)
cli_learning.add_commands(wenda)
cli_encoder.add_commands(wenda)
