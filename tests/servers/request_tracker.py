"""Request Tracker 5 of the Debian packages on loopback, with a SQLite database of its own."""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.need import need
from tests.servers.process import (
    Account,
    Command,
    free_port,
    give,
    run_once,
    server_folder,
    started,
    unprivileged,
    wait_until_ready,
)

SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
START_SECONDS = 60
PASSWORD = "bridge-password"
OURS, AGENT, QUEUE = "wenda", "alice", "Support"
RIGHTS = "SeeQueue ShowTicket CreateTicket ReplyToTicket CommentOnTicket ModifyTicket"
SITE = """
Set($rtname, 'rt.test'); Set($Organization, 'rt.test');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/rt.sqlite');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($MailCommand, 'testfile'); Set($LogToSTDERR, 'error'); Set($LogToSyslog, undef);
Set($WebSessionClass, 'Apache::Session::File');
Set($MasonDataDir, '{folder}/mason'); Set($MasonSessionDir, '{folder}/session');
Set(%GnuPG, Enable => 0); Set(%SMIME, Enable => 0);
1;
"""
PEOPLE = """
@Users = map {{ {{ Name => $_, Password => '{password}', EmailAddress => "$_\\@rt.test",
  Privileged => 1 }} }} qw({ours} {agent});
@Queues = ({{ Name => '{queue}' }}, {{ Name => 'Billing' }});
@Final = (sub {{
  for my $name (qw({ours} {agent})) {{
    my $user = RT::User->new(RT->SystemUser); $user->Load($name);
    $user->PrincipalObj->GrantRight(Right => $_, Object => RT->System) for qw({rights});
  }}
}});
1;
"""


@dataclass(frozen=True)
class TrackerServer:
    """Its address; `wenda` is our account there, `alice` an agent, both with PASSWORD."""

    url: str


@contextmanager
def running_request_tracker() -> Iterator[TrackerServer]:
    """Fill a database, start the server, and give it once it answers."""
    setup = shutil.which("rt-setup-database-5")
    if setup is None or not SERVER.exists():
        need("no Request Tracker 5")
    account = unprivileged()
    with server_folder("rt", account) as folder:
        port = free_port()
        log = _folders(folder, port, account)
        env = {"RT_SITE_CONFIG": str(folder / "site.pm"), "RT_SITE_CONFIG_DIR": str(folder / "d")}
        init = [setup, "--action", "init", "--skip-create"]
        run_once(Command(init, log, account, env))
        insert = [setup, "--action", "insert", "--skip-create", "--datafile"]
        run_once(Command([*insert, str(folder / "people.pl")], log, account, env))
        server = TrackerServer(f"http://127.0.0.1:{port}")
        argv = ["perl", str(SERVER), "--port", str(port), "--max-workers", "1"]
        with started(Command(argv, log, account, env)) as process:
            wait_until_ready(process, log, lambda: _answers(server), START_SECONDS)
            yield server


def _folders(folder: Path, port: int, account: Account | None) -> Path:
    for name in ("mason", "session", "d"):
        (folder / name).mkdir()
    (folder / "site.pm").write_text(SITE.format(folder=folder, port=port))
    people = PEOPLE.format(password=PASSWORD, ours=OURS, agent=AGENT, queue=QUEUE, rights=RIGHTS)
    (folder / "people.pl").write_text(people)
    log = folder / "rt.log"
    log.touch()
    give(folder, account)
    os.chmod(folder, 0o700)
    return log


def _answers(server: TrackerServer) -> bool:
    try:
        urllib.request.urlopen(f"{server.url}/REST/2.0/rt", timeout=5).close()
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 401
    except OSError:
        return False
    return True
