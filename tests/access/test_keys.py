"""Keys on the pages: made by administrators, shown once, revoked at once, told of in the trail."""

import logging
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.debug import ExceptionReporter
from rest_framework.request import Request

from contracts.api import authentication
from contracts.api.authentication import KeyAuthentication
from contracts.models import ApiKey, AuditEvent, User, Vendor
from contracts.selectors.apikeys import key_rows
from contracts.selectors.duties import duties_of_key
from contracts.services.acting import acting_as
from contracts.services.apikeys import KeyRefusedError, apikey_create, apikey_of, apikey_revoke
from kpotracker.toolkit import doorbell
from tests.access.conftest import signed_in
from tests.factories import a_feed, a_user

pytestmark = pytest.mark.django_db
FORM = {"name": "Power BI", "scopes": ["read", "manage"]}
VENDORS = "/api/v1/vendors"


def made_on_page(ada: User, **form: Any) -> tuple[str, str]:
    """The secret of a new key, and the page that shows it."""
    page = signed_in(ada).post("/new/key/", FORM | {"once": "a1"} | form).content.decode()
    return re.findall(r'id="key" value="([^"]+)"', page)[0], page


def form_number(client: Client) -> str:
    """What tells one form apart from the next."""
    page = client.get("/new/key/").content.decode()
    (field,) = re.findall(r'<input[^>]+name="once"[^>]*>', page)
    return re.findall(r'value="([^"]+)"', field)[0]


def opens(secret: str) -> int:
    return Client().get(VENDORS, headers={"X-Api-Key": secret}).status_code


