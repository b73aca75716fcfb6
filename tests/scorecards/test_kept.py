"""Kept scorecards: as good as new after every change that a card rests on."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Contract, Vendor
from contracts.services.contracts import charge_change, charge_create, contract_change
from contracts.services.vendors import vendor_change
from kpotracker.toolkit.stamping import stamp
from metrics.models import KpiPeriod
from metrics.portfolio.services.kpis import kpi_change, level_add
from metrics.scorecards import kept
from metrics.scorecards.cards import Card
from metrics.scorecards.kept import KEPT, KeptCards, card_rendered
from metrics.selectors.spans import month_of
from tests import factories

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _empty() -> None:
    KEPT.clear()


@pytest.fixture
def contract() -> Contract:
    found = factories.a_contract(factories.a_vendor("acme"), "AC-1")
    kpi = factories.a_kpi(found, "accuracy", level={"minimum": "90"})
    factories.a_figure(kpi, MARCH, "92", "MET")
    return found


def rendered(card: Card) -> bytes:
    values = [figure.actual for figure in card.figures]
    return repr((card.subject.name, values, [line.name for line in card.lines])).encode()


def told(contract: Contract) -> str:
    return card_rendered(span=month_of(MARCH), contract=contract, render=rendered).decode()


def revised(contract: Contract) -> None:
    head = KpiPeriod.objects.get(kpi__contract=contract)
    factories.a_revision(head, "97")
    stamp(KpiPeriod, [head.pk])


def test_what_did_not_change_is_not_put_together_again(contract: Contract, monkeypatch) -> None:
    first = told(contract)
    monkeypatch.setattr(kept, "assemble", lambda **_: pytest.fail("put together again"))
    with CaptureQueriesContext(connection) as asked:
        assert told(contract) == first
    assert len(asked) == 1


def test_a_new_revision_is_shown_at_once(contract: Contract) -> None:
    assert "92" in told(contract)
    revised(contract)
    assert "97" in told(contract)


def test_without_looking_at_stamps_a_card_would_be_stale(contract: Contract, monkeypatch) -> None:
    told(contract)
    real = kept._standing
    monkeypatch.setattr(kept, "_standing", lambda *given: (False, real(*given)[1]))
    revised(contract)
    assert "92" in told(contract)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: vendor_change(vendor=c.vendor, name="Acme again"),
        lambda c: contract_change(contract=c, title="Another title"),
        lambda c: kpi_change(kpi=c.kpis.get(), as_of=factories.NOW, name="Other"),
        lambda c: level_add(
            kpi=c.kpis.get(),
            valid_from=date(2026, 5, 1),
            as_of=factories.NOW,
            values={"operator": ">=", "expected": "97"},
        ),
        lambda c: charge_change(
            charge=charge_create(contract=c, first_day=MARCH, last_day=MARCH, amount_minor=1),
            amount_minor=2,
        ),
    ],
    ids=["vendor", "contract", "kpi", "level", "charge"],
)
def test_a_change_of_terms_has_it_put_together_again(change, contract, monkeypatch) -> None:
    told(contract)
    change(contract)
    again = []
    real = kept.assemble
    monkeypatch.setattr(kept, "assemble", lambda **given: again.append(1) or real(**given))
    told(contract)
    assert again == [1]


def test_another_vendors_figures_leave_it_as_it_is(contract: Contract, monkeypatch) -> None:
    other = factories.a_contract(factories.a_vendor("zeta"), "ZE-1")
    kpi = factories.a_kpi(other, "other", level={"minimum": "90"})
    head = factories.a_figure(kpi, MARCH, "92", "MET")
    first = told(contract)
    stamp(KpiPeriod, [head.pk])
    monkeypatch.setattr(kept, "assemble", lambda **_: pytest.fail("put together again"))
    assert told(contract) == first


def test_a_vendor_and_its_contract_are_kept_apart(contract: Contract) -> None:
    vendor = Vendor.objects.get(code="acme")
    vendors = card_rendered(span=month_of(MARCH), vendor=vendor, render=rendered).decode()
    assert vendors != told(contract)


def test_the_store_stays_within_its_bytes() -> None:
    store = KeptCards(most_bytes=250)
    for number in range(5):
        key = ("contracts.vendor", number, MARCH, MARCH)
        store.put(key, kept._Kept(b"x" * 100, factories.NOW))
    assert [store.get(("contracts.vendor", n, MARCH, MARCH)) is None for n in range(5)] == [
        True,
        True,
        True,
        False,
        False,
    ]
