"""Limits: counted exactly under parallel requests and by many processes, told in every answer."""

import logging
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client
from redis import Redis

from contracts.services.apikeys import apikey_create, apikey_revoke
from kpotracker.toolkit import throttling
from kpotracker.toolkit.throttling import LocalWindows, RedisWindows
from tests.api.world import PROBLEM, Holding, Program, a_program
from tests.factories import a_user
from tests.services import ROOT, free_port

VENDORS = "/api/v1/vendors"
PROCESS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from kpotracker.toolkit.throttling import LocalWindows, RedisWindows

windows = RedisWindows(sys.argv[1]) if sys.argv[1] else LocalWindows()
with ThreadPoolExecutor(8) as pool:
    found = list(pool.map(lambda _: windows.count("many", 60)[0], range(50)))
print(sum(used <= 70 for used in found))
"""


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _no_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "_local", LocalWindows())
    throttling._shared.cache_clear()


@pytest.fixture
def three(settings: Any) -> None:
    """Three of everything in a minute, counted in this process."""
    settings.REDIS_URL = ""
    for name in ("READ", "WRITE", "EXPORT", "FAILED"):
        setattr(settings, f"API_RATE_{name}", (3, 60))


def statuses(program: Program, path: str = VENDORS, times: int = 4, method: str = "GET") -> list:
    return [program.call(method, path).status_code for _ in range(times)]


class TestCounting:
    def test_a_window_begins_with_the_first_request_and_ends_to_the_second(self) -> None:
        clock = Clock()
        windows = LocalWindows(clock)
        assert [windows.count("a", 60) for _ in range(2)] == [(1, 60), (2, 60)]
        clock.now += 59.5
        assert windows.count("a", 60) == (3, 0.5)
        clock.now += 0.5
        assert windows.count("a", 60) == (1, 60)

    def test_windows_that_are_over_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(throttling, "_MOST_WINDOWS", 10)
        clock = Clock()
        windows = LocalWindows(clock)
        for number in range(100):
            clock.now += 1
            windows.count(f"a{number}", 5)
        assert len(windows._windows) <= 10

    def test_windows_that_still_run_are_bounded_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(throttling, "_MOST_WINDOWS", 10)
        windows = LocalWindows(Clock())
        for number in range(100):
            windows.count(f"a{number}", 60)
        assert len(windows._windows) == 10
        assert windows.count("a99", 60)[0] == 2

    def test_many_threads_are_counted_exactly(self) -> None:
        windows = LocalWindows()
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda _: windows.count("many", 60)[0], range(2000)))
        assert sorted(found) == list(range(1, 2001))

    def test_many_processes_share_one_count_in_redis(self, redis_url: str) -> None:
        Redis.from_url(redis_url).flushdb()
        assert let_through(redis_url) == 70

    def test_without_redis_each_process_counts_for_itself(self) -> None:
        """The negative control: the same crowd, and more than the limit gets through."""
        assert let_through("") == 150

    def test_a_window_in_redis_ends_and_leaves_nothing_behind(self, redis_url: str) -> None:
        with Redis.from_url(redis_url) as client:
            client.flushdb()
            windows = RedisWindows(redis_url)
            assert windows.count("brief", 1) is not None
            assert 0 < client.pttl("brief") <= 1000
            time.sleep(1.1)
            assert windows.count("brief", 1)[0] == 1  # type: ignore[index]


def let_through(url: str) -> int:
    """How many of 3 processes × 50 requests at once find themselves within 70."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    return sum(int(child.communicate(timeout=60)[0]) for child in children)


