"""Guessing passwords: it ends after a few, however many come at once and wherever from."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import sleep

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from contracts.models import AuditEvent, User
from contracts.pages import signin
from contracts.services.lockout import address_of, locked_names, locked_until, person_unlock
from tests.access.conftest import PASSWORD
from tests.factories import a_user

pytestmark = pytest.mark.django_db
PARALLEL = 50
LOCKED, WRONG, IN = 429, 200, 302


@pytest.fixture
def vera(db: None) -> User:
    return a_user("vera", password=PASSWORD)


def attempt(name: str = "vera", password: str = "wrong", **extra: str) -> int:
    form = {"username": name, "password": password}
    return Client().post("/login/", form, **extra).status_code


def wrong(times: int, name: str = "vera", **extra: str) -> list[int]:
    return [attempt(name, **extra) for _ in range(times)]


class TestName:
    def test_the_fifth_wrong_password_locks_the_right_one_out_too(self, vera: User) -> None:
        assert wrong(5) == [WRONG, WRONG, WRONG, WRONG, LOCKED]
        assert attempt(password=PASSWORD) == LOCKED

    def test_four_wrong_ones_do_not(self, vera: User) -> None:
        wrong(4)

        assert attempt(password=PASSWORD) == IN

    def test_signing_in_forgets_the_wrong_ones(self, vera: User) -> None:
        for _ in range(3):
            wrong(4)
            assert attempt(password=PASSWORD) == IN

    def test_a_name_nobody_has_locks_alike(self, db: None) -> None:
        assert wrong(5, "nobody") == [WRONG, WRONG, WRONG, WRONG, LOCKED]

    def test_a_name_longer_than_any_is_refused_and_counts_nowhere(self, db: None) -> None:
        """PostgreSQL keeps 255 characters of it and would answer 500 to more."""
        assert attempt("x" * 300) == WRONG
        assert not AccessAttempt.objects.exists()

        attempt("x" * 150)
        assert AccessAttempt.objects.count() == 1

    def test_others_sign_in_meanwhile(self, vera: User) -> None:
        a_user("otto", password=PASSWORD)
        wrong(6)

        assert attempt("otto", PASSWORD) == IN

    def test_it_is_locked_from_every_address(self, vera: User) -> None:
        addresses = [f"203.0.113.{number}" for number in range(6)]

        assert [attempt(REMOTE_ADDR=each) for each in addresses][-2:] == [LOCKED, LOCKED]

    def test_it_opens_again_after_a_quarter_of_an_hour(self, vera: User) -> None:
        wrong(5)
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))

        assert attempt(password=PASSWORD) == IN

    def test_trying_while_it_is_locked_does_not_prolong_it(self, vera: User) -> None:
        wrong(5)
        ends_at = locked_until("vera", "127.0.0.1", timezone.now())
        wrong(3)

        assert locked_until("vera", "127.0.0.1", timezone.now()) == ends_at

    @pytest.mark.parametrize("asked", ["/login/", "//evil.example/", "https://evil.example/"])
    def test_whoever_is_in_already_goes_home_instead_of_round_or_away(
        self, vera: User, asked: str
    ) -> None:
        client = Client()
        client.force_login(vera)

        assert client.get("/login/", {"next": asked})["Location"] == "/"

    def test_the_admin_has_no_second_door(self, vera: User) -> None:
        answer = Client().post("/admin/login/", {"username": "vera", "password": PASSWORD})

        assert answer["Location"].startswith("/login/")


class TestAddress:
    def test_thirty_failures_at_any_names_lock_the_address(self, vera: User) -> None:
        said = [attempt(f"name{number}") for number in range(30)]

        assert (said[:29], said[29]) == ([WRONG] * 29, LOCKED)
        assert attempt(password=PASSWORD) == LOCKED
        assert attempt(password=PASSWORD, REMOTE_ADDR="203.0.113.7") == IN

    def test_an_account_of_ones_own_does_not_buy_more_guesses(self, vera: User) -> None:
        a_user("mallory", password=PASSWORD)
        for _ in range(2):
            wrong(4)
            attempt("mallory", PASSWORD)

        assert attempt(password=PASSWORD) == LOCKED


class TestForwardedFor:
    def test_a_spoofed_one_changes_nothing(self, vera: User) -> None:
        said = [attempt(HTTP_X_FORWARDED_FOR=f"203.0.113.{each}") for each in range(6)]

        assert said[-2:] == [LOCKED, LOCKED]
        assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"127.0.0.1"}

    @pytest.mark.parametrize("spoofed", ["", "198.51.100.1", "198.51.100.1, 198.51.100.2"])
    def test_behind_a_proxy_only_what_that_proxy_wrote_counts(self, settings, spoofed: str) -> None:
        settings.BEHIND_PROXY = True
        header = ", ".join(filter(None, [spoofed, "203.0.113.9"]))
        request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=header, REMOTE_ADDR="10.0.0.1")

        assert address_of(request) == "203.0.113.9"

    @pytest.mark.parametrize(
        ("written", "address"),
        [
            ("203.0.113.9:52114", "203.0.113.9"),
            ("[2001:db8::1]:52114", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("unknown", "10.0.0.1"),
        ],
    )
    def test_behind_a_proxy_a_port_is_no_part_of_the_address(
        self, settings, written: str, address: str
    ) -> None:
        settings.BEHIND_PROXY = True
        request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=written, REMOTE_ADDR="10.0.0.1")

        assert address_of(request) == address

    def test_without_a_proxy_it_is_never_read(self) -> None:
        request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="198.51.100.1")

        assert address_of(request) == "127.0.0.1"

    def test_a_proxy_that_wrote_nothing_is_the_address_itself(self, settings) -> None:
        settings.BEHIND_PROXY = True

        assert address_of(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"


class TestPage:
    def test_it_says_when_the_lock_ends(self, vera: User) -> None:
        wrong(5)
        answer = Client().post("/login/", {"username": "vera", "password": "wrong"})

        ends_at = locked_until("vera", "127.0.0.1", timezone.now())
        assert ends_at is not None
        assert f"{ends_at:%H:%M:%S} UTC" in answer.content.decode()
        assert 0 < int(answer["Retry-After"]) <= 900

    def test_an_administrator_unlocks_and_it_is_told_of(self, vera: User) -> None:
        wrong(5)
        assert locked_names(["vera", "otto"], timezone.now()) == {"vera"}

        person_unlock(person=vera)

        assert locked_names(["vera"], timezone.now()) == set()
        assert attempt(password=PASSWORD) == IN
        assert AuditEvent.objects.get(action="unlocked").subject == f"contracts.user:{vera.pk}"


def guesses_that_were_checked(monkeypatch) -> list[str]:
    """Passwords that were really compared while 50 guesses arrived together."""
    a_user("vera", password=PASSWORD)
    checked: list[str] = []
    original = User.check_password

    def noted(self: User, raw: str) -> bool:
        checked.append(raw)
        sleep(0.02)  # about what a real hash takes: time in which others come by
        return original(self, raw)

    monkeypatch.setattr(User, "check_password", noted)
    ready = Barrier(PARALLEL)

    def guess(number: int) -> int:
        try:
            ready.wait()
            return attempt(password=f"guess {number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(PARALLEL) as pool:
        said = list(pool.map(guess, range(PARALLEL)))
    assert set(said) <= {WRONG, LOCKED}
    return checked


@pytest.mark.django_db(transaction=True)
class TestParallel:
    def test_of_fifty_guesses_at_once_only_five_are_looked_at(self, monkeypatch) -> None:
        assert len(guesses_that_were_checked(monkeypatch)) == 5
        assert attempt(password=PASSWORD) == LOCKED

    def test_without_taking_turns_more_would_be(self, monkeypatch) -> None:
        from contextlib import nullcontext

        monkeypatch.setattr(signin, "one_guess_at_a_time", lambda *_: nullcontext())

        assert len(guesses_that_were_checked(monkeypatch)) > 5
