"""Defaults by repetition and levels weighted by days, in collections and their SQL views."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from metrics.bi.sqlviews import PREFIX
from tests.api.world import a_program
from tests.evaluation.agreed import (
    a_kpi_stated,
    a_portfolio,
    applied,
    month,
    month_row,
    restate,
    say,
    say_months,
    settle,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]
DEFAULT = ("default_cause", "default_of", "consequence_in_force", "consequence")
REPEATED = ("repetition", "2024-01-01,2024-03-01", "default", "counted")


def rows(name: str, **query: Any) -> list[dict[str, Any]]:
    answer = a_program("read").get(f"/api/v1/{name}", **query)
    assert answer.status_code == 200, answer.content
    return sorted(answer.json()["results"], key=lambda row: (row["period"], row["id"]))


def told(name: str, columns: tuple[str, ...], **query: Any) -> dict[str, tuple[Any, ...]]:
    """Those columns of each row by its period, which the SQL view says too."""
    found = rows(name, **query)
    if connection.vendor == "postgresql":
        _same_as_the_view(name, columns, found)
    return {row["period"]: tuple(row[each] for each in columns) for row in found}


def _same_as_the_view(name: str, columns: tuple[str, ...], found: list[dict[str, Any]]) -> None:
    names = ", ".join(f'"{each}"' for each in ("id", *columns))
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM "{PREFIX}{name}"')
        shown = {row[0]: row[1:] for row in cursor.fetchall()}
    for row in found:
        assert shown[row["id"]] == tuple(row[each] for each in columns)


def repeated(folder: Path) -> None:
    """Two misses of the expected level within four months, and one of the minimum."""
    applied(folder, a_portfolio(a_kpi_stated({"default": "2 of 4"})))
    say_months("EMEF")
    settle()


def test_a_default_by_repetition_stands_beside_what_the_figure_alone_sets_off(
    tmp_path: Path,
) -> None:
    repeated(tmp_path)
    for name, query in (("results", {}), ("fact_result", {"is_current": "true"})):
        found = told(name, DEFAULT, **query)
        assert found["2024-01"] == (None, None, "counted", "counted")
        assert found["2024-02"] == (None, None, "none", "none")
        assert found["2024-03"] == REPEATED
        assert found["2024-04"] == ("minimum", "2024-04-01", "default", "default")
    assert told("fact_breach", DEFAULT[:3])["2024-03"] == REPEATED[:3]


def test_another_month_moves_the_default_and_every_stamp_of_it(tmp_path: Path) -> None:
    repeated(tmp_path)
    since = max(row["updated_at"] for name in ("results", "fact_breach") for row in rows(name))
    restate(1, "97")

    changed = [row for row in rows("fact_result", updated_since=since) if row["updated_at"] > since]
    march = [row for row in changed if row["period"] == "2024-03"]
    assert [(row["default_cause"], row["consequence_in_force"]) for row in march] == [
        (None, "counted")
    ]
    old, new = [row for row in changed if row["period"] == "2024-01"]
    assert [old[each] for each in DEFAULT[:3]] == [None, None, None]  # no longer in force
    assert new["consequence_in_force"] == "none"
    (case,) = [row for row in rows("fact_breach", updated_since=since) if row["updated_at"] > since]
    assert (case["period"], case["state"]) == ("2024-03", "withdrawn")
    assert (case["default_cause"], case["consequence_in_force"]) == (None, "counted")


def test_other_misses_behind_a_default_move_the_stamp_of_its_case(tmp_path: Path) -> None:
    applied(tmp_path, a_portfolio(a_kpi_stated({"default": "2 of 3"})))
    say_months("EEE")
    settle()
    assert told("fact_breach", ("default_of",)) == {
        "2024-02": ("2024-01-01,2024-02-01",),
        "2024-03": ("2024-01-01,2024-02-01,2024-03-01",),
    }
    since = max(row["updated_at"] for row in rows("fact_breach"))
    restate(1, "97")
    moved = [row for row in rows("fact_breach", updated_since=since) if row["updated_at"] > since]
    assert {row["period"]: (row["state"], row["default_of"]) for row in moved} == {
        "2024-02": ("withdrawn", None),
        "2024-03": ("open", "2024-02-01,2024-03-01"),
    }


def test_a_level_weighted_by_days_is_the_one_that_judged(tmp_path: Path) -> None:
    inside = {"valid_from": month(3).replace(day=11), "expected": 97, "minimum": 92}
    line = {**inside, "change_inside": "time_weighted"}
    applied(tmp_path, a_portfolio(a_kpi_stated({}, line)))
    say(*(month_row(n, "95.5") for n in (2, 3, 4)))
    settle()

    weighted = ((95 * 10 + 97 * 21) / 31, (90 * 10 + 92 * 21) / 31)
    for name in ("results", "series", "fact_result"):
        found = told(name, ("target_expected", "target_minimum", "target_upper"))
        assert found["2024-02"] == (95, 90, None)
        assert found["2024-03"] == (*weighted, None)
        assert found["2024-04"] == (97, 92, None)
