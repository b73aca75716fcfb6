from datetime import date

import pytest
from django.core.exceptions import ValidationError

from contracts.models import Amendment, Charge
from contracts.services.contracts import charge_create
from tests.factories import a_charge, a_contract, a_process
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


class TestAmendments:
    def test_one_is_registered_with_the_next_number(self, procurement, agreement):
        agreement.amendments.create(number=3, title="x", effective_from=date(2025, 1, 1))
        number = procurement.get("/contracts/AC-1/amendments/new/").context["form"].initial

        given = {"number": number["number"], "title": "Higher", "effective_from": "2026-07-01"}
        procurement.post("/contracts/AC-1/amendments/new/", given)

        newest = Amendment.objects.latest("number")
        assert (newest.number, newest.effective_from) == (4, date(2026, 7, 1))

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"number": "1"}, "already exists"),
            ({"effective_from": "2023-12-31"}, "first day, 2024-01-01"),
            ({"number": "0"}, "greater than or equal to 1"),
            ({"signed_on": "31/12/2025"}, "Enter a valid date"),
        ],
    )
    def test_what_is_wrong_is_said(self, procurement, agreement, given, said):
        agreement.amendments.create(number=1, title="x", effective_from=date(2025, 1, 1))
        usual = {"number": "2", "title": "Higher", "effective_from": "2026-07-01"}

        answer = procurement.post("/contracts/AC-1/amendments/new/", usual | given)

        assert said in text_of(answer)
        assert Amendment.objects.count() == 1

    def test_its_title_is_corrected(self, procurement, agreement):
        agreement.amendments.create(number=1, title="x", effective_from=date(2025, 1, 1))
        address = "/contracts/AC-1/amendments/1/edit/"
        seen = procurement.get(address).context["form"].initial["seen"]

        given = {"title": "y", "effective_from": "2025-01-01", "seen": seen}
        procurement.post(address, given)

        assert Amendment.objects.get().title == "y"
        assert procurement.get("/contracts/AC-1/amendments/2/edit/").status_code == 404


class TestCharges:
    GIVEN = {"first_day": "2026-01-01", "last_day": "2026-01-31", "amount": "42000.50"}

    def test_an_amount_is_kept_exactly(self, procurement, agreement):
        claims = a_process(agreement, "claims")
        procurement.post("/contracts/AC-1/charges/new/", self.GIVEN | {"process": "claims"})

        charge = Charge.objects.get()
        assert (charge.amount_minor, charge.process) == (4_200_050, claims)
        assert "42,000.50 EUR" in text_of(procurement.get("/contracts/AC-1/charges/"))

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"amount": "1.005"}, "1.005 has more decimals than EUR, which has 2: money is not"),
            ({"amount": "1,5"}, "Enter a number."),
            ({"amount": "NaN"}, "Enter a number."),
            ({"amount": "1e400"}, "Ensure that there are no more than 17 digits"),
            ({"last_day": "2025-12-31"}, "It would end before it begins"),
            ({"first_day": "2023-01-01"}, "The contract begins later, on 2024-01-01."),
            ({"process": "other"}, "Select a valid choice"),
        ],
    )
    def test_what_is_wrong_is_said(self, procurement, agreement, bolt, given, said):
        a_process(a_contract(bolt, "BO-1"), "other")

        answer = procurement.post("/contracts/AC-1/charges/new/", self.GIVEN | given)

        assert said in text_of(answer)
        assert not Charge.objects.exists()

    def test_a_period_is_charged_once(self, procurement, agreement):
        for _ in range(2):
            answer = procurement.post("/contracts/AC-1/charges/new/", self.GIVEN)

        assert "for this period is entered already: change that one" in text_of(answer)
        assert Charge.objects.count() == 1

    def test_the_amount_is_changed(self, procurement, agreement):
        charge = a_charge(agreement, date(2026, 1, 1), 100)
        address = f"/charges/{charge.pk}/edit/"
        assert 'value="1.00"' in procurement.get(address).content.decode()

        seen = procurement.get(address).context["form"].initial["seen"]
        procurement.post(address, {"amount": "2.5", "seen": seen})
        charge.refresh_from_db()
        assert charge.amount_minor == 250

        answer = procurement.post(address, {"amount": "3.5", "seen": seen})
        assert "Somebody changed this while you had it open" in text_of(answer)
        charge.refresh_from_db()
        assert charge.amount_minor == 250

    def test_a_process_of_another_contract_is_refused_by_the_service_too(self, agreement, bolt):
        other = a_process(a_contract(bolt, "BO-1"), "other")

        with pytest.raises(ValidationError, match="is not done under AC-1"):
            charge_create(
                contract=agreement,
                process=other,
                first_day=date(2026, 1, 1),
                last_day=date(2026, 1, 31),
                amount_minor=1,
            )
