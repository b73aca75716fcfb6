"""A workbook kept by hand: what a feed cannot use of it is said, and never guessed."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from metrics.models import Ingestion, Observation, QuarantinedRow
from tests.realdata.running import apply, figures, ingest, portfolio

pytestmark = pytest.mark.django_db
RECEIVED = "--received-at=2018-06-15T09:00:00Z"
MERGED = [19, 20, 21, 23, 24, 34, 35, 38, 42, 44, 58, 60]


@pytest.fixture
def workbook(data: Path) -> Path:
    return data / "workbook/SubmissionInfo.xlsx"


def apply_with(folder: Path, **changes: Any) -> None:
    """The portfolio with some keys of its feed replaced."""
    content = portfolio("workbook.yaml")
    content["feeds"][0].update(changes)
    apply(content, folder)


def reading(column: str) -> list[dict[str, str]]:
    return [{"kpi": "entry-rank", "value": column}]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"targets": reading("Score")},
            "'Score' not found in row 1 of sheet 'Φύλλο1'; columns seen: 'ID', 'Type', 'Author(s)'",
        ),
        (
            {"format": {"type": "xlsx", "header_row": 2}},
            "required columns 'ID', 'Rank (OWA)' not found in row 2",
        ),
        ({"format": {"type": "xlsx", "sheet": "Sheet1"}}, "'Φύλλο1'"),
        ({"format": {"type": "csv"}}, "declare format: {type: xlsx}"),
    ],
)
def test_a_file_that_does_not_fit_its_declaration_is_refused_whole(
    changes, said, workbook, tmp_path
):
    apply_with(tmp_path, **changes)

    with pytest.raises(CommandError) as refusal:
        ingest("entries", workbook, RECEIVED)

    assert said in str(refusal.value)
    assert Ingestion.objects.get().status == "rejected"
    assert not Observation.objects.exists()
    assert figures("entry-rank") == {}


def test_rows_with_merged_cells_are_set_aside_where_those_cells_are_read(workbook, tmp_path):
    apply_with(tmp_path, identity=["ID", "Affiliation"])

    found = ingest("entries", workbook, RECEIVED)

    assert (found["read"], found["accepted"], found["quarantined"]) == (61, 49, 12)
    assert list(QuarantinedRow.objects.values_list("line", "value")) == [
        (line, f"C{line}:D{line}") for line in MERGED
    ]


def test_merged_cells_that_nobody_reads_do_no_harm(workbook, tmp_path):
    apply_with(tmp_path)

    assert ingest("entries", workbook, RECEIVED)["accepted"] == 61
    assert figures("entry-rank")["2018"].value == "31"
