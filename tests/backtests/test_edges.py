"""Late rows, provisional periods, periods cut anew, refusals, and that nothing is written."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models import User
from metrics.backtests.figures import NotBackTestableError
from metrics.evaluation.sweeping import sweep
from metrics.models import KpiPeriod
from metrics.portfolio import PortfolioError
from tests.api.world import a_program
from tests.backtests.proposing import as_today, ask, assert_nothing_changes, rows
from tests.credits.ledger import NOW, Promise, World
from tests.factories import a_user

pytestmark = pytest.mark.django_db
FIXED = "{rule: fixed_per_incident, amount: 100, count: failure}"
STRICTER = """
kpis:
  - code: accuracy
    service_levels: [{kind: critical, operator: ">=", expected: 97}]
"""
READING = ("SELECT", "WITH", "SAVEPOINT", "RELEASE", "SET", "BEGIN", "COMMIT", "PRAGMA")


def world(tmp_path: Path, *months: str, **more: object) -> World:
    return World(tmp_path, {"accuracy": Promise(months, "95", FIXED)}, **more).begin()  # type: ignore[arg-type]


def test_rows_that_came_after_a_figure_was_final_do_not_count(tmp_path: Path) -> None:
    it = world(tmp_path, "96", "90")
    it.deliver("accuracy", ["80", "90"], NOW + timedelta(days=1))
    sweep(as_of=NOW + timedelta(days=1))
    assert KpiPeriod.objects.filter(has_late_rows=True).count() == 1
    found = ask(as_today(it.contract), NOW + timedelta(days=1))
    assert_nothing_changes(found)


def test_provisional_periods_are_labelled_and_kept_out_of_the_sums(tmp_path: Path) -> None:
    it = World(tmp_path, {"accuracy": Promise(["96"], "95", FIXED)})
    it.state()
    it.deliver("accuracy", ["96"])
    it.follow()
    found = ask(STRICTER, NOW)
    row = rows(found)["accuracy", "2026-01"]
    assert not row.is_final
    assert row.then
    assert row.now
    assert (row.then.credit, row.now.credit) == (0, 10000)
    assert (found.totals[0].now, found.estimates[0].now) == (0, 10000)
    assert "1 period is provisional" in found.notes[0]


def test_months_become_quarters(tmp_path: Path) -> None:
    it = world(tmp_path, "96", "90", "96", "97", "98", "99")
    found = ask("kpis: [{code: accuracy, period: quarter}]", NOW)
    told = rows(found)
    quarter = told["accuracy", "2026-Q1"]
    assert quarter.then is None
    assert quarter.now is not None
    assert quarter.now.value == (96 + 90 + 96) / 3
    assert quarter.now.cause == "minimum"
    assert quarter.now.credit == 10000
    month = told["accuracy", "2026-02"]
    assert month.now is None
    assert month.then is not None
    assert (found.totals[0].then, found.totals[0].now) == (10000, 10000)
    assert it.contract.credit_terms.count() == 1


def test_a_quarter_that_is_not_over_is_left_out_with_its_months(tmp_path: Path) -> None:
    world(tmp_path, "96", "90", "96", "90", "96")
    found = ask("kpis: [{code: accuracy, period: quarter}]", NOW, until=date(2026, 4, 30))
    assert {label for _, label in rows(found)} == {"2026-01", "2026-02", "2026-03", "2026-Q1"}


def test_credit_terms_alone_change_only_credits(tmp_path: Path) -> None:
    world(tmp_path, "90", "90", "96")
    text = "contracts: [{reference: AC-1, credits: {period_cap: {amount: 30}}}]"
    found = ask(text, NOW)
    assert [row.now and row.now.credit for row in found.rows] == [3000, 3000, 0]
    assert found.totals[0].difference == -14000


def test_a_default_by_repetition_is_counted_anew(tmp_path: Path) -> None:
    world(tmp_path, "94", "94", "94")
    text = """
kpis:
  - code: accuracy
    service_levels:
      - {kind: critical, operator: ">=", expected: 95, minimum: 90, default: 3 consecutive}
"""
    found = ask(text, NOW)
    assert [row.now and row.now.cause for row in found.rows] == ["", "", "repetition"]
    assert [row.then and row.then.cause for row in found.rows] == ["minimum"] * 3


def test_the_days_before_the_range_stand(tmp_path: Path) -> None:
    world(tmp_path, "90", "90", "96")
    found = ask(STRICTER, NOW, since=date(2026, 3, 1))
    assert {label for _, label in rows(found)} == {"2026-03"}
    assert (found.totals[0].then, found.totals[0].now) == (0, 10000)


def test_nothing_is_written(tmp_path: Path) -> None:
    it = world(tmp_path, "96", "90")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ask(as_today(it.contract), NOW)
        ask("kpis: [{code: accuracy, period: quarter}]", NOW)
    said = [query["sql"].lstrip().split()[0].upper() for query in queries]
    assert said
    assert [verb for verb in said if verb not in READING] == []


def test_everything_that_is_wrong_is_told_together(tmp_path: Path) -> None:
    world(tmp_path, "96")
    text = """
