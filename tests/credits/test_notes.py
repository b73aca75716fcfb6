"""Credit notes: exact to the cent, numbered without holes, frozen, corrected by later ones."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from kpotracker.toolkit.canonical import body_digest
from metrics.credits.notefiles import note_csv, note_pdf
from metrics.credits.notes import draft_body, note_draft, note_issue
from metrics.models import CreditNote, CreditTerms, issuedguard
from metrics.models.credits import LedgerError
from metrics.selectors.spans import parse_span
from tests.casework.world import SOON, World, a_world
from tests.credits.posted import an_entry
from tests.factories import a_figure, a_kpi
from tests.letters.reading import pdf_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return a_world()


def entry(world: World, minor: int, *states: str, kpi=None, month: int = 3, **fields):
    head = world.case.period
    if kpi is not None or month != 3:
        head = a_figure(kpi or world.kpi, date(2026, month, 1), "90", "BELOW_MINIMUM")
    return an_entry(world.kpi.contract, head, minor, *states, **fields)


def issued(world: World, period: str = "2026-03", by: str = "operations") -> CreditNote:
    span = parse_span(period)
    return note_issue(contract=world.kpi.contract, span=span, scope=world.scope(by), as_of=SOON)


def amounts(note: CreditNote) -> list[Decimal]:
    rows = csv.DictReader(io.StringIO(note_csv(note.body)))
    return [Decimal(row["amount"]) for row in rows]


def test_a_note_adds_up_to_the_cent_in_both_files(world: World):
    entry(world, 3_334, "notified", inputs={"figures": {"rounded": "7000"}})
    entry(world, 3_333, "notified", kpi=a_kpi(world.kpi.contract, "speed", name="=SUM(A1)"))
    entry(world, 3_333, "notified", "agreed", kpi=a_kpi(world.kpi.contract, "quality"))

    note = issued(world)

    assert amounts(note) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert (note.total_minor, note.body["total"]) == (10_000, "100.00")
    text = pdf_text(note_pdf(note.body, note.digest))
    assert "Credit note AC-1-CN-0001" in text
    assert "Total 100.00 EUR" in text
    assert "70.00 36.66 33.34" in text
    assert "'=SUM(A1)" in note_csv(note.body)


@pytest.mark.parametrize(("currency", "said"), [("JPY", "12345"), ("KWD", "12.345")])
def test_amounts_have_the_decimals_of_their_currency(world: World, currency: str, said: str):
    contract = world.kpi.contract
    contract.currency = currency
    contract.save()
    entry(world, 12_345, "notified", currency=currency)

    assert issued(world).body["total"] == said


def test_what_the_vendor_was_not_told_of_or_disputes_is_left_out(world: World):
    entry(world, 100)
    entry(world, 200, "notified", "disputed", kpi=a_kpi(world.kpi.contract, "speed"))

    with pytest.raises(ValidationError, match="computed, disputed"):
        issued(world)


def test_a_correction_is_a_later_note_that_refers_to_the_first(world: World):
    entry(world, 200_000, "notified")
    first = issued(world)
    entry(world, -150_000, "notified")

    later = issued(world)

    assert (first.number, later.number) == (1, 2)
    assert later.corrects == first
    assert later.body["corrects"] == "AC-1-CN-0001"
    assert amounts(later) == [Decimal("-1500.00")]
    first.refresh_from_db()
    assert amounts(first) == [Decimal("2000.00")]
    with pytest.raises(ValidationError, match="nothing to credit"):
        issued(world)


def test_numbers_of_a_contract_run_on_over_periods(world: World):
    entry(world, 100, "notified", month=2)
    entry(world, 200, "notified")

    assert [issued(world, each).number for each in ("2026-02", "2026-03")] == [1, 2]


def test_a_period_of_several_credit_periods_is_refused(world: World):
    entry(world, 100, "notified", month=2)
    entry(world, 200, "notified")

    with pytest.raises(ValidationError, match="several credit periods"):
        issued(world, "2026-Q1")


def test_it_is_of_the_credit_period_that_a_longer_one_holds(world: World):
    contract = world.kpi.contract
    CreditTerms(contract=contract, valid_from=contract.first_day).save()
    entry(world, 100, "notified")

    note = issued(world, "2026-Q1")

    assert (note.first_day, note.last_day) == (date(2026, 3, 1), date(2026, 3, 31))


def test_a_note_never_changes(world: World):
    entry(world, 100, "notified")
    note = issued(world)

    note.total_minor = 1
    with pytest.raises(LedgerError):
        note.save()
    with pytest.raises(LedgerError):
        note.delete()
    note.refresh_from_db()
    assert note.digest == body_digest(note.body)


def test_nor_by_the_database(world: World):
    entry(world, 100, "notified")
    issued(world)
    issuedguard.guard(connection)
    try:
        for statement in (
            "UPDATE metrics_creditnote SET total_minor = 1",
            "DELETE FROM metrics_creditnoteline",
        ):
            with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
                connection.cursor().execute(statement)
    finally:
        issuedguard.unguard(connection)


def test_a_draft_has_no_number(world: World):
    entry(world, 100, "notified")
    span = parse_span("2026-03")
    draft = note_draft(contract=world.kpi.contract, span=span, scope=world.scope("analyst"))

    body = draft_body(draft)

    assert body["reference"] == ""
    assert "Draft" in pdf_text(note_pdf(body))
    assert not CreditNote.objects.exists()


@pytest.mark.parametrize("by", ["alice", "analyst", "compliance"])
def test_others_issue_none(world: World, by: str):
    entry(world, 100, "notified")

    with pytest.raises(ValidationError):
        issued(world, by=by)
