"""The product as a newcomer meets it: start, first page, search over HTTP, memory.

    python bench/product.py [--quick] [--docs docs.jsonl.gz | --data-dir FOLDER]
                            [--queries queries.jsonl] [--clients 16] [--settle 0]

Starts `wenda run` on a free port with a throw-away data folder (the demo base, or the
articles of --docs), or on a ready --data-dir, and prints one JSON line: seconds until the
first page, resident memory idle and after load (MB), search and suggest latency over HTTP
with one client (ms), and of the API with many: `first` asks every query once, `again` when
everybody asks the same ones.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.clients import ask  # noqa: E402  run as a file, the folder above is not on the path

QUERIES = (
    "忘记密码怎么办",
    "退款多久到账",
    "扫地机器人不回充",
    "门锁没电了进不了门",
    "摄像头离线",
    "怎么开发票",
    "换手机号",
    "连不上wifi",
    "积分什么时候过期",
    "能不能改地址",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="end within 45 s")
    parser.add_argument("--docs", type=Path, help="articles to load instead of the demo")
    parser.add_argument("--data-dir", type=Path, help="a ready data folder; it is written to")
    parser.add_argument("--queries", type=Path, help="JSON lines with `text` to ask for")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--settle", type=float, default=0, help="seconds between start and asking")
    options = parser.parse_args()
    plan = _Plan(
        _queries(options.queries), 5 if options.quick else 50, options.clients, options.settle
    )
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        chosen = options.data_dir or Path(folder)
        source = None if options.data_dir else options.docs or "demo"
        print(json.dumps(_measure(chosen, source, plan), ensure_ascii=False))


@dataclass(frozen=True)
class _Plan:
    """What is asked, how often one after the other, and by how many at once."""

    queries: tuple[str, ...]
    rounds: int
    clients: int
    settle: float = 0.0


def _queries(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return QUERIES
    return tuple(json.loads(line)["text"] for line in path.read_text("utf-8").splitlines())


def _measure(folder: Path, source: Path | str | None, plan: _Plan) -> dict[str, object]:
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    env = {
        **os.environ,
        "WENDA_DATA_DIR": str(folder),
        "WENDA_MAIL_URL": f"file://{folder}/mail",
        "WENDA_BASE_URL": base,
        "WENDA_RATE_LIMITS": "false",
        "MALLOC_ARENA_MAX": "2",
    }
    began = time.perf_counter()
    _wenda(env, "migrate")
    if source is not None:
        given = ("import", "--format", "jsonl", str(source)) if source != "demo" else ("demo",)
        _wenda(env, *given)
    loaded = time.perf_counter()
    command = [sys.executable, "-m", "web", "run", "--port", str(port)]
    server = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"{base}/readyz")
        _get(f"{base}/")
        first_page = time.perf_counter()
        figures = _asked(base, server.pid, plan)
    finally:
        server.terminate()
        server.wait(timeout=20)
    return {
        "bench": "product",
        "base": folder.name if source is None else Path(source).name,
        "load_s": round(loaded - began, 1),
        "start_to_first_page_s": round(first_page - loaded, 1),
        **figures,
        "environment": {
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "machine": platform.machine(),
            "system": platform.system(),
        },
    }


def _asked(base: str, pid: int, plan: _Plan) -> dict[str, object]:
    """Memory and latency of a server that has finished its background work."""
    _wait_until_indexed(base)
    time.sleep(plan.settle)
    idle = _resident_mb(pid)
    many = _many_at_once(base, plan)
    asked = (plan.queries * plan.rounds)[: plan.rounds * len(QUERIES)]
    search = [_timed(f"{base}/search?q={_quoted(q)}") for q in asked]
    suggest = [_timed(f"{base}/suggest?q={_quoted(q)}") for q in asked]
    return {
        "idle_mb": idle,
        "after_load_mb": _resident_mb(pid),
        "search_p50_ms": _part(search, 0.50),
        "search_p95_ms": _part(search, 0.95),
        "suggest_p50_ms": _part(suggest, 0.50),
        "suggest_p95_ms": _part(suggest, 0.95),
        "requests": len(search) + len(suggest),
        "clients": plan.clients,
        **many,
        "load": round(os.getloadavg()[0], 2),
    }


def _many_at_once(base: str, plan: _Plan) -> dict[str, object]:
    """The API asked by many: new queries, then the same again."""
    seconds = min(20.0, plan.rounds * 1.0)
    found: dict[str, object] = {}
    for path in ("/api/v1/search", "/api/v1/suggest"):
        for time_asked in ("first", "again"):
            told = ask(base, path, plan.queries, clients=plan.clients, seconds=seconds)
            found[f"{path.rpartition('/')[2]}_{time_asked}"] = told.figures()
    return found


def _wenda(env: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "web", *arguments]
    subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310  our own server
        return bytes(response.read())


def _wait_for(url: str, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            _get(url)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _wait_until_indexed(base: str) -> None:
    """Until the worker has nothing left to do and memory has settled."""
    until = time.monotonic() + 600
    while time.monotonic() < until:
        state = json.loads(_get(f"{base}/readyz"))
        if not state.get("waiting_jobs"):
            break
        time.sleep(0.3)
    _get(f"{base}/search?q={_quoted(QUERIES[0])}")
    time.sleep(1.0)


def _quoted(text: str) -> str:
    return urllib.parse.quote(text)


def _timed(url: str) -> float:
    began = time.perf_counter()
    _get(url)
    return (time.perf_counter() - began) * 1000


def _part(times: list[float], part: float) -> float:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return round(cuts[round(part * 100) - 1], 1)


def _resident_mb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


if __name__ == "__main__":
    main()