class TestMaking:
    def test_the_secret_is_shown_once_and_opens(self, ada: User) -> None:
        secret, _ = made_on_page(ada)
        assert opens(secret) == 200
        listed = signed_in(ada).get("/people/keys/").content.decode()
        assert secret[:12] in listed
        assert secret[13:] not in listed

    def test_its_examples_work_as_they_are_copied(self, ada: User) -> None:
        secret, page = made_on_page(ada)
        assert f"Authorization: Bearer {secret}" in page
        assert f"X-Api-Key: {secret}" in page
        assert f"curl -u {secret[:12]}:{secret} http://localhost:8000/api/v1/vendors" in page
        assert (
            "no-store" in signed_in(ada).post("/new/key/", FORM | {"once": "a1"})["Cache-Control"]
        )

    @pytest.mark.parametrize(
        ("scope", "call"), [("ingest", "/feeds/CODE/deliveries"), ("manage", "-X PATCH")]
    )
    def test_the_example_is_one_the_key_may_do(self, ada: User, scope: str, call: str) -> None:
        assert call in made_on_page(ada, scopes=[scope])[1]

    def test_it_holds_what_was_chosen(self, ada: User, acme: Vendor) -> None:
        made_on_page(ada, vendor=acme.pk, expires_at="2099-12-31")
        key = ApiKey.objects.get()
        assert (key.name, key.scopes, key.vendor) == ("Power BI", ["manage", "read"], acme)
        assert key.expires_at == datetime(2100, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": ""}, "This field is required"),
            ({"scopes": []}, "This field is required"),
            ({"scopes": ["root"]}, "not one of the available choices"),
            ({"vendor": "987654"}, "not one of the available choices"),
            ({"expires_at": "2020-01-01"}, "This day is over"),
            ({"expires_at": "9999-12-31"}, "No calendar goes on"),
            ({"once": ""}, "Open this form anew"),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(
        self, ada: User, wrong: dict[str, Any], said: str
    ) -> None:
        answer = signed_in(ada).post("/new/key/", FORM | {"once": "a1"} | wrong)
        assert answer.status_code == 200
        assert said in answer.content.decode()
        assert not ApiKey.objects.exists()

    def test_a_page_that_is_loaded_again_makes_no_second_one(self, ada: User) -> None:
        client = signed_in(ada)
        form = FORM | {"once": form_number(client)}
        assert "not one of" in client.post("/new/key/", form | {"vendor": 9}).content.decode()
        assert 'id="key"' in client.post("/new/key/", form).content.decode()
        again = client.post("/new/key/", form, follow=True)
        assert again.redirect_chain == [("/people/keys/", 302)]
        assert "made already, and is not shown again" in again.content.decode()
        assert ApiKey.objects.count() == 1

    def test_another_form_makes_another_one(self, ada: User) -> None:
        client = signed_in(ada)
        numbers = {form_number(client), form_number(client)}
        for number in numbers:
            client.post("/new/key/", FORM | {"once": number})
        assert (len(numbers), ApiKey.objects.count()) == (2, 2)

    def test_a_name_is_shown_as_text(self, ada: User) -> None:
        _, page = made_on_page(ada, name="<img src=x onerror=alert(1)>")
        assert "<img src=x" not in page + signed_in(ada).get("/people/keys/").content.decode()


class TestRevoking:
    def test_it_acts_at_the_next_request(self, ada: User) -> None:
        secret, _ = made_on_page(ada)
        assert opens(secret) == 200
        number = ApiKey.objects.get().pk
        assert (
            "stops at once" in signed_in(ada).get(f"/people/keys/{number}/revoke/").content.decode()
        )
        assert opens(secret) == 200  # looking changes nothing
        answer = signed_in(ada).post(f"/people/keys/{number}/revoke/", follow=True)
        assert "is revoked" in answer.content.decode()
        assert opens(secret) == 401

    def test_a_second_time_keeps_the_time_of_the_first(self) -> None:
        key = apikey_create(name="BI", scopes=["read"]).key
        first = apikey_revoke(key=key, now=timezone.now()).revoked_at
        stale = ApiKey.objects.get()
        apikey_revoke(key=stale, now=timezone.now() + timedelta(days=1))
        assert ApiKey.objects.get().revoked_at == first
        assert AuditEvent.objects.filter(action="revoked").count() == 1


def test_a_key_ends_to_the_second() -> None:
    end = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    made = apikey_create(name="BI", scopes=["read"], expires_at=end)
    assert apikey_of(secret=made.secret, now=end - timedelta(seconds=1)) == made.key
    with pytest.raises(KeyRefusedError):
        apikey_of(secret=made.secret, now=end)


def test_the_list_says_how_each_key_stands() -> None:
    now = timezone.now()
    keys = [
        ApiKey(name="a", scopes=["read"], expires_at=end, revoked_at=gone)
        for end, gone in [
            (None, None),
            (now + timedelta(days=90), None),
            (now + timedelta(days=3), None),
            (now, None),
            (None, now),
        ]
    ]
    rows = key_rows(keys, now)
    assert [row.state for row in rows] == ["valid", "valid", "ending", "expired", "revoked"]
    assert [row.is_open for row in rows] == [True, True, True, False, False]


class TestWho:
    @pytest.mark.parametrize("role", [each for each in User.Role.values if each != "administrator"])
    def test_nobody_but_administrators_finds_them(self, role: str, acme: Vendor) -> None:
        vendors = (acme,) if role == "vendor" else ()
        client = signed_in(a_user("other", role, vendors))
        key = apikey_create(name="BI", scopes=["read"]).key
        for path in ("/people/keys/", "/new/key/", f"/people/keys/{key.pk}/revoke/"):
            assert client.get(path).status_code == 404
            assert client.post(path, FORM).status_code in (404, 405)
        assert ApiKey.objects.get().revoked_at is None
        assert "/people/keys/" not in client.get("/account/").content.decode()

    def test_the_people_and_account_pages_lead_there(self, ada: User) -> None:
        for path in ("/people/", "/account/"):
            assert 'href="/people/keys/"' in signed_in(ada).get(path).content.decode()

    def test_a_key_never_makes_another_one(self) -> None:
        secret = apikey_create(name="boss", scopes=["read", "ingest", "manage"]).secret
        answer = Client().post("/new/key/", FORM, headers={"X-Api-Key": secret})
        assert (answer.status_code, ApiKey.objects.count()) == (302, 1)
        assert "people" not in duties_of_key(ApiKey.Scope.values, is_internal=True)


class TestTrail:
    def test_it_tells_of_the_key_and_its_scopes_and_of_no_secret(
        self, ada: User, acme: Vendor
    ) -> None:
        secret, _ = made_on_page(ada, vendor=acme.pk)
        key = ApiKey.objects.get()
        signed_in(ada).post(f"/people/keys/{key.pk}/revoke/")
        revoked, created = AuditEvent.objects.filter(subject=f"contracts.apikey:{key.pk}")
        assert (created.action, created.actor, created.vendor_id) == ("created", ada, acme.pk)
        assert created.changes["scopes"][1] == "['manage', 'read']"
        assert key.prefix in created.label
        assert (revoked.action, list(revoked.changes)) == ("revoked", ["revoked_at"])
        told = str(list(AuditEvent.objects.values()))
        assert secret[13:] not in told
        assert key.hash not in told

    def test_use_leaves_no_trace_in_it(self) -> None:
        secret = apikey_create(name="BI", scopes=["read"]).secret
        before = AuditEvent.objects.count()
        assert opens(secret) == 200
        assert AuditEvent.objects.count() == before


class TestNoSecretAnywhere:
    def test_neither_in_logs_nor_in_task_arguments(
        self,
        acme: Vendor,
        settings: Any,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        sent: list[Any] = []
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        monkeypatch.setattr(doorbell, "_publish", lambda *args: sent.append(args))
        caplog.set_level(logging.DEBUG)
        a_feed(acme, "acme-desk")
        with acting_as("operator"):
            secret = apikey_create(name="job", scopes=["ingest"], vendor=acme).secret
        with django_capture_on_commit_callbacks(execute=True):
            answer = Client().post(
                "/api/v1/feeds/acme-desk/deliveries",
                b"number,closed,ok\n1,2026-04-02T10:00:00Z,yes\n",
                content_type="text/csv",
                headers={"X-Api-Key": secret},
            )
        assert answer.status_code == 202
        assert sent
        assert secret[13:] not in f"{sent} {caplog.text} {answer.content!r} {answer.headers}"

    @pytest.mark.parametrize(
        "where", ["contracts.services.apikeys.token_digest", "hmac.compare_digest"]
    )
    def test_not_on_an_error_page_that_lists_every_variable(
        self, where: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret = apikey_create(name="BI", scopes=["read"]).secret
        assert secret[13:] not in self.report(secret, where, monkeypatch)

    def test_without_the_marks_it_would_be_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        secret = apikey_create(name="BI", scopes=["read"]).secret
        for owner, name in ((authentication, "apikey_of"), (KeyAuthentication, "authenticate")):
            monkeypatch.setattr(owner, name, getattr(owner, name).__wrapped__)
        where = "contracts.services.apikeys.token_digest"
        assert secret[13:] in self.report(secret, where, monkeypatch)

    def report(self, secret: str, where: str, monkeypatch: pytest.MonkeyPatch) -> str:
        """The page that Django would send to administrators."""
        monkeypatch.setattr(where, lambda: None)  # breaks in the frame that calls it
        request = RequestFactory().get(VENDORS, headers={"Authorization": f"Bearer {secret}"})
        try:
            KeyAuthentication().authenticate(Request(request))
        except TypeError:
            kind, error, trace = sys.exc_info()
            assert trace is not None
            inside = trace.tb_next  # without this test's own variables
            return ExceptionReporter(request, kind, error, inside).get_traceback_html()
        raise AssertionError("nothing broke")
