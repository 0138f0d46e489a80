"""Elasticsearch on loopback: one node or a cluster, no security, data in a temporary folder.

The build is the trimmed one from Maven Central: no scripts, no analysis plugins, no `GET /`.
"""

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.need import need
from tests.servers.process import (
    Account,
    Command,
    free_port,
    give,
    server_folder,
    started,
    unprivileged,
    wait_until_ready,
)

VERSION = "8.19.21"
HEAP = "1g"
NODE_HEAP = "512m"
START_SECONDS = 120
JDK = re.compile(r'^JAVA_VERSION="(17|21)\.', re.MULTILINE)

SETTINGS = """
cluster.name: wenda-test
xpack.security.enabled: false
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
path.data: {folder}/data
path.logs: {folder}/logs
action.destructive_requires_name: false
cluster.routing.allocation.disk.threshold_enabled: false
"""
ALONE = "discovery.type: single-node\n"
TOGETHER = """
node.name: {name}
discovery.seed_hosts: [{hosts}]
cluster.initial_master_nodes: [{names}]
"""
JVM_OPTIONS = """
-Xms{heap}
-Xmx{heap}
-XX:+UseSerialGC
-XX:+ExitOnOutOfMemoryError
-XX:ErrorFile={folder}/logs/hs_err_pid%p.log
-Djava.io.tmpdir={folder}/tmp
-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1
20-:--add-modules=jdk.incubator.vector
"""
LOGGING = """
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d [%p] %c{1.}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


@contextmanager
def running_elasticsearch() -> Iterator[str]:
    """Start a server, and give its URL once it is healthy."""
    with _node(_Seat(free_port(), free_port(), HEAP, ALONE)) as node:
        _wait(node, 1)
        yield node.url


@dataclass(frozen=True)
class Node:
    """One server of a cluster."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait(20)


@contextmanager
def running_cluster(size: int) -> Iterator[list[Node]]:
    """Start several nodes that form one cluster, and give them once all have joined."""
    ports = [(free_port(), free_port()) for _ in range(size)]
    hosts = ", ".join(f'"127.0.0.1:{transport}"' for _, transport in ports)
    names = ", ".join(f"node-{number}" for number in range(size))
    with ExitStack() as stack:
        nodes = []
        for number, (http, transport) in enumerate(ports):
            together = TOGETHER.format(name=f"node-{number}", hosts=hosts, names=names)
            seat = _Seat(http, transport, NODE_HEAP, together)
            nodes.append(stack.enter_context(_node(seat)))
        for node in nodes:
            _wait(node, size)
        yield nodes


@dataclass(frozen=True)
class _Seat:
    http: int
    transport: int
    heap: str
    discovery: str


@contextmanager
def _node(seat: _Seat) -> Iterator[Node]:
    home, jdk = find_home(), find_jdk()
    account = unprivileged()
    with server_folder("elasticsearch", account) as folder:
        _configure(folder, seat)
        give(folder, account)
        for part in ("bin", "lib", "modules"):
            shutil.copytree(home / part, folder / "home" / part, copy_function=_link_or_copy)
        (folder / "home" / "plugins").mkdir()
        command = _command(folder, jdk, account)
        with started(command) as process:
            yield Node(f"http://127.0.0.1:{seat.http}", process, command.log)


def _wait(node: Node, size: int) -> None:
    wait_until_ready(node.process, node.log, lambda: _healthy(node.url, size), START_SECONDS)


def find_home() -> Path:
    """Return the folder of the unpacked distribution."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "wenda" / f"elasticsearch-{VERSION}"
    if not (home / "bin" / "elasticsearch").exists():
        need(f"no Elasticsearch {VERSION} in {home.parent}")
    return home


def find_jdk() -> Path:
    """Return the home of a JDK that this version runs on."""
    named = os.environ.get("JAVA_HOME")
    installed = sorted(Path("/usr/lib/jvm").glob("*"))
    for home in [Path(named), *installed] if named else installed:
        release = home / "release"
        if release.is_file() and JDK.search(release.read_text()):
            return home
    return need("no JDK 17 or 21 in JAVA_HOME or /usr/lib/jvm")


def _configure(folder: Path, seat: _Seat) -> None:
    config = folder / "config"
    for name in ("config", "data", "logs", "tmp"):
        (folder / name).mkdir()
    settings = SETTINGS.format(folder=folder, http=seat.http, transport=seat.transport)
    (config / "elasticsearch.yml").write_text(settings + seat.discovery)
    (config / "jvm.options").write_text(JVM_OPTIONS.format(folder=folder, heap=seat.heap))
    (config / "log4j2.properties").write_text(LOGGING)


def _link_or_copy(source: str, target: str) -> None:
    """Put a program file where another account may read it: the cache of root is closed to it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _command(folder: Path, jdk: Path, account: Account | None) -> Command:
    return Command(
        argv=[str(folder / "home" / "bin" / "elasticsearch")],
        log=folder / "logs" / "console.log",
        account=account,
        env={
            "ES_JAVA_HOME": str(jdk),
            "ES_PATH_CONF": str(folder / "config"),
            "ES_TMPDIR": str(folder / "tmp"),
            "HOME": str(folder),
        },
    )


def _healthy(url: str, size: int) -> bool:
    """Tell whether the cluster answers, is not red, and has this many nodes."""
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=2) as answer:
            told = json.load(answer)
            return told["status"] in ("green", "yellow") and told["number_of_nodes"] == size
    except (urllib.error.URLError, OSError):
        return False
