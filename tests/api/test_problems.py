"""Every error below /api/ is application/problem+json: no HTML, no 500 that anybody can cause."""

import json

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import exceptions

from kpotracker.toolkit.problems import (
    ApiProblemsMiddleware,
    InputError,
    InvalidInputError,
    RefusedError,
    exception_handler,
    problem_of,
)
from tests.api.world import METHODS, PROBLEM, Holding, Program, a_program, address, v1_routes

pytestmark = pytest.mark.django_db
NOWHERE = [
    "/api/",
    "/api/v2/vendors",
    "/api/v1/nothing/here.html",
    "/api/v1/vendors/a%00b",
    "/api/v1/vendors/%0a",
    "/api/v1/vendors/..%2f..%2fetc",
    "/api/v1/vendors/%ff%fe",
    "/api/v1/results/x",
    "/api/v1/results/-1",
    "/api/v1/results/" + "9" * 19,
    "/api/v1/vendors/" + "a" * 5000,
    "/api/v1/scorecards/kpis/acme",
]


def is_problem(answer: HttpResponse) -> bool:
    if answer.headers["Content-Type"] != PROBLEM or b"<html" in answer.content:
        return False
    if not answer.content:
        return True  # HEAD
    body = json.loads(answer.content)
    return bool(body["status"] == answer.status_code and body["title"] and body["detail"])


@pytest.mark.parametrize("route", [*v1_routes(), "../schema", "../docs"])
def test_every_route_answers_every_method_and_sender_well(route: str, acme: Holding) -> None:
    path = address(route, acme).replace("v1/../", "")
    for program in (Program({}), a_program("read"), a_program("ingest")):
        for method in METHODS:
            answer = program.call(method, path)
            assert answer.status_code < 500, method
            if answer.status_code >= 400:
                assert is_problem(answer), method
            if answer.status_code == 405:
                assert method not in answer.headers["Allow"]


@pytest.mark.parametrize("path", NOWHERE)
def test_addresses_that_lead_nowhere_are_404(path: str, acme: Holding, reader: Program) -> None:
    for method in METHODS:
        answer = reader.call(method, path)
        assert answer.status_code == 404, method
        assert is_problem(answer), method


def test_a_slash_at_the_end_changes_nothing(acme: Holding, reader: Program) -> None:
    plain, slashed = (reader.get(f"/api/v1/vendors/acme{end}") for end in ("", "/"))
    assert plain.content == slashed.content
    assert slashed.status_code == 200


def test_an_unforeseen_failure_is_a_problem_without_its_cause(
    reader: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(view: object) -> None:
        raise RuntimeError("SELECT * FROM secrets")

    monkeypatch.setattr("contracts.api.vendors.VendorList.get_queryset", broken)
    answer = reader.get("/api/v1/vendors")
    assert answer.status_code == 500
    assert is_problem(answer)
    assert b"secrets" not in answer.content
    assert "SELECT * FROM secrets" in caplog.text


def test_a_wrong_host_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Client(headers={"host": "evil.example"}).get("/api/v1/vendors")
    assert answer.status_code == 400
    assert is_problem(answer)
    unguarded = Client(headers={"host": "evil.example"}).get("/login/")
    assert unguarded.headers["Content-Type"].startswith("text/html")


def test_the_middleware_leaves_pages_and_problems_alone() -> None:
    def answered(path: str, status: int, media_type: str) -> HttpResponse:
        made = HttpResponse(b"made", status=status, content_type=media_type)
        return ApiProblemsMiddleware(lambda request: made)(RequestFactory().get(path))  # type: ignore[return-value]

    assert answered("/contracts/", 404, "text/html").content == b"made"
    assert answered("/api/docs", 200, "text/html").content == b"made"
    assert answered("/api/x", 404, PROBLEM).content == b"made"
    assert is_problem(answered("/api/x", 502, "text/html"))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404(), 404),
        (exceptions.NotFound("vendor 7 of acme"), 404),
        (PermissionDenied("secret reason"), 403),
        (SuspiciousOperation("session"), 400),
        (RequestDataTooBig("body"), 413),
        (exceptions.NotAcceptable(), 406),
        (exceptions.UnsupportedMediaType("a/b"), 415),
        (exceptions.ParseError(), 400),
        (RefusedError(409, "not now"), 409),
        (KeyError("x"), 500),
    ],
)
def test_each_exception_has_its_status(error: Exception, status: int) -> None:
    answer = exception_handler(error, {})
    assert answer.status_code == status
    assert is_problem(answer)  # type: ignore[arg-type]
    assert b"secret" not in answer.content  # type: ignore[attr-defined]
    assert b"acme" not in answer.content  # type: ignore[attr-defined]


