"""The box that tells how programs read what a page shows."""

import pytest
from django.test import Client

from contracts.models import User
from kpotracker.toolkit.tabular.snippets import snippets
from metrics.selectors.breaches import OPEN_STATES
from tests.api.world import Holding, a_holding, a_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Holding:
    return a_holding("acme")


@pytest.fixture
def client() -> Client:
    made = Client()
    made.force_login(User.objects.create_user("ann", role=User.Role.ANALYST))
    return made


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/vendors/acme/?period=2026-03", "results.parquet?vendor=acme&amp;period=2026-03"),
        ("/contracts/acme-1/?period=2026-03", "results.parquet?contract=acme-1&amp;period=2026-03"),
        ("/vendors/", "dim_vendor.parquet?archived=false&quot;"),
        ("/vendors/?archived=all", "dim_vendor.parquet&quot;"),
        ("/contracts/?vendor=acme", "dim_contract.parquet?vendor=acme&amp;archived=false&quot;"),
        ("/kpis/?family=outcome", "dim_kpi.parquet?family=outcome&amp;archived=false&quot;"),
        ("/kpis/acme-accuracy/", "series.parquet?kpi=acme-accuracy"),
        (
            "/breaches/?vendor=acme",
            f"fact_breach.parquet?vendor=acme&amp;state={','.join(OPEN_STATES)}&quot;",
        ),
        (
            "/breaches/?state=all&severity=major&period=2026-03",
            "fact_breach.parquet?severity=major&amp;period=2026-03&quot;",
        ),
        ("/breaches/?state=open", "fact_breach.parquet?state=open&quot;"),
    ],
)
def test_a_page_tells_where_programs_find_it(path, read, acme: Holding, client: Client) -> None:
    page = client.get(path).content.decode()
    assert "Use this data in…" in page
    assert read in page


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("/vendors/?q=acm", "q"),
        ("/kpis/?q=acc&measure=ratio", "q, measure"),
        ("/contracts/?q=acme", "q"),
        ("/breaches/", "snoozed"),
        ("/breaches/?snoozed=all&q=acme", "q"),
    ],
)
def test_a_filter_that_programs_do_not_have_is_named(
    path: str, missing: str, acme: Holding, client: Client
) -> None:
    page = client.get(path).content.decode()
    assert f"Not narrowed here: {missing}." in page
    assert "filtered as here" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/vendors/?period=2026-03",
        "/kpis/?family=nonsense",
        "/breaches/?snoozed=all&severity=major&group=kpi&page=1",
        "/vendors/acme/?status=BREACH",
    ],
)
def test_what_narrows_nothing_is_not_named(path: str, acme: Holding, client: Client) -> None:
    page = client.get(path).content.decode()
    box = page.partition("Use this data in…")[2].partition("</details>")[0]
    assert "filtered as here" in box
    assert "Not narrowed here" not in box
    assert "nonsense" not in box
    assert "status=BREACH" not in box


@pytest.mark.parametrize(
    ("asked", "found"),
    [("minor", []), ("major", ["acme"]), ("major,critical", ["acme", "bolt"])],
)
def test_breaches_are_narrowed_by_severity(asked: str, found: list[str], acme: Holding) -> None:
    for case, severity in ((acme.case, "major"), (a_holding("bolt").case, "critical")):
        case.severity = severity
        case.save()
    rows = a_program("read").get("/api/v1/fact_breach", severity=asked).json()["results"]
    assert sorted(row["vendor"] for row in rows) == found


def test_an_unknown_severity_is_refused(acme: Holding) -> None:
    answer = a_program("read").get("/api/v1/fact_breach", severity="awful")
    assert answer.status_code == 400
    assert "critical" in answer.content.decode()


def test_quotes_of_a_filter_stay_in_their_text() -> None:
    read = snippets("https://kpi.test", "results", {"kpi": 'a"b'})
    curl, power_query, pandas, duckdb, dlt = read
    assert '"https://kpi.test/api/v1/results.csv?kpi=a%22b"' in curl.code
    assert '-H "X-Api-Key: $KPO_KEY"' in curl.code
    assert '#"kpi" = "a""b"' in power_query.code
    assert "results.parquet?kpi=a%22b" in pandas.code
    assert "results.parquet?kpi=a%22b" in duckdb.code
    compile(dlt.code, "dlt", "exec")
    compile(pandas.code, "pandas", "exec")
    assert r'"kpi": "a\"b"' in dlt.code
    assert "'" not in dlt.code + pandas.code
