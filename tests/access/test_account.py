"""One's own account: details, password, a new one by mail, and deputies."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from contracts.models import AuditEvent, Deputy, User, Vendor
from contracts.selectors.duties import Duty
from contracts.selectors.scope import visible_to
from contracts.services.deputies import deputy_end, deputy_name
from tests.access.conftest import PASSWORD, signed_in
from tests.factories import a_user

pytestmark = pytest.mark.django_db
Role = User.Role
TODAY = date(2026, 4, 20)
NEW = "another-horse-another-staple"


@pytest.fixture
def otto(db: None) -> User:
    otto = a_user("otto", Role.ANALYST, password=PASSWORD)
    otto.email = "otto@buyer.test"
    otto.save()
    return otto


class TestDetails:
    def test_names_change_without_a_password_and_the_address_with_one(self, otto: User) -> None:
        form = {"first_name": "Otto", "last_name": "Orff", "email": "otto@buyer.test"}
        assert signed_in(otto).post("/account/", form).status_code == 302

        moved = form | {"email": "orff@buyer.test"}
        refused = signed_in(otto).post("/account/", moved).content.decode()
        assert "enter your password" in refused
        assert signed_in(otto).post("/account/", moved | {"password": PASSWORD}).status_code == 302

        otto.refresh_from_db()
        assert (str(otto), otto.email) == ("Otto Orff", "orff@buyer.test")

    def test_keyboard_shortcuts_can_be_switched_off_and_on(self, otto: User) -> None:
        for said, expected in (({}, False), ({"shortcuts_on": "on"}, True)):
            signed_in(otto).post("/account/", {"email": otto.email} | said)
            otto.refresh_from_db()
            assert otto.shortcuts_on is expected

    @pytest.mark.parametrize("field", ["role", "is_superuser", "is_staff", "vendors", "username"])
    def test_nothing_else_changes_whatever_is_sent(self, otto: User, field: str) -> None:
        client = signed_in(otto)
        before = User.objects.filter(pk=otto.pk).values().get()

        client.post("/account/", {"email": otto.email, field: "administrator"})

        after = User.objects.filter(pk=otto.pk).values().get()
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"shortcuts_on"}  # an unchecked box is what a form without it says

    def test_it_is_told_of_as_done_by_the_person(self, otto: User) -> None:
        signed_in(otto).post("/account/", {"first_name": "Otto", "email": otto.email})

        event = AuditEvent.objects.get()
        assert (event.actor, event.action) == (otto, "changed")
        assert event.changes["first_name"] == ["", "Otto"]


class TestPassword:
    def test_it_takes_the_old_one_and_ends_other_sessions(self, otto: User) -> None:
        here, elsewhere = signed_in(otto), signed_in(otto)

        here.post("/account/password/", {"old": PASSWORD, "new": NEW, "again": NEW})

        assert here.get("/account/").status_code == 200
        assert elsewhere.get("/account/").status_code == 302
        otto.refresh_from_db()
        assert otto.check_password(NEW)

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"old": "wrong", "new": NEW, "again": NEW}, "not your password"),
            ({"old": PASSWORD, "new": "short", "again": "short"}, "at least 12 characters"),
            ({"old": PASSWORD, "new": NEW, "again": "else"}, "differ"),
        ],
    )
    def test_what_breaks_a_rule_is_refused_by_its_field(self, otto, form, said) -> None:
        assert said in signed_in(otto).post("/account/password/", form).content.decode()
        otto.refresh_from_db()
        assert otto.check_password(PASSWORD)

    def test_the_trail_says_that_it_changed_and_never_what_it_is(self, otto: User) -> None:
        signed_in(otto).post("/account/password/", {"old": PASSWORD, "new": NEW, "again": NEW})

        event = AuditEvent.objects.get()
        assert event.changes == {"password": ["changed", "changed"]}


class TestReset:
    def ask(self, email: str) -> str:
        Client().post("/password/", {"email": email})
        return mail.outbox[-1].body if mail.outbox else ""

    def test_a_link_by_mail_sets_a_new_one_once(self, otto: User, settings) -> None:
        settings.PUBLIC_URL = "http://localhost:8000"
        (path,) = re.findall(r"http://localhost:8000(/password/new/\S+)", self.ask(otto.email))
        client = Client()
        form_at = client.get(path)["Location"]

        client.post(form_at, {"new_password1": NEW, "new_password2": NEW})

        otto.refresh_from_db()
        assert otto.check_password(NEW)
        assert AuditEvent.objects.get().action == "reset the password of"
        assert "no longer works" in Client().get(path).content.decode()

    def test_the_page_never_says_whether_somebody_has_that_address(self, otto: User) -> None:
        said = [
            Client().post("/password/", {"email": each}, follow=True).content
            for each in (otto.email, "nobody@buyer.test")
        ]

        assert said[0] == said[1]
        assert len(mail.outbox) == 1

    def test_whoever_is_deactivated_gets_none(self, otto: User) -> None:
        User.objects.update(is_active=False)

        assert self.ask(otto.email) == ""

    def test_the_rules_of_passwords_hold_here_too(self, otto: User) -> None:
        (path,) = re.findall(r"http://localhost:8000(/password/new/\S+)", self.ask(otto.email))
        client = Client()

        form_at = client.get(path)["Location"]
        answer = client.post(form_at, {"new_password1": "short", "new_password2": "short"})

        assert "at least 12 characters" in answer.content.decode()


class TestDeputies:
    def name(self, absent: User, deputy: User, first: int = 0, last: int = 3) -> Deputy:
        days = [TODAY + timedelta(days=each) for each in (first, last)]
        return deputy_name(
            absent=absent, deputy=deputy, first_day=days[0], last_day=days[1], today=TODAY
        )

    def test_a_deputy_has_the_duties_on_those_days_and_no_longer(self, otto: User) -> None:
        self.name(a_user("petra", Role.PROCUREMENT), otto, 1, 3)
        has = [visible_to(otto, TODAY + timedelta(days=each)).may(Duty.TERMS) for each in range(5)]

        assert has == [False, True, True, True, False]
        assert not visible_to(otto).may(Duty.TERMS)

    def test_of_somebody_deactivated_nothing_is_left(self, otto: User) -> None:
        petra = a_user("petra", Role.PROCUREMENT)
        self.name(petra, otto)
        User.objects.filter(pk=petra.pk).update(is_active=False)

        assert not visible_to(otto, TODAY).may(Duty.TERMS)

    @pytest.mark.parametrize("side", ["absent", "deputy"])
    def test_vendor_users_neither_name_one_nor_are_one(self, otto, acme: Vendor, side) -> None:
        vera = a_user("vera", Role.VENDOR, (acme,))
        pair = (vera, otto) if side == "absent" else (otto, vera)

        with pytest.raises(ValidationError, match="the buyer's own people"):
            self.name(*pair)
        assert signed_in(vera).get("/new/deputy/").status_code == 404

    @pytest.mark.parametrize(
        ("first", "last", "said"), [(3, 1, "before the first"), (-5, -2, "is past")]
    )
    def test_days_that_cannot_be_are_refused(self, otto, first, last, said) -> None:
        with pytest.raises(ValidationError, match=said):
            self.name(otto, a_user("petra"), first, last)

    def test_nobody_stands_in_for_themselves(self, otto: User) -> None:
        with pytest.raises(ValidationError, match="nobody stands in for themselves"):
            self.name(otto, otto)

    def test_people_who_cannot_sign_in_are_no_deputies(self, otto: User) -> None:
        gone = a_user("gone")
        gone.is_active = False
        with pytest.raises(ValidationError, match="can no longer sign in"):
            self.name(otto, gone)

    def test_it_ends_early_by_yesterday(self, otto: User) -> None:
        naming = self.name(a_user("petra", Role.PROCUREMENT), otto)
        deputy_end(naming=naming, today=TODAY + timedelta(days=2))

        naming.refresh_from_db()
        assert naming.last_day == TODAY + timedelta(days=1)

    def test_one_that_has_not_begun_is_taken_back(self, otto: User) -> None:
        naming = self.name(a_user("petra"), otto, 1, 3)
        deputy_end(naming=naming, today=TODAY)

        assert not Deputy.objects.exists()

    def test_the_page_names_one_and_ends_only_ones_own(self, otto: User) -> None:
        petra, today = a_user("petra", Role.PROCUREMENT), timezone.now().date()
        form = {"deputy": petra.pk, "first_day": today, "last_day": today}
        assert signed_in(otto).post("/new/deputy/", form).status_code == 302
        naming = Deputy.objects.get()

        assert "petra" in signed_in(otto).get("/account/").content.decode()
        assert "otto" in signed_in(petra).get("/account/").content.decode()
        assert signed_in(petra).post(f"/account/deputies/{naming.pk}/end/").status_code == 404
        assert signed_in(otto).post(f"/account/deputies/{naming.pk}/end/").status_code == 302
        assert not Deputy.objects.exists()

    def test_vendor_users_and_the_deactivated_are_not_on_offer(self, otto, acme: Vendor) -> None:
        a_user("vera", Role.VENDOR, (acme,))
        a_user("gone").save()
        User.objects.filter(username="gone").update(is_active=False)

        shown = signed_in(otto).get("/new/deputy/").content.decode()

        assert not [name for name in ("vera", "gone", ">otto</option>") if name in shown]
