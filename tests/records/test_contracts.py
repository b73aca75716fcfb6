from datetime import date, timedelta

import pytest
from django.utils import timezone

from contracts.models import AuditEvent, Contract
from contracts.models.managed import ManagedBy
from contracts.services import contracts as service
from contracts.services.contracts import contract_change
from tests.factories import NOW, a_charge, a_contract, a_process
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db

NEW = {
    "reference": "AC-9",
    "title": "Claims",
    "vendor": "acme",
    "kind": "order",
    "parent": "",
    "first_day": "2026-01-01",
    "last_day": "2099-12-31",
    "renewal": "auto",
    "renewal_months": "12",
    "renewal_limit": "",
    "notice_length": "3",
    "notice_unit": "months",
    "pricing": "per_item",
    "currency": "EUR",
    "zone": "Europe/Dublin",
}


class TestRegistering:
    def test_a_contract_is_registered_and_told_of(self, procurement, paula, acme):
        answer = procurement.post("/new/contract/", NEW)

        contract = Contract.objects.get()
        assert answer["Location"] == "/contracts/AC-9/terms/"
        assert (contract.vendor, contract.last_day) == (acme, date(2099, 12, 31))
        assert (contract.notice_length, contract.notice_unit) == (3, "months")
        assert contract.managed_by == ManagedBy.PERSON
        assert AuditEvent.objects.get().actor == paula

    def test_the_preview_says_by_when_to_act_and_saves_nothing(self, procurement, acme):
        said = text_of(procurement.post("/new/contract/", NEW | {"preview": "yes"}))

        assert "The term that runs now: 1 January 2026 to 31 December 2099" in said
        assert "Last day to stop the renewal: 30 September 2099" in said
        assert not Contract.objects.exists()

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"last_day": "", "renewal": "none", "renewal_months": ""}, "It runs without an end"),
            (
                {"renewal": "none", "renewal_months": "", "last_day": "2026-01-31"},
                "which has ended",
            ),
            ({"notice_length": "", "notice_unit": ""}, "nobody will be reminded"),
            (
                {"renewal": "option", "renewal_months": "12"},
                "Last day to exercise the option: 30 September 2099",
            ),
        ],
    )
    def test_the_preview_knows_every_kind_of_end(self, procurement, acme, given, said):
        answer = procurement.post("/new/contract/", NEW | given | {"preview": "yes"})

        assert said in text_of(answer)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"zone": "Dublin"}, "is not a time zone: write one such as Europe/Dublin."),
            ({"currency": "EURO"}, "EURO is not one of the available choices"),
            ({"last_day": "2025-12-31"}, "It would end before it begins: the first day is 2026"),
            ({"first_day": "0001-01-01"}, "cannot be meant: state a day from 1950-01-01"),
            ({"last_day": "9999-12-31"}, "cannot be meant"),
            ({"renewal_months": "0"}, "say for how many months each time"),
            ({"last_day": ""}, "say when the first one ends"),
            ({"renewal": "none"}, "It does not renew: leave this empty"),
            ({"notice_unit": ""}, "Say whether these are days, weeks or months."),
            ({"notice_length": ""}, "Say how many months."),
            ({"renewal_months": "99999999999999999999"}, "less than or equal to 600"),
            ({"vendor": "nobody"}, "Select a valid choice"),
            ({"parent": "BO-1"}, "BO-1 is a contract with Bolt Services, not with Acme"),
            ({"reference": "AC/9"}, "is not a code"),
        ],
    )
    def test_what_is_wrong_is_said_by_its_field(self, procurement, acme, bolt, wrong, said):
        a_contract(bolt, "BO-1")

        assert said in text_of(procurement.post("/new/contract/", NEW | wrong))
        assert Contract.objects.count() == 1

    def test_archived_vendors_and_contracts_are_not_offered(self, procurement, acme, bolt):
        a_contract(acme, "AC-0", archived_at=NOW)
        bolt.archived_at = NOW
        bolt.save()

        body = procurement.get("/new/contract/").content.decode()

        assert '<option value="acme">' in body
        assert "bolt" not in body
        assert "AC-0" not in body


def edited(client, contract, **changes):
    """The form of a contract as it is, but for ``changes``."""
    initial = client.get(f"/contracts/{contract}/edit/").context["form"].initial
    return {name: "" if value is None else value for name, value in initial.items()} | changes


