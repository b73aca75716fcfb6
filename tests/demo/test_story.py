"""The whole demonstration, played once: what it shows is what docs/examples.md says.

Every figure is worked out a second time from the delivered files (tests/demo/figures.py).
"""

import json
import re
import stat
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from contracts.models import User
from contracts.services.apikeys import apikey_of
from metrics.demo.people import PEOPLE
from metrics.demo.story import TODAY
from metrics.models import (
    BreachCase,
    Delivery,
    Ingestion,
    KpiPeriod,
    Observation,
    QuarantinedRow,
    ResultRevision,
)
from metrics.selectors.wording import judged_word
from tests.demo.figures import every_figure
from tests.demo.portfolio import level_in_force, section, verdict
from tests.services import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]

_LINE = re.compile(r"^\| ([a-z-]+) \| (\d{4}-[0-9Q-]+) \| ([A-Z][a-z ]+) \|$", re.MULTILINE)
DOCUMENTED = _LINE.findall((ROOT / "docs" / "examples.md").read_text(encoding="utf-8"))
NEVER_SEEN_IN_TIME = {
    ("stratus-" + kpi, "2026-06") for kpi in ("availability", "restore", "outages")
}
TOO_FEW = {
    ("bluefin-on-time", "2025-Q3"),
    ("kestrel-adoption", "2025-12-21"),
    ("ashdown-agreement", "2026-Q3"),
    # October alone, of a quarter that still runs
    ("ashdown-agreement", "2026-Q4"),
}


@pytest.fixture(scope="module")
def story(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Any]]:
    """What `manage.py demo` printed; the database holds the story until the module is over."""
    with django_db_blocker.unblock():
        yield json.loads(_demo())
        call_command("flush", interactive=False, verbosity=0)


def _demo(form: str = "json") -> str:
    out = StringIO()
    call_command("demo", no_serve=True, format=form, stdout=out)
    return out.getvalue()


def _head(kpi: str, label: str) -> KpiPeriod:
    return KpiPeriod.objects.select_related("current", "kpi").get(kpi__code=kpi, label=label)


def _value(head: KpiPeriod) -> Fraction | None:
    assert head.current is not None
    return Fraction(head.current.value) if head.current.value else None


def test_docs_name_a_figure_for_every_kind_of_trouble() -> None:
    assert len(DOCUMENTED) > 45
    words = {word for _, _, word in DOCUMENTED}
    assert words == {
        "Met",
        "Expected missed",
        "Minimum missed",
        "Missed",
        "No data",
        "No activity",
        "Too few items",
    }


@pytest.mark.parametrize(("kpi", "label", "word"), DOCUMENTED)
def test_a_documented_month_has_its_status_and_its_exact_figure(
    kpi: str, label: str, word: str
) -> None:
    head = _head(kpi, label)
    assert head.current is not None
    assert judged_word(head.status, head.current.level).text == word
    if word.startswith("No "):
        assert _value(head) is None
    else:
        assert _value(head) == every_figure()[kpi, label]


def test_every_figure_is_the_one_worked_out_from_the_files() -> None:
    shown = {(head.kpi.code, head.label): _value(head) for head in _measured()}
    wanted = {key: value for key, value in every_figure().items() if key not in NEVER_SEEN_IN_TIME}
    assert {key: shown.get(key) for key in wanted} == wanted
    assert set(shown) == set(wanted) | _running_counts()


def _measured() -> list[KpiPeriod]:
    heads = KpiPeriod.objects.select_related("current", "kpi").exclude(current__value="")
    return list(heads)


def _running_counts() -> set[tuple[str, str]]:
    """Figures of running periods that no file of the story speaks of."""
    running = KpiPeriod.objects.filter(phase="running").exclude(current__value="")
    return {
        (head.kpi.code, head.label)
        for head in running.select_related("kpi")
        if (head.kpi.code, head.label) not in every_figure()
    }


def test_every_verdict_is_the_plain_reading_of_its_level() -> None:
    wrong = [
        (head.kpi.code, head.label, head.status)
        for head in _measured()
        if (head.kpi.code, head.label) not in TOO_FEW
        and head.status
        != verdict(_value(head) or Fraction(), level_in_force(head.kpi.code, head.first_day))
    ]
    assert wrong == []
    assert {
        (head.kpi.code, head.label)
        for head in KpiPeriod.objects.filter(status="INSUFFICIENT_VOLUME").select_related("kpi")
    } == TOO_FEW


def test_the_corrected_july_has_two_revisions_and_its_case_is_withdrawn() -> None:
    head = _head("halcyon-accuracy", "2026-07")
    told = list(head.revisions.exclude(status="NO_DATA").values_list("status", flat=True))
    assert told == ["BELOW_MINIMUM", "BELOW_EXPECTED"]
    assert BreachCase.objects.get(period=head).state == BreachCase.State.WITHDRAWN


