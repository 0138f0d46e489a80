"""The house keeps its own rules: which way imports go, and how large anything may grow."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("models", "indexer", "answerer", "ticket_bridge", "kb_app", "web")
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
LISTS = {"models/__init__.py"}  # the one door: names only, two lines a name
NAMELESS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
}
PLANTED = {
    "floors": [("models/user.py", "import kb_app.errors")],
    "http": [("kb_app/voting.py", "import werkzeug")],
    "elasticsearch": [("indexer/search.py", "import elasticsearch")],
    "concrete": [("kb_app/search.py", "import indexer.embedded_backend")],
    "pure": [("answerer/redact.py", "import sqlalchemy")],
    "circles": [("kb_app/errors.py", "import kb_app.voting")],
}
PURE = (
    "indexer/analysis.py",
    "indexer/ranking.py",
    "answerer/evidence.py",
    "answerer/confidence.py",
    "answerer/compose.py",
    "answerer/tone.py",
    "answerer/splitting.py",
    "indexer/closeness.py",
    "kb_app/insight/intervals.py",
    "kb_app/insight/effect.py",
    "ticket_bridge/lifecycle.py",
)
ALSO_PLANTED = [
    ("floors", "answerer/draft.py", "import ticket_bridge.lifecycle"),
    ("floors", "ticket_bridge/lifecycle.py", "import answerer.redact"),
    ("floors", "indexer/passages.py", "import answerer.redact"),
    ("floors", "kb_app/voting.py", "import web.forms"),
    ("http", "kb_app/files.py", "import flask"),
    ("concrete", "web/cli.py", "from indexer.encoders.bundled import BundledEncoder"),
    *(("pure", path, "import socket") for path in PURE),
]


def lint(folder: Path) -> tuple[int, str]:
    """What import-linter says of the packages in a folder."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def broken(said: str) -> set[str]:
    """The ids of the contracts that were reported broken."""
    return {
        key for key, name in CONTRACTS.items() if re.search(rf"{re.escape(name)}.*BROKEN", said)
    }


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The code, to break things in."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda _folder, names: [n for n in names if "." in n and not n.endswith(".py")],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(folder: Path, path: str, line: str) -> None:
    """Add an import at the end of a file."""
    with (folder / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


def test_it_keeps_every_import_contract() -> None:
    """The floors, HTTP, the vendor, the concrete parts, purity, no circles."""
    code, said = lint(ROOT)
    assert code == 0, said
    assert "0 broken" in said


def test_it_has_a_violation_to_plant_for_every_contract() -> None:
    """A contract nobody saw biting is not trusted."""
    assert set(PLANTED) == set(CONTRACTS)


@pytest.mark.parametrize("key", PLANTED)
def test_it_bites(copied: Path, key: str) -> None:
    """Each contract, broken once in a copy, is named as broken."""
    for path, line in PLANTED[key]:
        plant(copied, path, line)
    code, said = lint(copied)
    assert code != 0
    assert key in broken(said)


@pytest.mark.parametrize(("key", "path", "line"), ALSO_PLANTED)
def test_it_bites_wherever_the_rule_is_broken(copied: Path, key: str, path: str, line: str) -> None:
    """Sideways, upwards, by another door: every way is seen."""
    plant(copied, path, line)
    assert key in broken(lint(copied)[1])


def sources() -> Iterator[Path]:
    """Every Python file of the product that people write."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "versions" not in path.parts and "vendor" not in path.parts:
                yield path


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines, from `def` to the last."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_it_finds_the_code() -> None:
    """The rules below look at something."""
    assert len(list(sources())) > 100


def test_it_keeps_files_short() -> None:
    """300 lines is the wall."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if path.relative_to(ROOT).as_posix() not in LISTS
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_it_keeps_functions_short() -> None:
    """40 lines is the wall."""
    long = [
        f"{path.relative_to(ROOT)}:{node.name} {length(node)}"
        for path in sources()
        for node in functions(ast.parse(path.read_text(encoding="utf-8")))
        if length(node) > LONGEST_FUNCTION
    ]
    assert long == []


def test_it_names_files_for_what_they_hold() -> None:
    """No drawer for everything."""
    named = [
        path for path in (*sources(), *(ROOT / "tests").rglob("*.py")) if path.stem in NAMELESS
    ]
    assert named == []


def test_it_commits_in_one_place() -> None:
    """One use case, one unit of work; beside it only the index file is committed to disk."""
    asked = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if path not in {ROOT / "models/session.py", ROOT / "indexer/embedded_backend.py"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}
    ]
    assert asked == []


def test_it_reads_the_environment_in_one_place() -> None:
    """Configuration is one typed object; below web nobody looks around it."""
    asked = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if path.parts[len(ROOT.parts)] != "web"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert asked == []
