"""Deliveries by program: listed, their rejects as a file, tried again, taken back."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from python_calamine import load_workbook

from contracts.models import AuditEvent
from metrics.evaluation.work import work_all
from metrics.feeds import again
from metrics.models import Delivery, Ingestion
from tests.api.editing import send
from tests.api.world import Holding, Program, a_program, found
from tests.feeds.arriving import APRIL, TWO, a_mapped_feed, a_share, csv, in_force, load

pytestmark = pytest.mark.django_db


def body_of(answer: object) -> bytes:
    return b"".join(answer)  # type: ignore[call-overload,no-any-return]


class TestList:
    def test_it_narrows(self, acme: Holding, zeta: Holding, reader: Program) -> None:
        def ids(**query: str) -> list[int]:
            return [row["id"] for row in found(reader, "deliveries", **query)]

        mine, other = acme.delivery.pk, zeta.delivery.pk
        assert ids() == [mine, other]
        assert ids(feed="acme-desk") == ids(vendor="acme") == [mine]
        assert ids(status="done,undone") == [mine, other]
        assert ids(status="parked") == ids(vendor="nobody") == []
        day = acme.delivery.received_at.date().isoformat()
        assert ids(**{"from": day, "to": day}) == [mine, other]
        assert ids(**{"to": "2020-01-01"}) == []

    def test_what_was_undone_is_no_longer_done(self, acme: Holding, reader: Program) -> None:
        Ingestion.objects.update(undone_at=datetime(2026, 4, 2, tzinfo=UTC))
        assert found(reader, "deliveries", status="done") == []
        assert len(found(reader, "deliveries", status="undone")) == 1

    def test_what_changed_since_comes_again(
        self, acme: Holding, zeta: Holding, reader: Program
    ) -> None:
        rows = found(reader, "deliveries")
        later = max(row["updated_at"] for row in rows)
        assert len(found(reader, "deliveries", updated_since=later)) >= 1
        assert found(reader, "deliveries", updated_since="2099-01-01") == []
        page = reader.get("/api/v1/deliveries", limit=1).json()
        rest = reader.get("/api/v1/deliveries", limit=1, cursor=page["next_cursor"]).json()
        assert [row["id"] for row in page["results"] + rest["results"]] == [r["id"] for r in rows]

    def test_a_deliverer_follows_its_own_vendors(
        self, acme: Holding, zeta: Holding, deliverer: Program
    ) -> None:
        assert [row["feed"] for row in found(deliverer, "deliveries")] == ["acme-desk"]


class TestRejects:
    @pytest.fixture
    def path(self, db: None) -> str:
        """Of a delivery with a row that did not fit."""
        a_share()
        load(a_mapped_feed(), csv(["1,2026-02-30,=1+1", "2,2026-03-03,no"]))
        return f"/api/v1/deliveries/{Delivery.objects.get().pk}/rejects"

    def test_the_rows_stand_as_they_came_with_what_is_wrong(
        self, path: str, manager: Program
    ) -> None:
        answer = manager.get(f"{path}.csv")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/csv")
        header, row = body_of(answer).decode("utf-8-sig").splitlines()
        assert header.startswith("number,closed,met,reject: line")
        assert row.startswith("1,2026-02-30,'=1+1,2,closed")

    def test_the_workbook_holds_the_same(self, path: str, manager: Program) -> None:
        answer = manager.get(f"{path}.xlsx")
        book = load_workbook(io.BytesIO(answer.content))
        rows = book.get_sheet_by_name(book.sheet_names[0]).to_python()
        assert rows[1][:3] == ["1", "2026-02-30", "=1+1"]

    def test_whatever_is_accepted_the_address_says_the_kind(
        self, path: str, manager: Program
    ) -> None:
        picky = Program({**manager.headers, "Accept": "text/csv"})
        assert picky.get(f"{path}.csv").status_code == 200
        missing = picky.get(f"/api/v1/deliveries/{10**9}/rejects.csv")
        assert missing.headers["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_another_vendors_are_as_missing_as_none(
        self, acme: Holding, zeta: Holding, kind: str
    ) -> None:
        stranger = a_program("read", "ingest", vendor=zeta.vendor)
        foreign = stranger.get(f"/api/v1/deliveries/{acme.delivery.pk}/rejects.{kind}")
        missing = stranger.get(f"/api/v1/deliveries/{10**9}/rejects.{kind}")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content
        zeta.delivery.ingestion.rejects.all().delete()
        none = stranger.get(f"/api/v1/deliveries/{zeta.delivery.pk}/rejects.{kind}")
        assert none.status_code == 404


def retry(program: Program, number: int) -> object:
    return send(program, "POST", f"deliveries/{number}/retry")


class TestRetry:
    def test_what_was_set_aside_goes_on(self, acme: Holding, deliverer: Program) -> None:
        Ingestion.objects.update(status="parked", attempts=4)
        where = f"/api/v1/deliveries/{acme.delivery.pk}"
        assert deliverer.get(where).json()["is_finished"]  # until somebody has it tried again
        answer = retry(deliverer, acme.delivery.pk)
        assert answer.status_code == 202, answer.content
        assert (answer.json()["status"], answer.json()["is_finished"]) == ("received", False)
        assert answer.headers["Location"].endswith(where)
        event = AuditEvent.objects.latest("pk")
        assert (event.action, event.actor) == ("had tried again", None)
        assert event.actor_name.startswith("key test")

    @pytest.mark.parametrize("status", ["done", "received", "running"])
    def test_there_is_nothing_to_try_again_of_any_other(
        self, acme: Holding, manager: Program, status: str
    ) -> None:
        Ingestion.objects.update(status=status)
        assert retry(manager, acme.delivery.pk).status_code == 409
        assert Ingestion.objects.get().status == status

    def test_a_rejected_file_is_delivered_once_more(self, manager: Program) -> None:
        a_share()
        feed = a_mapped_feed()
        refused = load(feed, "")
        assert refused.status == "rejected"
        first = Delivery.objects.get()

        answer = retry(manager, first.pk)

        assert answer.status_code == 202, answer.content
        assert answer.json()["id"] != first.pk
        assert answer.json()["delivered_by"].startswith("key test")
        assert Ingestion.objects.filter(sha256=refused.sha256).count() == 2

    def test_not_when_its_bytes_are_gone(
        self, acme: Holding, manager: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(again, "absolute", lambda path: Path("/nowhere"))
        Ingestion.objects.update(status="rejected")
        answer = retry(manager, acme.delivery.pk)
        assert answer.status_code == 409
        assert "not kept" in answer.json()["detail"]

    def test_who_may_not(self, acme: Holding, zeta: Holding, reader: Program) -> None:
        Ingestion.objects.update(status="parked")
        assert retry(reader, acme.delivery.pk).status_code == 403
        stranger = a_program("ingest", vendor=zeta.vendor)
        assert retry(stranger, acme.delivery.pk).status_code == 404
        assert set(Ingestion.objects.values_list("status", flat=True)) == {"parked"}

    def test_a_body_that_says_something_is_refused(self, acme: Holding, manager: Program) -> None:
        Ingestion.objects.update(status="parked")
        answer = send(manager, "POST", f"deliveries/{acme.delivery.pk}/retry", {"force": True})
        assert answer.status_code == 400


class TestUndo:
    WHY = {"reason": "the export was of another team"}

    def undo(self, program: Program, number: int, body: object = None) -> object:
        return send(program, "POST", f"deliveries/{number}/undo", body or self.WHY)

    def test_its_rows_are_withdrawn_and_the_figure_follows(self, manager: Program) -> None:
        a_share()
        load(a_mapped_feed(), TWO)
        number = Delivery.objects.get().pk

        answer = self.undo(manager, number)
        work_all(as_of=APRIL)

        assert answer.status_code == 202, answer.content
        assert in_force() == []
        assert manager.get(f"/api/v1/deliveries/{number}").json()["undone_at"]
        asked = Ingestion.objects.get(undoes__isnull=False)
        assert (asked.asked_by, asked.reason) == (None, self.WHY["reason"])
        assert AuditEvent.objects.filter(action="undid").get().actor_name.startswith("key test")

    def test_rows_that_came_back_still_explain_their_figure(self, manager: Program) -> None:
        kpi = a_share()
        feed = a_mapped_feed()
        load(feed, TWO)
        load(feed, csv(["1,2026-03-02,no"]))
        work_all(as_of=APRIL)

        self.undo(manager, Delivery.objects.latest("pk").pk)
        work_all(as_of=APRIL)

        head = kpi.periods.get(label="2026-03")
        rows = manager.get(f"/api/v1/results/{head.pk}/explain").json()["rows"]
        assert sorted(row["ref"] for row in rows) == ["1", "2"]
        assert "undoing of rows.csv" in {row["delivery"] for row in rows}

    def test_twice_is_a_conflict(self, acme: Holding, manager: Program) -> None:
        assert self.undo(manager, acme.delivery.pk).status_code == 202
        assert self.undo(manager, acme.delivery.pk).status_code == 409

    @pytest.mark.parametrize("body", [{"reason": " "}, {"reason": 5}, {"because": "so"}])
    def test_not_without_a_reason(self, acme: Holding, manager: Program, body: object) -> None:
        assert self.undo(manager, acme.delivery.pk, body).status_code == 400
        assert Ingestion.objects.count() == 1

    def test_who_may_not(self, acme: Holding, zeta: Holding, reader: Program) -> None:
        vendors = a_program("read", "ingest", "manage", vendor=acme.vendor)
        assert self.undo(vendors, acme.delivery.pk).status_code == 403
        assert self.undo(reader, acme.delivery.pk).status_code == 403
        assert Ingestion.objects.filter(undoes__isnull=False).count() == 0
