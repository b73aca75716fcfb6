"""Asking, granting a part, announcing and locking on pages; what the other vendor never sees."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from contracts.models import Approval, User
from metrics.casework.claiming import Claim
from metrics.casework.relief import relief_grant
from metrics.evaluation.sweeping import sweep
from metrics.models import BreachCase, MaintenanceWindow, ReliefRequest, VolumeForecast
from tests.evaluation.looking import DAY, head
from tests.factories import a_contract, a_vendor
from tests.feeds.arriving import evaluate
from tests.relief.asking import SOON, a_month, ask, somebody, value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]

ROWS = {"predicate": 'ref in ("97", "98")', "treatment": "remove_both", "reason": "a storm"}


@pytest.fixture
def olga(client):
    client.force_login(somebody("olga"))
    return client


def text_of(answer):
    return " ".join(answer.content.decode().split())


def ask_page():
    return reverse("case-relief", args=[BreachCase.objects.get().pk])


def test_the_form_shows_what_it_would_change_and_asks_for_nothing(olga):
    a_month()

    seen = text_of(olga.post(ask_page(), ROWS | {"preview": "1"}))

    assert "It covers 2 rows of this period." in seen
    assert "91.84" in seen
    assert not ReliefRequest.objects.exists()

    assert olga.post(ask_page(), ROWS).status_code == 302
    case = text_of(olga.get(reverse("case", args=[BreachCase.objects.get().pk])))
    assert "If the relief is approved" in case
    assert "rows where ref in (&quot;97&quot;, &quot;98&quot;), left out of both sides" in case


def test_a_condition_that_is_none_is_told_by_its_field(olga):
    a_month()
    seen = text_of(olga.post(ask_page(), ROWS | {"predicate": "team == 1", "preview": "1"}))
    assert "team is nothing a row of this KPI says: it says good, ref, series, valid" in seen


def test_the_second_person_grants_a_part(client):
    a_month()
    relief = ask(Claim("a storm", predicate='ref in ("97", "98")'))
    client.force_login(somebody("otto"))
    approval = reverse("approval", args=[Approval.objects.get().pk])
    page = reverse("relief", args=[relief.pk])
    assert page in text_of(client.get(approval))

    part = {"predicate": 'ref == "97"', "treatment": "count_as_good", "answer": "one of them"}
    assert "91.00" in text_of(client.post(page, part | {"preview": "1"}))
    client.post(page, part)
    evaluate(SOON)

    relief.refresh_from_db()
    assert (relief.state, value()) == ("partly", 91)
    seen = text_of(client.get(page))
    assert "rows where ref == &quot;97&quot;, counted as good" in seen


def test_whoever_asked_takes_it_back(olga):
    a_month()
    relief = ask(Claim("a storm", whole_period=True))

    assert "Take it back" in text_of(olga.get(reverse("relief", args=[relief.pk])))
    olga.post(reverse("relief-back", args=[relief.pk]))

    relief.refresh_from_db()
    assert relief.state == "withdrawn"


def test_maintenance_is_announced_and_called_off(olga):
    contract = a_month().contract
    page = reverse("contract-maintenance", args=[contract.reference])
    given = {
        "of": f"contract:{contract.pk}",
        "starts_at": "2026-03-04 22:00",
        "ends_at": "2026-03-05 04:00",
        "announced_at": "2026-02-01 09:00",
        "note": "New disks",
    }

    assert olga.post(page, given).status_code == 302
    window = MaintenanceWindow.objects.get()
    assert window.starts_at == datetime(2026, 3, 4, 22, tzinfo=UTC)
    assert "New disks" in text_of(olga.get(page))

    olga.post(reverse("maintenance-cancel", args=[contract.reference, window.pk]))
    assert "called off" in text_of(olga.get(page))


def test_a_forecast_is_locked(client):
    a_month()
    client.force_login(somebody("petra", "procurement"))
    page = reverse("kpi-volumes", args=["sla"])

    given = {"first_day": "2026-03-01", "quantity": "90.5", "locked_at": "2026-02-20 09:00"}
    assert client.post(page, given).status_code == 302

    assert str(VolumeForecast.objects.get().quantity) == "90.5"
    assert "90.5" in text_of(client.get(page))


def test_a_final_figure_is_asked_to_be_restated_with_the_reason(olga):
    a_month()
    sweep(as_of=SOON + 5 * DAY)
    later = SOON + 6 * DAY
    claim = Claim("a storm", whole_period=True)
    relief = ask(claim, at=later)
    relief_grant(relief_id=relief.pk, cover=claim.cover, decided_by=somebody("otto"), as_of=later)
    evaluate(later)

    page = reverse("restate", args=["sla", head().first_day])
    assert f"Relief {relief.pk} was approved: a storm" in text_of(olga.get(page))


def test_another_vendor_finds_nothing(client):
    month = a_month()
    relief = ask(Claim("a storm", whole_period=True))
    bolt = a_vendor("bolt")
    a_contract(bolt, "BO-1")
    client.force_login(somebody("bob", User.Role.VENDOR, vendors=(bolt,)))

    for page in (
        reverse("relief", args=[relief.pk]),
        reverse("contract-maintenance", args=[month.contract.reference]),
        reverse("kpi-volumes", args=["sla"]),
    ):
        assert client.get(page).status_code == 404
    assert client.post(reverse("relief-back", args=[relief.pk])).status_code == 404
