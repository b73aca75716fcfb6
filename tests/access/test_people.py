"""People: invited by a link that works once, given roles by somebody else, kept out at once."""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from contracts.models import AuditEvent, Invitation, User, Vendor
from contracts.services.invitations import (
    VALID_FOR,
    invitation_accept,
    invitation_create,
    invitation_of,
    invitation_revoke,
)
from contracts.services.people import person_change, person_deactivate, person_reactivate
from tests.access.conftest import NOW, PASSWORD, an_administrator, signed_in
from tests.factories import a_user, a_vendor

pytestmark = pytest.mark.django_db
Role = User.Role
CHOSEN = {"first_name": "Vera", "last_name": "Voss", "password": PASSWORD, "again": PASSWORD}


def invite(ada: User, email: str = "vera@acme.test", role: str = Role.ANALYST, vendors=()) -> str:
    """The path of the link."""
    made = invitation_create(
        email=email, role=role, vendors=vendors, invited_by=ada, as_of=timezone.now()
    )
    return made.link.removeprefix("http://localhost:8000")


class TestInviting:
    def test_the_link_is_shown_once_and_only_its_hash_is_kept(
        self, ada: User, acme: Vendor
    ) -> None:
        form = {"email": "Vera@Acme.test", "role": "vendor", "vendors": [acme.pk]}
        shown = signed_in(ada).post("/new/invitation/", form).content.decode()

        (link,) = re.findall(r'value="http://localhost:8000(/invitations/[^"]+/)"', shown)
        invitation = Invitation.objects.get()
        assert (invitation.email, list(invitation.vendors.all())) == ("vera@acme.test", [acme])
        assert invitation.hash not in link
        assert link not in signed_in(ada).get("/people/").content.decode()
        assert Client().get(link).status_code == 200

    def test_it_goes_out_by_mail_where_there_is_a_mail_server(self, ada: User, settings) -> None:
        settings.EMAIL_HOST = "mail.test"
        link = invite(ada)

        (message,) = mail.outbox
        assert message.to == ["vera@acme.test"]
        assert link in message.body

    def test_without_one_nothing_pretends_to_be_sent(self, ada: User) -> None:
        shown = signed_in(ada).post("/new/invitation/", {"email": "v@a.test", "role": "analyst"})

        assert mail.outbox == []
        assert "No mail was sent" in shown.content.decode()

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"email": "x@y.test", "role": "vendor"}, "needs at least one vendor"),
            ({"email": "x@y.test", "role": "analyst", "vendors": True}, "Only vendor users"),
            ({"email": "TAKEN@acme.test", "role": "analyst"}, "is here already"),
            ({"email": "x", "role": "analyst"}, "valid email"),
            ({"email": "x@y.test", "role": "king"}, "not one of the available choices"),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(self, ada, acme, form, said) -> None:
        ada.email = "taken@acme.test"
        ada.save()
        if form.get("vendors"):
            form |= {"vendors": [acme.pk]}

        answer = signed_in(ada).post("/new/invitation/", form)

        assert answer.status_code == 200
        assert said in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_a_second_invitation_ends_the_first(self, ada: User) -> None:
        first, second = invite(ada), invite(ada)

        assert Client().get(first).status_code == 404
        assert Client().get(second).status_code == 200

    def test_a_deputy_makes_no_administrator(self, ada: User) -> None:
        with pytest.raises(ValidationError, match="Only an administrator"):
            invite(a_user("dep"), role=Role.ADMINISTRATOR)


