"""Portfolio and evaluation together: what is applied is visited, what is amended is judged anew."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from metrics.evaluation.sweeping import sweep
from metrics.models import DirtyPeriod, Kpi, KpiPeriod, ResultRevision
from tests.portfolio.conftest import NOW, PORTFOLIO, Apply, with_change

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 4, 21, tzinfo=UTC)
SECOND = '      - {valid_from: 2025-10-01, amendment: 1, operator: ">=", expected: 96, minimum: 91, weight: 60}\n'
THIRD = '      - {valid_from: 2026-02-01, operator: ">=", expected: 97, minimum: 92}\n'


def levels_of(kpi: str) -> dict[str, date]:
    """The service level that each period's current figure was judged by."""
    heads = KpiPeriod.objects.filter(kpi__code=kpi).order_by("first_day")
    return dict(heads.values_list("label", "current__level__valid_from"))


def test_the_next_sweep_visits_new_kpis_from_their_first_day(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    sweep(as_of=NOW)
    labels = list(KpiPeriod.objects.filter(kpi__code="accuracy").values_list("label", flat=True))
    assert (labels[0], labels[-1], len(labels)) == ("2024-10", "2026-04", 19)


def test_a_figure_of_the_real_evaluation_closes_its_line(
    apply_text: Apply, said: Callable[..., list[str]]
) -> None:
    apply_text(PORTFOLIO)
    sweep(as_of=NOW)
    (found,) = said(with_change(("expected: 95", "expected: 94")))
    assert "expected of the service level from 2024-10-01 is 95, not 94" in found


def test_a_new_level_is_what_its_periods_are_judged_by(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    sweep(as_of=NOW)
    before = levels_of("accuracy")
    apply_text(with_change((SECOND, SECOND + THIRD)), as_of=LATER)
    sweep(as_of=LATER)
    changed = {
        label: level for label, level in levels_of("accuracy").items() if before[label] != level
    }
    provisional = set(
        KpiPeriod.objects.filter(kpi__code="accuracy", first_day__gte=date(2026, 2, 1))
        .exclude(phase__in=["final", "restated"])
        .values_list("label", flat=True)
    )
    assert provisional
    assert {changed.get(label) for label in provisional} == {date(2026, 2, 1)}
    assert not DirtyPeriod.objects.exists()


def test_applying_the_same_again_computes_nothing(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    sweep(as_of=NOW)
    revisions, ticks = ResultRevision.objects.count(), list(Kpi.objects.values("next_tick_at"))
    apply_text(PORTFOLIO, as_of=LATER)
    assert list(Kpi.objects.values("next_tick_at")) == ticks
    sweep(as_of=LATER)
    assert ResultRevision.objects.count() == revisions
