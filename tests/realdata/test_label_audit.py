"""Audited labels, nested JSON: an error rate; and what a second delivery and a forgery do to it."""

import json
from pathlib import Path
from typing import Any

import pytest

from metrics.models import KpiPeriod, Observation, ResultRevision
from tests.realdata.running import apply, figure, ingest, parts, portfolio, verify

pytestmark = pytest.mark.django_db
SIZES = {"mnist": 100, "cifar10": 275, "imdb": 1310}
RECEIVED = "--received-at=2022-01-03T09:00:00Z"


@pytest.fixture(scope="module")
def audits(data: Path) -> Path:
    return data / "label_errors"


@pytest.fixture(scope="module", autouse=True)
def counts(audits: Path, loading: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    apply(portfolio("labels.yaml"), tmp_path_factory.mktemp("portfolio"))
    return {
        name: ingest(f"{name}-audit", audits / f"{name}.json", RECEIVED)["accepted"]
        for name in SIZES
    }


def test_every_audited_item_is_accepted(counts):
    assert counts == SIZES


@pytest.mark.parametrize(("name", "errors"), [("mnist", 15), ("cifar10", 54), ("imdb", 725)])
def test_an_item_whose_label_got_fewer_than_three_votes_is_an_error(name, errors):
    assert parts(figure(f"{name}-error-rate")) == (errors, SIZES[name])


def test_an_error_rate_says_what_it_counts():
    assert figure("mnist-error-rate").body["details"] == {
        "counting": "defective_items",
        "basis": "sample",
    }


def test_every_figure_is_what_its_rows_give():
    assert verify() == []


class TestASecondDelivery:
    def test_of_the_same_bytes_is_repeated_and_changes_nothing(self, audits):
        before = revisions()

        found = ingest("imdb-audit", audits / "imdb.json", RECEIVED)

        assert (found["repeated"], found["accepted"], found["duplicate"]) == (True, 0, 1310)
        assert revisions() == before

    def test_of_the_same_rows_in_other_bytes_changes_nothing(self, audits, tmp_path):
        before = revisions()
        rows = json.loads((audits / "imdb.json").read_text())

        found = ingest("imdb-audit", written(tmp_path, rows[::-1]), RECEIVED)

        assert not found["repeated"]
        assert (found["accepted"], found["corrected"], found["duplicate"]) == (0, 0, 1310)
        assert revisions() == before

    def test_with_one_row_corrected_adds_one_revision_and_keeps_the_old_one(self, audits, tmp_path):
        before = revisions()
        rows = json.loads((audits / "imdb.json").read_text())
        right = next(row for row in rows if row["mturk"]["given"] >= 3)
        right["mturk"]["given"] = 0

        found = ingest("imdb-audit", written(tmp_path, rows), RECEIVED)

        assert (found["accepted"], found["corrected"], found["duplicate"]) == (0, 1, 1309)
        assert parts(figure("imdb-error-rate")) == (726, 1310)
        added = revisions()[len(before) :]
        assert [(kpi, number) for _, kpi, number, _ in added] == [("imdb-error-rate", 2)]
        assert revisions()[: len(before)] == before
        assert verify() == []


class TestAForgery:
    """Verify is only worth its silence if it speaks up, and says where."""

    def test_of_a_stored_figure_is_found(self):
        forged = figure("cifar10-error-rate")
        ResultRevision.objects.filter(pk=forged.pk).update(value="1")

        (found,) = verify()

        assert (found["where"], found["what"]) == ("cifar10-error-rate 2021", "value")
        assert (found["stored"], found["computed"]) == ("1", forged.value)

    def test_of_a_stored_row_is_found(self):
        kpi = KpiPeriod.objects.get(kpi__code="mnist-error-rate").kpi_id
        error = Observation.objects.filter(kpi_id=kpi, a=1).order_by("ref").first()
        Observation.objects.filter(kpi_id=kpi, key=error.key).update(a=0)

        found = verify()

        assert {difference["where"] for difference in found} == {"mnist-error-rate 2021"}
        assert ("value", "15", "14") in {(d["what"], d["stored"], d["computed"]) for d in found}

    def test_of_a_status_on_the_head_is_found(self):
        KpiPeriod.objects.filter(kpi__code="imdb-error-rate").update(status="MET")

        (found,) = verify()

        assert (found["where"], found["stored"]) == ("imdb-error-rate 2021", "MET")


def revisions() -> list[tuple[Any, ...]]:
    """Every revision with its KPI, number and value, in the order they were made."""
    found = ResultRevision.objects.order_by("pk")
    return list(found.values_list("pk", "period__kpi__code", "number", "value"))


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "second.json"
    path.write_text(json.dumps(rows, indent=1))
    return path
