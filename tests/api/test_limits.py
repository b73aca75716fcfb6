"""Caps of a request: its size, its time in the database, its rows, and who may call from where."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as conf
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import Client
from rest_framework.response import Response

from contracts.api.base import ApiMixin
from contracts.api.vendors import VendorList
from kpotracker import environment
from metrics.api.feeds import DeliveryUpload
from tests.api.world import PROBLEM, Holding, Program
from tests.services import ROOT, answers, free_port

VENDORS = "/api/v1/vendors"
ORIGIN = "https://bi.company.test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """gunicorn as the image starts it, on a database of its own."""
    where, port = tmp_path_factory.mktemp("server"), free_port()
    variables = os.environ | {"DATA_DIR": str(where), "DATABASE_URL": "", "REDIS_URL": ""}
    manage = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(manage, cwd=ROOT, env=variables, check=True)
    command = [str(Path(sys.executable).with_name("gunicorn")), "kpotracker.wsgi:application"]
    child = subprocess.Popen(
        [*command, f"--bind=127.0.0.1:{port}", "--threads=2", "--no-control-socket"],
        cwd=ROOT, env=variables, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while not answers("127.0.0.1", port) and time.monotonic() < until:
            time.sleep(0.1)
        yield port
    finally:
        child.terminate()
        child.wait(10)


class TestSizes:
    @pytest.mark.django_db
    def test_a_page_of_a_billion_rows_is_a_page_of_the_most(self, reader: Program) -> None:
        assert reader.get(VENDORS, limit=10**9).status_code == 200
        assert reader.get(VENDORS, limit="9" * 5000).status_code == 200

    @pytest.mark.django_db
    def test_more_parameters_than_anybody_needs_are_refused(self, reader: Program) -> None:
        answer = reader.get(VENDORS + "?" + "&".join(f"a{n}=1" for n in range(3000)))
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)

    def test_a_header_that_is_too_long_never_reaches_the_application(self, server: int) -> None:
        assert asked(server, {}) == 401
        assert asked(server, {"X-Api-Key": "x" * 9_000}) == 431
        assert asked(server, {f"X-{n}": "1" for n in range(200)}) == 431
        assert asked(server, {}, path=VENDORS + "?vendor=" + "x" * 5_000) == 414


def asked(port: int, headers: dict[str, str], path: str = VENDORS) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as caller:
        caller.request("GET", path, headers=headers)
        with caller.getresponse() as answer:
            return answer.status


def sleeping(seconds: float) -> Any:
    """A view's answer that waits in the database."""

    def get(self: Any, request: Any, *args: Any, **kwargs: Any) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
        return Response({})

    return get


