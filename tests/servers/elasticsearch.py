"""Elasticsearch on loopback: one node, no security, 1 GB of heap, data in a temporary folder.

The build is the trimmed one from Maven Central: no scripts, no analysis plugins, no `GET /`.
"""

import json
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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
START_SECONDS = 120
JDK = re.compile(r'^JAVA_VERSION="(17|21)\.', re.MULTILINE)

SETTINGS = """
cluster.name: wenda-test
discovery.type: single-node
xpack.security.enabled: false
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
path.data: {folder}/data
path.logs: {folder}/logs
action.destructive_requires_name: false
cluster.routing.allocation.disk.threshold_enabled: false
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
    home, jdk = find_home(), find_jdk()
    account = unprivileged()
    with server_folder("elasticsearch", account) as folder:
        port = free_port()
        _configure(folder, port)
        give(folder, account)
        for part in ("bin", "lib", "modules"):
            shutil.copytree(home / part, folder / "home" / part, copy_function=_link_or_copy)
        (folder / "home" / "plugins").mkdir()
        command = _command(folder, jdk, account)
        with started(command) as process:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(process, command.log, lambda: _healthy(url), START_SECONDS)
            yield url


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


def _configure(folder: Path, port: int) -> None:
    config = folder / "config"
    for name in ("config", "data", "logs", "tmp"):
        (folder / name).mkdir()
    settings = SETTINGS.format(folder=folder, http=port, transport=free_port())
    (config / "elasticsearch.yml").write_text(settings)
    (config / "jvm.options").write_text(JVM_OPTIONS.format(folder=folder, heap=HEAP))
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


def _healthy(url: str) -> bool:
    """Tell whether the cluster answers and is not red."""
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=2) as answer:
            return json.load(answer)["status"] in ("green", "yellow")
    except (urllib.error.URLError, OSError):
        return False
