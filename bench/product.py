"""The product as a newcomer meets it: start, first page, search over HTTP, memory.

    python bench/product.py [--quick] [--docs docs.jsonl.gz]

Starts `wenda run` on a free port with a throw-away data folder (the demo base, or the
articles of --docs) and prints one JSON line: seconds until the first page, resident memory
idle and after load (MB), search and suggest latency over HTTP with one client (ms).
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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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
    options = parser.parse_args()
    rounds = 10 if options.quick else 50
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        print(json.dumps(_measure(Path(folder), options.docs, rounds), ensure_ascii=False))


def _measure(folder: Path, docs: Path | None, rounds: int) -> dict[str, object]:
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
    _wenda(env, *(("import", "--format", "jsonl", str(docs)) if docs else ("demo",)))
    loaded = time.perf_counter()
    command = [sys.executable, "-m", "web", "run", "--port", str(port)]
    server = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"{base}/readyz")
        _get(f"{base}/")
        first_page = time.perf_counter()
        figures = _asked(base, server.pid, rounds)
    finally:
        server.terminate()
        server.wait(timeout=20)
    return {
        "bench": "product",
        "base": docs.name if docs else "demo",
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


def _asked(base: str, pid: int, rounds: int) -> dict[str, object]:
    """Memory and latency of a server that has finished its background work."""
    _wait_until_indexed(base)
    idle = _resident_mb(pid)
    search = [_timed(f"{base}/search?q={_quoted(q)}") for _ in range(rounds) for q in QUERIES]
    suggest = [_timed(f"{base}/suggest?q={_quoted(q)}") for _ in range(rounds) for q in QUERIES]
    return {
        "idle_mb": idle,
        "after_load_mb": _resident_mb(pid),
        "search_p50_ms": _part(search, 0.50),
        "search_p95_ms": _part(search, 0.95),
        "suggest_p50_ms": _part(suggest, 0.50),
        "suggest_p95_ms": _part(suggest, 0.95),
        "requests": len(search) + len(suggest),
    }


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
