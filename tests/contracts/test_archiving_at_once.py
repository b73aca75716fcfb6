"""Archiving and registering at the same moment: nothing new is left under what is out of use."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from contracts.models import Contract, Vendor
from contracts.services import usable
from contracts.services.archiving import vendor_archive
from contracts.services.contracts import contract_create
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time"),
]
ROUNDS = 15


def both(number: int) -> None:
    """Archive a vendor and register a contract with it, at once."""
    factories.a_vendor(f"v{number}")
    start = Barrier(2)

    def archive() -> None:
        vendor = Vendor.objects.get(code=f"v{number}")
        start.wait(5)
        try_to(lambda: vendor_archive(vendor=vendor, as_of=timezone.now()))

    def register() -> None:
        vendor = Vendor.objects.get(code=f"v{number}")
        terms = {"kind": "order", "zone": "UTC", "currency": "EUR", "pricing": "fixed_fee"}
        start.wait(5)
        try_to(
            lambda: contract_create(
                reference=f"V{number}",
                title="New",
                vendor=vendor,
                first_day=date(2026, 1, 1),
                **terms,
            )
        )

    threads = [Thread(target=archive), Thread(target=register)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def try_to(work) -> None:
    try:
        work()
    except ValidationError:
        pass
    finally:
        connection.close()


def left_under() -> int:
    return Contract.objects.filter(vendor__archived_at__isnull=False).count()


def test_no_contract_is_registered_with_a_vendor_that_is_archived() -> None:
    for number in range(ROUNDS):
        both(number)
    assert left_under() == 0
    assert Contract.objects.exists() or Vendor.objects.filter(archived_at__isnull=False).exists()


def test_without_holding_the_vendor_some_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usable, "lock", lambda record: None)
    for number in range(20 * ROUNDS):
        both(number)
        if left_under():
            return
    pytest.fail("the two never met")
