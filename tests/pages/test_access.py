import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from contracts.models import User
from contracts.pages import urls as contract_urls
from contracts.selectors.scope import NOTHING, visible_to, visible_to_key
from metrics.pages import urls as metric_urls
from tests.factories import a_case, a_figure, a_kpi, a_user
from tests.pages.conftest import MARCH, signed_in

pytestmark = pytest.mark.django_db

OF_A = [
    "/vendors/acme/",
    "/contracts/AC-1/",
    "/contracts/AC-1/terms/",
    "/kpis/accuracy/",
    "/kpis/accuracy/2026-03-01/",
    "/deliveries/{delivery}/",
]
LISTS = ["/", "/contracts/", "/breaches/", "/breaches/?state=all", "/deliveries/"]
NAMES_OF_A = ["Acme", "Demand forecasting", "Forecast accuracy", "march.csv"]
CODES_OF_A = ["acme", "AC-1", "accuracy"]  # a page may repeat those of its own address


def address(path: str, portfolio) -> str:
    return path.format(delivery=portfolio.delivery.pk)


@pytest.mark.parametrize("path", OF_A)
class TestPagesOfOneVendor:
    def test_the_buyers_analyst_sees_them(self, analyst, portfolio, path):
        assert analyst.get(address(path, portfolio)).status_code == 200

    def test_its_own_user_sees_them(self, alice, portfolio, path):
        assert alice.get(address(path, portfolio)).status_code == 200

    def test_they_do_not_exist_for_another_vendor(self, bob, portfolio, path):
        answer = bob.get(address(path, portfolio))

        assert answer.status_code == 404
        assert not any(name in answer.content.decode() for name in NAMES_OF_A)


@pytest.mark.parametrize("path", LISTS)
class TestLists:
    def test_the_buyers_analyst_sees_both_vendors_there(self, analyst, path):
        body = analyst.get(path).content.decode()

        assert any(name in body for name in NAMES_OF_A)

    def test_another_vendor_sees_nothing_of_it(self, bob, path):
        body = bob.get(path).content.decode()

        assert not [name for name in NAMES_OF_A + CODES_OF_A if name in body]


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("path", [*OF_A, *LISTS])
class TestSignIn:
    def test_nobody_sees_a_page_before_signing_in(self, client, portfolio, path):
        answer = client.get(address(path, portfolio))

        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/?next=/")

    def test_a_vendor_user_without_vendors_sees_nothing(self, portfolio, path):
        lonely = signed_in(a_user("lonely", User.Role.VENDOR))

        body = lonely.get(address(path, portfolio)).content.decode()

        assert not any(name in body for name in (*NAMES_OF_A, "Bolt"))


def test_every_page_is_covered_by_the_tables_above(portfolio):
    patterns = [*metric_urls.urlpatterns, *contract_urls.urlpatterns]
    resolver = get_resolver()
    covered = {resolver.resolve(address(p, portfolio).split("?")[0]).url_name for p in OF_A + LISTS}

    assert {each.name for each in patterns if isinstance(each, URLPattern)} == covered


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

    @pytest.mark.parametrize("path", ["/", "/vendors/acme/", "/contracts/", "/contracts/AC-1/"])
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
@pytest.mark.parametrize("path", ["/", "/vendors/acme/", "/contracts/AC-1/"])
def test_a_period_at_the_end_of_time_is_refused_with_the_way_out(analyst, path, period):
    answer = analyst.get(f"{path}?period={period}")

    assert answer.status_code == 400
    assert "write 2026-03" in answer.content.decode()
