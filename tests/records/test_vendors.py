import pytest
from django.urls import reverse

from contracts.models import AuditEvent, Contact, User, Vendor
from contracts.models.managed import ManagedBy
from contracts.selectors.scope import EVERYTHING
from contracts.selectors.timeline import timeline_of
from tests.factories import NOW, a_contract, a_user, a_vendor
from tests.pages.reading import text_of
from tests.records.conftest import signed_in

pytestmark = pytest.mark.django_db

NEW = {"code": "northwind", "name": "Northwind", "country": "ie", "tier": "important", "owner": ""}


def names(answer) -> list[str]:
    return [row.name for row in answer.context["board"].vendors]


class TestRegistering:
    def test_a_vendor_is_registered_and_told_of(self, procurement, paula):
        answer = procurement.post("/new/vendor/", NEW)

        vendor = Vendor.objects.get()
        assert answer["Location"] == reverse("vendor-record", args=["northwind"])
        assert (vendor.code, vendor.country, vendor.tier) == ("northwind", "IE", "important")
        assert vendor.managed_by == ManagedBy.PERSON
        event = AuditEvent.objects.get()
        assert (event.actor, event.action, event.vendor) == (paula, "created", vendor)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"code": "north wind"}, "is not a code: use up to 63 letters"),
            ({"code": ""}, "This field is required"),
            ({"country": "IRL"}, "is not a country code: write two letters"),
            ({"tier": "huge"}, "huge is not one of the available choices"),
            ({"name": "x" * 201}, "at most 200 characters"),
            ({"name": "a\x00b"}, "Null characters are not allowed"),
        ],
    )
    def test_what_is_wrong_is_said_by_its_field_and_nothing_is_written(
        self, procurement, wrong, said
    ):
        answer = procurement.post("/new/vendor/", NEW | wrong)

        assert said in text_of(answer)
        assert not Vendor.objects.exists()

    def test_a_code_that_is_taken_is_refused(self, procurement, acme):
        assert "is taken" in text_of(procurement.post("/new/vendor/", NEW | {"code": "acme"}))

    def test_the_owner_may_be_chosen_from_colleagues(self, procurement, acme):
        a_user("vera", User.Role.VENDOR, (acme,))
        body = procurement.get("/new/vendor/").content.decode()

        assert '<option value="paula"></option>' in body
        assert "vera" not in body


class TestChanging:
    def form(self, client, **changes):
        seen = client.get("/vendors/acme/edit/").context["form"].initial["seen"]
        given = {"name": "Acme", "country": "IE", "tier": "standard", "owner": "Eve", "seen": seen}
        return given | changes

    def test_the_change_is_saved_and_told_of_field_by_field(self, procurement, acme):
        procurement.post("/vendors/acme/edit/", self.form(procurement))

        acme.refresh_from_db()
        assert (acme.name, acme.tier, acme.owner) == ("Acme", "standard", "Eve")
        (told,) = timeline_of(acme, EVERYTHING)
        assert {(c.field, c.before, c.after) for c in told.changes} >= {
            ("Tier", "Strategic", "Standard"),
            ("Owner", "Dana Okafor", "Eve"),
        }

    def test_a_change_in_the_meantime_is_not_overwritten(self, procurement, acme):
        first = self.form(procurement)
        second = self.form(procurement, name="Acme two")
        procurement.post("/vendors/acme/edit/", first)

        answer = procurement.post("/vendors/acme/edit/", second)

        assert "Somebody changed this while you had it open" in text_of(answer)
        assert Vendor.objects.get().name == "Acme"

    @pytest.mark.parametrize("path", ["edit", "archive", "restore"])
    def test_what_files_manage_is_not_changed_here(self, procurement, acme, path):
        Vendor.objects.update(managed_by=ManagedBy.PORTFOLIO)
        address = f"/vendors/acme/{path}/"

        for answer in (procurement.get(address), procurement.post(address, {"name": "x"})):
            assert answer.status_code == 409
            assert "managed by portfolio files" in answer.content.decode()
        assert Vendor.objects.get().name == "Acme Analytics"


