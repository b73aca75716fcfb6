"""Paging that the server drives, and the requests that real clients send."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import odata
import pytest
import requests
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from contracts.models import Vendor
from metrics.bi.catalogue import COLLECTIONS
from tests.api.test_odata import ROOT, asked, error, rows, some_vendors
from tests.api.world import Holding, Program

pytestmark = pytest.mark.django_db


def followed(program: Program, path: str, **headers: str) -> Iterator[dict[str, Any]]:
    """Every page, by its links."""
    page = asked(program, path, **headers).json()
    for _ in range(100):
        yield page
        if "@odata.nextLink" not in page:
            return
        page = Program({**program.headers, **headers}).get(page["@odata.nextLink"]).json()
    raise AssertionError("paging does not end")


def names(pages: Iterator[dict[str, Any]]) -> list[str]:
    return [row["name"] for page in pages for row in page["value"]]


def test_twelve_thousand_rows_of_one_stamp_come_exactly_once(reader: Program) -> None:
    some_vendors(12_001)
    Vendor.objects.update(updated_at=Now())
    pages = list(followed(reader, "/dim_vendor?$select=name&$count=true"))
    assert [len(page["value"]) for page in pages] == [5_000, 5_000, 2_001]
    assert sorted(names(iter(pages))) == [f"V {number:05}" for number in range(12_001)]
    assert pages[0]["@odata.count"] == 12_001
    sorted_by_us = names(followed(reader, "/dim_vendor?$orderby=name desc&$select=name"))
    assert sorted_by_us == [f"V {number:05}" for number in reversed(range(12_001))]


@pytest.mark.parametrize("order", ["", "&$orderby=name desc", "&$orderby=updated_at,id"])
def test_top_and_skip_hold_over_all_pages(order: str, reader: Program) -> None:
    some_vendors(30)
    whole = names(followed(reader, f"/dim_vendor?$select=name{order}"))
    path = f"/dim_vendor?$select=name&$top=11&$skip=5&$filter=name ge 'V'{order}"
    pages = list(followed(reader, path, Prefer="odata.maxpagesize=4"))
    assert [len(page["value"]) for page in pages] == [4, 4, 3]
    assert names(iter(pages)) == whole[5:16]


def test_the_usual_order_asked_for_is_paged_by_keyset(reader: Program) -> None:
    some_vendors(4)
    by_us = asked(reader, "/dim_vendor?$orderby=updated_at", Prefer="odata.maxpagesize=2").json()
    usual = asked(reader, "/dim_vendor", Prefer="odata.maxpagesize=2").json()
    assert by_us["@odata.nextLink"].split("$skiptoken=")[1] == usual["@odata.nextLink"].split("$skiptoken=")[1]  # fmt: skip


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("odata.maxpagesize=2", "odata.maxpagesize=2"),
        ("maxpagesize=2", "odata.maxpagesize=2"),
        ("return=minimal, odata.maxpagesize=3", "odata.maxpagesize=3"),
        ("odata.maxpagesize=99999", "odata.maxpagesize=5000"),
        ("odata.maxpagesize=0", None),
        ("odata.maxpagesize=many", None),
        ("", None),
    ],
)
def test_the_page_size_a_client_prefers(prefer: str, applied: str | None, reader: Program) -> None:
    answer = asked(reader, "/dim_vendor", Prefer=prefer)
    assert answer.headers.get("Preference-Applied") == applied


def test_a_token_of_another_set_is_refused(acme: Holding, reader: Program) -> None:
    some_vendors(3)
    link = asked(reader, "/dim_vendor", Prefer="odata.maxpagesize=1").json()["@odata.nextLink"]
    answer = reader.get(link.replace("dim_vendor", "fact_result"))
    assert answer.status_code == 400
    assert error(answer)["details"][0]["target"] == "$skiptoken"
    sorted_too = reader.get(link + "&$orderby=name")
    assert "another order" in error(sorted_too)["message"]


def test_the_number_of_queries_does_not_depend_on_the_rows(acme: Holding, reader: Program) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as context:
            rows(reader, path)
        return len(context)

    paths = [f"/{one.name}?$count=true&$filter=id gt 0&$orderby=id desc" for one in COLLECTIONS]
    rows(reader, "/dim_vendor")  # notes that the key was used
    counts = [queries(path) for path in paths]
    some_vendors(200)
    assert [queries(path) for path in paths] == counts
    assert queries("/dim_vendor") == counts[0] - 1


POWER_QUERY = [
    ("/results?$top=1000", 2),
    ("/results?$select=id,vendor,value,updated_at", 2),
    (
        "/results?$filter=updated_at ge 2026-01-01T00:00:00Z and updated_at lt 2126-01-01T00:00:00Z",
        2,
    ),
    ("/results?$filter=first_day ge 2026-01-01 and first_day lt 2026-03-01&$count=true", 0),
    ("/results?$filter=vendor eq 'acme' and is_breach eq true&$select=id&$top=1001", 1),
    ("/results?$filter=(vendor eq 'acme' or vendor eq 'zeta') and value ne null", 2),
    ("/results?$filter=contains(tolower(kpi),'acme') and not (status eq 'MET')", 1),
    ("/results?$orderby=vendor desc,id&$skip=1&$top=1", 1),
    ("/fact_result?$filter=year(first_day) eq 2026 and is_current&$orderby=updated_at", 2),
    ("/dim_kpi?$filter=startswith(kpi,'zeta') and last_day eq null", 1),
]


@pytest.mark.parametrize(("path", "count"), POWER_QUERY)
def test_what_power_query_asks(
    path: str, count: int, acme: Holding, zeta: Holding, reader: Program
) -> None:
    assert len(rows(reader, path)) == count


def test_basic_opens_it_as_excel_and_power_bi_do(acme: Holding, reader: Program) -> None:
    secret = reader.headers["Authorization"].removeprefix("Bearer ")
    pair = b64encode(f"{secret[:12]}:{secret}".encode()).decode()
    assert len(rows(Program({"Authorization": f"Basic {pair}"}), "/results")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_client_package_reads_types_filters_and_pages(
    live_server: Any, acme: Holding, reader: Program
) -> None:
    """python-odata makes its classes from $metadata alone."""
    some_vendors(12_001)
    with requests.Session() as session:
        session.headers["Authorization"] = reader.headers["Authorization"]
        service = odata.ODataService(
            f"{live_server.url}{ROOT}/",
            session=session, reflect_entities=True, quiet_progress=True,
        )  # fmt: skip
        assert set(service.entities) == {one.name for one in COLLECTIONS}

        vendors = service.entities["dim_vendor"]
        query = service.query(vendors).filter(vendors.name.startswith("V "))
        assert query.count() == 12_001
        found = query.all()
        assert len({one.id for one in found}) == len(found) == 12_001

        results = service.entities["results"]
        since = acme.result.updated_at.replace(year=2020)
        (row,) = service.query(results).filter(results.updated_at >= since).all()
        assert (row.id, row.vendor, row.is_breach) == (acme.result.pk, "acme", True)
        assert row.updated_at.utcoffset().total_seconds() == 0
        wanted = service.query(results).filter(results.rows > 5).filter(results.kpi != "x")
        selected = wanted.order_by(results.id.desc()).select(results.id, results.value).limit(5)
        assert selected.all() == [{"id": acme.result.pk, "value": 89.5}]
        with pytest.raises(odata.ODataError, match="not supported"):
            service.query(results).apply("aggregate(value with sum as total)").all()
