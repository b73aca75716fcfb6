"""Figures that vendors report, and the days a contract states for claims, over REST."""

from fractions import Fraction

import pytest

from metrics.models import ClaimTerms, KpiDefinition, KpiPeriod, VendorFigure
from tests.api.editing import send
from tests.api.test_kpis import pointers
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db
DAYS = {
    "valid_from": "2026-07-01",
    "dispute_days": 14,
    "dispute_from": "report",
    "relief_days": 10,
    "relief_from": "occurrence",
    "credit_days": None,
    "credit_from": "final",
}


@pytest.fixture
def head(acme: Holding) -> KpiPeriod:
    found = KpiPeriod.objects.filter(kpi__contract__vendor=acme.vendor).exclude(current=None)
    return found.select_related("kpi", "current").first()


def path(head: KpiPeriod) -> str:
    return f"kpis/{head.kpi.code}/vendor-figures"


def told(head: KpiPeriod, **more: object) -> dict[str, object]:
    return {"first_day": head.first_day.isoformat(), "value": 91.5} | more


class TestReporting:
    def test_it_stands_beside_ours_with_its_variance(
        self, manager: Program, head: KpiPeriod
    ) -> None:
        KpiDefinition.objects.filter(kpi=head.kpi).update(tolerance="1")
        answer = send(manager, "POST", path(head), told(head, note="report, page 2"))
        assert answer.status_code == 201, answer.content

        (row,) = manager.get(f"/api/v1/{path(head)}").json()["results"]
        assert row == answer.json()
        ours = float(Fraction(head.current.value))
        assert (row["value"], row["ours"], row["counts"]) == (91.5, ours, False)
        assert row["variance"] == pytest.approx(91.5 - ours)
        assert row["within_tolerance"] is (abs(91.5 - ours) <= 1)

    def test_both_sides_report_and_no_name_of_the_buyers_leaves(
        self, manager: Program, acme: Holding, head: KpiPeriod
    ) -> None:
        vendors = a_program("read", "ingest", vendor=acme.vendor)
        assert send(manager, "POST", path(head), told(head)).status_code == 201
        assert send(vendors, "POST", path(head), told(head)).status_code == 201
        rows = vendors.get(f"/api/v1/{path(head)}").json()["results"]
        assert [row["by"] == "the buyer" for row in rows] == [True, False]

    def test_foreign_is_missing(self, zeta: Holding, acme: Holding, head: KpiPeriod) -> None:
        foreign = a_program("read", "ingest", vendor=zeta.vendor)
        assert foreign.get(f"/api/v1/{path(head)}").status_code == 404
        assert send(foreign, "POST", path(head), told(head)).status_code == 404
        assert not VendorFigure.objects.exists()

    def test_without_the_duty_nothing_is_taken_down(self, reader: Program, head: KpiPeriod) -> None:
        assert send(reader, "POST", path(head), told(head)).status_code == 403

    def test_what_is_wrong_is_told_by_its_member(self, manager: Program, head: KpiPeriod) -> None:
        bad = {"first_day": "never", "value": "much", "numerator": 1, "graces": 1}
        assert sorted(pointers(send(manager, "POST", path(head), bad))) == [
            "#/first_day",
            "#/graces",
            "#/value",
        ]
        wrong = told(head, numerator=1, reported_at="2999-01-01T00:00:00Z")
        assert sorted(pointers(send(manager, "POST", path(head), wrong))) == [
            "#/denominator",
            "#/reported_at",
        ]


class TestClaimTerms:
    def where(self, acme: Holding) -> str:
        return f"contracts/{acme.contract}/claim-terms"

    def test_they_are_stated_from_a_day_on(self, manager: Program, acme: Holding) -> None:
        before = ClaimTerms.objects.count()
        answer = send(manager, "POST", self.where(acme), DAYS)
        assert answer.status_code == 201, answer.content
        wanted = DAYS | {"contract": acme.contract, "amendment": None}
        assert answer.json() == wanted
        assert wanted in manager.get(f"/api/v1/{self.where(acme)}").json()["results"]
        assert ClaimTerms.objects.count() == before + 1
        assert send(manager, "POST", self.where(acme), DAYS).status_code == 400

    @pytest.mark.parametrize(
        ("wrong", "member"),
        [
            ({"dispute_from": "invoice"}, "#/dispute_from"),
            ({"relief_days": 367}, "#/relief_days"),
            ({"amendment": 99}, "#/amendment"),
        ],
    )
    def test_what_cannot_be_is_told_by_its_member(
        self, manager: Program, acme: Holding, wrong: dict[str, object], member: str
    ) -> None:
        assert pointers(send(manager, "POST", self.where(acme), DAYS | wrong)) == [member]

    def test_a_vendor_reads_them_and_states_none(self, acme: Holding) -> None:
        vendors = a_program("read", "manage", vendor=acme.vendor)
        assert vendors.get(f"/api/v1/{self.where(acme)}").status_code == 200
        assert send(vendors, "POST", self.where(acme), DAYS).status_code == 403
