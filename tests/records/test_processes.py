import pytest

from contracts.models import Process
from tests.factories import NOW, a_contract, a_process
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


class TestProcesses:
    def test_one_is_registered_under_a_contract(self, procurement, agreement):
        given = {"code": "claims", "name": "Claims", "nature": "volume", "contract": "AC-1"}
        procurement.post("/new/process/", given)

        process = Process.objects.get()
        assert (process.contract, process.nature) == (agreement, "volume")

    def test_one_in_house_belongs_to_nobody(self, procurement, alice, agreement):
        given = {"code": "tax", "name": "Tax returns", "nature": "knowledge", "contract": ""}
        procurement.post("/new/process/", given)

        assert "Tax returns" in text_of(procurement.get("/processes/?vendor=-"))
        assert "Tax returns" not in text_of(alice.get("/processes/"))
        assert "No vendor" not in text_of(alice.get("/processes/"))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["Claims", "Rota", "Tax"]),
            ("?q=cla", ["Claims"]),
            ("?nature=volume", ["Rota"]),
            ("?vendor=acme", ["Claims"]),
            ("?vendor=-", ["Tax"]),
            ("?archived=all", ["Claims", "Gone", "Rota", "Tax"]),
        ],
    )
    def test_the_address_says_what_is_shown(self, analyst, agreement, bolt, query, found):
        a_process(agreement, "claims")
        a_process(a_contract(bolt, "BO-1"), "rota", nature="volume")
        a_process(None, "tax")
        a_process(None, "gone", archived_at=NOW)

        answer = analyst.get(f"/processes/{query}")

        assert [each.name for each in answer.context["page"]] == found

    def test_its_archived_contract_stays_offered(self, procurement, agreement):
        a_process(agreement, "claims")
        agreement.archived_at = NOW
        agreement.save()
        address = "/processes/claims/edit/"
        initial = procurement.get(address).context["form"].initial

        procurement.post(address, initial | {"name": "Renamed"})

        process = Process.objects.get()
        assert (process.name, process.contract) == ("Renamed", agreement)

    def test_it_is_archived_and_comes_back(self, procurement, agreement):
        a_process(agreement, "claims")
        procurement.post("/processes/claims/archive/")
        assert Process.objects.get().archived_at is not None

        procurement.post("/processes/claims/restore/")
        assert Process.objects.get().archived_at is None
