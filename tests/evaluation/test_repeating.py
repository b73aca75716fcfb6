"""Defaults by repetition as the portfolio states them: counted, opened, withdrawn and explained."""

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from contracts.models import User
from contracts.selectors.scope import visible_to
from contracts.services.approvals import approval_decide
from metrics.casework.waivers import waiver_request
from metrics.engine import Status
from metrics.evaluation.repeating import PeriodSlot, repeats_of
from metrics.evaluation.verifying import verify_all
from metrics.models import BreachCase, CaseTransition, KpiPeriod, ResultRevision, ServiceLevel
from tests.evaluation.agreed import (
    END,
    a_kpi_stated,
    a_portfolio,
    applied,
    cases_found,
    defaults_found,
    head,
    month,
    month_row,
    restate,
    say,
    say_months,
    settle,
)
from tests.factories import a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]
ROLLING = {"default": "4 of rolling 12"}


def measured(folder: Path, letters: str, *levels: dict[str, object]) -> None:
    applied(folder, a_portfolio(a_kpi_stated(*levels)))
    say_months(letters)
    settle()


def test_the_fourth_miss_in_twelve_months_is_a_default_and_a_minimum_is_one_at_once(
    tmp_path: Path, sound: object
) -> None:
    measured(tmp_path, "EMExEFEM", ROLLING)
    assert defaults_found() == {6: ("minimum", [6]), 7: ("repetition", [1, 3, 5, 7])}
    assert cases_found() == {6: ("open", "major"), 7: ("open", "minor")}
    step = CaseTransition.objects.get(case__period=head(7), to_state="open")
    said = "4th miss of the expected level in 12 months: Jan, Mar, May, Jul 2024"
    assert step.reason == said


def test_a_miss_that_leaves_the_window_is_not_counted(tmp_path: Path, sound: object) -> None:
    measured(tmp_path, "EEEMMMMMMMMME", ROLLING)
    assert defaults_found() == {}


def test_only_final_figures_count(tmp_path: Path) -> None:
    kpi = a_kpi_stated({"default": "2 of 4"}, grace_days=366)
    applied(tmp_path, a_portfolio(kpi))
    say_months("EE")
    settle()
    assert {head(1).phase, head(2).phase} == {"provisional"}
    assert defaults_found() == {}


def test_a_restated_month_counts_anew_for_all_later_ones(tmp_path: Path, sound: object) -> None:
    measured(tmp_path, "EEEEE", ROLLING)
    assert defaults_found() == {
        4: ("repetition", [1, 2, 3, 4]),
        5: ("repetition", [1, 2, 3, 4, 5]),
    }
    restate(2, 97)
    assert defaults_found() == {5: ("repetition", [1, 3, 4, 5])}
    assert cases_found() == {4: ("withdrawn", "minor"), 5: ("open", "minor")}


def test_a_case_may_come_and_go_more_than_once_on_one_figure(tmp_path: Path, sound: object) -> None:
    measured(tmp_path, "EE", {"default": "2 of 4"})
    for value in (97, 92, 97.5, 92.5):
        restate(1, value)
    steps = CaseTransition.objects.filter(case__period=head(2)).order_by("pk")
    assert list(steps.values_list("to_state", flat=True)) == [
        "open",
        "withdrawn",
        "open",
        "withdrawn",
        "open",
    ]
    assert set(steps.values_list("revision__number", flat=True)) == {1}


def test_a_run_is_broken_or_passed_over(tmp_path: Path, sound: object) -> None:
    rule = {"rule": "3 consecutive"}
    breaking = a_kpi_stated({"default": rule}, code="breaking")
    skipping = a_kpi_stated({"default": {**rule, "gap": "skips"}}, code="skipping")
    applied(tmp_path, a_portfolio(breaking, skipping))
    say_months("EExE", "breaking")
    say_months("EExE", "skipping")
    settle()
    assert defaults_found("breaking") == {}
    assert defaults_found("skipping") == {4: ("repetition", [1, 2, 4])}


@pytest.mark.parametrize(
    ("after", "found"), [("each_further", [2, 3, 4]), ("reset", [2, 4]), ("every_nth", [2, 4])]
)
def test_what_follows_a_default_is_agreed(
    tmp_path: Path, sound: object, after: str, found: list[int]
) -> None:
    measured(tmp_path, "EEEE", {"default": {"rule": "2 of 4", "after": after}})
    assert list(defaults_found()) == found


def test_what_only_reports_or_is_not_enforced_yet_never_counts(
    tmp_path: Path, sound: object
) -> None:
    rule = {"default": "2 of 4"}
    reporting = a_kpi_stated({**rule, "kind": "reporting"}, code="reporting")
    early = a_kpi_stated({**rule, "enforced_from": month(3)}, code="early")
    applied(tmp_path, a_portfolio(reporting, early))
    for code in ("reporting", "early"):
        say_months("EEEE", code)
    settle()
    assert defaults_found("reporting") == {}
    assert defaults_found("early") == {4: ("repetition", [3, 4])}


def test_a_changed_rule_counts_from_its_first_period_and_an_unchanged_one_goes_on(
    tmp_path: Path, sound: object
) -> None:
    rule = {"default": "2 of 6"}
    same = a_kpi_stated(rule, {**rule, "valid_from": month(3), "minimum": 89}, code="same")
    other = a_kpi_stated(rule, {"default": "2 of 5", "valid_from": month(3)}, code="other")
    applied(tmp_path, a_portfolio(same, other))
    for code in ("same", "other"):
        say_months("EMEE", code)
    settle()
    assert defaults_found("same") == {3: ("repetition", [1, 3]), 4: ("repetition", [1, 3, 4])}
    assert defaults_found("other") == {4: ("repetition", [3, 4])}