class TestRedisAway:
    def test_nobody_is_refused_and_the_log_says_so_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        windows = RedisWindows(f"redis://127.0.0.1:{free_port()}/0")
        assert [windows.count("a", 60) for _ in range(50)] == [None] * 50
        assert [one.message.partition(":")[0] for one in caplog.records] == [
            "Requests are not limited while Redis is away"
        ]

    def test_a_hung_redis_holds_up_one_request_for_a_moment(
        self, redis_server: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(throttling, "SILENCE_S", 0.2)
        caplog.set_level(logging.WARNING)
        windows = RedisWindows(redis_server.url)
        assert windows.count("hung", 60) is not None
        redis_server.signal(signal.SIGSTOP)
        started = time.monotonic()
        try:
            assert [windows.count("hung", 60) for _ in range(20)] == [None] * 20
            assert time.monotonic() - started < 1.5
        finally:
            redis_server.signal(signal.SIGCONT)
        time.sleep(0.3)
        assert windows.count("hung", 60) is not None
        assert caplog.messages[-1] == "Requests are limited again."

    @pytest.mark.django_db
    def test_the_api_answers_without_limits(self, three: None, settings: Any) -> None:
        settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
        program = a_program("read")
        assert statuses(program, times=6) == [200] * 6
        assert "RateLimit" not in program.get(VENDORS).headers


@pytest.mark.django_db
@pytest.mark.usefixtures("three")
class TestApi:
    def test_the_fourth_of_three_is_429_with_the_way_out(self) -> None:
        program = a_program("read")
        assert statuses(program) == [200, 200, 200, 429]
        answer = program.get(VENDORS)
        assert answer.headers["Content-Type"] == PROBLEM
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.headers["RateLimit-Policy"] == '"read";q=3;w=60'
        assert answer.headers["RateLimit"].startswith('"read";r=0;t=')
        assert "3 in 60 seconds are taken" in answer.json()["detail"]

    def test_redis_counts_where_there_is_one(self, settings: Any, redis_url: str) -> None:
        Redis.from_url(redis_url).flushdb()
        settings.REDIS_URL = redis_url
        assert statuses(a_program("read")) == [200, 200, 200, 429]

    def test_a_window_that_ended_lets_through_again(self, monkeypatch: Any) -> None:
        clock = Clock()
        monkeypatch.setattr(throttling, "_local", LocalWindows(clock))
        program = a_program("read")
        assert statuses(program) == [200, 200, 200, 429]
        clock.now += 60
        assert program.get(VENDORS).status_code == 200

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", VENDORS, 200),
            ("HEAD", VENDORS, 200),
            ("OPTIONS", VENDORS, 204),
            ("GET", f"{VENDORS}?limit=0", 400),
            ("GET", "/api/v1/deliveries/1/quarantined-rows", 404),
            ("DELETE", VENDORS, 405),
            ("GET", "/api/v1/nowhere", 404),
            ("GET", "/api/schema", 200),
        ],
    )
    def test_every_answer_states_the_limit(self, method: str, path: str, status: int) -> None:
        answer = a_program("read").call(method, path)
        assert answer.status_code == status
        name = "write" if method == "DELETE" else "read"
        assert answer.headers["RateLimit"] == f'"{name}";r=2;t=60'

    def test_each_key_and_each_person_has_a_limit_of_its_own(self) -> None:
        first, second = a_program("read"), a_program("read")
        assert statuses(first)[-1] == 429
        assert second.get(VENDORS).headers["RateLimit"] == '"read";r=2;t=60'
        client = Client()
        client.force_login(a_user("ann"))
        answers = [client.get(VENDORS).status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]

    def test_changes_are_counted_apart_from_reads(self, acme: Holding) -> None:
        program = a_program("read", "ingest")
        path = f"/api/v1/feeds/{acme.feed.code}/deliveries"
        assert statuses(program, path, method="POST")[-1] == 429
        assert program.get(VENDORS).status_code == 200

    def test_a_large_answer_has_a_limit_of_its_own(self, monkeypatch: Any) -> None:
        monkeypatch.setattr("contracts.api.vendors.VendorList.pace", "export")
        answer = a_program("read").get(VENDORS)
        assert answer.headers["RateLimit-Policy"] == '"export";q=3;w=60'

    def test_rejects_as_a_file_count_as_exports(self, acme: Holding) -> None:
        where = f"/api/v1/deliveries/{acme.delivery.pk}/rejects.csv"
        answer = a_program("read").get(where)
        assert answer.headers["RateLimit-Policy"] == '"export";q=3;w=60'

    def test_bad_keys_are_counted_by_address_and_shut_out_no_good_one(self) -> None:
        good, bad = a_program("read"), Program({"X-Api-Key": "kpo_nobody00_x"})
        spoofed = Program({**bad.headers, "X-Forwarded-For": "198.51.100.7"})
        assert statuses(bad, times=3) == [401, 401, 401]
        answer = spoofed.get(VENDORS)
        assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (
            429,
            '"failed";q=3;w=60',
        )
        assert good.get(VENDORS).status_code == 200

    def test_a_revoked_key_counts_as_a_bad_one(self) -> None:
        made = apikey_create(name="gone", scopes=["read"])
        apikey_revoke(key=made.key, now=made.key.created_at)
        assert statuses(Program({"X-Api-Key": made.secret})) == [401, 401, 401, 429]

    def test_whoever_sends_no_key_is_counted_by_address(self) -> None:
        assert statuses(Program({})) == [401, 401, 401, 429]
        assert Client().get("/api/schema").status_code == 429
        assert a_program("read").get(VENDORS).status_code == 200

    def test_zero_is_no_limit(self, settings: Any) -> None:
        settings.API_RATE_READ = None
        program = a_program("read")
        assert statuses(program, times=10) == [200] * 10
        assert "RateLimit" not in program.get(VENDORS).headers
