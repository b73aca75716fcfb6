"""Figures that people type in: two persons, evidence, and then the way of every other row."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from metrics.evaluation.work import work_all
from metrics.feeds.entries import EntryError, entry_approve, entry_propose, entry_refuse
from metrics.models import Ingestion, ManualEntry
from tests.feeds.arriving import (
    APRIL,
    a_mapped_feed,
    a_share,
    a_total,
    csv,
    figures,
    in_force,
    load,
    superseded,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]

MID_MARCH = date(2026, 3, 15)


def survey(**fields):
    """A KPI that is assessed, with one decimal, at least 4."""
    return a_total("survey", "assessed", decimals=1, level={"expected": "4"}, **fields)


def proposed(kpi, day=MID_MARCH, by="ann", **numbers):
    return entry_propose(kpi=kpi, day=day, evidence="page 3", entered_by=by, **numbers)


def approved(entry, by="ben", at=APRIL):
    entry_approve(entry=entry, approved_by=by, received_at=at)
    work_all(as_of=at)


def test_a_value_counts_once_a_second_person_approved_it():
    entry = proposed(survey(), value=Decimal("3.5"))
    work_all(as_of=APRIL)
    assert figures("survey")["2026-03"][1] == "NO_DATA"

    approved(entry)

    entry.refresh_from_db()
    assert (entry.state, entry.approved_by) == ("approved", "ben")
    assert entry.ingestion.deliveries.get().delivered_by == "ann, approved by ben"
    assert in_force() == [("survey", "2026-03-01", "2026-03-01", 35)]
    assert figures("survey")["2026-03"] == ("provisional", "BELOW_MINIMUM", "7/2", 2)


def test_a_numerator_and_a_denominator_make_a_share():
    approved(proposed(a_share(), numerator=Decimal(9), denominator=Decimal(10)))

    assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "90")


def test_a_later_entry_for_the_period_corrects_the_figure_whichever_day_it_names():
    kpi = survey()
    approved(proposed(kpi, value=Decimal(3)))

    approved(proposed(kpi, date(2026, 3, 31), value=Decimal(5)))

    assert in_force() == [("survey", "2026-03-01", "2026-03-01", 50)]
    assert superseded() == [("survey", "2026-03-01", "2026-03-01", 30)]
    assert figures("survey")["2026-03"][1:3] == ("MET", "5")


def test_the_figure_of_the_running_day_is_in_however_early_it_is_approved():
    kpi = survey(definition={"zone": "America/Sao_Paulo"})
    entry = proposed(kpi, date(2026, 3, 15), value=Decimal(5))

    approved(entry, at=datetime(2026, 3, 15, 3, 1, tzinfo=UTC))

    entry.refresh_from_db()
    assert (entry.ingestion.accepted, entry.ingestion.quarantined) == (1, 0)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({}, "give a value, or a numerator and a denominator"),
        ({"numerator": Decimal(1)}, "give a value, or a numerator and a denominator"),
        ({"value": Decimal(1), "numerator": Decimal(1), "denominator": Decimal(1)}, "give a value"),
        ({"numerator": Decimal(1), "denominator": Decimal(2)}, "which a numerator and a denom"),
        ({"value": Decimal("3.55")}, "keeps 1 decimals, and 3.55 has more"),
        ({"value": Decimal("NaN")}, "NaN is not a number"),
        ({"value": Decimal("Infinity")}, "Infinity is not a number"),
        ({"value": Decimal(4), "evidence": "  "}, "say where the figure comes from"),
        ({"value": Decimal(4), "day": date(2025, 12, 31)}, "is measured from 2026-01-01 on, not"),
    ],
)
def test_what_cannot_be_a_figure_is_refused_while_somebody_can_be_told(numbers, said):
    given = {"kpi": survey(), "day": MID_MARCH, "evidence": "page 3", "entered_by": "ann"}

    with pytest.raises(EntryError, match=said):
        entry_propose(**given | numbers)

    assert not ManualEntry.objects.exists()


@pytest.mark.parametrize(("part", "whole"), [(11, 10), (-1, 10)])
def test_a_share_of_more_than_all_is_refused(part, whole):
    with pytest.raises(EntryError, match="is no part of 10"):
        proposed(a_share(), numerator=Decimal(part), denominator=Decimal(whole))


def test_a_kpi_that_a_feed_measures_is_corrected_there():
    kpi = a_share()
    load(a_mapped_feed(), csv(["1,2026-03-02,yes"]))

    with pytest.raises(EntryError, match="is measured by a feed: correct its rows there"):
        proposed(kpi, numerator=Decimal(1), denominator=Decimal(1))


class TestADecision:
    def test_nobody_approves_what_they_entered(self):
        entry = proposed(survey(), value=Decimal(4))

        with pytest.raises(EntryError, match="a second person must approve"):
            approved(entry, by="ann")

    @pytest.mark.parametrize("name", ["Ann", " ann ", "ANN\n", "", " "])
    def test_a_name_written_otherwise_is_no_second_person(self, name):
        entry = proposed(survey(), value=Decimal("7.50"))
        with pytest.raises(EntryError, match="a second person must approve"):
            approved(entry, by=name)

    def test_a_period_that_lies_ahead_cannot_be_known(self):
        entry = proposed(survey(), date(2026, 5, 1), value=Decimal(4))

        with pytest.raises(EntryError, match="2026-05 lies ahead"):
            approved(entry)

    def test_what_is_refused_stays_on_record_and_counts_nowhere(self):
        entry = proposed(survey(), value=Decimal(4))

        entry_refuse(entry=entry, refused_by="ben")

        entry.refresh_from_db()
        assert (entry.state, entry.approved_by) == ("refused", "ben")
        assert not Ingestion.objects.exists()

    @pytest.mark.parametrize(
        "decide", [approved, lambda entry: entry_refuse(entry=entry, refused_by="cid")]
    )
    def test_it_is_made_once(self, decide):
        entry = proposed(survey(), value=Decimal(4))
        entry_refuse(entry=entry, refused_by="ben")

        with pytest.raises(EntryError, match="is refused already: enter a new one"):
            decide(entry)
