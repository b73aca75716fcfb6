"""Bodies that no address takes: each answered with a problem, never stored, never a 500."""

from typing import Any

import pytest

from contracts.models import Vendor
from tests.api.editing import NEW, errors_of, send
from tests.api.world import PROBLEM, Holding, Program

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"code": "nova", "code": "nova", "name": "N"}', "stated twice"),
        (b'{"code": NaN}', "NaN is not JSON"),
        (b'{"code": 1e309}', "beyond the numbers"),
        (b'{"code": ' + b"9" * 5_000 + b"}", "5000 digits"),
        (b'{"code": "nova", "name": "a\\u0000b"}', "holds a NUL"),
        (b'{"code": "nova", "name": "a\\ud800b"}', "surrogate"),
        (b'{"code": "nova", "name": "\xe9"}', "not UTF-8"),
        (b'{"code": "nova", "name": "N"', "not JSON"),
        (b"[" * 100_000, "nested more than"),
        (b"[]", "Expected a dictionary"),
        (b"null", "No data provided"),
        (b'"nova"', "Expected a dictionary"),
        (b"17", "Expected a dictionary"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "vendors"), ("PATCH", "vendors/acme")])
def test_a_body_without_one_meaning_is_refused(
    method: str, path: str, raw: bytes, said: str, acme: Holding, manager: Program
) -> None:
    errors = errors_of(send(manager, method, path, raw))
    assert set(errors) == {"#"}
    assert said in errors["#"]
    assert list(Vendor.objects.values_list("code", flat=True)) == ["acme"]


@pytest.mark.parametrize(
    ("kind", "member", "value"),
    [
        ("vendors", "name", 5),
        ("vendors", "name", None),
        ("vendors", "name", ""),
        ("vendors", "name", " "),
        ("vendors", "name", ["N"]),
        ("vendors", "name", {"en": "N"}),
        ("vendors", "name", "x" * 201),
        ("vendors", "code", "x" * 64),
        ("vendors", "code", "no space"),
        ("vendors", "code", "ünïcode"),
        ("vendors", "country", "IRL"),
        ("vendors", "country", "1E"),
        ("vendors", "country", None),
        ("vendors", "tier", "golden"),
        ("vendors", "tier", True),
        ("vendors", "tier", {}),
        ("vendors", "owner", "x" * 201),
        ("contracts", "first_day", 20260101),
        ("contracts", "first_day", "01/02/2026"),
        ("contracts", "first_day", "2026-01-01T00:00:00Z"),
        ("contracts", "first_day", "1026-01-01"),
        ("contracts", "first_day", "20260101"),
        ("contracts", "first_day", "2026-1-1"),
        ("contracts", "first_day", "2026-W01-1"),
        ("contracts", "last_day", "2025-12-31"),
        ("contracts", "notice_length", True),
        ("contracts", "notice_length", 2.5),
        ("contracts", "notice_length", "3"),
        ("contracts", "notice_length", -1),
        ("contracts", "renewal_limit", 10**30),
        ("contracts", "zone", "Mars/Olympus"),
        ("contracts", "currency", "EUro"),
        ("contracts", "currency", "ZZZ"),
        ("contracts", "vendor", 7),
        ("contracts", "vendor", None),
        ("contracts", "vendor", "%"),
        ("amendments", "number", 0),
        ("amendments", "number", 40_000),
        ("amendments", "effective_from", "2020-01-01"),
        ("contacts", "is_escalation", "yes"),
        ("contacts", "is_escalation", 1),
        ("contacts", "email", "nobody"),
        ("certifications", "expires_on", "2025-12-31"),
        ("certifications", "evidence", 10**17),
        ("certifications", "evidence", 10**19),
        ("certifications", "evidence", "1"),
        ("charges", "amount", "42000"),
        ("charges", "amount", 1.005),
        ("charges", "amount", 10**18),
        ("charges", "amount", None),
        ("charges", "amount", True),
        ("charges", "first_day", "2020-01-01"),
        ("charges", "last_day", "2026-01-31"),
        ("charges", "process", "nothing"),
    ],
)
def test_a_member_of_the_wrong_kind_is_told_by_its_place(
    kind: str, member: str, value: Any, acme: Holding, manager: Program
) -> None:
    answer = send(manager, "POST", kind, NEW[kind] | {member: value})
    assert set(errors_of(answer)) == {f"#/{member}"}


def test_money_is_kept_to_the_last_digit(acme: Holding, manager: Program) -> None:
    body = (
        b'{"contract": "acme-1", "first_day": "2026-02-01", "last_day": "2026-02-28",'
        b' "amount": 123456789012345.67}'
    )
    answer = send(manager, "POST", "charges", body)
    assert answer.json()["amount_minor"] == 12345678901234567


def test_a_body_over_the_cap_is_413(manager: Program, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    answer = send(manager, "POST", "vendors", b" " * 100_001)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == PROBLEM


def test_the_cap_is_five_megabytes(settings) -> None:
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 5 * 1024 * 1024


@pytest.mark.parametrize("kind", ["application/xml", "text/plain", "multipart/form-data", ""])
def test_another_media_type_is_415(kind: str, manager: Program) -> None:
    answer = manager.call("POST", "/api/v1/vendors", data=b"<vendor/>", content_type=kind)
    assert answer.status_code == 415, answer.content
    assert answer.headers["Content-Type"] == PROBLEM


def test_a_list_that_is_written_to_takes_no_filters(manager: Program) -> None:
    answer = send(manager, "POST", "vendors?vendor=acme", NEW["vendors"])
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == ("vendor", "unknown")


def test_an_archiving_reason_is_bounded(acme: Holding, manager: Program) -> None:
    answer = send(manager, "DELETE", f"vendors/acme?reason={'x' * 401}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "reason"
