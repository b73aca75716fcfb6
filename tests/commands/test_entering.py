"""Figures typed in, and final figures replaced, from a terminal."""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from metrics.models import KpiPeriod, ManualEntry
from tests.feeds.arriving import (
    a_mapped_feed,
    a_share,
    a_total,
    evaluate,
    load,
    pass_time,
)
from tests.feeds.arriving import csv as rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]
DAY = "2026-03-15"
EVIDENCE = ("--evidence", "page 3", "--by", "ann")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def entries() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("enter", "--list", "--format", "json"))
    return found


def test_an_entry_counts_once_a_second_person_approves_it() -> None:
    a_total("survey", "assessed", decimals=1, level={"expected": "4"})
    run("enter", "survey", DAY, "3.5", *EVIDENCE)
    (entry,) = entries()
    assert (entry["figure"], entry["state"], entry["entered_by"]) == ("3.5", "proposed", "ann")
    with pytest.raises(CommandError, match="a second person must approve"):
        run("enter", "--approve", str(entry["entry"]), "--by", "ann")

    run("enter", "--approve", str(entry["entry"]), "--by", "ben")

    assert [(each["state"], each["decided_by"]) for each in entries()] == [("approved", "ben")]
    (figure,) = json.loads(
        run("results", "--kpi", "survey", "--period", "2026-03", "--format", "json")
    )
    assert figure["value"] == 3.5


def test_two_numbers_are_a_numerator_and_a_denominator() -> None:
    a_share()
    run("enter", "sla", DAY, "95/100", *EVIDENCE)

    entry = ManualEntry.objects.get()
    assert (entry.numerator, entry.denominator) == (Decimal(95), Decimal(100))
    assert [
        row["figure"] for row in csv.DictReader(StringIO(run("enter", "--list", "--format", "csv")))
    ] == ["95/100"]


def test_a_refused_entry_stays_on_record() -> None:
    a_share()
    run("enter", "sla", DAY, "95/100", *EVIDENCE)

    run("enter", "--refuse", str(ManualEntry.objects.get().pk), "--by", "ben")

    assert [each["state"] for each in entries()] == ["refused"]


def test_without_entries_the_list_says_so() -> None:
    assert run("enter", "--list") == "Nothing was entered yet.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "do one thing at a time"),
        (("--list", "--approve", "1"), "do one thing at a time"),
        (("sla", DAY, "--by", "ann"), "an entry needs KPI, DAY, FIGURE and --evidence"),
        (("sla", DAY, "95/100", "--by", "ann"), "an entry needs"),
        (("sla", DAY, "95/100", "--evidence", "page 3"), "say who does it: --by NAME"),
        (("--approve", "7", "--by", "ann"), "there is no entry 7: --list shows them all"),
        (("sls", DAY, "95/100", *EVIDENCE), "did you mean sla"),
        (("sla", "15/03/2026", "95/100", *EVIDENCE), "'15/03/2026' is not a day"),
        (("sla", DAY, "1/2/3", *EVIDENCE), "'1/2/3' is not a figure"),
        (("sla", DAY, "many", *EVIDENCE), "'many' is not a figure"),
        (("sla", DAY, "120/100", *EVIDENCE), "120 is no part of 100"),
    ],
)
def test_what_cannot_be_entered_is_refused_with_the_way_out(
    arguments: tuple[str, ...], said: str
) -> None:
    a_share()
    with pytest.raises(CommandError, match=said):
        run("enter", *arguments)
    assert not ManualEntry.objects.exists()


class TestRestating:
    WHY = ("--by", "P. Osei", "--reason", "the log came late")

    @pytest.fixture(autouse=True)
    def late(self) -> None:
        """March became final with one row, and another one came afterwards."""
        a_share()
        feed = a_mapped_feed()
        load(feed, rows_of(["1,2026-03-01,yes"]), complete_through=date(2026, 3, 31))
        evaluate()
        final = datetime(2026, 5, 1, tzinfo=UTC)
        pass_time(final)
        load(feed, rows_of(["2,2026-03-02,no"]), at=final, filename="late.csv")
        evaluate(final)

    def test_it_replaces_the_figure_and_keeps_the_one_before(self) -> None:
        assert KpiPeriod.objects.get(label="2026-03").has_late_rows

        (figure,) = json.loads(run("restate", "sla", "2026-03", *self.WHY, "--format", "json"))

        assert (figure["phase"], figure["value"]) == ("restated", 50.0)
        head = KpiPeriod.objects.get(label="2026-03")
        assert (head.has_late_rows, head.revisions.count() > 1) == (False, True)
        assert head.current is not None
        assert (head.current.reason, head.current.approved_by) == ("the log came late", "P. Osei")

    def test_explain_points_at_the_rows_that_do_not_count_yet(self) -> None:
        assert "Some arrived after this figure became final" in run("explain", "sla", "2026-03")
        run("restate", "sla", "2026-03", *self.WHY)
        assert "Some arrived" not in run("explain", "sla", "2026-03")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("sla", "2026-03", "--by", "x", "--reason", " "), "a reason and an approver"),
            (("sla", "2026-03", "--by", "x"), "--reason"),
            (("sla", "2026-3", *WHY), "has no figure for '2026-3': it has 2026-0"),
            (("sla", "2026-05", *WHY), "only a final figure is restated"),
        ],
    )
    def test_what_cannot_be_restated_is_refused(
        self, arguments: tuple[str, ...], said: str
    ) -> None:
        with pytest.raises(CommandError, match=said):
            run("restate", *arguments)


class TestIngesting:
    ROWS = ("1,2026-03-01,yes", "2,2026-03-32,yes", "3,2026-03-33,yes")

    @pytest.fixture
    def deliver(self, tmp_path: Any) -> Any:
        a_share()
        a_mapped_feed()

        def deliver(*rows: str) -> str:
            path = tmp_path / "rows.csv"
            path.write_text(rows_of(rows))
            return run("ingest", "desk", str(path))

        return deliver

    def test_rows_set_aside_are_told_with_their_line_and_the_way_out(self, deliver: Any) -> None:
        printed = deliver(*self.ROWS)

        assert "Set aside (2 rows, the first in line 3): '2026-03-32'" in printed
        assert "\n    → " in printed

    def test_the_same_bytes_are_told_as_such_and_not_as_errors(self, deliver: Any) -> None:
        deliver(*self.ROWS)

        again = deliver(*self.ROWS)

        assert "The same bytes were here before: nothing was read again." in again
        assert "Set aside" not in again

    def test_a_sound_file_needs_no_further_words(self, deliver: Any) -> None:
        printed = deliver("1,2026-03-01,yes")

        assert not {"Set aside", "Conflicting:", "Stale:", "Ambiguous:"} & set(printed.split())
        assert "→" not in printed

    def test_a_row_that_does_not_count_is_told_with_what_would(self, deliver: Any) -> None:
        printed = deliver("1,2026-03-01,yes", "1,2026-03-01,no")

        assert "Conflicting: the item is known with other values" in printed
        assert "→ send a higher revision" in printed
