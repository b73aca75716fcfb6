"""Levels and money of the demonstration: what docs/examples.md says of them."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from contracts.selectors.scope import EVERYTHING
from metrics.credits.verifying import ledgers_verify
from metrics.demo.story import TODAY
from metrics.evaluation.relieving import figure_if_approved
from metrics.models import (
    BreachCase,
    CreditEntry,
    CreditNote,
    InvoiceCheck,
    KpiPeriod,
    Letter,
    TerminationRight,
)
from metrics.selectors.credits import entries_list, ledgers_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("printed")]
Posted = tuple[str, str, str, int, str]


@pytest.fixture(scope="module")
def printed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """What people read after `manage.py demo`; the database holds the story meanwhile."""
    out = StringIO()
    with django_db_blocker.unblock():
        call_command("demo", no_serve=True, stdout=out)
        yield out.getvalue()
        call_command("flush", interactive=False, verbosity=0)


def _posted(reference: str) -> list[Posted]:
    """KPI, day up to which, kind, amount and state of what was posted, in order."""
    return [
        (
            entry.kpi_period.kpi.code if entry.kpi_period else "",
            str(entry.last_day),
            str(entry.kind),
            entry.amount_minor,
            str(getattr(entry, "state", "")),
        )
        for entry in entries_list(scope=EVERYTHING, contract=reference)
    ]


def _head(kpi: str, label: str) -> KpiPeriod:
    return KpiPeriod.objects.get(kpi__code=kpi, label=label)


def test_three_misses_in_a_row_are_a_default_which_is_credited_and_the_year_is_capped() -> None:
    assert _head("halcyon-accuracy", "2026-06").status == "BELOW_EXPECTED"
    assert BreachCase.objects.get(period=_head("halcyon-accuracy", "2026-06")).state == "open"
    # 3 % and 6 % of 44,500, and what 6,000 a year leave of another 6 %
    assert _posted("HAL-SOW-01") == [
        ("halcyon-accuracy", "2026-06-30", "credit", 133_500, "agreed"),
        ("halcyon-accuracy", "2026-08-31", "credit", 267_000, "notified"),
        ("halcyon-accuracy", "2026-09-30", "credit", 199_500, "computed"),
    ]


def test_a_recount_is_posted_as_the_difference() -> None:
    # three full quarters of a point short at first, two after the recount: 1.5 % of 612,000 each
    assert _posted("SAF-SOW-01")[1:] == [
        ("saffron-pune-accuracy", "2026-08-31", "credit", 2_754_000, "notified"),
        ("saffron-pune-accuracy", "2026-08-31", "correction", -918_000, "notified"),
    ]
    assert _head("saffron-pune-accuracy", "2026-08").phase == "restated"


def test_half_is_earned_back_after_three_months_that_were_met() -> None:
    earned = [(each[1], each[3]) for each in _posted("STR-ORD-01") if each[2] == "earn_back"]
    assert earned == [("2025-08-31", -47_250), ("2026-04-30", -94_500)]


def test_a_month_awaits_its_charges() -> None:
    waiting = [
        (ledger.contract.reference, each["first_day"])
        for ledger in ledgers_waiting(scope=EVERYTHING)
        for each in ledger.waiting
    ]
    assert waiting == [("LUM-SOW-01", "2026-10-01")]


def test_approved_relief_takes_a_failure_away_and_what_waits_only_says_what_it_would_do() -> None:
    july = _head("lumen-insight", "2026-07")
    assert (july.status, july.phase) == ("BELOW_EXPECTED", "final")
    assert BreachCase.objects.get(period=july).state == "withdrawn"
    august = _head("halcyon-accuracy", "2026-08")
    assert august.status == "BELOW_MINIMUM"
    given = figure_if_approved(period=august, as_of=TODAY)
    assert given is not None
    assert august.current is not None
    assert str(given.result.value) != august.current.value


def test_three_defaults_in_six_months_open_a_right() -> None:
    right = TerminationRight.objects.get()
    assert (right.contract.reference, right.state) == ("HAL-SOW-01", "open")


def test_papers_are_issued_and_an_invoice_is_checked() -> None:
    notes = CreditNote.objects.order_by("id").values_list("contract__reference", "total_minor")
    assert list(notes) == [("HAL-SOW-01", 133_500), ("SAF-SOW-01", 1_836_000)]
    assert Letter.objects.get().state == Letter.State.SERVED
    found = [each["outcome"] for each in InvoiceCheck.objects.get().found]
    assert found == ["matched", "less_than_owed", "missing"]


def test_what_it_costs_and_the_dates_to_act_on_are_printed(printed: str) -> None:
    assert "Service credits: 6,000.00 EUR, 33,048.00 INR, 9,765.00 USD; together" in printed
    assert "Awaiting charges: LUM-SOW-01, Privacy incidents 2026-10." in printed
    assert "Statement of methods and models: overdue since 2026-09-30" in printed
    assert "HAL-SOW-01: right to terminate, open until 2027-04-22" in printed


def test_the_ledger_is_what_its_figures_give() -> None:
    assert CreditEntry.objects.exists()
    assert list(ledgers_verify(as_of=TODAY)) == []
