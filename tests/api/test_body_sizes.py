"""What a body may cost: one in chunks is no empty one, and no answer grows with its mistakes."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from contracts.models import Vendor
from kpotracker.toolkit.jsonbody import MOST_VALUES
from kpotracker.toolkit.problems import MOST_ERRORS
from metrics.feeds import batch_rows
from tests.api.editing import errors_of, send
from tests.api.pushing import EVENTS, pushed
from tests.api.pushing import push as push_rows
from tests.api.world import PROBLEM, Holding, Program

pytestmark = pytest.mark.django_db
JSON, YAML = "application/json", "application/yaml"


def in_chunks(program: Program, method: str, path: str, kind: str = JSON) -> Any:
    """A request as gunicorn hands it on when its body comes in chunks: nothing tells its length."""
    return Client(raise_request_exception=False).generic(
        method,
        f"/api/v1/{path}",
        b'{"name": "Nova"}',
        content_type=kind,
        headers={**program.headers, "Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
    )


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("PATCH", "vendors/acme", JSON),
        ("POST", "vendors", JSON),
        ("POST", "portfolio/plan", YAML),
        ("POST", "portfolio/apply", YAML),
    ],
)
def test_a_body_in_chunks_is_refused_rather_than_passed_over(
    method: str, path: str, kind: str, acme: Holding, manager: Program
) -> None:
    answer = in_chunks(manager, method, path, kind)
    assert (answer.status_code, answer.headers["Content-Type"]) == (411, PROBLEM)
    assert Vendor.objects.get().name == acme.vendor.name


def test_who_may_not_write_is_told_that_first(acme: Holding, reader: Program) -> None:
    assert in_chunks(reader, "PATCH", "vendors/acme").status_code == 403


@pytest.mark.parametrize("path", ["portfolio/plan", "portfolio/apply"])
@pytest.mark.parametrize("kind", [YAML, JSON])
def test_an_empty_portfolio_file_is_400(path: str, kind: str, manager: Program) -> None:
    answer = Client(raise_request_exception=False).post(
        f"/api/v1/{path}",
        b"",
        content_type=kind,
        headers=dict(manager.headers),
        CONTENT_LENGTH="0",
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)


@pytest.mark.parametrize("path", ["vendors/acme", "contacts"])
def test_a_body_holds_so_many_values_and_no_more(
    path: str, acme: Holding, manager: Program
) -> None:
    members = b",".join(b'"m%d":1' % number for number in range(MOST_VALUES))
    method = "POST" if path == "contacts" else "PATCH"
    errors = errors_of(send(manager, method, path, b"{" + members + b"}"))
    assert errors == {"#": f"It holds more than {MOST_VALUES} values: send it in parts."}


def test_of_very_many_mistakes_the_first_are_listed(acme: Holding, manager: Program) -> None:
    answer = send(manager, "PATCH", "vendors/acme", {f"m{n}": 1 for n in range(MOST_ERRORS + 1)})
    told = answer.json()
    assert (answer.status_code, len(told["errors"])) == (400, MOST_ERRORS)
    assert told["detail"].startswith(f"{MOST_ERRORS + 1} things are wrong")
    assert told["detail"].endswith(f"lists the first {MOST_ERRORS}.")


def test_events_without_attributes_are_told_of_up_to_the_limit(
    acme: Holding, deliverer: Program
) -> None:
    answer = push_rows(deliverer, [{}] * MOST_ERRORS, EVENTS)
    assert (answer.status_code, len(answer.json()["errors"])) == (400, MOST_ERRORS)


def test_members_around_the_rows_are_bounded_and_those_of_a_row_are_not(
    acme: Holding, deliverer: Program
) -> None:
    many = {f"m{number}": 1 for number in range(batch_rows.MOST_MEMBERS + 1)}
    errors = errors_of(push_rows(deliverer, many))
    assert errors == {"#": f"It has more than {batch_rows.MOST_MEMBERS} members."}
    row = {"number": "INC1", "closed": "2026-04-02T10:00:00Z", "ok": "yes"}
    assert push_rows(deliverer, [row | many]).status_code in (200, 207)
    assert pushed().count() <= 1


def test_a_body_that_was_cut_is_refused_though_what_arrived_is_json(
    acme: Holding, manager: Program
) -> None:
    raw = b'{"name": "Cut"}'
    answer = Client().generic(
        "PATCH",
        "/api/v1/vendors/acme",
        raw,
        content_type="application/json",
        headers=dict(manager.headers),
        **{"CONTENT_LENGTH": str(len(raw) + 40), "wsgi.input": BytesIO(raw)},
    )
    assert answer.status_code == 400
    assert f"ended after {len(raw)} of" in answer.json()["detail"]
