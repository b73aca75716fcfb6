"""Figures of items with clocks: pauses from history, reopenings, business days, open work."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from metrics.evaluation.sweeping import sweep
from metrics.evaluation.work import work_all
from metrics.models import Kpi, Observation
from tests.evaluation.clocking import (
    FILINGS,
    PAUSES,
    REOPENINGS,
    TICKETS,
    a_calendar,
    a_clocked_kpi,
    feeds,
    filings,
    pauses,
    tickets,
)
from tests.evaluation.looking import DAY, head
from tests.feeds.arriving import APRIL, MARCH, counts, evaluate, figures, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]

FOUR_HOURS = {"limit": "4", "limit_unit": "hours", "pauses": "subtract"}
# 2026-03-02 is a Monday
LONG = tickets("T1,2026-03-02T09:00,2026-03-02T16:00")
STOOD = pauses(
    "T1,1,2026-03-02T10:00,2026-03-02T12:00,customer",
    "T1,2,2026-03-02T14:00,2026-03-02T15:00,vendor",
)


class TestPauses:
    def test_they_stop_the_clock_and_show_who_set_them(self):
        kpi = a_clocked_kpi(FOUR_HOURS, a_calendar())
        ticket_feed, pause_feed = feeds(TICKETS, PAUSES, kpi=kpi)
        load(ticket_feed, LONG)
        evaluate()
        assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "0")

        assert counts(load(pause_feed, STOOD)) == {"read": 2, "accepted": 2}
        evaluate()

        assert figures()["2026-03"][1:3] == ("MET", "100")
        current = head().current
        assert (current.rows, current.volume) == (1, "1")
        assert current.body["details"]["paused"] == (
            "43 % of working time: customer 29 %, vendor 14 %"
        )

    def test_outside_working_hours_they_add_nothing(self):
        kpi = a_clocked_kpi(FOUR_HOURS, a_calendar())
        ticket_feed, pause_feed = feeds(TICKETS, PAUSES, kpi=kpi)
        load(ticket_feed, tickets("T1,2026-03-02T14:00,2026-03-03T11:00"))
        load(pause_feed, pauses("T1,1,2026-03-02T17:00,2026-03-03T09:00,customer"))
        evaluate()

        assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "0")
        assert "paused" not in head().current.body["details"]

    def test_one_that_arrives_late_marks_the_period_of_its_item(self):
        kpi = a_clocked_kpi(FOUR_HOURS)
        ticket_feed, pause_feed = feeds(TICKETS, PAUSES, kpi=kpi)
        load(ticket_feed, tickets("T1,2026-02-27T09:00,2026-03-02T09:00"))
        sweep(as_of=APRIL)
        assert figures()["2026-03"][2] == "0"

        load(pause_feed, pauses("T1,1,2026-02-27T10:00,2026-03-02T08:00,customer"))
        sweep(as_of=APRIL)

        assert figures()["2026-03"][2] == "100"

    def test_a_final_period_is_flagged_and_keeps_its_figure(self):
        kpi = a_clocked_kpi(FOUR_HOURS)
        ticket_feed, pause_feed = feeds(TICKETS, PAUSES, kpi=kpi)
        load(ticket_feed, LONG)
        sweep(as_of=APRIL)
        sweep(as_of=APRIL + 10 * DAY)

        load(pause_feed, STOOD, at=APRIL + 11 * DAY)
        sweep(as_of=APRIL + 11 * DAY)

        assert figures()["2026-03"][:3] == ("final", "BELOW_MINIMUM", "0")
        assert head().has_late_rows

    def test_taken_back_they_count_no_more(self):
        from metrics.feeds.undoing import undo_request

        kpi = a_clocked_kpi(FOUR_HOURS)
        ticket_feed, pause_feed = feeds(TICKETS, PAUSES, kpi=kpi)
        load(ticket_feed, LONG)
        stood = load(pause_feed, STOOD)
        evaluate()
        assert figures()["2026-03"][2] == "100"

        undo_request(ingestion=stood, reason="Wrong desk", asked_by=None, as_of=APRIL)
        work_all(as_of=APRIL)

        assert figures()["2026-03"][2] == "0"
        assert Observation.objects.count() == 1

    def test_the_order_of_arrival_never_matters(self):
        first = pauses("T1,1,2026-03-02T10:00,,customer")
        ended = pauses("T1,1,2026-03-02T10:00,2026-03-02T12:00,customer")
        second = pauses("T1,2,2026-03-02T11:00,2026-03-02T13:30,vendor")
        found = set()
        for number, order in enumerate(permutations([LONG, second, (first, ended)])):
            kpi = a_clocked_kpi(FOUR_HOURS, code=f"sla{number}")
            bodies = [self._to(kpi.code, body) for body in (TICKETS, PAUSES)]
            ticket_feed, pause_feed = feeds(*bodies, kpi=kpi)
            for part in order:
                for text in part if isinstance(part, tuple) else (part,):
                    load(ticket_feed if text == LONG else pause_feed, text)
                    evaluate()
            current = head(code=kpi.code).current
            found.add((current.value, str(current.body["details"])))
        assert found == {("100", "{'paused': '50 % of working time: vendor 36 %, customer 29 %'}")}

    @staticmethod
    def _to(code, body):
        (target,) = body["targets"]
        return body | {"code": f"{body['code']}-{code}", "targets": [target | {"kpi": code}]}

    def test_a_kpi_that_does_not_speak_of_them_takes_none(self):
        kpi = a_clocked_kpi({"limit": "4", "limit_unit": "hours"})
        (feed,) = feeds(PAUSES, kpi=kpi)

        ingestion = load(feed, STOOD)

        assert "add pauses: subtract to its parameters" in str(ingestion.error)


class TestReopening:
    ROWS = tickets("T1,2026-03-02T09:00,2026-03-02T16:00")
    CLOSED = pauses("T1,1,2026-03-02T11:00,2026-03-02T14:00,")

    @pytest.mark.parametrize(
        ("on_reopen", "value", "volume"),
        [("resume", "100", "1"), ("restart", "100", "1"), ("new_item", "100", "2")],
    )
    def test_the_clause_says_what_it_does_to_the_clock(self, on_reopen, value, volume):
        parameters = {"limit": "4", "limit_unit": "hours", "on_reopen": on_reopen}
        kpi = a_clocked_kpi(parameters)
        ticket_feed, closing_feed = feeds(TICKETS, REOPENINGS, kpi=kpi)
        load(closing_feed, self.CLOSED)
        load(ticket_feed, self.ROWS)
        evaluate()

        current = head().current
        assert (current.value, current.volume) == (value, volume)

    @pytest.mark.parametrize(("on_reopen", "value"), [("resume", "0"), ("restart", "100")])
    def test_it_goes_on_or_begins_anew(self, on_reopen, value):
        parameters = {"limit": "3", "limit_unit": "hours", "on_reopen": on_reopen}
        kpi = a_clocked_kpi(parameters)
        ticket_feed, closing_feed = feeds(TICKETS, REOPENINGS, kpi=kpi)
        load(ticket_feed, self.ROWS)
        load(closing_feed, self.CLOSED)
        evaluate()

        assert head().current.value == value


class TestBusinessDays:
    def test_the_cut_off_belongs_to_the_day(self):
        parameters = {"limit": 2, "limit_unit": "business_days", "cut_off": "15:00"}
        kpi = a_clocked_kpi(parameters, a_calendar())
        (feed,) = feeds(TICKETS, kpi=kpi)
        load(
            feed,
            tickets(
                "in-time,2026-03-06T15:30,2026-03-11T17:00",
                "late,2026-03-06T15:30,2026-03-11T17:00:01",
                "before,2026-03-06T15:00,2026-03-10T17:00",
                "after,2026-03-06T15:00,2026-03-11T09:00",
            ),
        )
        evaluate()

        assert figures()["2026-03"][2] == "50"


class TestOpenWork:
    DUE = {"limit": "due"}

    def test_what_is_due_and_open_fails_when_its_time_is_up(self):
        kpi = a_clocked_kpi(self.DUE, time_field=Kpi.TimeField.DUE)
        (feed,) = feeds(FILINGS, kpi=kpi)
        load(
            feed,
            filings("F1,2026-03-05T12:00,2026-03-04T12:00", "F2,2026-03-10T12:00,"),
            at=MARCH + 4 * DAY,
        )
        sweep(as_of=MARCH + 4 * DAY)
        assert figures()["2026-03"][1:3] == ("MET", "100")
        kpi.refresh_from_db()
        assert kpi.next_tick_at == datetime(2026, 3, 10, 12, tzinfo=UTC)

        sweep(as_of=MARCH + 9 * DAY + timedelta(hours=12))

        assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "50")
        assert head().current.body["open"] == {"items": 1, "overdue": 1, "oldest_seconds": 0}
        assert (
            "open and overdue: 1 of 1 open items, the oldest for 0 min"
            in head().current.body["steps"]
        )

    def test_done_at_last_it_flags_no_final_period(self):
        kpi = a_clocked_kpi(self.DUE, time_field=Kpi.TimeField.DUE)
        (feed,) = feeds(FILINGS, kpi=kpi)
        load(feed, filings("F1,2026-03-05T12:00,"), at=MARCH + 4 * DAY)
        sweep(as_of=APRIL)
        sweep(as_of=APRIL + 10 * DAY)
        assert figures()["2026-03"][0] == "final"

        load(feed, filings("F1,2026-03-05T12:00,2026-04-12T12:00"), at=APRIL + 12 * DAY)
        sweep(as_of=APRIL + 12 * DAY)

        assert (figures()["2026-03"][:3], head().has_late_rows) == (
            ("final", "BELOW_MINIMUM", "0"),
            False,
        )

    def test_neither_does_an_item_with_a_clock(self):
        parameters = {"limit": "4", "limit_unit": "hours", "open_overdue": "once_when_due"}
        kpi = a_clocked_kpi(parameters, time_field=Kpi.TimeField.STARTED)
        (feed,) = feeds(TICKETS, kpi=kpi)
        load(feed, tickets("T1,2026-03-02T09:00,", "T2,2026-03-02T09:00,2026-03-02T10:00"))
        sweep(as_of=APRIL)
        sweep(as_of=APRIL + 10 * DAY)
        assert figures()["2026-03"][:3] == ("final", "BELOW_MINIMUM", "50")

        load(feed, tickets("T1,2026-03-02T09:00,2026-04-12T12:00"), at=APRIL + 12 * DAY)
        sweep(as_of=APRIL + 12 * DAY)
        assert not head().has_late_rows

        load(feed, tickets("T1,2026-03-02T09:00,2026-03-02T12:00"), at=APRIL + 13 * DAY)
        sweep(as_of=APRIL + 13 * DAY)
        assert head().has_late_rows  # it was done in time after all

    def test_each_further_miss_is_counted_also_where_the_value_stays(self):
        kpi = a_clocked_kpi(self.DUE, time_field=Kpi.TimeField.DUE)
        (feed,) = feeds(FILINGS, kpi=kpi)
        load(feed, filings("F1,2026-03-05T12:00,", "F2,2026-03-10T12:00,"), at=MARCH + 2 * DAY)
        sweep(as_of=MARCH + 5 * DAY)
        assert (head().current.value, head().current.denominator) == ("0", "1")

        sweep(as_of=MARCH + 10 * DAY)

        assert (head().current.value, head().current.denominator) == ("0", "2")

    def test_it_fails_in_each_period_until_it_is_done_where_the_clause_says_so(self):
        parameters = self.DUE | {"open_overdue": "each_period_until_done"}
        kpi = a_clocked_kpi(parameters, time_field=Kpi.TimeField.DUE)
        (feed,) = feeds(FILINGS, kpi=kpi)
        load(feed, filings("F1,2026-01-15T12:00,"), at=datetime(2026, 1, 10, tzinfo=UTC))
        sweep(as_of=APRIL + DAY)
        failing = [label for label, figure in figures().items() if figure[2] == "0"]
        assert failing == ["2026-01", "2026-02", "2026-03", "2026-04"]

        load(feed, filings("F1,2026-01-15T12:00,2026-03-20T12:00"), at=APRIL + 2 * DAY)
        sweep(as_of=APRIL + 2 * DAY)

        failing = [label for label, figure in figures().items() if figure[2] == "0"]
        assert failing == ["2026-01", "2026-02", "2026-03"]

    def test_grace_comes_before_the_first_failure(self):
        parameters = self.DUE | {"open_overdue": "each_period_until_done", "grace_days": 20}
        kpi = a_clocked_kpi(parameters, time_field=Kpi.TimeField.DUE)
        (feed,) = feeds(FILINGS, kpi=kpi)
        load(feed, filings("F1,2026-02-15T12:00,"), at=datetime(2026, 2, 10, tzinfo=UTC))
        sweep(as_of=MARCH + 2 * DAY)
        assert figures()["2026-02"][:3] == ("provisional", "PENDING", "")

        sweep(as_of=MARCH + 8 * DAY)

        assert figures()["2026-02"][2] == "0"

    def test_by_finish_it_counts_when_it_is_finished(self):
        kpi = a_clocked_kpi(self.DUE)
        (feed,) = feeds(FILINGS, kpi=kpi)
        load(feed, filings("F1,2026-03-05T12:00,", "F2,2026-03-05T12:00,2026-03-05T12:00"))
        sweep(as_of=APRIL)
        assert figures()["2026-03"][1:3] == ("MET", "100")
        assert head().current.body["open"]["overdue"] == 1

        load(feed, filings("F1,2026-03-05T12:00,2026-04-02T12:00"), at=APRIL + 2 * DAY)
        sweep(as_of=APRIL + 2 * DAY)

        assert [figures()[label][2] for label in ("2026-03", "2026-04")] == ["100", "0"]

    def test_by_start_a_period_waits_for_its_items(self):
        parameters = {"limit": "240", "limit_unit": "hours", "open_overdue": "once_when_due"}
        kpi = a_clocked_kpi(parameters, time_field=Kpi.TimeField.STARTED)
        (feed,) = feeds(TICKETS, kpi=kpi)
        load(feed, tickets("T1,2026-03-02T09:00,2026-03-03T09:00", "T2,2026-03-30T09:00,"))
        sweep(as_of=APRIL)
        sweep(as_of=APRIL + 7 * DAY)
        assert figures()["2026-03"][:3] == ("provisional", "MET", "100")

        sweep(as_of=APRIL + 9 * DAY)
        assert figures()["2026-03"][:3] == ("provisional", "BELOW_MINIMUM", "50")
        sweep(as_of=APRIL + 15 * DAY)
        assert figures()["2026-03"][0] == "final"
