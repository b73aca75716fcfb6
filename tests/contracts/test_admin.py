"""Django's admin for support work: administrators only, scoped, and told of in the trail."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from contracts.admin import SupportAdmin
from contracts.models import AuditEvent, SavedView, User
from contracts.selectors import visibility
from contracts.services.auditing import audit
from tests.factories import a_contract, a_user, a_vendor

pytestmark = pytest.mark.django_db
SECRET = "correct-horse-battery"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", password="x")


@pytest.fixture
def administrator(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def a_form(**changes: object) -> dict[str, object]:
    form = {"username": "alice", "password1": SECRET, "password2": SECRET, "is_active": "on"}
    return form | {"role": "vendor"} | changes


def test_an_administrator_adds_a_vendor_user_and_names_the_vendors(administrator: Client) -> None:
    vendor = a_vendor("acme")

    answer = administrator.post(reverse("admin:contracts_user_add"), a_form(vendors=[vendor.pk]))

    assert answer.status_code == 302, answer.content.decode()
    alice = User.objects.get(username="alice")
    assert (alice.role, list(alice.vendors.all()), alice.is_staff) == ("vendor", [vendor], False)
    assert alice.check_password(SECRET)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "needs at least one vendor"),
        ({"role": "analyst", "vendors": True}, "Only vendor users"),
        ({"password1": "short", "password2": "short", "role": "analyst"}, "at least 12"),
    ],
)
def test_what_the_services_refuse_is_refused_here_too(administrator, changes, said) -> None:
    if changes.get("vendors"):
        changes = changes | {"vendors": [a_vendor("acme").pk]}
    answer = administrator.post(reverse("admin:contracts_user_add"), a_form(**changes))

    assert said in answer.content.decode()
    assert not User.objects.filter(username="alice").exists()


def test_nobody_takes_their_own_role_away(administrator: Client, root: User) -> None:
    address = reverse("admin:contracts_user_change", args=[root.pk])
    form = {"username": "root", "role": "analyst", "is_active": "on"}

    assert "Nobody changes their own role" in administrator.post(address, form).content.decode()
    root.refresh_from_db()
    assert root.role == "administrator"


def test_the_list_shows_everybodys_role(administrator: Client) -> None:
    a_user("vera", User.Role.VENDOR)
    shown = administrator.get(reverse("admin:contracts_user_changelist")).content.decode()
    assert "Vendor user" in shown


@pytest.mark.parametrize("role", [each for each in User.Role.values if each != "administrator"])
def test_for_others_it_does_not_exist_whatever_flags_they_have(role: str) -> None:
    person = a_user("otto", role)
    person.is_staff = person.is_superuser = True
    person.save()
    client = Client()
    client.force_login(person)

    for name in ("admin:index", "admin:contracts_user_changelist", "admin:contracts_user_add"):
        assert client.get(reverse(name)).status_code == 404


def test_nobody_gets_in_without_signing_in() -> None:
    answer = Client().get(reverse("admin:index"))
    assert answer["Location"] == "/login/?next=/admin/"


class TestTrail:
    def test_each_change_is_told_of_with_before_and_after(self, administrator, root) -> None:
        vendor = a_vendor("acme", name="Acme")
        address = reverse("admin:contracts_vendor_change", args=[vendor.pk])
        shown = administrator.get(address).context["adminform"].form.initial
        form = {name: value for name, value in shown.items() if value is not None}

        answer = administrator.post(address, form | {"name": "Acme Group"})

        assert answer.status_code == 302, answer.content.decode()
        event = AuditEvent.objects.get()
        assert (event.actor, event.action, event.reason) == (root, "changed", "support")
        assert event.changes == {"name": ["Acme", "Acme Group"]}

    def test_what_is_deleted_is_told_of(self, administrator: Client) -> None:
        view = SavedView.objects.create(owner=User.objects.get(username="root"), name="Mine")
        address = reverse("admin:contracts_savedview_delete", args=[view.pk])

        administrator.post(address, {"post": "yes"})

        assert not SavedView.objects.exists()
        event = AuditEvent.objects.get()
        assert (event.action, event.subject) == ("deleted", f"contracts.savedview:{view.pk}")

    @pytest.mark.parametrize("kind", ["vendor", "user"])
    def test_what_the_trail_tells_of_for_good_is_not_deleted(self, administrator, kind) -> None:
        record = a_vendor("acme") if kind == "vendor" else a_user("otto")
        address = reverse(f"admin:contracts_{kind}_delete", args=[record.pk])

        assert administrator.post(address, {"post": "yes"}).status_code == 403
        assert type(record).objects.filter(pk=record.pk).exists()

    def test_a_new_person_is_told_of_with_their_vendors(self, administrator: Client) -> None:
        vendors = [a_vendor("acme").pk]
        administrator.post(reverse("admin:contracts_user_add"), a_form(vendors=vendors))

        told = {event.action: event.changes for event in AuditEvent.objects.all()}
        assert told["created"]["password"] == ["changed", "changed"]
        assert told["changed"] == {"vendors": ["", "Acme"]}


class TestRecords:
    def test_every_record_of_ours_is_there_through_the_one_base_and_nothing_else(self) -> None:
        registered = admin.site._registry
        ours = {m for m in apps.get_models() if m._meta.app_label in ("contracts", "metrics")}

        missing = {m.__name__ for m in ours - set(registered) if not m._meta.is_composite_pk}
        assert missing == set()
        assert {m.__name__ for m in set(registered) - ours} == set()
        assert all(isinstance(each, SupportAdmin) for each in registered.values())

    def test_figures_and_the_trail_are_shown_and_never_changed(self, administrator) -> None:
        event = audit(action="looked at", instance=a_vendor("acme"))
        address = reverse("admin:contracts_auditevent_change", args=[event.pk])

        assert administrator.get(address).status_code == 200
        assert administrator.post(address, {"reason": "forged"}).status_code == 403
        for name in ("contracts_auditevent", "metrics_resultrevision", "metrics_casetransition"):
            assert administrator.get(reverse(f"admin:{name}_add")).status_code == 403
            assert administrator.get(reverse(f"admin:{name}_changelist")).status_code == 200

    def test_lists_and_choices_start_from_the_scope(self, administrator, monkeypatch) -> None:
        contract = a_contract(a_vendor("acme"), "AC-1")
        address = reverse("admin:contracts_contract_changelist")
        assert "AC-1" in administrator.get(address).content.decode()
        hidden = {**visibility._declared}
        hidden.pop(type(contract))
        monkeypatch.setattr(visibility, "_declared", hidden)

        assert "AC-1" not in administrator.get(address).content.decode()
        detail = reverse("admin:contracts_contract_change", args=[contract.pk])
        assert administrator.get(detail).status_code == 302

    @pytest.mark.parametrize("name", ["apikey", "invitation"])
    def test_hashes_of_secrets_are_left_out(self, administrator: Client, name: str) -> None:
        model = apps.get_model("contracts", name)
        fields = admin.site._registry[model].get_fields(None)

        assert "hash" not in fields
