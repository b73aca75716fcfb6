"""The hostile corpus of the API, a verdict for each line, the same on both databases."""

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from contracts.models import ApiKey, Vendor
from contracts.selectors.duties import Duty
from contracts.services.apikeys import apikey_create, apikey_revoke
from metrics.models import BreachCase, CaseTransition, Observation
from tests.api.pushing import push, remap, row
from tests.api.world import PROBLEM, Holding, Program, a_program

pytestmark = pytest.mark.django_db
JSON = "application/json"
DIGITS = "9" * 5_000


@pytest.fixture
def manager(acme: Holding) -> Program:
    return a_program("read", "manage")


def change(
    program: Program, body: bytes, kind: str = JSON, path: str = "/api/v1/vendors/acme"
) -> Any:
    return Client().patch(path, body, content_type=kind, headers=dict(program.headers))


BODIES: dict[str, tuple[bytes, int]] = {
    "NaN": (b'{"name": NaN}', 400),
    "a number beyond a double": (b'{"name": 1e309}', 400),
    "a name stated twice": (b'{"name": "Acme", "name": "Other"}', 400),
    "an integer of 5,000 digits": (b'{"name": ' + DIGITS.encode() + b"}", 400),
    "NUL": (b'{"name": "a\\u0000b"}', 400),
    "half of a surrogate pair": (b'{"name": "a\\ud800b"}', 400),
    "what is not UTF-8": (b'{"name": "\xff\xfe"}', 400),
    "an empty list": (b"[]", 400),
    "null": (b"null", 400),
    "a text alone": (b'"name"', 400),
    "a cut body": (b'{"name": "Ac', 400),
    "a name nobody knows": (b'{"colour": "red"}', 400),
    "true for a text": (b'{"name": true}', 400),
    "a list for a text": (b'{"name": ["Acme"]}', 400),
    "10,000 levels": (b'{"name": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400),
    "51 MB": (b'{"name": "' + b"x" * 51_000_000 + b'"}', 413),
    "6 MB": (b'{"name": "' + b"x" * 6_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_with(what: str, manager: Program) -> None:
    body, status = BODIES[what]
    before = list(Vendor.objects.values())
    answer = change(manager, body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert list(Vendor.objects.values()) == before
    assert len(answer.content) < 2_000


@pytest.mark.parametrize("kind", ["application/xml", "text/html", "application/x-yaml", "nonsense"])
def test_another_media_type_is_415(kind: str, manager: Program) -> None:
    answer = change(manager, b"<name>Acme</name>", kind)
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, PROBLEM)


def test_a_code_with_leading_zeros_is_kept(manager: Program) -> None:
    headers = dict(manager.headers)
    body = json.dumps({"code": "00123", "name": "12345678901234567890"})
    answer = Client().post("/api/v1/vendors", body, content_type=JSON, headers=headers)
    assert answer.status_code == 201, answer.content
    kept = Vendor.objects.get(code="00123")
    assert kept.name == "12345678901234567890"


@pytest.mark.parametrize(
    "query",
    [
        "ordering=hash",
        "order_by=-owner",
        "sort=name",
        "vendor__users__password__startswith=a",
        "users__password=x",
        "_connector=OR",
        "fields=hash",
        "expand=api_keys",
        "search=%25",
        "__proto__=1",
    ],
)
@pytest.mark.parametrize("listed", ["vendors", "results", "breaches", "contracts"])
def test_orders_and_lookups_are_those_that_are_declared(
    listed: str, query: str, reader: Program
) -> None:
    answer = reader.get(f"/api/v1/{listed}?{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert answer.json()["errors"][0]["code"] == "unknown"


NULS: dict[str, Callable[[Program], Any]] = {
    "path": lambda program: program.get("/api/v1/vendors/ac%00me"),
    "query": lambda program: program.get("/api/v1/vendors?vendor=ac%00me"),
    "name of a parameter": lambda program: program.get("/api/v1/vendors?ven%00dor=acme"),
    "cursor": lambda program: program.get("/api/v1/vendors?cursor=%00"),
    "key": lambda program: Program({"X-Api-Key": "kpo_\x00"}).get("/api/v1/vendors"),
    "body": lambda program: change(program, b"\x00"),
    "media type": lambda program: change(program, b"{}", "application/json\x00"),
}


@pytest.mark.parametrize("where", NULS)
def test_nul_is_4xx(where: str, manager: Program) -> None:
    assert 400 <= NULS[where](manager).status_code < 500


def test_a_billion_rows_are_the_most_there_are(reader: Program, acme: Holding) -> None:
    assert len(reader.get("/api/v1/vendors", limit=10**9).json()["results"]) == 1


def ended() -> dict[str, tuple[Program, int]]:
    revoked = apikey_create(name="revoked", scopes=["read"])
    apikey_revoke(key=revoked.key, now=timezone.now())
    expired = apikey_create(name="expired", scopes=["read"])
    ApiKey.objects.filter(pk=expired.key.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    return {
        "bad": (Program({"X-Api-Key": "kpo_00000000_" + "x" * 43}), 401),
        "revoked": (Program({"X-Api-Key": revoked.secret}), 401),
        "expired": (Program({"X-Api-Key": expired.secret}), 401),
        "ingest": (a_program("ingest"), 403),
        "manage": (a_program("manage"), 403),
    }


@pytest.mark.parametrize("which", ["bad", "revoked", "expired", "ingest", "manage"])
def test_a_key_that_is_not_good_enough_is_401_or_403(which: str, acme: Holding) -> None:
    program, status = ended()[which]
    answer = program.get("/api/v1/vendors/acme")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert b"acme" not in answer.content


class TestAnothersRecords:
    """What belongs to acme, asked for by a program of zeta."""

    @pytest.fixture
    def stranger(self, zeta: Holding) -> Program:
        return a_program("read", "ingest", "manage", vendor=zeta.vendor)

    @pytest.mark.parametrize(
        "place", ["vendors/{}", "contracts/{}-1", "kpis/{}-accuracy", "feeds/{}-desk"]
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_number_of_anothers_is_404(
        self, method: str, place: str, stranger: Program, acme: Holding
    ) -> None:
        foreign, missing = (
            stranger.call(method, f"/api/v1/{place.format(code)}") for code in ("acme", "nobody")
        )
        assert foreign.status_code == missing.status_code == 404
        assert (foreign.content, dict(foreign.headers)) == (missing.content, dict(missing.headers))

    def test_naming_another_in_a_change_is_400_in_the_words_for_a_missing_one(
        self, zeta: Holding, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No vendor's key may change terms; here one may, to see what its references find."""
        monkeypatch.setattr(
            "contracts.selectors.scope.duties_of_key", lambda scopes, is_internal: {Duty.TERMS}
        )
        bold = a_program("manage", vendor=zeta.vendor)
        said = []
        for code in ("acme-1", "acma-1"):
            body = json.dumps({"parent": code}).encode()
            answer = change(bold, body, path="/api/v1/contracts/zeta-1")
            assert answer.status_code == 400
            said.append(answer.content.decode().replace(code, "?"))
        assert said[0] == said[1]

    def test_options_say_nothing_of_what_is_behind(self, stranger: Program, acme: Holding) -> None:
        answer = stranger.call("OPTIONS", "/api/v1/vendors/acme")
        assert (answer.status_code, answer.content) == (204, b"")

    @pytest.mark.parametrize(
        "export", ["results.csv", "results.xlsx", "odata/results/$count", "portfolio"]
    )
    def test_exports_and_counts_are_cut_to_what_one_may_see(
        self, export: str, stranger: Program, acme: Holding
    ) -> None:
        answer = stranger.get(f"/api/v1/{export}")
        body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
        assert answer.status_code in (200, 403, 404)
        assert b"acme" not in body
        if export.endswith("$count"):
            assert body.decode("utf-8-sig") == "1"


class TestIdempotency:
    @pytest.fixture
    def sender(self, acme: Holding) -> Program:
        remap(acme)
        return a_program("ingest", vendor=acme.vendor)

    def test_the_same_request_again_is_replayed_and_works_once(self, sender: Program) -> None:
        first = push(sender, [row()], idempotency_key="k1")
        once = Observation.objects.count()
        again = push(sender, [row()], idempotency_key="k1")
        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert Observation.objects.count() == once

    def test_another_body_under_the_same_key_is_422(self, sender: Program) -> None:
        push(sender, [row()], idempotency_key="k1")
        answer = push(sender, [row("INC2")], idempotency_key="k1")
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, PROBLEM)


class TestCases:
    def test_a_vendor_sets_no_score_and_no_status(self, acme: Holding) -> None:
        vendor = a_program("read", "manage", vendor=acme.vendor)
        state = BreachCase.objects.get(pk=acme.case.pk).state
        path = f"/api/v1/breaches/{acme.case.pk}/transitions"
        for extra in ({"state": "resolved"}, {"status": "MET"}, {"score": 100}, {"value": "99"}):
            body = json.dumps({"to": "disputed", "reason": "Not ours.", **extra})
            answer = Client().post(path, body, content_type=JSON, headers=dict(vendor.headers))
            assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM), extra
        for path in (f"/api/v1/results/{acme.result.pk}", f"/api/v1/breaches/{acme.case.pk}"):
            assert change(vendor, b'{"status": "MET"}', path=path).status_code == 405
        assert BreachCase.objects.get(pk=acme.case.pk).state == state

    @pytest.mark.django_db(transaction=True)
    def test_two_disputes_at_once_are_one(self, acme: Holding) -> None:
        vendor = a_program("manage", vendor=acme.vendor)
        together, found = Barrier(2), []

        def dispute() -> None:
            body = json.dumps({"to": "disputed", "reason": "Not ours."})
            together.wait(10)
            path = f"/api/v1/breaches/{acme.case.pk}/transitions"
            answer = Client().post(path, body, content_type=JSON, headers=dict(vendor.headers))
            found.append(answer.status_code)
            connection.close()

        threads = [Thread(target=dispute) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(found) == [200, 409]
        disputes = CaseTransition.objects.filter(case=acme.case, to_state="disputed")
        assert disputes.count() == 1