class TestAccepting:
    def test_it_makes_the_person_and_works_once(self, ada: User, acme: Vendor) -> None:
        link = invite(ada, role=Role.VENDOR, vendors=[acme])

        assert Client().post(link, CHOSEN)["Location"] == "/login/"

        vera = User.objects.get(username="vera@acme.test")
        assert (vera.role, list(vera.vendors.all()), vera.is_staff) == ("vendor", [acme], False)
        assert vera.check_password(PASSWORD)
        assert Client().get(link).status_code == 404
        assert Client().post(link, CHOSEN).status_code == 404
        assert User.objects.count() == 2

    def test_an_administrator_may_open_the_admin(self, ada: User) -> None:
        Client().post(invite(ada, role=Role.ADMINISTRATOR), CHOSEN)

        vera = User.objects.get(username="vera@acme.test")
        assert signed_in(vera).get("/admin/").status_code == 200

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"password": "short", "again": "short"}, "at least 12 characters"),
            ({"password": "1" * 14, "again": "1" * 14}, "entirely numeric"),
            ({"password": "vera@acme.test", "again": "vera@acme.test"}, "too similar"),
            ({"again": "another-password-altogether"}, "differ"),
            ({"first_name": ""}, "required"),
        ],
    )
    def test_the_rules_of_passwords_hold_and_the_link_still_works(self, ada, wrong, said) -> None:
        link = invite(ada)

        answer = Client().post(link, CHOSEN | wrong)

        assert said in answer.content.decode()
        assert User.objects.count() == 1
        assert Client().post(link, CHOSEN).status_code == 302

    def test_an_expired_or_revoked_link_says_what_an_unknown_one_says(self, ada: User) -> None:
        expired, revoked = invite(ada, "a@b.test"), invite(ada, "c@d.test")
        Invitation.objects.filter(email="a@b.test").update(expires_at=timezone.now())
        signed_in(ada).post(
            f"/people/invitations/{Invitation.objects.get(email='c@d.test').pk}/revoke/"
        )

        said = {Client().get(each).content for each in (expired, revoked, "/invitations/none/")}

        assert len(said) == 1
        assert b"This link no longer works" in said.pop()

    def test_it_ends_after_a_week(self, ada: User) -> None:
        made = invitation_create(
            email="v@a.test", role="analyst", vendors=(), invited_by=ada, as_of=NOW
        )
        secret = made.link.rstrip("/").rpartition("/")[2]

        almost = NOW + VALID_FOR - timedelta(seconds=1)
        assert invitation_of(secret=secret, as_of=almost) == made.invitation
        assert invitation_of(secret=secret, as_of=NOW + VALID_FOR) is None

    def test_one_that_was_used_cannot_be_revoked(self, ada: User) -> None:
        Client().post(invite(ada), CHOSEN)

        with pytest.raises(ValidationError, match="used already"):
            invitation_revoke(invitation=Invitation.objects.get(), as_of=timezone.now())

    @pytest.mark.django_db(transaction=True)
    def test_two_who_open_it_at_once_make_one_person(self, ada: User) -> None:
        secret = invite(ada).rstrip("/").rpartition("/")[2]
        ready, refused = Barrier(2), []

        def accept() -> None:
            try:
                ready.wait()
                invitation_accept(
                    secret=secret,
                    first_name="V",
                    last_name="V",
                    password=PASSWORD,
                    as_of=timezone.now(),
                )
            except ValidationError as error:
                refused.append(error.messages)
            finally:
                connection.close()

        both = [Thread(target=accept) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()

        assert User.objects.filter(email="vera@acme.test").count() == 1
        assert len(refused) == 1


class TestRoles:
    def test_an_administrator_gives_a_role_and_it_is_told_of(self, ada: User, acme: Vendor) -> None:
        otto = a_user("otto")

        answer = signed_in(ada).post(
            f"/people/{otto.pk}/", {"role": "vendor", "vendors": [acme.pk]}
        )

        assert answer.status_code == 302
        otto.refresh_from_db()
        assert (otto.role, list(otto.vendors.all())) == ("vendor", [acme])
        told = AuditEvent.objects.filter(subject=f"contracts.user:{otto.pk}")
        changes = {name: pair for event in told for name, pair in event.changes.items()}
        assert changes == {"role": ["analyst", "vendor"], "vendors": ["", "Acme Analytics"]}

    def test_a_vendor_user_who_becomes_a_buyer_loses_their_vendors(self, ada, acme) -> None:
        otto = a_user("otto", Role.VENDOR, (acme,))

        person_change(person=otto, role=Role.ANALYST, vendors=(), changed_by=ada)

        assert list(otto.vendors.all()) == []

    def test_nobody_changes_their_own_role(self, ada: User) -> None:
        an_administrator("second")
        answer = signed_in(ada).post(f"/people/{ada.pk}/", {"role": "analyst"})

        assert "Nobody changes their own role" in answer.content.decode()
        ada.refresh_from_db()
        assert ada.role == Role.ADMINISTRATOR

    @pytest.mark.parametrize("role", [each for each in Role.values if each != "administrator"])
    def test_nobody_else_reaches_the_pages_of_people(self, role: str, ada: User) -> None:
        otto = a_user("otto", role)
        client = signed_in(otto)
        paths = ["/people/", "/new/invitation/", f"/people/{otto.pk}/", f"/people/{ada.pk}/access/"]

        for path in paths:
            assert client.get(path).status_code == 404
            assert client.post(path, {"role": "administrator"}).status_code in (404, 405)
        otto.refresh_from_db()
        assert otto.role == role

    def test_the_last_administrator_stays(self, ada: User) -> None:
        eve = a_user("eve")
        with pytest.raises(ValidationError, match="last administrator"):
            person_change(person=ada, role=Role.ANALYST, vendors=(), changed_by=eve)
        with pytest.raises(ValidationError, match="last administrator"):
            person_deactivate(person=ada, changed_by=eve)

        an_administrator("second")
        person_deactivate(person=ada, changed_by=eve)
        ada.refresh_from_db()
        assert not ada.is_active

    def test_a_deactivated_administrator_does_not_count_as_one(self, ada: User) -> None:
        an_administrator("gone", is_active=False)
        with pytest.raises(ValidationError, match="last administrator"):
            person_deactivate(person=ada, changed_by=a_user("eve"))

    def test_the_first_person_of_an_installation_is_an_administrator(self) -> None:
        root = User.objects.create_superuser("root", password=PASSWORD)

        assert signed_in(root).get("/people/").status_code == 200


class TestAccess:
    def test_whoever_is_deactivated_is_out_with_the_next_request(self, ada: User) -> None:
        otto = a_user("otto")
        session = signed_in(otto)
        assert session.get("/account/").status_code == 200

        signed_in(ada).post(f"/people/{otto.pk}/access/")

        assert session.get("/account/").status_code == 302
        assert AuditEvent.objects.filter(action="deactivated").exists()

    def test_they_come_back_with_their_role(self, ada: User) -> None:
        otto = a_user("otto", Role.OPERATIONS)
        person_deactivate(person=otto, changed_by=ada)

        person_reactivate(person=otto, changed_by=ada)

        otto.refresh_from_db()
        assert (otto.is_active, otto.role) == (True, "operations")

    def test_nobody_deactivates_themselves(self, ada: User) -> None:
        an_administrator("second")
        signed_in(ada).post(f"/people/{ada.pk}/access/")

        ada.refresh_from_db()
        assert ada.is_active

    def test_an_e_mail_address_is_one_persons_whatever_its_case(self, ada: User) -> None:
        ada.email = "ada@buyer.test"
        ada.save()
        otto = a_user("otto", password=PASSWORD)

        answer = signed_in(otto).post(
            "/account/", {"email": "ADA@buyer.test", "password": PASSWORD}
        )

        assert "Another person has this e-mail address." in answer.content.decode()


class TestList:
    def test_it_shows_who_may_sign_in_as_what(self, ada: User, acme: Vendor) -> None:
        a_user("vera", Role.VENDOR, (acme,))
        a_user("gone").__class__.objects.filter(username="gone").update(is_active=False)

        shown = signed_in(ada).get("/people/").content.decode()
        every = signed_in(ada).get("/people/?active=all").content.decode()

        assert "Acme Analytics" in shown
        assert "gone" not in shown
        assert "Deactivated" in every

    def test_it_asks_the_database_as_often_for_thirty_people_as_for_three(
        self, ada: User, django_assert_max_num_queries
    ) -> None:
        vendors = [a_vendor(f"v{number}") for number in range(3)]
        client = signed_in(ada)
        for number in range(30):
            a_user(f"user{number}", Role.VENDOR, (vendors[number % 3],))

        with django_assert_max_num_queries(12):
            client.get("/people/")
