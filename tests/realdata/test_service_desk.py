"""An outsourced service desk's log: KPIs of the desk, of priorities and of every team, one file."""

import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from metrics.models import ResultRevision
from tests.realdata.running import (
    apply,
    figure,
    figures,
    ingest,
    parts,
    pooled,
    portfolio,
    value,
    verify,
)

pytestmark = pytest.mark.django_db
RECEIVED = "--received-at=2017-03-01T09:00:00Z"
MOVED = "INC0000057"
TEAM_KPIS = {
    "sla": {"family": "outcome", "direction": "higher", "measure": "ratio", "unit": "percent"},
    "hours": {"family": "outcome", "direction": "lower", "measure": "mean", "unit": "hours"},
    "closed": {"family": "throughput", "direction": "higher", "measure": "count", "unit": "items"},
}


def code_of(team: str) -> str:
    return team.lower().replace(" ", "-")


def with_teams(content: dict[str, Any], teams: list[str]) -> dict[str, Any]:
    """The portfolio with three KPIs for every team, all from the one feed."""
    content["feeds"][0]["codes"]["groups"] = {team: code_of(team) for team in teams}
    content["kpis"] += [
        {
            "code": f"{code_of(team)}-{ending}",
            "name": f"{team}: {ending}",
            "contract": "DESK-1",
            "time": "finished",
            "period": "month",
            **terms,
        }
        for team in teams
        for ending, terms in TEAM_KPIS.items()
    ]
    return content


@pytest.fixture(scope="module")
def log(data: Path) -> Path:
    return data / "uci_incident/incident_event_log.csv.gz"


@pytest.fixture(scope="module")
def events(log: Path) -> list[dict[str, str]]:
    """Every event of the log, read with the csv module alone."""
    with gzip.open(log, "rt") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def incidents(events: list[dict[str, str]]) -> list[dict[str, str]]:
    """The last event of each incident."""
    found: dict[str, dict[str, str]] = {}
    for row in events:
        known = found.setdefault(row["number"], row)
        if int(row["sys_mod_count"]) > int(known["sys_mod_count"]):
            found[row["number"]] = row
    return list(found.values())


@pytest.fixture(scope="module")
def teams(events: list[dict[str, str]]) -> list[str]:
    """Every team that ever held an incident."""
    return sorted({row["assignment_group"] for row in events} - {"?"})


@pytest.fixture(scope="module")
def months(data: Path) -> dict[str, dict[str, str]]:
    """The independently computed figures by closing month."""
    with (data / "uci_incident/truth_closed_month.csv").open() as text:
        return {row["closed_month"]: row for row in csv.DictReader(text)}


