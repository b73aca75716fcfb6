"""A line that figures rest on stays as it is; terms change by a later line."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from metrics.models import DirtyPeriod, Kpi, KpiDefinition, Observation, ServiceLevel
from metrics.portfolio import Action, PortfolioError
from metrics.portfolio.reconcile.lines import _Lines
from tests.factories import a_figure, a_period
from tests.portfolio.conftest import NOW, PORTFOLIO, Apply, with_change

pytestmark = pytest.mark.django_db

Said = Callable[..., list[str]]
MONTHS = (date(2025, 9, 1), date(2025, 10, 1), date(2025, 11, 1))
LATER = datetime(2026, 5, 1, tzinfo=UTC)
FIRST = '      - {valid_from: 2024-10-01, operator: ">=", expected: 95, minimum: 90.0, weight: 60, kind: critical}\n'
SECOND = '      - {valid_from: 2025-10-01, amendment: 1, operator: ">=", expected: 96, minimum: 91, weight: 60}\n'
NEW = '      - {valid_from: 2025-11-01, operator: ">=", expected: 97, minimum: 92}\n'


@pytest.fixture
def measured(apply_text: Apply) -> Kpi:
    """The KPI accuracy with figures of September to November 2025, nothing left to visit."""
    apply_text(PORTFOLIO)
    kpi = Kpi.objects.get(code="accuracy")
    for month in MONTHS:
        a_figure(kpi, month)
    Kpi.objects.update(next_tick_at=None)
    return kpi


REWRITTEN = {
    "expected": (("expected: 95", "expected: 94"), "expected", "95", "94"),
    "minimum": (("minimum: 90.0", "minimum: 89"), "minimum", "90", "89"),
    "kind": (("kind: critical}", "kind: key}"), "kind", "critical", "key"),
    "weight": (("weight: 60, kind", "weight: 50, kind"), "weight", "60", "50"),
    "dropped minimum": ((", minimum: 90.0", ""), "minimum", "90", "nothing"),
    "added clause": (
        ("kind: critical}", "kind: critical, clause: 4}"),
        "clause",
        "nothing",
        "4",
    ),
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_a_service_level_with_figures_is_not_rewritten(
    name: str, measured: Kpi, said: Said
) -> None:
    change, field, old, new = REWRITTEN[name]
    (found,) = said(with_change(change))
    assert "KPI accuracy, service_levels 1" in found
    assert f"{field} of the service level from 2024-10-01 is {old}, not {new}" in found
    assert list(measured.levels.values_list("expected", flat=True)) == [95, 96]


def test_the_refusal_says_to_add_a_line_with_its_amendment(
    measured: Kpi, apply_text: Apply
) -> None:
    with pytest.raises(PortfolioError) as caught:
        apply_text(with_change(("expected: 95", "expected: 94")))
    assert caught.value.problems[0].hint == (
        "put 95 back, and add a line to `service_levels` with a new valid_from (and its amendment)"
    )


def test_without_the_guard_the_level_would_be_rewritten(
    measured: Kpi, apply_text: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Lines, "is_used", lambda *_: False)
    apply_text(with_change(("expected: 95", "expected: 94")))
    assert measured.levels.get(valid_from=date(2024, 10, 1)).expected == 94


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("measure: ratio", "measure: quotient"), "measure of the definition from 2024-10-01"),
        (("unit: percent", "unit: ratio"), "unit of the definition from 2024-10-01"),
        (("period: month\n    s", "period: quarter\n    s"), "period of the definition"),
    ],
)
def test_a_definition_with_figures_is_not_rewritten(
    change: tuple[str, str], message: str, measured: Kpi, said: Said
) -> None:
    found = said(with_change(change))
    assert any(message in line and "figures rest on it" in line for line in found), found


def test_a_line_with_figures_is_not_removed(measured: Kpi, said: Said) -> None:
    (found,) = said(with_change((FIRST, "")))
    assert "the service level from 2024-10-01 is not in the file any more" in found


def test_a_line_before_one_with_figures_is_refused(measured: Kpi, said: Said) -> None:
    (found,) = said(with_change((FIRST, FIRST + NEW.replace("2025-11-01", "2025-09-15"))))
    assert "a new service level from 2025-09-15 lies before the one from 2025-10-01" in found


def test_a_later_line_is_added_and_its_periods_are_computed_again(
    measured: Kpi, apply_text: Apply
) -> None:
    plan = apply_text(with_change((SECOND, SECOND + NEW)), as_of=LATER)
    (change,) = plan.effective
    assert (change.action, change.kind, change.code) == (
        Action.ADD_VERSION,
        "KPI",
        "accuracy service level from 2025-11-01",
    )
    november = measured.periods.get(label="2025-11")
    instant = int(november.starts_at.timestamp()) * 1_000_000
    assert list(DirtyPeriod.objects.values_list("kpi_id", "at")) == [(measured.pk, instant)]
    measured.refresh_from_db()
    assert measured.next_tick_at == LATER


def test_nothing_is_computed_again_where_nothing_changed(measured: Kpi, apply_text: Apply) -> None:
    apply_text(PORTFOLIO, as_of=LATER)
    assert not DirtyPeriod.objects.exists()
    assert set(Kpi.objects.values_list("next_tick_at", flat=True)) == {None}


def test_a_line_no_period_began_under_is_open_to_correction(
    measured: Kpi, apply_text: Apply
) -> None:
    future = NEW.replace("2025-11-01", "2027-01-01")
    apply_text(with_change((SECOND, SECOND + future)))
    plan = apply_text(with_change((SECOND, SECOND + future.replace("97", "98"))))
    assert [(c.action, c.code) for c in plan.effective] == [
        (Action.CHANGE, "accuracy service level from 2027-01-01")
    ]
    assert measured.levels.last().expected == 98
    between = NEW.replace("2025-11-01", "2026-06-01")
    apply_text(with_change((SECOND, SECOND + between + future.replace("97", "98"))))
    apply_text(PORTFOLIO)
    assert measured.levels.count() == 2


def test_before_the_first_figure_everything_may_be_corrected(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    plan = apply_text(
        with_change(
            (SECOND, ""),
            ("expected: 95", "expected: 94"),
            ("unit: percent", "unit: ratio"),
            ("expected: 94, minimum: 90.0", "expected: 0.94, minimum: 0.90"),
        )
    )
    assert [(c.action, c.code) for c in plan.effective] == [
        (Action.CHANGE, "accuracy definition from 2024-10-01"),
        (Action.CHANGE, "accuracy service level from 2025-10-01 withdrawn"),
        (Action.CHANGE, "accuracy service level from 2024-10-01"),
    ]
    assert str(ServiceLevel.objects.get(kpi__code="accuracy").expected) == "0.94"


def test_new_periods_do_not_cut_those_that_have_figures(measured: Kpi, said: Said) -> None:
    quarters = (
        "    period: month\n    service_levels:",
        (
            "    period: month\n    definitions:\n"
            "      - {valid_from: 2025-11-01, amendment: 1, period: quarter}\n    service_levels:"
        ),
    )
    (found,) = said(with_change(quarters))
    assert "period changes from 2025-11-01, when periods have figures already" in found


def test_new_periods_begin_after_those_that_have_figures(measured: Kpi, apply_text: Apply) -> None:
    quarters = (
        "    period: month\n    service_levels:",
        (
            "    period: month\n    definitions:\n"
            "      - {valid_from: 2025-12-01, amendment: 1, period: quarter}\n    service_levels:"
        ),
    )
    apply_text(with_change(quarters))
    lines = KpiDefinition.objects.filter(kpi=measured).values_list("valid_from", "period")
    assert list(lines) == [(date(2024, 10, 1), "month"), (date(2025, 12, 1), "quarter")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("time: finished\n    decimals: 0", "time: due\n    decimals: 0"), "time: time is"),
        (("decimals: 0", "decimals: 1"), "decimals: decimals is '0', not '1'"),
        (("    process: claims\n", "    process: claims\n    first_day: 2024-11-01\n"), None),
    ],
)
def test_what_rows_were_taken_in_under_is_fixed(
    change: tuple[str, str], message: str | None, apply_text: Apply, said: Said
) -> None:
    apply_text(PORTFOLIO)
    kpi = Kpi.objects.get(code="accuracy")
    row = {"kpi_id": kpi.pk, "key": b"1" * 16, "at": 1, "revision": 0, "digest": b"1" * 16}
    Observation.objects.create(**row, ref="1", load_id=1)
    text = with_change(change, ("finished: {", "due: {column: due}, finished: {"))
    if message is None:
        assert apply_text(text).applied
        return
    found = said(text)
    assert any(message in line and "it has observations" in line for line in found), found


def test_the_first_day_is_fixed_by_the_first_figure(measured: Kpi, said: Said) -> None:
    first_day = ("    process: claims\n", "    process: claims\n    first_day: 2024-11-01\n")
    (found,) = said(with_change(first_day))
    assert "first_day is '2024-10-01', not '2024-11-01', and it has figures" in found


def test_a_kpi_does_not_end_before_its_figures(measured: Kpi, said: Said) -> None:
    last_day = ("    process: claims\n", "    process: claims\n    last_day: 2025-10-31\n")
    (found,) = said(with_change(last_day))
    assert "last_day 2025-10-31 lies before the period of 2025-11-01" in found


def test_another_last_day_has_all_periods_visited_again(measured: Kpi, apply_text: Apply) -> None:
    Kpi.objects.update(visited_until=NOW)
    last_day = ("    process: claims\n", "    process: claims\n    last_day: 2026-12-31\n")
    apply_text(with_change(last_day), as_of=LATER)
    measured.refresh_from_db()
    assert (measured.visited_until, measured.next_tick_at) == (None, LATER)


def test_working_hours_that_figures_rest_on_are_not_changed(apply_text: Apply, said: Said) -> None:
    apply_text(PORTFOLIO)
    longer = ('mon: ["09:00-17:30"]', 'mon: ["09:00-18:00"]')
    apply_text(with_change(longer))
    a_period(Kpi.objects.get(code="speed"), date(2025, 9, 1))
    (found,) = said(PORTFOLIO)
    assert "calendar office, weekdays: figures of KPI 'speed' rest on weekdays" in found
    (found,) = said(with_change(longer, ('"*-12-24"', '"*-12-24", 2025-12-31')))
    assert "other closed days: 2025-12-31 would be added, none would be dropped" in found