def test_too_many_requests_say_when_to_return() -> None:
    answer = exception_handler(exceptions.Throttled(wait=29.2), {})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_all_field_errors_are_named_at_once_with_their_place() -> None:
    error = exceptions.ValidationError(
        {
            "name": ["Too long."],
            "levels": [{}, {"a/b": ["No number."]}],
            "non_field_errors": ["No."],
        }
    )
    found = {(one.pointer, one.detail) for one in problem_of(error).errors}
    assert found == {("#/name", "Too long."), ("#/levels/1/a~1b", "No number."), ("#", "No.")}


def test_one_error_is_the_detail_and_several_are_counted() -> None:
    one = InputError("limit is wrong", parameter="limit")
    assert problem_of(InvalidInputError([one])).detail == "limit is wrong"
    assert problem_of(InvalidInputError([one, one])).detail.startswith("2 things are wrong")


def test_all_wrong_parameters_are_named_at_once(reader: Program) -> None:
    answer = reader.get("/api/v1/results", limit="many", vendr="acme", status="MEET", cursor="x")
    assert answer.status_code == 400
    said = {one["parameter"]: one["detail"] for one in answer.json()["errors"]}
    assert said == {
        "limit": "'many' is not a number of rows: write 1 to 5000",
        "vendr": "'vendr' is not a parameter here: did you mean 'vendor'?",
        "status": "'MEET' is unknown: did you mean 'MET'?",
        "cursor": "'x' is not a cursor: take next_cursor of the page before",
    }


HOSTILE = [
    "\x00",
    "a\x00b",
    "%00",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "9" * 5000,
    "-1",
    "1e309",
    "NaN",
    "٣",
    "2026-02-30",
    "0000-01-01",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+12:00",
    "2026-03-01T00:00:00",
    "2026-W99",
    "",
    "a" * 5000,
    ",",
    "a," * 200,
    "..",
    "bn4yMDI2",
]
NAMES = [
    "vendor", "contract", "kpi", "family", "status", "phase", "period", "from", "to", "is_breach",
    "updated_since", "updated_before", "limit", "cursor", "kpi__code", "order_by", "format",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_hostile_values_are_4xx_or_find_nothing(name: str, acme: Holding, reader: Program) -> None:
    for value in HOSTILE:
        answer = reader.get("/api/v1/results", **{name: value})
        assert answer.status_code in {200, 400}, (name, value)
        assert is_problem(answer) if answer.status_code == 400 else answer.json()
    assert reader.get("/api/v1/results", **{name: "\x00"}).status_code == 400


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), value=st.text(max_size=40))
def test_no_text_at_all_breaks_a_parameter(name: str, value: str, reader: Program) -> None:
    try:
        answer = reader.get("/api/v1/results", **{name: value})
    except UnicodeEncodeError:
        return  # a lone surrogate cannot be sent at all
    assert answer.status_code in {200, 400}


def test_a_parameter_stated_twice_is_refused(reader: Program) -> None:
    answer = reader.get("/api/v1/results?limit=1&limit=2")
    assert answer.json()["errors"][0]["detail"] == "limit is stated 2 times: state it once"


def test_details_take_no_parameters(acme: Holding, reader: Program) -> None:
    answer = reader.get("/api/v1/vendors/acme", fields="name")
    assert answer.json()["detail"] == "'fields' is not a parameter here: none is known here"


def test_what_cannot_be_answered_in_json_is_406(reader: Program) -> None:
    headers = {**reader.headers, "Accept": "text/html"}
    answer = Program(headers).get("/api/v1/vendors")
    assert answer.status_code == 406
    assert is_problem(answer)
