"""The commands of the README do what it says."""

import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from metrics.models import Ingestion
from tests.services import ROOT

_PROMPT = ".venv/bin/python manage.py "
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


def commands() -> list[list[str]]:
    lines = "".join(blocks("")).splitlines()
    return [shlex.split(line.removeprefix(_PROMPT)) for line in lines if line.startswith(_PROMPT)]


@pytest.mark.django_db(transaction=True)
def test_every_command_of_the_readme_runs_and_the_delivery_is_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reviews.csv").write_text(blocks("csv")[0], encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for name, *arguments in commands():
        call_command(name, *arguments, stdout=StringIO())
    ingestion = Ingestion.objects.get()
    assert (ingestion.accepted, ingestion.quarantined) == (2, 1)
    reject = ingestion.rejects.get()
    assert (reject.line, reject.column, reject.value) == (4, "received", "31 Jun 2026 10:00")


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        word
        for line in "".join(blocks("")).splitlines()
        if line.startswith("make ")
        for word in line.split("#")[0].split()[1:]
    }
    assert named
    assert all(f"\n{target}:" in makefile for target in named)


def test_every_file_the_readme_points_to_exists() -> None:
    paths = re.findall(r"\]\(([^)#]+)\)", README)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
