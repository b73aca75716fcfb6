"""Invoices held against the ledger: matched, missing, more, less, unknown; hostile files refused."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from contracts.selectors.lookups import UnknownCodeError
from metrics.credits.invoices import lines_of_file
from metrics.credits.moving import credit_move
from metrics.credits.reconciling import invoice_check, invoice_confirm
from metrics.models import CreditEntry, InvoiceCheck
from metrics.selectors.credits import entry_by_number
from tests.casework.world import SOON, World, a_world
from tests.credits.posted import an_entry
from tests.factories import a_figure, a_kpi

pytestmark = pytest.mark.django_db
INVOICED = date(2026, 4, 30)


@pytest.fixture
def world() -> World:
    return a_world()


def owed(world: World, minor: int, *states: str, month: int = 3) -> CreditEntry:
    head = world.case.period
    if month != 3:
        head = a_figure(world.kpi, date(2026, month, 1), "90", "BELOW_MINIMUM")
    return an_entry(world.kpi.contract, head, minor, *states)


def checked(world: World, text: str, by: str = "operations", invoice: str = "R-17") -> InvoiceCheck:
    contract = world.kpi.contract
    return invoice_check(
        contract=contract,
        invoice=invoice,
        invoice_day=INVOICED,
        lines=lines_of_file(text.encode(), contract),
        scope=world.scope(by),
        as_of=SOON,
    )


def outcomes(check: InvoiceCheck) -> list[tuple]:
    return [
        (each["kpi"], each["period"], each["given_minor"], each["owed_minor"], each["outcome"])
        for each in check.found
    ]


def test_each_line_comes_to_one_outcome(world: World):
    owed(world, 10_000, "notified", "agreed", month=1)
    owed(world, 20_000, "notified", month=2)
    owed(world, 30_001, "notified")
    owed(world, 40_000, "notified", month=4)

    check = checked(
        world,
        "Line,KPI,Period,Amount\n1,accuracy,2026-01,100.00\n2,accuracy,2026-02,250\n"
        "3,accuracy,2026-03,300.00\n4,accuracy,2025-12,1.00\n",
    )

    assert outcomes(check) == [
        ("accuracy", "2026-01", 10_000, 10_000, "matched"),
        ("accuracy", "2026-02", 25_000, 20_000, "more_than_owed"),
        ("accuracy", "2026-03", 30_000, 30_001, "less_than_owed"),
        ("accuracy", "2025-12", 100, None, "unknown"),
        ("accuracy", "2026-04", None, 40_000, "missing"),
    ]


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ((), "the vendor was not told of it yet"),
        (("notified", "disputed"), "it is disputed"),
        (("notified", "on_invoice"), "it is on an invoice already"),
    ],
)
def test_what_is_not_owed_is_unknown_and_says_why(world: World, states: tuple, why: str):
    owed(world, 10_000, *states)

    (found,) = checked(world, "kpi,period,amount\naccuracy,2026-03,100").found

    assert (found["outcome"], found["why"]) == ("unknown", why)


def test_corrections_are_compared_together_with_what_they_correct(world: World):
    owed(world, 200_000, "notified")
    owed(world, -150_000, "notified")

    (found,) = checked(world, "kpi,period,amount\naccuracy,2026-03,500.00").found

    assert found["outcome"] == "matched"
    assert len(found["entries"]) == 2


def test_what_was_served_after_the_invoice_is_not_missed(world: World):
    owed(world, 10_000, "notified", month=1)
    owed(world, 20_000, "notified", month=5)

    check = checked(world, "kpi,period,amount\naccuracy,2026-01,100")

    assert [each["outcome"] for each in check.found] == ["matched"]


def test_carried_credits_are_named_without_a_kpi(world: World):
    contract = world.kpi.contract
    an_entry(
        contract, None, 5_000, "notified",
        line=f"carried:{contract.pk}:2026-03-01", kind="carried", counted_in=date(2026, 3, 1),
    )  # fmt: skip

    (found,) = checked(world, "kpi,period,amount\n,2026-03,50.00").found

    assert found["outcome"] == "matched"


def test_confirming_puts_what_matched_on_the_invoice_and_nothing_else(world: World):
    matched = owed(world, 10_000, "notified", month=1)
    other = owed(world, 20_000, "notified", month=2)
    check = checked(world, "kpi,period,amount\naccuracy,2026-01,100\naccuracy,2026-02,999\n")

    invoice_confirm(check_id=check.pk, scope=world.scope("operations"), as_of=SOON)

    scope = world.scope("operations")
    assert entry_by_number(matched.pk, scope=scope).state == "on_invoice"
    assert matched.events.last().reason == "Invoice R-17"
    assert entry_by_number(other.pk, scope=scope).state == "notified"
    with pytest.raises(ValidationError, match="already"):
        invoice_confirm(check_id=check.pk, scope=scope, as_of=SOON)


def test_a_ledger_that_changed_since_is_not_confirmed(world: World):
    entry = owed(world, 10_000, "notified")
    check = checked(world, "kpi,period,amount\naccuracy,2026-03,100")
    scope = world.scope("operations")
    credit_move(entry_id=entry.pk, to="disputed", reason="no", scope=scope, as_of=SOON)

    with pytest.raises(ValidationError, match="changed since"):
        invoice_confirm(check_id=check.pk, scope=scope, as_of=SOON)

    assert entry_by_number(entry.pk, scope=scope).state == "disputed"


def test_a_vendor_neither_checks_nor_confirms(world: World):
    owed(world, 10_000, "notified")
    check = checked(world, "kpi,period,amount\naccuracy,2026-03,100")

    with pytest.raises(ValidationError):
        checked(world, "kpi,period,amount\naccuracy,2026-03,100", by="alice")
    with pytest.raises((ValidationError, UnknownCodeError)):
        invoice_confirm(check_id=check.pk, scope=world.scope("alice"), as_of=SOON)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("kpi,period\naccuracy,2026-03", "has no amount"),
        ("kpi,period,amount,amount\naccuracy,2026-03,1,2", "amount twice"),
        ("kpi,period,amount,bonus\naccuracy,2026-03,1,2", "'bonus'"),
        ("kpi,period,amount\naccuracy,2026-03,1,2", "4 cells and the header 3"),
        ("kpi,period,amount,currency\naccuracy,2026-03,1,USD", "'USD'.*kept in EUR"),
        ("kpi,period,amount\naccuracy,2026-03,100 / 200", "not one amount"),
        ("kpi,period,amount\naccuracy,2026-03,1.005", "more decimals"),
        ("kpi,period,amount\naccuracy,2026-03,0", "credits nothing"),
        ("kpi,period,amount\naccuracy,2026-03,1e5", "not one amount"),
        ('kpi,period,amount\naccuracy,2026-03,"1,500.00"', "not one amount"),
        ("kpi,period,amount\nnonesuch,2026-03,1", "'nonesuch' is unknown.*accuracy"),
        ("kpi,period,amount\naccuracy,March,1", "'March'"),
        ("kpi,period,amount\naccuracy,2026-03,=1+1", "is a formula"),
        ("line,kpi,period,amount\n=cmd|x,accuracy,2026-03,1", "is a formula"),
        ("kpi,period,amount\naccuracy,2026-03,1\naccuracy,2026-03,2", "two amounts"),
        ("kpi,period,amount\n\x00,2026-03,1", "NUL"),
        ('kpi,period,amount\n"accuracy,2026-03,1', "no CSV"),
    ],
)
def test_a_hostile_file_is_refused_with_what_is_wrong(world: World, text: str, said: str):
    with pytest.raises(ValidationError, match=f"(?s){said}"):
        lines_of_file(text.encode(), world.kpi.contract)


def test_every_wrong_line_is_named_at_once(world: World):
    text = "kpi,period,amount,currency\nx,2026-03,1,USD\naccuracy,y,z,EUR\n"

    with pytest.raises(ValidationError) as refused:
        lines_of_file(text.encode(), world.kpi.contract)

    assert [said[:7] for said in refused.value.messages] == ["Line 1:"] * 2 + ["Line 2:"] * 2


def test_a_kpi_of_another_contract_is_not_named(world: World):
    foreign = world.people["bob"].vendors.get().contracts.get()
    a_kpi(foreign, "foreign-kpi")

    with pytest.raises(ValidationError) as refused:
        lines_of_file(b"kpi,period,amount\nforeign,2026-03,1", world.kpi.contract)

    assert "foreign-kpi" not in str(refused.value)


def test_a_latin_1_file_is_refused(world: World):
    with pytest.raises(ValidationError, match="UTF-8"):
        lines_of_file("kpi,period,amount\nür,2026-03,1".encode("latin-1"), world.kpi.contract)
