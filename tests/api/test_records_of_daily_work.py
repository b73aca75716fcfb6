"""Revisions, the trail, published scorecards and reviews: read, and as far as each may."""

import pytest

from contracts.models import AuditEvent, User
from contracts.services.sealing import audit_seal
from metrics.models import ResultRevision, Review, ReviewAction
from tests import factories
from tests.api.daily import MARCH
from tests.api.world import Holding, Program, a_program, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendors(acme: Holding) -> Program:
    return a_program("read", "manage", vendor=acme.vendor)


class TestRevisions:
    @pytest.fixture
    def restated(self, acme: Holding) -> Holding:
        factories.a_revision(acme.result, "96", "MET", reason="counted twice", approved_by="Ana")
        load = acme.delivery.ingestion_id
        ResultRevision.objects.filter(number=2).update(watermark={acme.feed.pk: load, 999: 999})
        return acme

    def test_every_figure_stands_with_what_it_saw(self, restated: Holding, reader: Program) -> None:
        first, second = found(reader, f"results/{restated.result.pk}/revisions")
        assert (first["number"], first["is_current"], first["watermark"]) == (1, False, {})
        assert (second["value"], second["status"], second["is_current"]) == (96, "MET", True)
        assert (second["reason"], second["approved_by"]) == ("counted twice", "Ana")
        assert second["watermark"] == {"acme-desk": restated.delivery.pk}

    def test_a_vendor_reads_no_names(self, restated: Holding, vendors: Program) -> None:
        first, second = found(vendors, f"results/{restated.result.pk}/revisions")
        assert (first["approved_by"], second["approved_by"]) == ("", "the buyer")


class TestAudit:
    def test_the_trail_is_read_in_order_with_its_seals(
        self, acme: Holding, manager: Program
    ) -> None:
        audit_seal()
        rows = found(manager, "audit", limit=5000)
        assert [row["id"] for row in rows] == list(
            AuditEvent.objects.order_by("id").values_list("pk", flat=True)
        )
        assert rows
        assert all(len(row["seal"]) == 64 for row in rows)

    def test_it_narrows(self, acme: Holding, manager: Program) -> None:
        dana = User.objects.get(username="dana")
        made = AuditEvent.objects.create(
            actor=dana, actor_name="Dana", action="changed", label="vendor Acme Ltd", vendor=acme.vendor,
            subject=f"contracts.vendor:{acme.vendor.pk}", changes={"name": ["Acme", "Acme Ltd"]},
        )  # fmt: skip

        def ids(**query: str) -> list[int]:
            return [row["id"] for row in found(manager, "audit", **query)]

        assert ids(record=made.subject) == ids(actor="dana") == ids(record="acme ltd") == [made.pk]
        assert made.pk not in ids(actor="programs")
        assert ids(actor="nobody") == ids(**{"to": "2001-01-01"}) == []
        (row,) = found(manager, "audit", vendor="acme", actor="dana")
        assert row["changes"] == {"name": ["Acme", "Acme Ltd"]}
        assert row["vendor"] == "acme"

    def test_only_for_who_may_read_it(
        self, acme: Holding, manager: Program, reader: Program, vendors: Program
    ) -> None:
        answers = [one.get("/api/v1/audit").status_code for one in (manager, reader, vendors)]
        assert answers == [200, 403, 403]


class TestEditions:
    def test_an_edition_stays_as_it_was_published(self, acme: Holding, reader: Program) -> None:
        (row,) = found(reader, "scorecards", vendor="acme")
        before = reader.get(row["url"]).json()
        factories.a_revision(acme.result, "96", "MET")
        assert reader.get(row["url"]).json() == before
        assert {name: before[name] for name in row} == row
        figures = [
            line["figure"]["value"]
            for family in before["scorecard"]["families"]
            for line in family["kpis"]
        ]
        assert figures == [89.5]

    def test_a_vendor_reads_its_own_and_no_name(
        self, acme: Holding, zeta: Holding, vendors: Program
    ) -> None:
        (row,) = found(vendors, "scorecards")
        assert (row["vendor"], row["published_by"]) == ("acme", "the buyer")
        assert vendors.get(f"/api/v1/scorecards/{zeta.papers['scorecards']}").status_code == 404
        assert found(vendors, "scorecards", vendor="zeta") == []


class TestReviews:
    def test_it_narrows(self, acme: Holding, zeta: Holding, reader: Program) -> None:
        def vendors(**query: str) -> list[str]:
            return [row["vendor"] for row in found(reader, "reviews", **query)]

        assert vendors() == vendors(state="upcoming,held") == ["acme", "zeta"]
        assert vendors(vendor="zeta") == ["zeta"]
        assert vendors(state="held") == vendors(kind="daily") == []

    def test_actions_are_carried_over(self, acme: Holding, reader: Program) -> None:
        chair = User.objects.get(username="dana")
        later = Review.objects.create(
            vendor=acme.vendor, kind="monthly", planned_on=MARCH, chair=chair
        )
        (row,) = found(reader, f"reviews/{later.pk}/actions")
        assert (row["review"], row["is_carried_over"]) == (acme.papers["reviews"], True)
        (own,) = found(reader, f"reviews/{acme.papers['reviews']}/actions", state="open")
        assert own["is_carried_over"] is False

    def test_what_is_internal_stays_inside(
        self, acme: Holding, reader: Program, vendors: Program
    ) -> None:
        review = acme.papers["reviews"]
        action = ReviewAction.objects.get(review=review)
        ours = ReviewAction.objects.create(
            review_id=review, vendor=acme.vendor, text="inside", side="buyer", owner_name="Dana R",
            agreed_on=MARCH, due_on=MARCH, is_internal=True,
        )  # fmt: skip
        path = f"reviews/{review}/actions"
        assert [row["id"] for row in found(vendors, path)] == [action.pk]
        assert len(found(reader, path)) == 2
        ReviewAction.objects.filter(pk=ours.pk).update(is_internal=False)
        owners = {row["id"]: row["owner"] for row in found(vendors, path)}
        assert owners == {action.pk: "acme desk", ours.pk: "the buyer"}
        Review.objects.update(is_internal=True)
        assert found(vendors, "reviews") == []
        assert vendors.get(f"/api/v1/{path}").status_code == 404
