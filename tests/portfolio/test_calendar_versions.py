"""Working hours that change: dated versions, what rests on them, and what follows a new one."""

from datetime import UTC, date, datetime

import pytest

from contracts.models import Calendar
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import verify_all
from metrics.models import DirtyPeriod
from metrics.portfolio import PortfolioError
from metrics.portfolio.editing import EditRefusedError, calendar_add_version
from metrics.portfolio.exporting import export, yaml_text
from tests.evaluation.clocking import TICKETS, a_calendar, a_clocked_kpi, feeds, tickets
from tests.evaluation.looking import DAY, head
from tests.feeds.arriving import APRIL, MARCH, evaluate, figures, load, read_here
from tests.portfolio.conftest import with_change

pytestmark = pytest.mark.django_db

SUMMER = {"valid_from": date(2026, 3, 9), "weekdays": {"mon": ["09:00-12:00"]}, "holidays": []}
STATED = """
    versions:
      - valid_from: 2026-07-01
        weekdays: {mon: ["09:00-16:00"]}
        country_holidays: IE
        years: [2026, 2026]
        holidays: ["*-12-24"]
"""
HOLIDAYS = 'holidays: ["*-12-24"]\n'


@pytest.fixture(autouse=True)
def in_process(monkeypatch):
    read_here(monkeypatch)


def a_measured_calendar(opened: str = "2026-03-05T09:00", closed: str = "2026-03-09T10:00"):
    """A calendar, and a KPI of sixteen working hours with a ticket that took just as long."""
    calendar = a_calendar()
    kpi = a_clocked_kpi({"limit": 16, "limit_unit": "hours"}, calendar)
    (feed,) = feeds(TICKETS, kpi=kpi)
    load(feed, tickets(f"T1,{opened},{closed}"))
    return calendar


class TestInFiles:
    def test_they_are_applied_once_and_exported_as_they_stand(self, apply_text):
        text = with_change((HOLIDAYS, HOLIDAYS.rstrip("\n") + STATED))
        assert apply_text(text).applied
        (version,) = Calendar.objects.get(code="office").versions
        assert version["valid_from"] == "2026-07-01"
        assert version["weekdays"] == {"mon": [["09:00", "16:00"]]}
        assert {"*-12-24", "2026-12-25"} <= set(version["holidays"])
        again = next(c for c in apply_text(text).changes if c.kind == "calendar")
        assert again.action == "unchanged"

        exported = yaml_text(export())
        assert "valid_from: 2026-07-01" in exported
        assert {change.action for change in apply_text(exported).changes} == {"unchanged"}

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("years: [2026, 2026]\n", "\n", "belong together"),
            ('holidays: ["*-12-24"]\n', 'holidays: ["2026-02-30"]\n', "2026-02-30 is not a day"),
            ("country_holidays: IE\n        years", "country_holidays: XX\n        years", "XX"),
        ],
    )
    def test_a_slip_is_said_where_it_stands(self, apply_text, old, new, says):
        stated = STATED.replace(old, new)
        text = with_change((HOLIDAYS, HOLIDAYS.rstrip("\n") + stated))
        with pytest.raises(PortfolioError, match=says):
            apply_text(text)


class TestAdding:
    def test_earlier_days_keep_their_hours_and_later_figures_follow(self):
        calendar = a_measured_calendar(closed="2026-03-09T12:00")
        sweep(as_of=APRIL)
        assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "0")  # 8 + 8 + 3 hours

        calendar_add_version(
            calendar=calendar, version=SUMMER | {"holidays": ["2026-03-09"]}, as_of=APRIL
        )
        sweep(as_of=APRIL)

        assert figures()["2026-03"][1:3] == ("MET", "100")
        assert head().current.body["calendar_versions"] == 1
        assert list(verify_all()) == []

    def test_it_marks_the_periods_that_reach_there_and_no_others(self):
        calendar = a_measured_calendar()
        sweep(as_of=APRIL)

        calendar_add_version(
            calendar=calendar, version=SUMMER | {"valid_from": date(2026, 4, 15)}, as_of=APRIL
        )

        marks = DirtyPeriod.objects.values_list("at", flat=True).distinct()
        first_of = [datetime.fromtimestamp(at / 1e6, UTC).date() for at in marks]
        assert first_of == [date(2026, 4, 1)]

    def test_a_final_figure_stays_and_is_flagged(self):
        calendar = a_measured_calendar(closed="2026-03-09T12:00")
        sweep(as_of=APRIL)
        sweep(as_of=APRIL + 10 * DAY)

        version = SUMMER | {"holidays": ["2026-03-09"]}
        calendar_add_version(calendar=calendar, version=version, as_of=APRIL + 10 * DAY)
        sweep(as_of=APRIL + 10 * DAY)

        assert figures()["2026-03"][:3] == ("final", "BELOW_MINIMUM", "0")
        assert head().has_late_rows
        assert list(verify_all()) == []

    def test_one_that_figures_rest_on_is_not_rewritten_nor_preceded(self):
        calendar = a_measured_calendar()
        calendar = calendar_add_version(calendar=calendar, version=SUMMER, as_of=MARCH)
        evaluate()
        for day in (date(2026, 3, 2), date(2026, 3, 9)):
            with pytest.raises(
                EditRefusedError, match=r"rest on the version from 2026-03-09|follow"
            ):
                calendar_add_version(
                    calendar=calendar, version=SUMMER | {"valid_from": day}, as_of=APRIL
                )

        later = SUMMER | {"valid_from": date(2026, 7, 1)}
        calendar = calendar_add_version(calendar=calendar, version=later, as_of=APRIL)

        days = [version["valid_from"] for version in calendar.versions]
        assert days == ["2026-03-09", "2026-07-01"]

    def test_one_that_has_not_begun_is_still_corrected(self):
        from metrics.portfolio.editing import calendar_edit

        calendar = a_measured_calendar()
        later = SUMMER | {"valid_from": date(2026, 7, 1)}
        calendar = calendar_add_version(calendar=calendar, version=later, as_of=MARCH)
        evaluate()

        calendar = calendar_edit(calendar=calendar, changes={"versions": []}, as_of=APRIL)

        assert calendar.versions == []
        sweep(as_of=APRIL)
        assert list(verify_all()) == []
