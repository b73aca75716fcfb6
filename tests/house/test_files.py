"""What no file of the project may contain, and what every one must."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import ROOT

TEXT = frozenset(
    {".cfg", ".css", ".csv", ".example", ".html", ".ini", ".js", ".json", ".md", ".py"}
    | {".sql", ".svg", ".toml", ".txt", ".yaml", ".yml"}
)
NAMED = frozenset({"Makefile", "Dockerfile", "run", ".dockerignore", ".gitignore"})

THIS = Path(__file__).resolve()  # it has to name what the others may not

HOSTS = ("py" + "pi", "python" + "hosted", "npm" + "js", "jsdelivr", "unpkg", "cloud" + "flare")
REGISTRY = re.compile(rf"\b[\w.-]*({'|'.join(HOSTS)})\.(org|com|net|io)\b", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(home|Users|root|work|opt|mnt)/\w")
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX)\b")


def files() -> list[Path]:
    """Every text file of the checkout, without what is installed, built or stored in it."""
    return [path for path in walk(ROOT) if is_text(path) and path != THIS]


def walk(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.iterdir()):
        if path.is_file():
            yield path
        elif path.is_dir() and (path.name == ".ci" or not is_foreign(path)):
            yield from walk(path)


def is_foreign(directory: Path) -> bool:
    return directory.name.startswith((".", "__")) or directory.name in {"var", "staticfiles"}


def is_text(path: Path) -> bool:
    return path.suffix in TEXT or path.name in NAMED


def offences(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """``file:line: text`` of every line that the pattern finds."""
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


RULES = [
    pytest.param(REGISTRY, f"see https://files.{HOSTS[1]}.org/x", id="registry host"),
    pytest.param(MACHINE_PATH, 'open("/home/someone/data.csv")', id="machine path"),
    pytest.param(LEFTOVER, "# TODO later", id="leftover"),
]


@pytest.mark.parametrize(("pattern", "offending"), RULES)
def test_no_file_breaks_the_rule(pattern: re.Pattern[str], offending: str) -> None:
    found = files()
    assert len(found) > 20
    assert offences(pattern, found) == []


@pytest.mark.parametrize(("pattern", "offending"), RULES)
def test_a_file_that_breaks_the_rule_is_found(
    tmp_path: Path, pattern: re.Pattern[str], offending: str
) -> None:
    path = tmp_path / "offending.py"
    path.write_text(f"fine = 1\n{offending}\n")
    assert len(offences(pattern, [path])) == 1


def test_every_locked_requirement_has_a_hash_and_one_version() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        assert len(blocks) > 30
        assert all("==" in block and "--hash=sha256:" in block for block in blocks)


def test_what_runs_is_what_is_tested() -> None:
    pins = re.compile(r"^([\w.-]+==\S+)", re.MULTILINE)
    run = set(pins.findall((ROOT / "requirements.txt").read_text()))
    tested = set(pins.findall((ROOT / "requirements-dev.txt").read_text()))
    assert run <= tested