class TestChanging:
    def test_the_change_is_saved(self, procurement, agreement):
        procurement.post("/contracts/AC-1/edit/", edited(procurement, "AC-1", title="Forecasts"))

        assert Contract.objects.get().title == "Forecasts"

    def test_a_circle_of_contracts_is_refused(self, procurement, acme, agreement):
        a_contract(acme, "AC-2", parent=agreement)

        answer = procurement.post(
            "/contracts/AC-1/edit/", edited(procurement, "AC-1", parent="AC-2")
        )

        assert "AC-2 stands under AC-1 already: choose another." in text_of(answer)
        agreement.refresh_from_db()
        assert agreement.parent is None

    def test_another_currency_is_refused_once_there_are_charges(self, procurement, agreement):
        a_charge(agreement, date(2026, 1, 1), 100)

        answer = procurement.post(
            "/contracts/AC-1/edit/", edited(procurement, "AC-1", currency="USD")
        )

        assert "Charges are kept in EUR: register a contract of its own." in text_of(answer)
        agreement.refresh_from_db()
        assert agreement.currency == "EUR"

    def test_without_the_guard_the_currency_would_change(self, agreement, monkeypatch):
        a_charge(agreement, date(2026, 1, 1), 100)
        monkeypatch.setattr(service, "_refuse_another_currency", lambda *_: None)

        contract_change(contract=agreement, currency="USD")

        agreement.refresh_from_db()
        assert agreement.currency == "USD"

    @pytest.mark.parametrize(
        "address",
        ["/contracts/AC-1/edit/", "/contracts/AC-1/archive/", "/contracts/AC-1/amendments/new/",
         "/contracts/AC-1/charges/new/"],
    )  # fmt: skip
    def test_what_files_manage_is_not_changed_here(self, procurement, agreement, address):
        Contract.objects.update(managed_by=ManagedBy.PORTFOLIO)

        answer = procurement.post(address, {})

        assert answer.status_code == 409
        assert "managed by portfolio files" in answer.content.decode()


class TestArchiving:
    def test_it_leaves_the_list_and_comes_back(self, procurement, agreement):
        procurement.post("/contracts/AC-1/archive/", {"reason": "ended"})
        assert references(procurement.get("/contracts/")) == []
        assert references(procurement.get("/contracts/?archived=yes")) == ["AC-1"]

        procurement.post("/contracts/AC-1/restore/")
        assert references(procurement.get("/contracts/")) == ["AC-1"]

    def test_what_is_under_it_holds_it(self, procurement, agreement):
        a_process(agreement, "claims")

        answer = procurement.post("/contracts/AC-1/archive/")

        assert "still used by process claims" in text_of(answer)

    def test_it_does_not_come_back_before_its_vendor(self, procurement, agreement, acme):
        for record in (agreement, acme):
            record.archived_at = NOW
            record.save()

        answer = procurement.post("/contracts/AC-1/restore/")

        assert "Its vendor Acme Analytics is archived: restore that first." in text_of(answer)


def references(answer) -> list[str]:
    return [row.contract.reference for row in answer.context["rows"]]


class TestTheList:
    @pytest.fixture(autouse=True)
    def contracts(self, agreement, bolt):
        soon = timezone.now().date() + timedelta(days=40)
        a_contract(
            bolt,
            "BO-1",
            title="Payroll",
            kind="order",
            pricing="per_head",
            last_day=soon,
            notice_length=10,
            notice_unit="days",
        )

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["BO-1", "AC-1"]),
            ("?q=payroll", ["BO-1"]),
            ("?q=ac-", ["AC-1"]),
            ("?vendor=bolt", ["BO-1"]),
            ("?kind=order", ["BO-1"]),
            ("?pricing=per_outcome", ["AC-1"]),
            ("?due=30", ["BO-1"]),
            ("?due=30&vendor=acme", []),
            ("?due=x", ["BO-1", "AC-1"]),
        ],
    )
    def test_the_address_says_what_is_shown(self, analyst, query, found):
        assert references(analyst.get(f"/contracts/{query}")) == found

    def test_a_vendor_cannot_ask_when_we_must_act(self, bob):
        assert references(bob.get("/contracts/?due=30")) == ["BO-1"]
        assert references(bob.get("/contracts/?vendor=acme")) == ["BO-1"]
        assert "Act within" not in text_of(bob.get("/contracts/"))

    def test_a_file_holds_what_is_filtered_and_no_more_than_its_reader_may_see(self, analyst, bob):
        def header(client):
            content = client.get("/contracts/?vendor=bolt&export=csv").getvalue()
            lines = content.decode("utf-8-sig").splitlines()
            assert len(lines) == 2
            assert lines[1].startswith("BO-1,Payroll,bolt,")
            return lines[0]

        assert header(analyst).endswith("Renewal,Act by,What for,Days left")
        assert header(bob).endswith("Last day of this term")


def test_a_contract_above_with_another_vendor_is_not_named_to_this_one(
    analyst, alice, agreement, bolt
):
    agreement.parent = a_contract(bolt, "BO-1", title="Secret")
    agreement.save()

    assert "BO-1" in text_of(analyst.get("/contracts/AC-1/terms/"))
    assert "BO-1" not in text_of(alice.get("/contracts/AC-1/terms/"))


@pytest.mark.usefixtures("agreement")
@pytest.mark.parametrize(
    "address",
    [
        "/new/contract/",
        "/contracts/AC-1/edit/",
        "/contracts/AC-1/archive/",
        "/contracts/AC-1/restore/",
        "/contracts/AC-1/amendments/new/",
        "/contracts/AC-1/amendments/1/edit/",
        "/contracts/AC-1/charges/new/",
        "/new/process/",
        "/processes/claims/edit/",
        "/processes/claims/archive/",
        "/imports/",
        "/imports/1/",
        "/imports/templates/vendors/",
    ],
)
@pytest.mark.parametrize("who", ["analyst", "officer", "alice", "bob"])
def test_those_without_the_duty_find_no_page_to_write_on(request, agreement, who, address):
    agreement.amendments.create(number=1, title="x", effective_from=date(2025, 1, 1))
    a_process(agreement, "claims")
    client = request.getfixturevalue(who)

    assert client.get(address).status_code == 404
    assert client.post(address, {}).status_code in {404, 405}