@pytest.fixture(scope="module", autouse=True)
def counts(
    log: Path, teams: list[str], loading: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What became of the rows of the whole log."""
    apply(with_teams(portfolio("desk.yaml"), teams), tmp_path_factory.mktemp("portfolio"))
    return ingest("service-desk", log, RECEIVED)


def test_each_incident_is_accepted_once_and_its_later_events_correct_it(counts):
    # Two incidents have a revision in the log with two contents: they name two teams.
    ends = ("accepted", "corrected", "stale", "duplicate", "conflicting", "filtered", "quarantined")

    assert counts["read"] == 141_712 == sum(counts[name] for name in ends)
    assert (counts["accepted"], counts["conflicting"], counts["quarantined"]) == (24_918, 2, 0)


def test_an_incident_counts_once_with_its_newest_event():
    """Not 9,215 missed, which counts events, nor 9,154 of 24,985, which counts closing events."""
    made, closed = parts(figure("whole-sla"))

    assert (closed - made, closed) == (9_115, 24_918)


@pytest.mark.parametrize(
    ("kpi", "incidents", "missed"),
    [("p1-sla", 270, 265), ("p2-sla", 408, 406), ("p3-sla", 23_466, 8_321), ("p4-sla", 774, 123)],
)
def test_each_priority_has_its_share(kpi, incidents, missed):
    made, closed = parts(figure(kpi))

    assert (closed, closed - made) == (incidents, missed)


def test_each_closing_month_has_its_incidents_and_its_missed_ones(months):
    found = {label: parts(revision) for label, revision in figures("desk-sla").items()}

    assert {month: (closed, closed - made) for month, (made, closed) in found.items()} == {
        month: (int(row["incidents"]), int(row["breached"])) for month, row in months.items()
    }
    for month, revision in figures("desk-sla").items():
        assert value(revision) == pytest.approx(float(months[month]["made_sla_pct"]), rel=1e-12)


@pytest.mark.parametrize(
    ("kpi", "column"),
    [("desk-resolve-mean", "mean_resolve_h"), ("desk-resolve-median", "median_resolve_h")],
)
def test_each_closing_month_has_its_time_to_resolve(kpi, column, months):
    found = {month: value(revision) for month, revision in figures(kpi).items()}

    truth = {month: float(row[column]) for month, row in months.items()}
    assert found == pytest.approx(truth, rel=1e-12)


def test_the_median_of_an_even_number_lies_between_the_middle_two():
    """The log counts whole minutes, so half a minute is the median of no incident's own time."""
    september = figures("desk-resolve-median")["2016-09"]

    assert september.rows == 60
    assert value(september) * 60 == pytest.approx(200_149.5, rel=1e-12)


@pytest.mark.parametrize(
    ("kpi", "incidents", "hours"),
    [
        ("whole-resolve-mean", 23_362, 178.17158),
        ("whole-resolve-median", 23_362, 22.1),
        ("whole-close-mean", 24_918, 315.32863),
        ("whole-close-median", 24_918, 145.86667),
    ],
)
def test_the_whole_log_has_its_times(kpi, incidents, hours):
    found = figure(kpi)

    assert found.rows == incidents
    assert value(found) == pytest.approx(hours, abs=5e-6)


def test_months_pool_into_the_whole_log():
    assert pooled("desk-sla") == parts(figure("whole-sla"))


def test_one_team_has_its_incidents_and_its_missed_ones():
    made, closed = pooled("group-70-sla")

    assert (closed, closed - made) == (9_444, 1_526)


def test_every_team_has_the_incidents_it_held_last(incidents, teams):
    """8 of the teams gave all of theirs away, and 2,157 incidents ended with nobody."""
    held = Counter(row["assignment_group"] for row in incidents)
    made = Counter(row["assignment_group"] for row in incidents if row["made_sla"] == "true")
    resolved = Counter(row["assignment_group"] for row in incidents if row["resolved_at"] != "?")

    assert held["?"] == 2_157
    assert {team: pooled(f"{code_of(team)}-sla") for team in teams} == {
        team: (made[team], held[team]) for team in teams
    }
    for ending, expected in (("closed", held), ("hours", resolved)):
        found = {team: _rows(f"{code_of(team)}-{ending}") for team in teams}
        assert found == {team: expected[team] for team in teams}


def _rows(kpi: str) -> int:
    return sum(revision.rows for revision in figures(kpi).values())


def test_the_same_file_again_is_a_repeated_delivery_without_effect(log):
    before = _revisions()

    found = ingest("service-desk", log, RECEIVED)

    assert (found["repeated"], found["accepted"], found["duplicate"]) == (True, 0, 141_712)
    assert _revisions() == before


def test_an_older_extract_that_comes_late_changes_no_figure(events, tmp_path):
    before = _revisions()

    found = ingest("service-desk", _file(tmp_path, events[:10_000]), RECEIVED)

    assert not found["repeated"]
    assert found["read"] == 10_000 == found["stale"] + found["duplicate"] + found["conflicting"]
    assert _revisions() == before


def _revisions() -> list[tuple[int, int]]:
    return list(ResultRevision.objects.order_by("pk").values_list("pk", "number"))


def test_a_newer_event_takes_its_incident_from_one_team_to_another(incidents, tmp_path):
    """It closed in March, was 3 - Moderate and missed nothing; now its new team missed it."""
    last = next(row for row in incidents if row["number"] == MOVED)
    before = {team: parts(figures(f"{team}-sla")["2016-03"]) for team in ("group-70", "group-24")}
    known = {pk for pk, _ in _revisions()}
    newer = last | {"sys_mod_count": "99", "assignment_group": "Group 24", "made_sla": "false"}

    found = ingest("service-desk", _file(tmp_path, [newer]), RECEIVED)

    assert (found["read"], found["corrected"]) == (1, 1)
    made, closed = before["group-70"]
    assert parts(figures("group-70-sla")["2016-03"]) == (made - 1, closed - 1)
    made, closed = before["group-24"]
    assert parts(figures("group-24-sla")["2016-03"]) == (made, closed + 1)
    added = ResultRevision.objects.exclude(pk__in=known).select_related("period__kpi")
    assert {(r.period.kpi.code, r.period.label, r.number) for r in added} == {
        ("desk-sla", "2016-03", 2),
        ("whole-sla", "2016-02-01", 2),
        ("p3-sla", "2016-02-01", 2),
        *((f"{team}-{kpi}", "2016-03", 2) for team in before for kpi in TEAM_KPIS),
    }


def _file(folder: Path, rows: list[dict[str, str]]) -> Path:
    path = folder / "newer.csv"
    with path.open("w", newline="") as text:
        writer = csv.DictWriter(text, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_every_figure_is_what_its_rows_give():
    assert verify() == []
