"""The days for claims of contracts in portfolio files: kept, corrected, refused and exported."""

from collections.abc import Callable
from datetime import date

import pytest

from metrics.models import ClaimTerms, Kpi
from metrics.portfolio import PortfolioError
from metrics.portfolio.exporting import export
from metrics.portfolio.exporting.writing import yaml_text
from tests import factories
from tests.portfolio.conftest import Apply, with_change

pytestmark = pytest.mark.django_db
AT = "    amendments:\n      - {number: 1, title: Higher accuracy"
LINE = "      - {valid_from: 2024-10-01, dispute: {days: 10, from: report}}\n"
LATER = "      - {valid_from: 2025-10-01, amendment: 1, dispute: {days: 20}, credit: {days: 60}}\n"


def stated(*lines: str) -> str:
    return with_change((AT, f"    claims:\n{''.join(lines)}{AT}"))


def kept() -> list[tuple[date, int, str, int | None]]:
    lines = ClaimTerms.objects.order_by("valid_from")
    return [(it.valid_from, it.dispute_days, it.dispute_from, it.credit_days) for it in lines]


def test_lines_are_kept_as_they_are_stated_and_exported_the_same(apply_text: Apply) -> None:
    apply_text(stated(LINE, LATER))
    assert kept() == [
        (date(2024, 10, 1), 10, "report", None),
        (date(2025, 10, 1), 20, "final", 60),
    ]
    assert not apply_text(yaml_text(export())).effective
    assert "days: 10" in yaml_text(export())


def test_a_line_that_no_case_rests_on_is_corrected_and_a_later_one_added(apply_text: Apply) -> None:
    apply_text(stated(LINE))
    plan = apply_text(stated(LINE.replace("10, from", "12, from"), LATER))
    assert [change.code for change in plan.effective] == [
        "AC-1 days for claims from 2024-10-01",
        "AC-1 days for claims from 2025-10-01",
    ]
    assert [days for _, days, *_ in kept()] == [12, 20]


def test_a_line_that_cases_rest_on_is_refused_and_later_ones_are_not(apply_text: Apply) -> None:
    apply_text(stated(LINE, LATER))
    kpi = Kpi.objects.get(code="accuracy")
    factories.a_case(factories.a_figure(kpi, date(2025, 3, 1), "80", "BELOW_MINIMUM"))
    with pytest.raises(PortfolioError, match="cases rest on them"):
        apply_text(stated(LINE.replace("10, from", "12, from"), LATER))
    apply_text(stated(LINE, LATER.replace("days: 20", "days: 25")))
    assert [days for _, days, *_ in kept()] == [10, 25]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (LINE + LINE, "2024-10-01"),
        (LATER.replace("amendment: 1", "amendment: 9"), "amendment 9"),
        (LINE.replace("report", "invoice"), "invoice"),
    ],
)
def test_a_slip_is_named(line: str, told: str, said: Callable[..., list[str]]) -> None:
    found = said(stated(line))
    assert any(told in each for each in found), found