vendors: []
kpis:
  - code: accuracy
    direction: lower
    relief: {treatment: forget}
    service_levels: [{kind: critical, operator: ">=", expectd: 97}]
  - code: acuracy
    period: month
contracts:
  - reference: AC-1
    currency: EUR
    credits: {at_risk: {percent: 10}, interest: 5}
"""
    with pytest.raises(PortfolioError) as refused:
        ask(text, NOW)
    told = str(refused.value)
    for part in (
        "'vendors' cannot be back-tested",
        "relief is forget",
        "'expectd' is not a known key here",
        "KPI 'acuracy' is unknown",
        "'interest' is not available yet",
    ):
        assert part in told
    assert {problem.line for problem in refused.value.problems} >= {2, 6, 7, 8}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kpis: [{code: accuracy, direction: lower, period: quarter}]", "direction 'lower' cannot"),
        ("kpis: [{code: accuracy, unit: percent}]", "the service level stays in points"),
        ("kpis: [{code: accuracy}]", "the file proposes nothing"),
        ("contracts: [{reference: AC-1, currency: EUR, credits: {}}]", "currency of AC-1 cannot"),
        ("kpis: [{period: month}]", "'code' is missing"),
        ("rules: []", "'rules' is not a section of a terms file"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    world(tmp_path, "96")
    with pytest.raises(PortfolioError, match=said):
        ask(text, NOW)


def test_too_many_figures_are_refused_with_the_limit(tmp_path: Path) -> None:
    world(tmp_path, "96", "97", "98")
    with pytest.raises(NotBackTestableError, match=r"at most 2 \(KPIs × periods\)"):
        ask(STRICTER, NOW, most=2)


def test_the_command_prints_tables_and_documents(tmp_path: Path) -> None:
    world(tmp_path, "96", "90")
    file = tmp_path / "terms.yaml"
    file.write_text(STRICTER, encoding="utf-8")
    for form, sign in (("table", "2 now"), ("csv", "credit_difference"), ("json", '"totals"')):
        out = StringIO()
        call_command("whatif", str(file), since="2026-01", until="2026-12", format=form, stdout=out)
        assert sign in out.getvalue()
    with pytest.raises(CommandError, match="before it begins"):
        call_command("whatif", str(file), since="2026-05", until="2026-01", stdout=StringIO())


def test_a_program_asks_over_http(tmp_path: Path) -> None:
    it = world(tmp_path, "96", "90")
    body = {
        "kpis": [
            {
                "code": "accuracy",
                "service_levels": [{"kind": "critical", "operator": ">=", "expected": 97}],
            }
        ]
    }
    path = "/api/v1/whatif?since=2026-01&until=2026-12"
    asked = {"path": path, "data": json.dumps(body), "content_type": "application/json"}
    answer = Client().post(**asked, headers=a_program("read").headers)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["totals"] == [
        {"currency": "USD", "then": "100.00", "now": "200.00", "difference": "100.00", "awaited": 0}
    ]
    vendor = a_program("read", vendor=it.contract.vendor)
    assert Client().post(**asked, headers=vendor.headers).status_code == 403  # type: ignore[arg-type]
    wrong = asked | {"data": json.dumps({"kpis": [{"code": "nobody"}]})}
    refused = Client().post(**wrong, headers=a_program("read").headers)  # type: ignore[arg-type]
    assert refused.status_code == 400
    assert "/kpis/0/code" in refused.json()["errors"][0]["pointer"]


def test_people_ask_on_the_page(tmp_path: Path, client: Client) -> None:
    it = world(tmp_path, "96", "90")
    client.force_login(a_user("ana", User.Role.ANALYST))
    address = "/contracts/AC-1/terms-back-test/"
    assert "code: accuracy" in client.get(address).content.decode()
    sent = {"since": "2026-01", "until": "2026-12", "terms": STRICTER}
    page = client.post(address, sent).content.decode()
    assert "Met → Missed, a failure more, more credit" in page
    assert "+100.00 USD" in page
    export = client.post(address, sent | {"export": "csv"})
    assert b"credit_difference" in b"".join(export)  # type: ignore[call-overload]
    bad = client.post(address, sent | {"terms": "kpis: [{code: accuracy, colour: red}]"})
    assert (bad.status_code, "colour" in bad.content.decode()) == (400, True)
    client.force_login(a_user("vera", User.Role.VENDOR, (it.contract.vendor,)))
    assert client.get(address).status_code == 404