@pytest.mark.django_db(transaction=True)
class TestDeadline:
    @pytest.fixture(autouse=True)
    def _postgresql(self) -> None:
        if connection.vendor != "postgresql":
            pytest.skip("SQLite has no statement_timeout")

    def test_a_statement_that_runs_too_long_is_503_with_the_way_out(
        self, reader: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(VendorList, "get", sleeping(10))
        settings.API_STATEMENT_TIMEOUT = 1
        started = time.monotonic()
        answer = reader.get(VENDORS)
        assert time.monotonic() - started < 5
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, PROBLEM)
        assert int(answer.headers["Retry-After"]) > 0
        assert "took too long" in answer.json()["detail"]
        assert statement_timeout() == "0"

    def test_without_the_limit_it_would_have_run_on(
        self, reader: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(VendorList, "get", sleeping(1.2))
        settings.API_STATEMENT_TIMEOUT = 0
        assert reader.get(VENDORS).status_code == 200

    def test_exports_are_given_their_time(
        self, reader: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(VendorList, "get", sleeping(1.2))
        monkeypatch.setattr(VendorList, "pace", "export")
        settings.API_STATEMENT_TIMEOUT = 1
        assert reader.get(VENDORS).status_code == 200

    def test_a_page_after_it_has_no_limit(self, reader: Program, acme: Holding) -> None:
        assert reader.get(VENDORS).status_code == 200
        assert statement_timeout() == "0"


def statement_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_deliveries_have_no_statement_timeout_and_reads_have_one() -> None:
    assert DeliveryUpload()._longest_statement("POST") == 0
    assert ApiMixin()._longest_statement("GET") == conf.API_STATEMENT_TIMEOUT > 0


class TestSettings:
    @pytest.mark.parametrize(
        ("text", "rate"),
        [
            ("", (600, 60)),
            ("10/s", (10, 1)),
            ("5/min", (5, 60)),
            ("9/hour", (9, 3600)),
            ("0", None),
        ],
    )
    def test_a_rate_is_so_many_in_a_second_minute_or_hour(self, text: str, rate: Any) -> None:
        assert environment.rate({"API_RATE_READ": text}, "API_RATE_READ", "600/min") == rate

    @pytest.mark.parametrize("text", ["600", "600/day", "-1/min", "0/min", "x/min", "1.5/s", "٣/s"])
    def test_anything_else_ends_the_process_with_a_sentence(self, text: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="write 600/min"):
            environment.rate({"API_RATE_READ": text}, "API_RATE_READ", "600/min")

    def test_an_origin_is_one_as_browsers_write_it(self) -> None:
        stated = {"CORS": f"{ORIGIN}, http://localhost:5173"}
        assert environment.origins(stated, "CORS") == [ORIGIN, "http://localhost:5173"]

    @pytest.mark.parametrize(
        "text",
        ["*", "null", "bi.company.test", f"{ORIGIN}/", "https://*.company.test", "https://B"],
    )
    def test_no_wildcard_and_no_path_is_an_origin(self, text: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="is not an origin"):
            environment.origins({"CORS": text}, "CORS")


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_503(reader: Program, monkeypatch: Any) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(VendorList, "get_queryset", away)
    answer = reader.get(VENDORS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, PROBLEM)
    assert int(answer.headers["Retry-After"]) > 0
    assert "connection is lost" not in answer.content.decode()


@pytest.mark.django_db
class TestOtherOrigins:
    def call(self, program: Program, method: str = "GET", origin: str = ORIGIN, **more: str) -> Any:
        headers = {**program.headers, "Origin": origin, **more}
        return Client().generic(method, VENDORS, headers=headers)

    def allowed(self, answer: Any) -> list[str]:
        return [name for name in answer.headers if name.startswith("Access-Control")]

    def test_by_itself_no_answer_says_anything_of_them(self, reader: Program) -> None:
        for method in ("GET", "OPTIONS", "POST"):
            answer = self.call(reader, method, **{"Access-Control-Request-Method": "GET"})
            assert self.allowed(answer) == []

    def test_a_named_origin_may_read_with_a_key(self, reader: Program, settings: Any) -> None:
        settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
        answer = self.call(reader)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]

    def test_it_reads_errors_too(self, settings: Any) -> None:
        settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
        answer = self.call(Program({}))
        assert (answer.status_code, self.allowed(answer) != []) == (401, True)

    def test_its_preflight_needs_no_key_and_allows_reading_alone(self, settings: Any) -> None:
        settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
        ask = "Access-Control-Request-Method"
        answer = self.call(Program({}), "OPTIONS", **{ask: "GET"})
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert "X-Api-Key" in answer.headers["Access-Control-Allow-Headers"]
        for method in ("POST", "PATCH", "DELETE"):
            assert self.allowed(self.call(Program({}), "OPTIONS", **{ask: method})) == []

    @pytest.mark.parametrize(
        "origin", ["https://evil.test", f"{ORIGIN}.evil.test", "null", "http://bi.company.test"]
    )
    def test_any_other_origin_is_told_nothing(
        self, reader: Program, settings: Any, origin: str
    ) -> None:
        settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
        assert self.allowed(self.call(reader, origin=origin)) == []

    def test_pages_are_never_opened(self, settings: Any) -> None:
        settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
        assert self.allowed(Client().get("/login/", headers={"Origin": ORIGIN})) == []
