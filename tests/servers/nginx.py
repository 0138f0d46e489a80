"""nginx on loopback before several web processes, sharing out connections in turn."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tests.servers.need import need
from tests.servers.process import (
    Command,
    free_port,
    give,
    server_folder,
    started,
    unprivileged,
    wait_until_ready,
)

START_SECONDS = 30
CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 8192; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream wenda {{ {servers} }}
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://wenda;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_connect_timeout 1s;
            proxy_read_timeout 90s;
        }}
    }}
}}
"""


@contextmanager
def running_nginx(backends: Sequence[int]) -> Iterator[int]:
    """Start it before these ports of this machine; gives its own port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or need("no nginx")
    account = unprivileged()
    with server_folder("nginx", account) as folder:
        port = free_port()
        servers = " ".join(
            f"server 127.0.0.1:{one} max_fails=1 fail_timeout=1s;" for one in backends
        )
        config, log = folder / "nginx.conf", folder / "console.log"
        config.write_text(CONFIG.format(folder=folder, servers=servers, port=port))
        log.touch()
        give(folder, account)
        argv = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)]
        with started(Command(argv, log, account)) as process:
            wait_until_ready(process, log, lambda: _listens(port), START_SECONDS)
            yield port


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