class TestArchiving:
    def test_it_leaves_the_list_and_comes_back(self, procurement, acme):
        procurement.post("/vendors/acme/archive/", {"reason": "no longer used"})
        assert names(procurement.get("/vendors/")) == []
        assert names(procurement.get("/vendors/?archived=yes")) == ["Acme Analytics"]
        event = AuditEvent.objects.latest("id")
        assert (event.action, event.reason) == ("archived", "no longer used")

        procurement.post("/vendors/acme/restore/")
        assert names(procurement.get("/vendors/")) == ["Acme Analytics"]
        assert AuditEvent.objects.latest("id").action == "restored"

    def test_contracts_in_use_hold_it(self, procurement, agreement):
        answer = procurement.post("/vendors/acme/archive/")

        assert "still used by contract AC-1: archive what uses it first" in text_of(answer)
        assert Vendor.objects.get().archived_at is None

    def test_it_is_not_archived_twice(self, procurement, acme):
        procurement.post("/vendors/acme/archive/")
        assert "is archived already" in text_of(procurement.post("/vendors/acme/archive/"))


ADDRESSES = [
    "/new/vendor/",
    "/vendors/acme/edit/",
    "/vendors/acme/archive/",
    "/vendors/acme/restore/",
    "/vendors/acme/contacts/new/",
    "/vendors/acme/certifications/new/",
]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("who", ["analyst", "alice", "bob"])
def test_those_without_the_duty_find_no_page_to_write_on(request, who, address):
    client = request.getfixturevalue(who)

    assert client.get(address).status_code == 404
    assert client.post(address, NEW).status_code == 404


class TestWhatAVendorSeesOfItself:
    @pytest.mark.parametrize("path", ["/vendors/", "/vendors/acme/", "/vendors/acme/record/"])
    def test_our_tier_and_owner_stay_inside(self, analyst, alice, agreement, path):
        inside = text_of(analyst.get(path))
        assert "Strategic" in inside
        assert "Dana Okafor" in inside
        seen = text_of(alice.get(path))
        assert "Strategic" not in seen
        assert "Dana Okafor" not in seen

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_nor_are_they_in_a_file_or_a_filter(self, alice, acme, kind):
        answer = alice.get(f"/vendors/?export={kind}&owner=Dana+Okafor")
        content = answer.getvalue()

        assert b"Dana" not in content
        assert b"trategic" not in content

    def test_a_filter_on_what_is_inside_does_not_tell_by_what_it_finds(self, alice, acme):
        for query in ("owner=Nobody", "tier=standard"):
            assert "Acme" in text_of(alice.get(f"/vendors/?{query}"))

    def test_nor_do_programs_of_a_vendor_read_them(self, analyst, alice, acme):
        def read(client, query=""):
            answer = client.get(f"/api/v1/vendors{query}")
            return [(one["tier"], one["owner"]) for one in answer.json().get("results", [])]

        assert read(analyst) == [("strategic", "Dana Okafor")]
        assert read(alice) == [(None, "")]
        assert alice.get("/api/v1/vendors/acme").json()["tier"] is None
        assert alice.get("/api/v1/vendors?tier=standard").status_code == 400
        assert read(analyst, "?tier=standard") == []

    def test_what_happened_is_ours(self, procurement, alice, acme):
        procurement.post("/vendors/acme/contacts/new/", {"name": "Ada", "phone": "1"})

        assert "What happened" in text_of(procurement.get("/vendors/acme/record/"))
        seen = text_of(alice.get("/vendors/acme/record/"))
        assert "Ada" in seen
        assert "What happened" not in seen
        assert "paula" not in seen

    def test_another_vendor_finds_nothing(self, bob, acme):
        assert bob.get("/vendors/acme/record/").status_code == 404


