"""Two people save the same thing at once: the second one is told so by the field, nothing more."""

from datetime import date
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from contracts.models import Charge, Contact, Contract, SavedView, Vendor
from contracts.services import writing as services
from contracts.services.archiving import vendor_archive, vendor_restore
from contracts.services.contacts import contact_create
from contracts.services.contracts import charge_create, contract_change
from contracts.services.saved_views import saved_view_keep
from contracts.services.vendors import vendor_change, vendor_create
from contracts.services.writing import writing
from tests.factories import NOW, a_charge, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def meanwhile(monkeypatch):
    """Has ``deed`` done by somebody else once a ``model`` was checked, before it is saved."""

    def arranged(model, deed):
        real, done = model.full_clean, []

        def full_clean(self, *args, **kwargs):
            real(self, *args, **kwargs)
            if not done:
                done.append(True)
                deed()

        monkeypatch.setattr(model, "full_clean", full_clean)

    return arranged


def another_acme():
    Vendor.objects.create(code="acme", name="The other Acme")


def test_a_code_that_was_taken_meanwhile_is_refused_by_its_field(meanwhile):
    meanwhile(Vendor, another_acme)

    with pytest.raises(ValidationError) as refused:
        vendor_create(code="acme", name="Acme")

    assert refused.value.message_dict == {"code": ["'acme' is taken: choose another code."]}
    assert [vendor.name for vendor in Vendor.objects.all()] == []  # undone with the rest of it


def test_the_work_around_it_may_go_on(meanwhile):
    meanwhile(Vendor, another_acme)

    with writing():
        with pytest.raises(ValidationError):
            vendor_create(code="acme", name="Acme")
        vendor_create(code="bolt", name="Bolt")

    assert list(Vendor.objects.values_list("code", flat=True)) == ["bolt", "acme"]


def test_without_the_second_look_it_is_an_error_of_the_database(meanwhile, monkeypatch):
    meanwhile(Vendor, another_acme)
    looks = iter([services._validate, lambda instance: None])
    monkeypatch.setattr(services, "_validate", lambda instance: next(looks)(instance))

    with pytest.raises(IntegrityError):
        vendor_create(code="acme", name="Acme")


def test_a_constraint_says_its_own_sentence(meanwhile, acme):
    meanwhile(Contact, lambda: acme.contacts.create(name="Vic", phone="1"))

    with pytest.raises(ValidationError, match="has a contact of that name already"):
        contact_create(vendor=acme, name="Vic", phone="2")


def test_what_no_check_explains_stays_an_error(monkeypatch, acme):
    def save(self, *args, **kwargs):
        raise IntegrityError("something else")

    monkeypatch.setattr(Vendor, "save", save)

    with pytest.raises(IntegrityError, match="something else"):
        vendor_change(vendor=acme, name="Acme Limited")


def test_a_charge_that_was_entered_meanwhile_is_refused_in_words(agreement):
    first = a_charge(agreement, agreement.first_day, 100)

    with pytest.raises(ValidationError, match="is entered already: change that one"):
        charge_create(
            contract=agreement,
            first_day=first.first_day,
            last_day=first.last_day,
            amount_minor=200,
        )


def test_an_amount_is_not_entered_in_a_currency_that_was_changed_meanwhile(agreement):
    stale = Contract.objects.get(pk=agreement.pk)
    contract_change(contract=agreement, currency="USD")

    with pytest.raises(ValidationError, match="Its currency is USD by now"):
        charge_create(
            contract=stale,
            first_day=date(2026, 2, 1),
            last_day=date(2026, 2, 28),
            amount_minor=100,
        )

    assert not Charge.objects.exists()


def test_a_view_saved_in_two_windows_keeps_the_later_filters(meanwhile):
    ana = a_user("ana")
    meanwhile(
        SavedView,
        lambda: SavedView.objects.create(owner=ana, page="overview", name="Ours", query="q=1"),
    )

    saved_view_keep(owner=ana, page="overview", name="Ours", query="q=2")

    assert SavedView.objects.get().query == "q=2"


def test_archiving_overwrites_nothing_that_was_changed_meanwhile(acme):
    stale = Vendor.objects.get(pk=acme.pk)
    vendor_change(vendor=acme, name="Acme Limited")

    vendor_archive(vendor=stale, as_of=NOW)

    acme.refresh_from_db()
    assert (acme.name, acme.archived_at) == ("Acme Limited", NOW)


def test_what_somebody_archived_meanwhile_is_not_archived_again(acme):
    stale = Vendor.objects.get(pk=acme.pk)
    vendor_archive(vendor=acme, as_of=NOW)

    with pytest.raises(ValidationError, match="is archived already"):
        vendor_archive(vendor=stale, as_of=NOW)
    vendor_restore(vendor=acme)
    with pytest.raises(ValidationError, match="is in use already"):
        vendor_restore(vendor=stale)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time")
def test_a_code_registered_on_two_connections_is_refused_to_one(meanwhile):
    def other():
        try:
            another_acme()
        finally:
            connection.close()

    def beside():
        thread = Thread(target=other)
        thread.start()
        thread.join(20)

    meanwhile(Vendor, beside)

    with pytest.raises(ValidationError, match="is taken"):
        vendor_create(code="acme", name="Acme")
    assert [vendor.name for vendor in Vendor.objects.all()] == ["The other Acme"]
