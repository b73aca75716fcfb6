"""Why a figure is what it is, over the API."""

from datetime import UTC, datetime

import pytest

from metrics.evaluation import explain as explaining
from metrics.evaluation.explain import ExplainedRow
from tests import factories
from tests.api.world import Holding, Program

pytestmark = pytest.mark.django_db


def test_an_explanation_shows_formula_level_and_revisions(acme: Holding, reader: Program) -> None:
    factories.a_revision(acme.result, "96", "MET")
    body = reader.get(f"/api/v1/results/{acme.result.pk}/explain").json()
    assert body["formula"] == "ratio = sum(good) / sum(valid)"
    assert (body["revision"]["number"], body["revision"]["value"]) == (2, 96)
    assert [one["number"] for one in body["revisions"]] == [1, 2]
    assert body["service_level"]["expected"] == 95
    assert body["row_total"] == 1
    assert "Service level: ≥ 95" in body["text"]
    assert [one["status_text"] for one in body["revisions"]] == ["Minimum missed", "Met"]
    assert "minimum missed" in body["text"]
    assert "BELOW_MINIMUM" not in body["text"]


def test_an_older_revision_is_explained_by_its_number(acme: Holding, reader: Program) -> None:
    factories.a_revision(acme.result, "96", "MET")
    path = f"/api/v1/results/{acme.result.pk}/explain"
    body = reader.get(path, revision=1, row_limit=10**6, row_offset=3).json()
    assert (body["revision"]["number"], body["revision"]["value_exact"]) == (1, "179/2")
    assert reader.get(path, revision=3).status_code == 404
    assert reader.get(path, revision="last").status_code == 400


def test_rows_of_an_explanation_are_numbers(
    acme: Holding, reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    row = ExplainedRow(
        "INC1", at, None, {"good": "1.50", "from": at.isoformat()}, None, "a.csv", at
    )
    monkeypatch.setattr(explaining, "_rows", lambda *args: [row])
    body = reader.get(f"/api/v1/results/{acme.result.pk}/explain").json()
    assert body["rows"][0]["values"] == {"good": 1.5, "from": at.isoformat()}
