"""How lists are narrowed, and that they take as many queries for many rows as for few."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.models import Kpi
from tests import factories
from tests.api.world import MARCH, Holding, Program, found

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("vendors", {"vendor": "zeta"}, ["zeta"]),
        ("vendors", {"vendor": "acme,zeta"}, ["acme", "zeta"]),
        ("vendors", {"tier": "standard"}, ["acme", "zeta"]),
        ("vendors", {"tier": "strategic"}, []),
        ("vendors", {"archived": "true"}, []),
        ("contracts", {"vendor": "zeta"}, ["zeta-1"]),
        ("contracts", {"contract": "acme-1"}, ["acme-1"]),
        ("contracts", {"kind": "order"}, []),
        ("kpis", {"contract": "zeta-1"}, ["zeta-accuracy"]),
        ("kpis", {"family": "outcome,compliance"}, ["acme-accuracy", "zeta-accuracy"]),
        ("kpis", {"direction": "lower"}, []),
        ("feeds", {"vendor": "zeta", "kind": "data"}, ["zeta-desk"]),
        ("feeds", {"kind": "manual"}, []),
    ],
)
def test_lists_are_narrowed(
    path: str,
    query: dict[str, str],
    expected: list[str],
    acme: Holding,
    zeta: Holding,
    reader: Program,
) -> None:
    rows = found(reader, path, **query)
    assert [row.get("code", row.get("reference")) for row in rows] == expected


@pytest.mark.parametrize("path", ["results", "breaches"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"vendor": "zeta"}, ["zeta"]),
        ({"contract": "acme-1,zeta-1"}, ["acme", "zeta"]),
        ({"kpi": "acme-accuracy"}, ["acme"]),
        ({"family": "throughput"}, []),
        ({"status": "BELOW_MINIMUM"}, ["acme", "zeta"]),
        ({"status": "MET,NO_DATA"}, []),
        ({"period": "2026-03"}, ["acme", "zeta"]),
        ({"period": "2026-Q1"}, ["acme", "zeta"]),
        ({"period": "2026-04"}, []),
        ({"from": "2026-03-31"}, ["acme", "zeta"]),
        ({"from": "2026-04-01"}, []),
        ({"to": "2026-03-30"}, []),
        ({"from": "2026-03-31T00:00:00Z", "to": "1774915200000"}, ["acme", "zeta"]),
        ({"vendor": "acme", "kpi": "zeta-accuracy"}, []),
    ],
)
def test_results_and_breaches_are_narrowed_by_the_same_words(
    path: str,
    query: dict[str, str],
    expected: list[str],
    acme: Holding,
    zeta: Holding,
    reader: Program,
) -> None:
    assert [row["vendor"] for row in found(reader, path, **query)] == expected


def test_results_are_narrowed_by_breach_and_phase(acme: Holding, reader: Program) -> None:
    good = factories.a_figure(acme.kpi, date(2026, 4, 1), "96", "MET")
    assert [row["id"] for row in found(reader, "results", is_breach="false")] == [good.pk]
    assert [row["id"] for row in found(reader, "results", phase="running")] == []


@pytest.mark.parametrize("path", ["vendors", "contracts", "kpis", "results", "breaches", "feeds"])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    path: str, acme: Holding, reader: Program
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert reader.get(f"/api/v1/{path}").status_code == 200
        return len(captured)

    queries()  # the first request also notes the use of the key
    before = queries()
    contract = acme.kpi.contract
    assert contract is not None
    for position in range(5):
        factories.an_amendment(contract, position + 10)
        other = factories.a_contract(acme.vendor, f"more-{position}", parent=contract)
        kpi = factories.a_kpi(other, f"more-{position}", family=Kpi.Family.COMPLIANCE)
        factories.a_case(factories.a_figure(kpi, MARCH, "1", "BELOW_MINIMUM"))
        acme.feed.feed_kpis.create(kpi=kpi)
        factories.a_feed(factories.a_vendor(f"more-{position}"), f"more-{position}")
    assert queries() == before
