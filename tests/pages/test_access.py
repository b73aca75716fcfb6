"""What particular pages keep from vendors; that no address leaks is crawled in tests/access."""

import pytest
from django.test import Client

from contracts.selectors.scope import NOTHING, visible_to, visible_to_key
from tests.factories import a_case, a_figure, a_kpi, a_user
from tests.pages.conftest import MARCH

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("portfolio")
class TestWhatIsKeptFromVendors:
    def test_a_provisional_case_is_the_buyers_until_it_opens(self, analyst, alice, portfolio):
        kpi = a_kpi(portfolio.contract, "timeliness", name="Timeliness")
        a_case(a_figure(kpi, MARCH, "50", "BELOW_MINIMUM"), "provisional")

        assert "Timeliness" in analyst.get("/breaches/").content.decode()
        assert "Timeliness" not in alice.get("/breaches/").content.decode()
        assert "Breach case" not in alice.get("/kpis/timeliness/2026-03-01/").content.decode()

    def test_steps_taken_while_provisional_are_the_buyers(self, analyst, alice, portfolio):
        first = portfolio.case.transitions.get()
        first.to_state, first.reason = "provisional", "said inside"
        first.save()
        portfolio.case.transitions.create(
            revision=first.revision, from_state="provisional", to_state="open", by="kpotracker"
        )

        assert "said inside" in analyst.get("/kpis/accuracy/2026-03-01/").content.decode()
        seen = alice.get("/kpis/accuracy/2026-03-01/").content.decode()
        assert "Breach case" in seen
        assert "said inside" not in seen

    @pytest.mark.parametrize("path", ["/vendors/acme/", "/contracts/", "/contracts/AC-1/"])
    def test_the_notice_deadline_is_a_matter_of_the_buyer(self, analyst, alice, portfolio, path):
        contract = portfolio.contract
        contract.notice_length, contract.notice_unit = 1, "days"
        contract.last_day = contract.last_day.replace(year=2099)
        contract.save()

        assert "Last day to serve notice" in analyst.get(path).content.decode()
        assert "Last day to serve notice" not in alice.get(path).content.decode()


class TestScope:
    def test_a_person_who_may_no_longer_sign_in_sees_nothing(self, portfolio):
        gone = a_user("gone")
        gone.is_active = False

        assert visible_to(gone) == NOTHING

    def test_a_key_of_a_vendor_is_confined_to_it(self, portfolio):
        from contracts.models import ApiKey

        assert visible_to_key(ApiKey(vendor=portfolio.vendor)).vendor_ids == {portfolio.vendor.pk}
        assert visible_to_key(ApiKey()).is_internal


def test_pages_only_answer_safe_requests(analyst: Client):
    assert analyst.post("/").status_code == 405


def test_a_reader_keeps_their_answers_out_of_every_cache(analyst: Client):
    assert analyst.get("/")["Cache-Control"] == "private, no-store"


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(
    "path", ["/vendors/%00/", "/contracts/a%00/", "/contracts/%00/terms/", "/kpis/a%00b/"]
)
def test_a_nul_in_an_address_is_no_code(analyst, path):
    assert analyst.get(path).status_code == 404


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("period", ["0001", "9999", "9999-12", "0001-01-01..9999-12-31", "%00"])
@pytest.mark.parametrize("path", ["/vendors/", "/vendors/acme/", "/contracts/AC-1/"])
def test_a_period_at_the_end_of_time_is_refused_with_the_way_out(analyst, path, period):
    answer = analyst.get(f"{path}?period={period}")

    assert answer.status_code == 400
    assert "write 2026-03" in answer.content.decode()
