"""Rows to KPIs: which apply, which are set aside, and with what words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from metrics.feeds.mapping.calendar import microseconds

from .batches import RECEIVED, column, mapped, rules

RATIO = {"roles": {"good": "a", "valid": "b"}, "share": True}
KPIS: dict[str, dict[str, Any]] = {
    "sla": {"id": 1, **RATIO},
    "red-sla": {"id": 2, **RATIO},
    "blue-sla": {"id": 3, "scale": 2, **RATIO},
    "hours": {"id": 4, "scale": 2, "roles": {"value": "value"}},
    "resolve": {"id": 5, "roles": {"from": "a", "to": "b"}},
    "outage": {"id": 6, "time": "opened", "roles": {"ends": "ends_at"}, "required": [["ends"]]},
    "smape": {
        "id": 7,
        "scale": 1,
        "time": "due",
        "roles": {"forecast": "a", "actual": "b", "series": "series"},
    },
    "bounded": {
        "id": 8,
        "roles": {},
        "not_before_us": microseconds(datetime(2026, 1, 1, tzinfo=UTC)),
        "not_after_us": microseconds(datetime(2026, 6, 30, tzinfo=UTC)),
    },
    "red-other": {"id": 9, "roles": {"value": "value"}},
}


def feed(*targets: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "code": "desk",
        "missing": ["?"],
        "zone": "UTC",
        "identity": ["id"],
        "revision": "rev",
        "times": {"finished": "closed", "opened": "opened", "due": "due"},
        "targets": list(targets),
        **changes,
    }


def rows(**columns: list[str]) -> dict[str, list[str]]:
    size = len(next(iter(columns.values())))
    usual = {
        "id": [f"I{n}" for n in range(size)],
        "rev": ["1"] * size,
        "closed": ["2026-03-02T00:00:00Z"] * size,
        "opened": ["2026-03-01T00:00:00Z"] * size,
        "due": ["2030-01-01T00:00:00Z"] * size,
        "n": ["1"] * size,
    }
    return usual | columns


def test_a_row_says_its_numbers_at_the_scale_of_the_kpi() -> None:
    result = mapped(feed({"kpi": "hours", "value": "n"}), KPIS, rows(n=["1.5", "2", "3.00"]))
    assert column(result, "t0_value") == [150, 200, 300]
    assert column(result, "t0_kpi") == [4, 4, 4]
    assert column(result, "revision") == [1, 1, 1]
    assert column(result, "t0_at")[0] == microseconds(datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"n": ["1.234"]}, "decimals"),
        ({"n": ["1,5"]}, "number"),
        ({"n": ["?"]}, "missing"),
        ({"n": ["NaN"]}, "number"),
        ({"id": ["?"]}, "identity"),
        ({"id": ["x" * 201]}, "length"),
        ({"rev": ["1.5"]}, "revision"),
        ({"rev": [""]}, "revision"),
        ({"closed": [""]}, "missing"),
        ({"closed": ["2026-02-29"]}, "time_calendar"),
        ({"closed": ["9999-01-01"]}, "time_calendar"),
        ({"closed": ["2026-12-01"]}, "time_future"),
    ],
)
def test_a_bad_value_sets_the_whole_row_aside(columns: dict[str, list[str]], rule: str) -> None:
    result = mapped(feed({"kpi": "hours", "value": "n"}), KPIS, rows(**columns))
    assert rules(result) == {2: rule}
    assert result.chunk.num_rows == 0
    assert result.faults[0].hint


def test_a_fault_names_line_column_value_and_the_way_out() -> None:
    result = mapped(
        feed({"kpi": "hours", "value": "n"}), KPIS, rows(n=["1", "0x1F"], rev=["1", "a"])
    )
    record = result.faults[0].record()
    assert (record["line"], record["column"], record["value"]) == (3, "rev", "a")
    assert record["more"][0]["message"] == "'0x1F' in column 'n' is not a plain number"


def test_the_skew_allows_a_clock_a_little_ahead() -> None:
    soon = (RECEIVED + 200_000_000) // 1_000_000
    times = {"finished": {"column": "closed", "format": "epoch"}, "opened": "opened", "due": "due"}
    values = rows(closed=[str(soon), str(soon + 600)])
    result = mapped(feed({"kpi": "hours", "value": "n"}, times=times), KPIS, values)
    assert rules(result) == {3: "time_future"}


def test_only_due_times_may_lie_ahead() -> None:
    target = {"kpi": "smape", "forecast": "n", "actual": "n", "series": "id"}
    result = mapped(feed(target), KPIS, rows(n=["1.5"]))
    assert rules(result) == {}
    assert column(result, "t0_series") == ["I0"]
    assert column(result, "t0_a") == column(result, "t0_b") == [15]


def test_a_forecast_waits_for_its_actual_and_is_not_set_aside() -> None:
    values = rows(n=["1.5", "2"], closed=["2026-03-02", "2026-03-03"], late=["", "3"])
    awaited = {"kpi": "smape", "forecast": "n", "actual": "late", "series": "id"}
    result = mapped(feed(awaited), KPIS, values)
    assert rules(result) == {}
    assert column(result, "t0_b") == [None, 30]
    result = mapped(feed(awaited | {"forecast": "late", "actual": "n"}), KPIS, values)
    assert rules(result) == {2: "missing"}
    result = mapped(feed(awaited | {"if_missing": "skip"}), KPIS, values)
    assert column(result, "t0_kpi").count(None) == 1


@pytest.mark.parametrize(
    ("when", "outcome"),
    [("2025-12-31", "time_range"), ("2026-07-01", "time_range"), ("2026-06-30", None)],
)
def test_a_time_outside_the_life_of_the_kpi_is_refused(when: str, outcome: str | None) -> None:
    result = mapped(feed({"kpi": "bounded"}), KPIS, rows(closed=[when]))
    assert rules(result) == ({2: outcome} if outcome else {})


TEMPLATE = {"kpi": "{team}-sla", "good": 1, "valid": 1}


def test_a_template_finds_the_kpi_of_each_row() -> None:
    result = mapped(feed(TEMPLATE), KPIS, rows(team=["red", "blue", "red"]))
    assert column(result, "t0_kpi") == [2, 3, 2]
    assert column(result, "t0_a") == [1, 100, 1]


def test_an_unknown_kpi_sets_the_row_aside_or_is_skipped() -> None:
    values = rows(team=["red", "XX", "rеd", "?"])
    result = mapped(feed(TEMPLATE), KPIS, values)
    assert rules(result) == {3: "kpi", 4: "kpi", 5: "missing"}
    assert result.faults[0].message == "no KPI 'XX-sla'"
    assert "if_missing: skip" in result.faults[0].hint
    skipped = mapped(feed(TEMPLATE | {"if_missing": "skip"}), KPIS, values)
    assert column(skipped, "t0_kpi") == [2, None, None, None]
    assert rules(skipped) == {}


def test_a_code_table_stands_between_value_and_code() -> None:
    target = {**TEMPLATE, "codes": {"Group 70": "red", "Group 8": "blue"}}
    result = mapped(feed(target), KPIS, rows(team=["Group 70", "red"]))
    assert column(result, "t0_kpi") == [2]
    assert result.faults[0].message == "'red' in column 'team' leads to no KPI: it is not in codes"


def test_several_columns_make_one_code() -> None:
    target = {"kpi": "{team}-{kind}", "good": 1, "valid": 1}
    values = rows(team=["red", "blue", "red"], kind=["sla", "sla", "late"])
    result = mapped(feed(target), KPIS, values)
    assert column(result, "t0_kpi") == [2, 3]
    assert result.faults[0].message == "no KPI 'red-late'"


def test_a_template_that_leads_to_another_kind_of_kpi_refuses_the_row() -> None:
    target = {"kpi": "red-{kind}", "good": 1, "valid": 1, "if_missing": "skip"}
    result = mapped(feed(target), KPIS, rows(kind=["sla", "other"]))
    assert rules(result) == {3: "roles"}


def test_a_target_applies_only_when_it_says_so() -> None:
    target = {"kpi": "hours", "value": "n", "when": 'kind == "a"'}
    result = mapped(feed(target), KPIS, rows(kind=["a", "b", ""], n=["1", "x", "x"]))
    assert column(result, "t0_kpi") == [4, None, None]
    assert rules(result) == {}


def test_a_missing_role_is_skipped_only_where_declared_and_a_bad_one_never() -> None:
    target = {"kpi": "hours", "value": "n", "if_missing": "skip"}
    result = mapped(feed(target), KPIS, rows(n=["1", "", "x"]))
    assert column(result, "t0_kpi") == [4, None]
    assert rules(result) == {4: "number"}


def test_filtered_rows_keep_key_and_revision_and_need_no_values() -> None:
    values = rows(state=["Closed", "Open", ""], n=["1", "", "x"], rev=["3", "4", "5"])
    result = mapped(feed({"kpi": "hours", "value": "n"}, where='state == "Closed"'), KPIS, values)
    assert column(result, "filtered") == [False, True, True]
    assert column(result, "revision") == [3, 4, 5]
    assert column(result, "t0_kpi") == [4, None, None]
    assert (result.filtered, rules(result)) == (2, {})


@pytest.mark.parametrize(
    ("good", "valid", "ok"),
    [("1", "1", True), ("0", "5", True), ("150", "100", False), ("-1", "5", False), ("0", "0", True), ("1", "-1", False)],
)  # fmt: skip
def test_a_part_may_not_exceed_its_whole(good: str, valid: str, ok: bool) -> None:
    target = {"kpi": "sla", "good": "g", "valid": "v"}
    values = rows(g=[good], v=[valid])
    assert rules(mapped(feed(target), KPIS, values)) == ({} if ok else {2: "share"})
    unguarded = {code: {**kpi, "share": False} for code, kpi in KPIS.items()}
    assert rules(mapped(feed(target), unguarded, values)) == {}


def test_durations_keep_both_ends_in_microseconds_whatever_the_scale() -> None:
    target = {"kpi": "resolve", "from": "opened", "to": "finished"}
    values = rows(opened=["2026-03-01", "2026-03-03", ""])
    result = mapped(feed(target), KPIS, values)
    day = 86_400_000_000
    assert [b - a for a, b in zip(column(result, "t0_a"), column(result, "t0_b"), strict=True)] == [
        day
    ]
    assert rules(result) == {3: "order", 4: "missing"}


def test_an_outage_without_an_end_is_open() -> None:
    target = {"kpi": "outage", "ends": "finished"}
    values = rows(closed=["", "2026-03-02", "2026-02-01", "x"])
    result = mapped(feed(target), KPIS, values)
    assert column(result, "t0_ends") == [None, microseconds(datetime(2026, 3, 2, tzinfo=UTC))]
    assert rules(result) == {4: "order", 5: "time_format"}


def test_ambiguous_times_are_counted_once_per_row_kept() -> None:
    target = {"kpi": "resolve", "from": "opened", "to": "finished"}
    values = rows(
        opened=["2025-10-26T02:30:00", "2025-10-26T02:10:00"],
        closed=["2025-10-26T02:40:00", "2025-13-01"],
    )
    result = mapped(feed(target, zone="Europe/Paris"), KPIS, values)
    assert result.ambiguous == 1


def test_a_revision_may_be_a_time() -> None:
    revision = {"column": "rev", "format": "iso"}
    values = rows(rev=["2026-01-01T00:00:00Z", "1"])
    result = mapped(feed({"kpi": "sla", "good": 1, "valid": 1}, revision=revision), KPIS, values)
    assert column(result, "revision") == [microseconds(datetime(2026, 1, 1, tzinfo=UTC))]
    assert rules(result) == {3: "time_format"}


@pytest.mark.parametrize("text", ["NA", "00123", "<img onerror=alert(1)>", "null", "nan"])
def test_texts_stay_what_they_are(text: str) -> None:
    result = mapped(feed({"kpi": "sla", "good": 1, "valid": 1}), KPIS, rows(id=[text]))
    assert column(result, "ref") == [text]


def test_a_batch_without_rows_maps_to_an_empty_chunk() -> None:
    target = {**TEMPLATE, "good": "n + 1 > 0 and present(team)"}
    empty = {name: values[:0] for name, values in rows(team=["red"]).items()}
    result = mapped(feed(target, {"kpi": "hours", "value": "percent(n)"}), KPIS, empty)
    assert (result.chunk.num_rows, result.faults) == (0, ())
