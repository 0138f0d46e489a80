"""A bad start lists every fault at once; the secret is made once and kept (O1, O3)."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb_app import bootstrap
from kb_app.config import Config, _make_secret, load_config
from kb_app.errors import ConfigError
from tests.conftest import SECRET


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("WENDA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WENDA_DATA_DIR", str(tmp_path / "data"))


def faults() -> tuple[str, ...]:
    """What a start complains about."""
    with pytest.raises(ConfigError) as error:
        load_config()
    return error.value.faults


def test_it_starts_with_nothing_set(tmp_path: Path) -> None:
    """O1: one machine, nothing configured: SQLite, embedded search, mail to the console."""
    config = load_config()
    assert config.database == f"sqlite:///{tmp_path}/data/wenda.db"
    assert (config.search_url, config.mail_url, config.encoder) == ("", "console:", "bundled")


BAD = {
    "DATABASE_URL": "mysql://nowhere/x",
    "SEARCH_URL": "ftp://nowhere",
    "BASE_URL": "http://",
    "REDIS_URL": "http://nowhere",
    "MAIL_URL": "pigeon://home",
    "ENCODER": "magic",
    "SECRET_KEY": "short",
    "TRUSTED_PROXIES": "-1",
    "MAX_UPLOAD_MB": "lots",
    "ANSWER_PRECISION": "1.5",
    "DATA_DIR": "/dev/null",
}


def test_it_lists_every_fault_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """O1: eleven mistakes are told in one go, each with its variable."""
    for name, value in BAD.items():
        monkeypatch.setenv(f"WENDA_{name}", value)
    told = faults()
    assert sorted(fault.partition(":")[0] for fault in told) == sorted(
        f"WENDA_{name}" for name in BAD
    )
    assert all(fault.partition(": ")[2] for fault in told)


@pytest.mark.parametrize(("name", "value"), BAD.items(), ids=BAD)
def test_it_names_one_fault_alone(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """O1: and only that one."""
    monkeypatch.setenv(f"WENDA_{name}", value)
    [fault] = faults()
    assert fault.startswith(f"WENDA_{name}: ")


@pytest.mark.parametrize("url", ["http://[::1", "http://host:99999999", "not a url"])
def test_it_refuses_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """O1: found at the start, not at the first search."""
    monkeypatch.setenv("WENDA_SEARCH_URL", url)
    assert len(faults()) == 1


def test_it_keeps_the_secret_for_its_owner_alone(tmp_path: Path) -> None:
    """O3: made once, long, readable by nobody else, the same at the next start."""
    first = load_config().secret_key
    kept = tmp_path / "data" / "secret_key"
    assert len(first) >= 48
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert load_config().secret_key == first
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]


def test_it_agrees_on_one_secret_when_many_start_at_once() -> None:
    """O1 O3: eight processes, one secret, and never an empty one."""
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: load_config().secret_key, range(24)))
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 48


def test_it_keeps_the_first_of_two_secrets(tmp_path: Path) -> None:
    """O3: two processes both saw none; the later must not replace what the earlier signs with."""
    kept = tmp_path / "secret_key"
    _make_secret(kept)
    first = kept.read_text()
    _make_secret(kept)
    assert kept.read_text() == first
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe" * 40])
def test_it_never_starts_with_a_damaged_secret(tmp_path: Path, content: bytes) -> None:
    """O3: an empty key would let anybody sign sessions."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_bytes(content)
    assert len(faults()) == 1


def test_it_prefers_the_secret_that_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """O3: a configured secret is used and not written down."""
    monkeypatch.setenv("WENDA_SECRET_KEY", SECRET)
    assert load_config().secret_key == SECRET
    assert not (tmp_path / "data").exists()


def test_it_cannot_be_changed_while_running(config: Config) -> None:
    """O1: what was checked at the start stays so."""
    with pytest.raises(ValueError, match="frozen"):
        config.base_url = "http://elsewhere"


def test_it_tries_what_is_configured(tmp_path: Path) -> None:
    """O2: everything that does not answer is told together."""
    config = Config(
        data_dir=tmp_path,
        secret_key=SECRET,
        database_url=f"sqlite:///{tmp_path}/no/such/folder/x.db",
        encoder="none",
        search_url="http://127.0.0.1:9",
    )
    with pytest.raises(ConfigError) as error:
        bootstrap.check(config)
    assert [fault.partition(":")[0] for fault in error.value.faults] == [
        "WENDA_DATABASE_URL",
        "WENDA_SEARCH_URL",
    ]
    bootstrap.check(config.model_copy(update={"database_url": "", "search_url": ""}))
