"""manage.py apply: what it prints, and how it ends."""

import csv
import json
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contracts.models import Vendor
from metrics.portfolio.reader import read_paths
from metrics.portfolio.shapes import PortfolioFile
from metrics.portfolio.tables import PLAN_KEYS
from tests.portfolio.conftest import PORTFOLIO, with_change
from tests.services import ROOT

pytestmark = pytest.mark.django_db
SCHEMA = ROOT / "docs" / "schema" / "portfolio.schema.json"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text(PORTFOLIO)
    return path


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("apply", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_table_groups_what_changes_by_kind(file: Path) -> None:
    out = run(file)
    titles = [line for line in out.splitlines() if line.isalpha()]
    assert titles == ["vendor", "calendar", "contract", "process", "KPI", "feed"]
    assert "accuracy definition from" in out
    assert "Applied: 8 new, 9 new dated lines; 0 unchanged." in out


def test_the_second_time_there_are_no_changes(file: Path) -> None:
    run(file)
    assert run(file) == "No changes: the database is what the files state.\n"


def test_a_plan_says_that_nothing_was_changed(file: Path) -> None:
    assert "Plan only, nothing was changed: 8 new" in run(file, "--plan")
    assert not Vendor.objects.exists()


def test_a_change_shows_old_and_new(file: Path) -> None:
    run(file)
    file.write_text(with_change(("owner: Dana", "owner: Priya")))
    assert "owner: Dana → Priya" in run(file)


def test_json_holds_the_same_plan(file: Path) -> None:
    run(file)
    file.write_text(with_change(("owner: Dana", "owner: Priya")))
    assert json.loads(run(file, "--format", "json")) == {
        "applied": True,
        "changes": [
            {
                "action": "change",
                "kind": "vendor",
                "code": "acme",
                "fields": [{"field": "owner", "old": "Dana", "new": "Priya"}],
            }
        ],
        "not_in_files": [],
        "counts": {"change": 1, "unchanged": 7},
    }


def test_csv_has_a_row_for_each_field(file: Path) -> None:
    run(file)
    file.write_text(with_change(("owner: Dana", "owner: Priya")).split("feeds:")[0])
    rows = [row.split(",") for row in run(file, "--format", "csv").splitlines()]
    assert rows[:2] == [list(PLAN_KEYS), ["change", "vendor", "acme", "owner", "Dana", "Priya"]]
    assert {row[0] for row in rows[2:]} == {"not in files"}


def test_problems_come_as_csv_too(file: Path) -> None:
    file.write_text(with_change(("country: IE,", "country: ie,")))
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("apply", str(file), "--format", "csv", stdout=out)
    (problem,) = csv.DictReader(StringIO(out.getvalue()))
    assert (problem["file"], problem["line"], problem["where"]) == (
        str(file),
        "2",
        "vendor acme, country",
    )


def test_pruning_archives(file: Path) -> None:
    run(file)
    file.write_text(PORTFOLIO.split("feeds:")[0])
    assert "Not in the files, left as they are" in run(file)
    assert "archive" in run(file, "--prune")


def test_problems_are_printed_with_place_and_way_out(file: Path) -> None:
    file.write_text(with_change(("minimum: 90.0", "minimum: 97"), ("country: IE,", "country: ie,")))
    err = StringIO()
    with pytest.raises(CommandError, match="2 problems: nothing was changed") as caught:
        call_command("apply", str(file), stderr=err, no_color=True)
    assert caught.value.returncode == 1
    assert err.getvalue().splitlines() == [
        f"{file}:2: vendor acme, country: 'ie' is not a country code",
        "    → write the two letters of ISO 3166 in capitals, such as IE",
        (
            f"{file}:52: KPI accuracy, service_levels 1, minimum: "
            "minimum 97 is better than expected 95"
        ),
        "    → move it to the worse side",
    ]


def test_problems_come_as_json_too(file: Path) -> None:
    file.write_text(with_change(("country: IE,", "country: ie,")))
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("apply", str(file), "--format", "json", stdout=out)
    (problem,) = json.loads(out.getvalue())["problems"]
    assert (problem["file"], problem["line"], problem["where"]) == (
        str(file),
        2,
        "vendor acme, country",
    )


def test_a_path_is_needed() -> None:
    with pytest.raises(CommandError, match="state a file or a folder"):
        run()


def test_the_kept_schema_is_the_one_the_shapes_give() -> None:
    assert run("--schema") == SCHEMA.read_text(encoding="utf-8"), (
        "write it anew: manage.py apply --schema > docs/schema/portfolio.schema.json"
    )


def test_the_schema_names_every_section() -> None:
    assert set(json.loads(run("--schema"))["properties"]) == set(PortfolioFile.model_fields)


def test_the_schema_takes_the_examples_and_refuses_an_unknown_key() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    check = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    documents, _ = read_paths([ROOT / "examples" / "portfolio"])
    assert documents
    for document in documents:
        data = _as_json(document.data)
        assert [f"{document.file} {e.json_path} {e.message}" for e in check.iter_errors(data)] == []
    assert list(check.iter_errors({"vendors": [{"code": "a", "name": "A", "teir": "x"}]}))


def _as_json(value: object) -> object:
    """Values as an editor reads them."""
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def test_the_examples_apply(tmp_path: Path) -> None:
    assert "Applied: " in run(ROOT / "examples" / "portfolio")
    assert "No changes" in run(ROOT / "examples" / "portfolio")