def test_a_later_amendment_leaves_earlier_periods_as_they_are(
    tmp_path: Path, sound: object
) -> None:
    measured(tmp_path, "EEEM", {"default": "2 of 4"})
    before = _standing()
    later = {"valid_from": month(20), "expected": 99, "default": "3 consecutive"}
    applied(tmp_path, a_portfolio(a_kpi_stated({"default": "2 of 4"}, later)), END)
    settle()
    after = {label: told for label, told in _standing().items() if label < "2025-08"}
    assert after == {label: before[label] for label in after}
    assert len(after) == 19


def _standing() -> dict[str, tuple[object, ...]]:
    heads = KpiPeriod.objects.filter(kpi__code="sla")
    told = ("current__value", "current__fingerprint", "is_breach", "default_cause", "revisions")
    return {label: more for label, *more in heads.values_list("label", *told)}


def test_a_waiver_of_the_repetition_takes_the_month_out_of_later_counts(
    tmp_path: Path, sound: object
) -> None:
    measured(tmp_path, "EEME", {"default": "2 of 4"})
    assert list(defaults_found()) == [2, 4]
    waive(BreachCase.objects.get(period=head(2)))
    assert defaults_found() == {
        2: ("repetition", [1, 2]),
        4: ("repetition", [1, 4]),
    }
    restate(1, 97)
    assert defaults_found() == {}
    assert cases_found()[2] == ("waived", "minor")


def waive(case: BreachCase) -> None:
    """One person asks for a waiver, a second one agrees."""
    asking, deciding = a_user("olga", User.Role.OPERATIONS), a_user("dana", User.Role.OPERATIONS)
    request = waiver_request(
        case_id=case.pk,
        waiver_scope="credit_and_repetition",
        reason="our own system was down",
        scope=visible_to(asking, END.date()),
    )
    approval_decide(approval=request, approve=True, decided_by=deciding, as_of=END)


def test_the_severity_is_that_of_the_band(tmp_path: Path, sound: object) -> None:
    bands = [
        {"name": "good", "lower": 95},
        {"name": "poor", "lower": 70, "upper": 95, "severity": "minor"},
        {"name": "bad", "upper": 70, "severity": "critical"},
    ]
    kpi = a_kpi_stated({"bands": bands})
    applied(tmp_path, a_portfolio(kpi))
    say(month_row(1, 80), month_row(2, 60))
    settle()
    assert cases_found() == {1: ("open", "minor"), 2: ("open", "critical")}


def test_tampering_with_a_default_is_found(tmp_path: Path) -> None:
    measured(tmp_path, "EEME", {"default": "2 of 4"})
    assert list(verify_all()) == []
    KpiPeriod.objects.filter(pk=head(4).pk).update(default_of=[month(4).isoformat()])
    KpiPeriod.objects.filter(pk=head(3).pk).update(default_cause="minimum")
    found = {(each.where, each.what) for each in verify_all()}
    assert found == {("sla 2024-03", "default"), ("sla 2024-04", "default")}


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_months_arrive_changes_nothing(
    tmp_path: Path, sound: object, seed: int
) -> None:
    letters = "EMEEFEEMxEEE"
    applied(tmp_path, a_portfolio(a_kpi_stated({"default": "3 of rolling 6"})))
    rows = [
        month_row(n, {"M": 97, "E": 92, "F": 80}[x]) for n, x in enumerate(letters, 1) if x != "x"
    ]
    order = Random(seed)
    order.shuffle(rows)
    for row in rows:
        say(row)
        if order.random() < 0.5:
            settle(END - timedelta(days=200))
    settle(END)
    final = {label: status for label, status in _verdicts().items() if status != "NO_DATA"}
    slots = [
        PeriodSlot(day, START_LEVEL, status, CONSEQUENCES.get(status, "none"), is_final=True)
        for day, status in final.items()
    ]
    wanted = repeats_of(ServiceLevel.objects.filter(kpi__code="sla"), _whole(slots))
    assert defaults_found() == {
        _number(day): (told.cause, [_number(each) for each in told.of])
        for day, told in wanted.items()
    }


START_LEVEL = date(2024, 1, 1)
CONSEQUENCES = {"BELOW_EXPECTED": "counted", "BELOW_MINIMUM": "default"}


def _verdicts() -> dict[date, str]:
    return dict(KpiPeriod.objects.order_by("starts_at").values_list("first_day", "status"))


def _whole(slots: list[PeriodSlot]) -> list[PeriodSlot]:
    """With the months between that have no verdict."""
    known = {slot.first_day: slot for slot in slots}
    none = Status.NO_DATA
    return [
        known.get(day, PeriodSlot(day, START_LEVEL, none, "none", is_final=True))
        for day in (month(n) for n in range(1, 25))
    ]


def _number(day: date) -> int:
    return (day.year - 2024) * 12 + day.month


def test_revisions_say_what_their_figure_alone_sets_off(tmp_path: Path, sound: object) -> None:
    measured(tmp_path, "EE", {"default": "2 of 4"})
    assert head(2).is_breach
    alone = ResultRevision.objects.get(period=head(2))
    assert (alone.consequence, alone.is_breach) == ("counted", False)
