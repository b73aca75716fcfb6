"""A service level that begins inside a period, and the few items of a small sample."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from metrics.credits.facts import judged_of
from metrics.evaluation.explain import shown
from metrics.models import ResultRevision, ServiceLevel
from metrics.portfolio import PortfolioError
from metrics.portfolio.exporting import export
from metrics.scorecards.rows import result_row
from tests.evaluation.agreed import (
    END,
    a_kpi_stated,
    a_portfolio,
    applied,
    counts_row,
    head,
    month,
    month_row,
    say,
    settle,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]
MID_MARCH = month(3).replace(day=11)  # ten days before it, twenty-one from it on
SHARE = {"measure": "ratio", "unit": "percent", "decimals": 0}


def changed(folder: Path, how: str, value: object = 95.5, **later: Any) -> ServiceLevel | None:
    """March under 95 to the 10th and 97 from the 11th on; the version that judged it."""
    line = {"valid_from": MID_MARCH, "expected": 97, "minimum": 92, "change_inside": how, **later}
    applied(folder, a_portfolio(a_kpi_stated({}, line)))
    say(*(month_row(n, value) for n in (2, 3, 4)))
    settle()
    return head(3).current.level


@pytest.mark.parametrize(
    ("how", "day", "statuses"),
    [
        ("at_start", 1, ["MET", "MET", "BELOW_EXPECTED"]),
        ("at_end", 11, ["MET", "BELOW_EXPECTED", "BELOW_EXPECTED"]),
        ("time_weighted", 11, ["MET", "BELOW_EXPECTED", "BELOW_EXPECTED"]),
    ],
)
def test_the_later_line_says_what_judges_the_period_it_begins_in(
    tmp_path: Path, sound: object, how: str, day: int, statuses: list[str]
) -> None:
    judged = changed(tmp_path, how)
    assert judged is not None
    assert judged.valid_from.day == day
    assert [head(n).status for n in (2, 3, 4)] == statuses


def test_credits_measure_from_the_weighted_level(tmp_path: Path, sound: object) -> None:
    changed(tmp_path, "time_weighted", value="96.9")

    judged = judged_of(head(3))

    assert judged.status == "MET"
    assert judged.level is not None
    assert judged.level.expected == Fraction(95 * 10 + 97 * 21, 31)


def test_a_weighted_level_is_exact_explained_and_shown(tmp_path: Path, sound: object) -> None:
    changed(tmp_path, "time_weighted", value="96.354838")
    found = head(3)
    assert Fraction(found.current.body["level"]["expected"]) == Fraction(95 * 10 + 97 * 21, 31)
    assert (
        "expected weighted by days = (95 x 10 + 97 x 21) / 31 = ≈96.354839 points"
        in (found.current.body["steps"])
    )
    assert found.status == "BELOW_EXPECTED"
    assert shown(found.current) == "96.35 points"
    assert result_row(found)["target_text"] == "≥ 96.3548387097 points"


def test_an_equal_value_reaches_the_weighted_level(tmp_path: Path, sound: object) -> None:
    line = {
        "valid_from": month(3).replace(day=17),
        "expected": 97,
        "change_inside": "time_weighted",
    }
    applied(tmp_path, a_portfolio(a_kpi_stated({}, {**line, "minimum": 92}, last_day=month(24))))
    exact = Fraction(95 * 16 + 97 * 15, 31)
    above = exact.limit_denominator(10**6)
    say(month_row(3, f"{float(above) + 0.000001:.6f}"))
    settle()
    assert head(3).status == "MET"


def test_what_judges_a_period_cannot_be_rewritten(tmp_path: Path) -> None:
    changed(tmp_path, "at_end")
    line = {"valid_from": MID_MARCH, "expected": 98, "minimum": 92, "change_inside": "at_end"}
    with pytest.raises(PortfolioError, match="figures rest on it"):
        applied(tmp_path, a_portfolio(a_kpi_stated({}, line)), END)


def test_a_line_inside_a_final_period_flags_it_and_changes_nothing(
    tmp_path: Path, sound: object
) -> None:
    applied(tmp_path, a_portfolio(a_kpi_stated({})))
    say(month_row(24, 95.5))
    settle()
    before = ResultRevision.objects.get(period=head(24)).fingerprint
    line = {"valid_from": month(24).replace(day=2), "expected": 97, "change_inside": "at_end"}
    applied(tmp_path, a_portfolio(a_kpi_stated({}, line)), END)
    settle()
    assert head(24).has_late_rows
    assert head(24).current.fingerprint == before


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ({"critical": 80}, "time_weighted cannot mix versions with different criticals"),
        ({"operator": ">"}, "time_weighted cannot mix versions with different operators"),
        ({"minimum": None}, "time_weighted needs it in both versions or in neither"),
    ],
)
def test_versions_that_cannot_be_weighted_are_refused_by_name(
    tmp_path: Path, later: dict[str, Any], said: str
) -> None:
    stated = {"valid_from": MID_MARCH, "expected": 97, "change_inside": "time_weighted", **later}
    kpi = a_kpi_stated({}, stated)
    kpi["service_levels"][1] = {k: v for k, v in kpi["service_levels"][1].items() if v is not None}
    with pytest.raises(PortfolioError, match=said):
        applied(tmp_path, a_portfolio(kpi))


@pytest.mark.parametrize(
    ("rule", "way_out"),
    [
        ("13 of 12", "never holds; count at most 12 misses of 12 periods"),
        ("0 of 12", "always holds; count 1 miss or more"),
        ("0 consecutive", "always holds; count 1 miss or more"),
        ("often", "is not a rule; write '4 of rolling 12' or '3 consecutive'"),
    ],
)
def test_a_rule_that_can_never_hold_is_refused_with_its_way_out(
    tmp_path: Path, rule: str, way_out: str
) -> None:
    with pytest.raises(PortfolioError) as caught:
        applied(tmp_path, a_portfolio(a_kpi_stated({"default": rule})))
    (problem,) = caught.value.problems
    what, way = way_out.split("; ")
    assert problem.message.endswith(what)
    assert problem.hint == way


def test_a_rule_beside_one_level_is_refused(tmp_path: Path) -> None:
    kpi = a_kpi_stated({"default": "2 of 4"})
    del kpi["service_levels"][0]["minimum"]
    with pytest.raises(PortfolioError, match="counts misses of the expected level alone"):
        applied(tmp_path, a_portfolio(kpi))


def test_few_items_are_allowed_their_failures(tmp_path: Path, sound: object) -> None:
    level = {"min_volume": 20, "min_volume_policy": "allow_k_failures", "allow_failures": 2}
    applied(tmp_path, a_portfolio(a_kpi_stated(level, **SHARE)))
    say(counts_row(1, 8, 10), counts_row(2, 7, 10), counts_row(3, 18, 20))
    settle()
    assert [head(n).status for n in (1, 2, 3)] == ["MET", "BELOW_MINIMUM", "BELOW_EXPECTED"]
    assert (
        "volume 10 is below 20: up to 2 failures are allowed, 2 counted"
        in (head(1).current.body["steps"])
    )


def test_an_interval_decides_by_clause(tmp_path: Path, sound: object) -> None:
    deciding = a_kpi_stated({"interval_decides": True}, code="deciding", **SHARE)
    plain = a_kpi_stated({}, code="plain", **SHARE)
    applied(tmp_path, a_portfolio(deciding, plain))
    shares = {1: (17, 19), 2: (85, 100), 3: (850, 1000)}
    say(
        *(
            counts_row(n, *share, code)
            for code in ("deciding", "plain")
            for n, share in shares.items()
        )
    )
    settle()
    assert [head(n, "plain").status for n in shares] == ["BELOW_MINIMUM"] * 3
    found = [head(n, "deciding").status for n in shares]
    assert found == ["MET", "BELOW_EXPECTED", "BELOW_MINIMUM"]
    assert (
        "the 95 % interval decides: 68.61 to 97.06 %" in head(1, "deciding").current.body["steps"]
    )


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ({"interval_decides": True}, "is no share of items, whose interval could decide"),
        ({"allow_failures": 2}, "allow_failures 2 stands without its policy"),
        ({"min_coverage": 101}, "min_coverage 101 is out of range"),
    ],
)
def test_what_nothing_is_counted_by_is_refused(
    tmp_path: Path, level: dict[str, Any], said: str
) -> None:
    with pytest.raises(PortfolioError, match=said):
        applied(tmp_path, a_portfolio(a_kpi_stated(level)))


def test_all_of_it_comes_back_out_of_an_export(tmp_path: Path) -> None:
    rule = {"rule": "3 consecutive", "after": "reset", "gap": "skips"}
    level = {
        "default": rule,
        "min_coverage": 90,
        "late_report_is": "breached",
        "min_volume": 20,
        "min_volume_policy": "allow_k_failures",
        "allow_failures": 2,
        "interval_decides": True,
    }
    agreed = {
        "source_of_record": "vendor",
        "tolerance": 1,
        "maintenance": {"hours": 4, "notice_days": 5},
        "volume_relief": {"above": 110},
    }
    later = {"valid_from": month(13), "maintenance": None, "tolerance": None}
    applied(tmp_path, a_portfolio(a_kpi_stated(level, **SHARE, **agreed, definitions=[later])))
    sections = export().sections
    (kpi,) = sections["kpis"]
    (stated,) = kpi["service_levels"]
    assert {name: stated[name] for name in level} == level
    assert {name: kpi[name] for name in agreed} == agreed
    assert kpi["definitions"] == [later]
    assert applied(tmp_path, {**a_portfolio(), **sections}).effective == ()
