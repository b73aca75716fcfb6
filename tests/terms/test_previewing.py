"""What a preview says is what evaluation then stores."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from contracts.models import Contract
from metrics.evaluation import previewing
from metrics.evaluation.approvals import restatement_request
from metrics.evaluation.previewing import (
    definition_preview,
    level_preview,
    restatement_preview,
)
from metrics.evaluation.restating import result_restate
from metrics.models import DirtyPeriod, FeedKpi, Kpi, KpiPeriod, ResultRevision, ServiceLevel
from metrics.portfolio.editing import definition_amend, kpi_register, level_amend
from tests.factories import a_user, an_amendment
from tests.feeds.arriving import a_mapped_feed, csv, evaluate, load, pass_time
from tests.terms.conftest import NOW, an_entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

JANUARY = date(2026, 1, 1)
LONG_GRACE = 60
# 20 of 20, 19 of 20, 18 of 20, then 9 of 10 while April runs; May has not begun.
GOOD = {1: (20, 20), 2: (19, 20), 3: (18, 20), 4: (9, 10)}


def rows() -> str:
    lines = [
        f"{month}-{number},2026-{month:02d}-{number % 18 + 1:02d},{'yes' if number < good else 'no'}"
        for month, (good, valid) in GOOD.items()
        for number in range(valid)
    ]
    return csv(lines)


@pytest.fixture
def measured(contract: Contract) -> Kpi:
    """Final in January and February, provisional in March, running in April."""
    an_amendment(contract, 1, effective_from=JANUARY)
    kpi = kpi_register(entry=an_entry(grace_days=LONG_GRACE), as_of=NOW)
    feed = a_mapped_feed()
    FeedKpi.objects.get_or_create(feed=feed, kpi=kpi)
    load(feed, rows(), at=NOW)
    pass_time(NOW)
    early = KpiPeriod.objects.filter(kpi=kpi, first_day__lte=date(2026, 2, 1))
    early.update(phase=KpiPeriod.Phase.FINAL, final_due_at=None, final_at=NOW)
    return kpi


def a_line(**fields: Any) -> dict[str, Any]:
    return {"valid_from": JANUARY, "operator": ">=", "expected": 97, "amendment": 1} | fields


LEVELS: dict[str, dict[str, Any]] = {
    "higher": a_line(valid_from=date(2026, 1, 2)),
    "lower": a_line(valid_from=date(2026, 1, 2), expected=80),
    "from March": a_line(valid_from=date(2026, 3, 1), expected=90),
    "inside March": a_line(valid_from=date(2026, 3, 2), expected=99),
    "strict": a_line(valid_from=date(2026, 2, 1), operator=">", expected=90),
    "with a minimum": a_line(valid_from=date(2026, 2, 1), expected=99, minimum=85),
    "reporting only": a_line(valid_from=date(2026, 2, 1), kind="reporting"),
    "few items": a_line(valid_from=date(2026, 2, 1), min_volume=50),
    "bedding in": a_line(valid_from=date(2026, 2, 1), enforced_from=date(2026, 6, 1)),
    "critical": a_line(
        valid_from=date(2026, 2, 1), expected=99, minimum=95, critical=Decimal("92.5")
    ),
    "ahead": a_line(valid_from=date(2026, 9, 1)),
}


def stored(kpi: Kpi) -> dict[str, tuple[Any, ...]]:
    heads = KpiPeriod.objects.filter(kpi=kpi).select_related("current")
    return {
        head.label: (head.status, head.current.value, head.current.consequence)
        for head in heads
        if head.current
    }


def promised(preview: previewing.Preview) -> dict[str, tuple[Any, ...]]:
    return {each.head.label: outcome(each.figure.result) for each in preview.open}


def outcome(result: Any) -> tuple[Any, ...]:
    value = "" if result.value is None else str(result.value)
    return str(result.status), value, str(result.consequence)


def everything() -> tuple[Any, ...]:
    return (
        ServiceLevel.objects.count(),
        ResultRevision.objects.count(),
        DirtyPeriod.objects.count(),
        list(KpiPeriod.objects.order_by("pk").values_list("status", "phase", "has_late_rows")),
    )


@pytest.mark.parametrize("case", LEVELS)
def test_a_preview_of_a_level_is_what_evaluation_then_stores(case: str, measured: Kpi) -> None:
    before, untouched = stored(measured), everything()
    planned = level_amend(kpi=measured, line=LEVELS[case], as_of=NOW, plan_only=True)
    preview = level_preview(level=planned, as_of=NOW)
    assert everything() == untouched

    level_amend(kpi=measured, line=LEVELS[case], as_of=NOW)
    evaluate(NOW)

    assert stored(measured) == before | promised(preview)
    flagged = KpiPeriod.objects.filter(kpi=measured, has_late_rows=True)
    assert {each.head.label for each in preview.frozen} == set(
        flagged.values_list("label", flat=True)
    )


def test_the_cases_tell_levels_apart(measured: Kpi) -> None:
    """A preview that ignored the new level would agree with none of the cases that matter."""
    now = stored(measured)
    changed = {
        case
        for case, line in LEVELS.items()
        if promised(preview_of(measured, line)).items() - now.items()
    }
    assert changed == set(LEVELS) - {"higher", "strict", "inside March", "ahead"}


def preview_of(kpi: Kpi, line: dict[str, Any]) -> previewing.Preview:
    return level_preview(
        level=level_amend(kpi=kpi, line=line, as_of=NOW, plan_only=True), as_of=NOW
    )


@pytest.mark.parametrize(
    ("case", "first", "labels"),
    [
        ("higher", date(2026, 2, 1), ["2026-04", "2026-03", "2026-02"]),
        ("from March", date(2026, 3, 1), ["2026-04", "2026-03"]),
        ("inside March", date(2026, 4, 1), ["2026-04"]),
        ("ahead", date(2026, 9, 1), []),
    ],
)
def test_it_names_the_periods_it_touches(
    measured: Kpi, case: str, first: date, labels: list[str]
) -> None:
    preview = preview_of(measured, LEVELS[case])

    assert preview.first is not None
    assert preview.first.first_day == first
    assert [each.head.label for each in preview.prospects] == labels


def test_a_level_after_the_last_day_touches_nothing(measured: Kpi) -> None:
    preview = preview_of(measured, a_line(valid_from=date(2027, 3, 1)))

    assert (preview.first, preview.touched) == (None, 0)


def test_a_final_figure_changes_only_by_a_restatement(measured: Kpi) -> None:
    line = LEVELS["strict"] | {"expected": 96}
    (prospect,) = preview_of(measured, line).frozen
    level_amend(kpi=measured, line=line, as_of=NOW)
    evaluate(NOW)
    head = KpiPeriod.objects.get(label="2026-02")
    assert (head.status, head.has_late_rows) == ("MET", True)

    foreseen = restatement_preview(period=head, as_of=NOW)
    result_restate(period=head, reason="amendment 1", approved_by="Dana", as_of=NOW)

    head.refresh_from_db()
    assert foreseen is not None
    assert head.status == str(prospect.figure.result.status) == str(foreseen.result.status)
    assert (head.status, head.phase) == ("BELOW_MINIMUM", "restated")


def test_a_preview_of_a_definition_is_what_evaluation_then_stores(measured: Kpi) -> None:
    line = {"valid_from": date(2026, 2, 1), "measure": "turnover", "amendment": 1}
    line |= {"parameters": {"annualise": False}}
    planned = definition_amend(kpi=measured, line=line, as_of=NOW, plan_only=True)
    preview = definition_preview(definition=planned, as_of=NOW)
    before = stored(measured)

    definition_amend(kpi=measured, line=line, as_of=NOW)
    evaluate(NOW)

    assert before["2026-03"] == ("BELOW_MINIMUM", "90", "default")
    assert promised(preview)["2026-03"] == ("MET", "1800", "none")
    assert stored(measured) == before | promised(preview)


def test_no_more_periods_are_computed_than_a_page_shows(
    measured: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "MOST", 2)
    preview = preview_of(measured, LEVELS["higher"])

    assert [each.head.label for each in preview.prospects] == ["2026-04", "2026-03"]
    assert preview.touched == 3


def test_only_a_final_figure_is_asked_to_be_restated(measured: Kpi) -> None:
    march = KpiPeriod.objects.get(label="2026-03")
    with pytest.raises(ValidationError, match="only a final figure is restated"):
        restatement_request(period=march, reason="late rows", requested_by=a_user("ana"))