def test_the_misrouted_tickets_cost_the_billing_team_its_august_until_they_moved() -> None:
    head = _head("cormorant-billing-sla", "2026-08")
    told = list(head.revisions.exclude(status="NO_DATA").values_list("status", flat=True))
    assert told == ["BELOW_MINIMUM", "MET"]
    technical = _head("cormorant-technical-sla", "2026-08")
    before, after = technical.revisions.exclude(status="NO_DATA").order_by("number")
    assert after.rows == before.rows + 16


def test_the_late_june_log_is_kept_and_flagged() -> None:
    head = _head("stratus-availability", "2026-06")
    assert (head.phase, head.has_late_rows) == (KpiPeriod.Phase.FINAL, True)
    assert not _head("stratus-availability", "2026-07").has_late_rows


def test_seven_batches_of_july_are_in_quarantine_each_for_its_own_reason() -> None:
    ingestion = Ingestion.objects.get(filename="saffron-batches-2026-07.csv.gz")
    rows = QuarantinedRow.objects.filter(ingestion=ingestion).order_by("line")
    assert list(rows.values_list("column", flat=True))[:6] == [
        "finished",
        "finished",
        "errors",
        "records",
        "site",
        "hours",
    ]
    assert list(rows.values_list("line", flat=True)) == [5, 13, 19, 26, 42, 60, 92]
    assert all(row.message and row.hint for row in rows)
    counts = (ingestion.read, ingestion.accepted, ingestion.quarantined, ingestion.conflicting)
    assert counts == (151, 143, 7, 1)


def test_everything_else_is_clean_but_for_the_hour_that_never_was() -> None:
    by_file = Counter(QuarantinedRow.objects.values_list("ingestion__filename", flat=True))
    assert by_file == {"saffron-batches-2026-07.csv.gz": 7, "cormorant-tickets-history.ndjson": 1}
    october = Ingestion.objects.get(filename="cormorant-tickets-2026-10.ndjson")
    assert october.ambiguous == 5


def test_a_wait_through_the_short_night_is_twenty_minutes() -> None:
    (row,) = Observation.objects.filter(
        kpi_id=_head("cormorant-first-reply", "2026-03").kpi_id, ref__contains="CT-N2026-03-001"
    )
    assert row.a is not None
    assert row.b is not None
    assert row.b - row.a == 20 * 60 * 1_000_000


def test_bedding_in_has_no_consequence_and_later_misses_have() -> None:
    assert not _head("kestrel-cycle-time", "2024-12-21").is_breach
    assert _head("kestrel-cycle-time", "2026-07-21").is_breach


def test_breaches_and_scorecards_are_printed(story: dict[str, Any]) -> None:
    printed = {(row["kpi"], row["period"]) for row in story["breaches"]}
    missed = {
        (kpi, label)
        for kpi, label, status in DOCUMENTED
        if status == "BELOW_MINIMUM" and kpi not in {"kestrel-cycle-time", "invoice-coding-errors"}
    }
    assert missed - printed == set()
    assert [card["subject"] for card in story["scorecards"]] == ["halcyon", "saffron", "stratus"]


def test_people_see_every_vendor_three_scorecards_the_cases_and_the_logins() -> None:
    printed = _demo("table")
    assert [vendor["name"] for vendor in section("vendors") if vendor["name"] not in printed] == []
    assert "Halcyon Forecasting GmbH (halcyon), September 2026" in printed
    assert "82.29 %" in printed
    assert "halcyon-lead-time" in printed
    assert [person.username for person in PEOPLE if f"\n{person.username} " not in printed] == []


def test_there_is_a_user_for_every_role_and_the_vendor_user_has_one_vendor() -> None:
    users = User.objects.filter(username__in=[person.username for person in PEOPLE])
    assert {user.role for user in users} == set(User.Role.values)
    halcyon = User.objects.get(username="halcyon")
    assert [vendor.code for vendor in halcyon.vendors.all()] == ["halcyon"]


def test_logins_are_kept_for_their_owner_alone_and_work() -> None:
    path = Path(settings.DATA_DIR) / "demo" / "logins.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = dict(line.split()[:2] for line in path.read_text(encoding="utf-8").splitlines())
    assert User.objects.get(username="analyst").check_password(kept["analyst"])
    assert apikey_of(secret=kept["API-key"], now=TODAY).name == "demonstration"


def test_a_second_run_does_nothing_again(story: dict[str, Any]) -> None:
    before = (Delivery.objects.count(), ResultRevision.objects.count())
    logins = (Path(settings.DATA_DIR) / "demo" / "logins.txt").read_text(encoding="utf-8")
    assert json.loads(_demo()) == story
    assert (Delivery.objects.count(), ResultRevision.objects.count()) == before
    assert (Path(settings.DATA_DIR) / "demo" / "logins.txt").read_text(encoding="utf-8") == logins


def test_all_kpis_of_the_portfolio_are_measured() -> None:
    measured = {head.kpi.code for head in _measured()}
    assert measured == {kpi["code"] for kpi in section("kpis")}
