"""The services that files, pages and API share."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from contracts.models import Contract, Vendor
from contracts.services.contracts import contract_change, contract_create
from contracts.services.currencies import MINOR_UNITS, minor_amount
from contracts.services.vendors import vendor_change, vendor_create
from contracts.services.writing import touch, writing


@pytest.mark.django_db
def test_what_a_person_creates_is_managed_by_a_person() -> None:
    assert vendor_create(code="acme", name="Acme").managed_by == "person"


@pytest.mark.django_db
def test_nothing_invalid_is_written_and_all_fields_are_named() -> None:
    with pytest.raises(ValidationError) as caught:
        vendor_create(code="ac me", name="", tier="gold")
    assert set(caught.value.message_dict) == {"code", "name", "tier"}
    assert not Vendor.objects.exists()


@pytest.mark.django_db
def test_a_code_that_is_taken_is_refused() -> None:
    vendor_create(code="acme", name="Acme")
    with pytest.raises(ValidationError, match="is taken"):
        vendor_create(code="acme", name="Again")


@pytest.mark.django_db
def test_what_an_object_is_does_not_change() -> None:
    vendor = vendor_create(code="acme", name="Acme")
    contract = contract_create(
        reference="A-1",
        title="Work",
        vendor=vendor,
        kind="order",
        zone="UTC",
        currency="EUR",
        pricing="per_item",
        first_day=date(2026, 1, 1),
    )
    contract_change(contract=contract, title="More work")
    assert Contract.objects.get().title == "More work"
    with pytest.raises(TypeError, match="reference, vendor cannot be changed"):
        contract_change(contract=contract, reference="A-2", vendor=vendor)


@pytest.mark.django_db
def test_services_inside_one_another_are_one_transaction_stamped_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stamped: list[tuple[str, int]] = []
    monkeypatch.setattr(
        "contracts.services.writing.stamp",
        lambda model, pks: stamped.append((model.__name__, len(pks))),
    )
    with writing():
        vendor = vendor_create(code="acme", name="Acme")
        vendor_create(code="bravo", name="Bravo")
        vendor_change(vendor=vendor, owner="Dana")
        assert stamped == []
    assert stamped == [("Vendor", 2)]


@pytest.mark.django_db
def test_a_failure_takes_everything_back_and_stamps_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("contracts.services.writing.stamp", pytest.fail)

    def create_two() -> None:
        with writing():
            vendor_create(code="acme", name="Acme")
            vendor_create(code="", name="")

    with pytest.raises(ValidationError):
        create_two()
    assert not Vendor.objects.exists()


@pytest.mark.django_db
def test_a_write_that_nobody_would_stamp_is_refused() -> None:
    vendor = vendor_create(code="acme", name="Acme")
    with pytest.raises(RuntimeError, match="outside writing"):
        touch(vendor)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("42000.10", "EUR", 4200010), ("3850000", "JPY", 3850000), ("1.005", "KWD", 1005)],
)
def test_an_amount_is_kept_in_the_smallest_unit(amount: str, currency: str, minor: int) -> None:
    assert minor_amount(Decimal(amount), currency) == minor


@pytest.mark.parametrize(("amount", "currency"), [("0.001", "EUR"), ("0.5", "JPY")])
def test_money_is_not_rounded_on_its_way_in(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="has more decimals than"):
        minor_amount(Decimal(amount), currency)


def test_currencies_are_three_capitals_each_once() -> None:
    assert all(len(code) == 3 and code.isupper() for code in MINOR_UNITS)
    assert len(MINOR_UNITS) > 150
