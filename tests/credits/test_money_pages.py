"""The pages of credits, notes and invoices, in both sides' view; the command and the BI rows."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from contracts.models import Charge
from contracts.selectors.scope import EVERYTHING
from metrics.bi.money import fact_credit
from metrics.models import CreditEntry, CreditLedger, CreditNote, CurrencyRate, InvoiceCheck
from metrics.selectors.credits import entry_by_number
from tests.casework.world import World, a_world
from tests.credits.posted import an_entry
from tests.factories import a_contract, a_figure, a_kpi, a_vendor
from tests.letters.reading import pdf_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return a_world()


def browser(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.people[name])
    return client


def owed(world: World, minor: int = 150_000, *states: str) -> CreditEntry:
    return an_entry(world.kpi.contract, world.case.period, minor, *states)


def state(entry: CreditEntry) -> str:
    return entry_by_number(entry.pk, scope=EVERYTHING).state


def test_the_buyer_sees_how_it_came_and_the_vendor_once_it_was_told(world: World):
    entry = owed(world)
    address = reverse("contract-credits", args=["AC-1"])
    buyer, alice = browser(world, "operations"), browser(world, "alice")
    assert "10 % of 1,000.00 EUR" in buyer.get(address).text
    assert "1,500.00" not in alice.get(address).text

    answer = buyer.post(reverse("credits-move"), {"entry": entry.pk, "to": "notified"})

    assert answer.status_code == 302
    assert "1,500.00 EUR" in alice.get(address).text
    assert "1,500.00 EUR" in alice.get(reverse("case", args=[world.case.pk])).text
    assert "1,500.00 EUR" in alice.get(reverse("credits")).text
    assert browser(world, "bob").get(address).status_code == 404


def test_credits_are_moved_together_and_each_refusal_is_told(world: World):
    first = owed(world, 100, "notified")
    head = a_figure(a_kpi(world.kpi.contract, "speed"), date(2026, 3, 1), "90", "BELOW_MINIMUM")
    second = an_entry(world.kpi.contract, head, 200)
    client = browser(world, "operations")

    said = {"entry": [first.pk, second.pk], "to": "on_invoice", "reason": "R-17"}
    page = client.post(reverse("credits-move"), said, follow=True).text

    assert (state(first), state(second)) == ("on_invoice", "computed")
    assert "1 credit: on invoice" in page
    assert "Not done for 1 of them. It is computed" in page


def test_an_invoice_needs_its_number(world: World):
    entry = owed(world, 100, "notified")
    client = browser(world, "operations")

    page = client.post(
        reverse("credits-move"), {"entry": entry.pk, "to": "on_invoice"}, follow=True
    ).text

    assert "State the number of the invoice" in page
    assert state(entry) == "notified"


def test_a_vendor_agrees_or_disputes_and_nothing_else(world: World):
    entry = owed(world, 100, "notified")
    client = browser(world, "alice")

    client.post(reverse("credits-move"), {"entry": entry.pk, "to": "closed"})
    assert state(entry) == "notified"
    client.post(reverse("credits-move"), {"entry": entry.pk, "to": "disputed", "reason": "no"})

    assert state(entry) == "disputed"
    assert browser(world, "bob").get(reverse("credits")).text.count("AC-1") == 0


def test_currencies_are_never_added_and_a_conversion_shows_rate_and_day(world: World):
    owed(world, 10_000, "notified")
    other = a_contract(a_vendor("yen"), "YE-1", currency="JPY")
    head = a_figure(a_kpi(other, "volume"), date(2026, 3, 1), "90", "BELOW_MINIMUM")
    an_entry(other, head, 5_000, "notified")
    client = browser(world, "analyst")
    page = client.get(reverse("credits")).text
    assert "100.00 EUR" in page
    assert "5,000 JPY" in page
    assert "never added" in page

    CurrencyRate.objects.create(base="JPY", quote="EUR", day=date(2026, 3, 31), rate="0.006")
    page = client.get(reverse("credits"), {"quote": "EUR"}).text

    assert "30.00 EUR" in page
    assert "rate 0.006 of 31 March 2026" in page
    assert "<strong>130.00 EUR</strong>" in page


def test_what_awaits_charges_is_listed_inside_with_the_way_out(world: World):
    line = {
        "line": "credit:1",
        "kpi_period": 1,
        "first_day": "2026-03-01",
        "last_day": "2026-03-31",
        "counted_in": "2026-03-01",
        "why": "awaiting charges",
        "needs": ["2026-03-01", "2026-03-31"],
    }
    CreditLedger.objects.create(contract=world.kpi.contract, waiting=[line])

    page = browser(world, "procurement").get(reverse("credits")).text

    assert "Awaiting charges" in page
    assert reverse("charges", args=["AC-1"]) in page
    assert "Awaiting charges" not in browser(world, "alice").get(reverse("credits")).text


def test_a_note_is_issued_on_its_page_and_both_sides_have_its_files(world: World):
    owed(world, 150_000, "notified")
    client = browser(world, "operations")
    address = reverse("credit-note-new", args=["AC-1", "2026-03-01"])
    assert "1500.00" in client.get(address).text

    client.post(address)

    note = CreditNote.objects.get()
    alice = browser(world, "alice")
    pdf, table = (alice.get(reverse("credit-note-file", args=[note.pk, k])) for k in ("pdf", "csv"))
    assert "Total 1500.00 EUR" in pdf_text(pdf.content)
    assert "1500.00,EUR" in table.text
    assert "AC-1-CN-0001" in alice.get(reverse("credit-note", args=[note.pk])).text
    assert browser(world, "bob").get(reverse("credit-note", args=[note.pk])).status_code == 404


def test_an_invoice_is_checked_and_confirmed(world: World):
    entry = owed(world, 150_000, "notified")
    client = browser(world, "operations")
    given = {"invoice": "R-17", "invoice_day": "2026-04-30"}
    address = reverse("invoice-check-new", args=["AC-1"])
    wrong = client.post(address, given | {"text": "kpi,period,amount\nnone,2026-03,=1"})
    assert "is a formula" in wrong.text

    answer = client.post(address, given | {"text": "kpi,period,amount\naccuracy,2026-03,1500"})

    check = InvoiceCheck.objects.get()
    assert answer.status_code == 302
    page = client.get(reverse("invoice-check", args=[check.pk])).text
    assert "Matched" in page
    client.post(reverse("invoice-check-confirm", args=[check.pk]))
    assert state(entry) == "on_invoice"
    assert browser(world, "alice").get(reverse("invoice-check", args=[check.pk])).status_code == 404


def test_the_command_drafts_issues_and_writes_files(world: World, tmp_path):
    owed(world, 150_000, "notified")
    pdf, table, out = tmp_path / "note.pdf", tmp_path / "note.csv", StringIO()
    call_command("creditnote", "AC-1", "2026-03", stdout=out)
    assert out.getvalue() == "Draft: 1 lines, 1500.00 EUR\n"

    call_command("creditnote", "AC-1", "2026-03", "--issue", pdf=pdf, csv=table, stdout=out)

    assert "AC-1-CN-0001: 1 lines, 1500.00 EUR" in out.getvalue()
    assert "Credit note AC-1-CN-0001" in pdf_text(pdf.read_bytes())
    assert table.read_text().count("\n") == 2


@pytest.mark.parametrize(
    ("currency", "minor", "said"),
    [
        ("EUR", 150_000, "1500.00"),
        ("EUR", -5, "-0.05"),
        ("JPY", 1_500, "1500"),
        ("KWD", 1_005, "1.005"),
    ],
)
def test_bi_reads_exact_amounts(world: World, currency: str, minor: int, said: str):
    contract = world.kpi.contract
    contract.currency = currency
    contract.save()
    entry = owed(world, minor, "notified")

    row = fact_credit.one(EVERYTHING, entry.pk)

    assert row is not None
    assert (row["amount_exact"], row["currency"], row["state"]) == (said, currency, "notified")
    assert (row["kpi"], row["vendor"]) == ("accuracy", "acme")


def test_what_passes_through_is_entered_and_is_a_part_of_the_charge(world: World):
    client = browser(world, "procurement")
    address = reverse("charge-new", args=["AC-1"])
    given = {"first_day": "2026-03-01", "last_day": "2026-03-31", "amount": "1000"}

    wrong = client.post(address, given | {"pass_through": "1000.01"})
    client.post(address, given | {"pass_through": "200.50"})

    assert "It is a part of the amount" in wrong.text
    charge = Charge.objects.get()
    assert (charge.amount_minor, charge.pass_through_minor) == (100_000, 20_050)