class TestContacts:
    def test_one_is_added_changed_and_archived(self, procurement, acme):
        given = {"name": "Ada", "email": "ada@example.com", "is_escalation": "on"}
        procurement.post("/vendors/acme/contacts/new/", given)
        ada = Contact.objects.get()
        assert (ada.vendor, ada.is_escalation) == (acme, True)

        seen = procurement.get(f"/contacts/{ada.pk}/edit/").context["form"].initial["seen"]
        procurement.post(f"/contacts/{ada.pk}/edit/", {"name": "Ada L", "phone": "1", "seen": seen})
        ada.refresh_from_db()
        assert (ada.name, ada.email, ada.is_escalation) == ("Ada L", "", False)

        procurement.post(f"/contacts/{ada.pk}/archive/")
        assert procurement.get("/vendors/acme/record/").context["contacts"] == []

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"name": "Eve"}, "State an e-mail address or a telephone number."),
            ({"name": "Eve", "email": "eve"}, "Enter a valid email address."),
            ({"name": "Ada", "phone": "2"}, "This vendor has a contact of that name already."),
        ],
    )
    def test_what_is_wrong_is_said(self, procurement, acme, given, said):
        Contact.objects.create(vendor=acme, name="Ada", phone="1")

        assert said in text_of(procurement.post("/vendors/acme/contacts/new/", given))
        assert Contact.objects.count() == 1

    def test_an_archived_contact_does_not_hold_its_name(self, procurement, acme):
        Contact.objects.create(vendor=acme, name="Ada", phone="1", archived_at=NOW)
        procurement.post("/vendors/acme/contacts/new/", {"name": "Ada", "phone": "2"})

        assert Contact.objects.count() == 2

    def test_the_compliance_officer_keeps_them_too(self, officer, acme):
        officer.post("/vendors/acme/contacts/new/", {"name": "Ada", "phone": "1"})
        assert Contact.objects.exists()


class TestTheList:
    @pytest.fixture(autouse=True)
    def vendors(self, acme, bolt):
        a_vendor("crux", name="Crux", country="IE", owner="")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["Acme Analytics", "Bolt Services", "Crux"]),
            ("?q=ANALY", ["Acme Analytics"]),
            ("?q=bol", ["Bolt Services"]),
            ("?tier=strategic", ["Acme Analytics"]),
            ("?country=IE", ["Crux"]),
            ("?owner=Dana+Okafor", ["Acme Analytics"]),
            ("?owner=-", ["Crux"]),
            ("?tier=strategic&country=IE", []),
            ("?q=%25", []),
            ("?tier=none-such", ["Acme Analytics", "Bolt Services", "Crux"]),
            ("?q=%00", ["Acme Analytics", "Bolt Services", "Crux"]),
            ("?archived=yes", []),
        ],
    )
    def test_the_address_says_what_is_shown(self, analyst, query, found):
        answer = analyst.get(f"/vendors/{query}")

        assert names(answer) == found

    def test_a_value_that_is_no_choice_is_named(self, analyst):
        assert "none-such is not one of" in text_of(analyst.get("/vendors/?tier=none-such"))

    def test_the_files_hold_exactly_what_is_filtered(self, analyst):
        lines = (
            analyst.get("/vendors/?q=bol&export=csv").getvalue().decode("utf-8-sig").splitlines()
        )

        assert [line.split(",")[:5] for line in lines] == [
            ["Code", "Name", "Country", "Tier", "Owner"],
            ["bolt", "Bolt Services", "", "Standard", "Dana"],
        ]

    def test_another_kind_of_file_does_not_exist(self, analyst):
        assert analyst.get("/vendors/?export=pdf").status_code == 404

    def test_filters_are_kept_when_the_period_changes(self, analyst, agreement):
        from tests.factories import a_figure, a_kpi
        from tests.pages.conftest import MARCH

        a_figure(a_kpi(agreement, "accuracy"), MARCH)
        body = analyst.get("/vendors/?q=acme").content.decode()

        assert '<input type="hidden" name="q" value="acme">' in body


def test_people_without_any_vendor_see_an_empty_list():
    lonely = signed_in(a_user("lonely", User.Role.VENDOR))
    a_contract(a_vendor("acme"))

    assert "No vendor is assigned to you" in text_of(lonely.get("/vendors/"))
