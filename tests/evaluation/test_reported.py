"""Vendors' own figures: taken down, judged where the clause says so, and told beside ours."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.services.acting import Actor
from metrics.evaluation.restating import result_restate
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import verify_all
from metrics.feeds.reporting import Told, vendor_figure_report
from metrics.models import ResultRevision, VendorFigure
from metrics.selectors.reported import beside
from tests.evaluation.looking import DAY, case_states, head
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, csv, figures, load

MARCH = date(2026, 3, 1)
VENDOR = {"definition": {"source_of_record": "vendor", "tolerance": "1"}}
EVEN = csv([f"{n},2026-03-{n + 2:02},{'yes' if n < 10 else 'no'}" for n in range(20)])  # 50 %

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]


def report(kpi, value, *, at=APRIL, day=MARCH, **more):
    told = Told(first_day=day, value=Decimal(value), **more)
    return vendor_figure_report(kpi=kpi, told=told, by=Actor("Vera"), as_of=at)


class TestJudged:
    pytestmark = pytest.mark.usefixtures("sound")

    def test_the_vendors_figure_is_judged_where_the_clause_says_so(self):
        kpi = a_share(**VENDOR)
        load(a_mapped_feed(), EVEN)
        sweep(as_of=APRIL)
        assert figures()["2026-03"] == ("provisional", "NO_DATA", "", 1)

        report(kpi, "96.5")
        sweep(as_of=APRIL)

        assert figures()["2026-03"] == ("provisional", "MET", "193/2", 2)
        assert head().current.body["ours"] == "50"
        told = beside(VendorFigure.objects.get(), head().current)
        assert (told.variance, told.within, told.counts) == (Decimal("46.5"), False, True)

    def test_ours_is_judged_without_such_a_clause_and_no_revision_follows(self):
        kpi = a_share(definition={"tolerance": "50"})
        load(a_mapped_feed(), EVEN)
        sweep(as_of=APRIL)

        report(kpi, "96")
        sweep(as_of=APRIL)

        assert figures()["2026-03"] == ("provisional", "BELOW_MINIMUM", "50", 1)
        told = beside(VendorFigure.objects.get(), head().current)
        assert (told.variance, told.within, told.counts) == (46, True, False)

    def test_a_later_figure_replaces_an_earlier_one_and_both_stay(self):
        kpi = a_share(**VENDOR)
        report(kpi, "80")
        sweep(as_of=APRIL)
        assert case_states() == {"2026-03": "provisional"}

        report(kpi, "96", at=APRIL + DAY)
        sweep(as_of=APRIL + DAY)

        assert figures()["2026-03"][1:3] == ("MET", "96")
        assert case_states() == {"2026-03": "withdrawn"}
        assert VendorFigure.objects.count() == 2

    def test_after_the_figure_is_final_a_new_one_waits_for_a_restatement(self):
        kpi = a_share(**VENDOR)
        report(kpi, "80")
        sweep(as_of=APRIL)
        sweep(as_of=APRIL + 5 * DAY)
        late = APRIL + 10 * DAY

        report(kpi, "96", at=late)
        sweep(as_of=late)
        assert figures()["2026-03"] == ("final", "BELOW_MINIMUM", "80", 1)
        assert head().has_late_rows

        result_restate(period=head(), reason="corrected", approved_by="dana", as_of=late)
        assert figures()["2026-03"] == ("restated", "MET", "96", 2)
        assert case_states() == {"2026-03": "withdrawn"}

    def test_a_restatement_back_reopens_the_case(self):
        self.test_after_the_figure_is_final_a_new_one_waits_for_a_restatement()
        late = APRIL + 20 * DAY

        report(head().kpi, "70", at=late)
        sweep(as_of=late)
        result_restate(period=head(), reason="corrected again", approved_by="dana", as_of=late)

        assert case_states() == {"2026-03": "open"}


def test_verify_tells_of_a_figure_that_was_tampered_with():
    kpi = a_share(**VENDOR)
    report(kpi, "80")
    sweep(as_of=APRIL)
    assert not list(verify_all())

    VendorFigure.objects.update(value="96")
    assert {found.what for found in verify_all()} == {"rows in force now"}

    VendorFigure.objects.update(value="80")
    revision = ResultRevision.objects.get(period=head())
    revision.body["circumstances"]["reported"] = "96"
    revision.save()
    assert "value" in {found.what for found in verify_all()}


@pytest.mark.parametrize(
    ("given_", "field", "words"),
    [
        ({"day": date(2026, 3, 14)}, "first_day", "begins on 2026-03-01"),
        ({"day": date(2025, 3, 1)}, "first_day", "is not measured on 2025-03-01"),
        ({"day": date(2026, 5, 1)}, "first_day", "lies ahead"),
        ({"value": "NaN"}, "value", "not a number"),
        ({"numerator": Decimal(9)}, "denominator", "or neither"),
        ({"numerator": Decimal(9), "denominator": Decimal(0)}, "denominator", "divided by 0"),
        ({"reported_at": APRIL + timedelta(hours=1)}, "reported_at", "lies ahead"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(given_, field, words):
    kpi = a_share()
    with pytest.raises(ValidationError) as refused:
        report(kpi, **{"value": "96"} | given_)
    assert words in refused.value.message_dict[field][0]
    assert not VendorFigure.objects.exists()


_ACTS = st.permutations(["80", "96", "rows", "other rows"])


@settings(deadline=None, max_examples=8)
@given(order=_ACTS)
def test_the_outcome_does_not_depend_on_the_order_of_arrival(order):
    """Each figure was said at its own time; when it was entered does not matter."""
    said = {"80": APRIL - DAY, "96": APRIL}
    with transaction.atomic():
        kpi, feed = a_share(**VENDOR), a_mapped_feed()
        for act in order:
            if act in said:
                report(kpi, act, reported_at=said[act])
            else:
                load(feed, EVEN if act == "rows" else csv(["90,2026-03-30,yes"]))
            sweep(as_of=APRIL)
        assert figures()["2026-03"][1:3] == ("MET", "96")
        assert head().current.body["ours"] == "1100/21"
        assert not list(verify_all())
        transaction.set_rollback(True)
