"""Verify finds nothing where nothing was touched, and the place where something was."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.evaluation import figures
from metrics.evaluation.restating import result_restate
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import verify_all
from metrics.models import (
    BreachCase,
    CaseTransition,
    DirtyPeriod,
    Ingestion,
    KpiPeriod,
    Observation,
    ObservationHistory,
    ResultRevision,
)
from tests.feeds.arriving import (
    APRIL,
    MOVING,
    a_mapped_feed,
    a_share,
    a_total,
    csv,
    deliver,
    load,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]

DAY = timedelta(days=1)
HEADER = "number,closed,met,rev,team"


def found():
    return {(difference.where, difference.what) for difference in verify_all()}


@pytest.fixture
def _worked_through(in_process):
    """Final figures with history, late rows, a moved item, a restatement and a breach case."""
    a_share("desk-sla")
    a_share("field-sla")
    a_total("spread", "percentile", definition={"parameters": {"p": "0.5"}, "unit": "h"})
    feed = a_mapped_feed(MOVING)
    spread = a_mapped_feed(code="spread", targets=[{"kpi": "spread", "value": "met"}])
    load(spread, csv([f"{n},2026-03-0{n},{n * n}" for n in range(1, 6)]))
    load(feed, csv(["1,2026-03-02,no,1,desk", "2,2026-03-02,yes,1,desk"], HEADER))
    sweep(as_of=APRIL)
    sweep(as_of=APRIL + 5 * DAY)
    load(feed, csv(["2,2026-03-02,yes,2,field"], HEADER), at=APRIL + 6 * DAY)
    load(spread, csv(["9,2026-03-09,100"]), at=APRIL + 6 * DAY)
    sweep(as_of=APRIL + 6 * DAY)
    result_restate(
        period=head("field-sla"), reason="moved", approved_by="dana", as_of=APRIL + 7 * DAY
    )


def head(code="desk-sla", label="2026-03"):
    return KpiPeriod.objects.select_related("current").get(kpi__code=code, label=label)


@pytest.mark.usefixtures("_worked_through")
class TestNothingTouched:
    def test_final_figures_with_late_rows_are_what_they_saw(self):
        assert [head(code).phase for code in ("desk-sla", "spread")] == ["final", "final"]
        assert head("desk-sla").has_late_rows
        assert head("spread").has_late_rows
        assert head("field-sla").phase == "restated"
        assert ObservationHistory.objects.exists()

        assert found() == set()

    def test_without_its_watermark_a_final_figure_would_be_doubted(self):
        last = Ingestion.objects.latest("pk")
        revision = head("spread").current
        everything = dict.fromkeys(revision.watermark, last.pk)
        ResultRevision.objects.filter(pk=revision.pk).update(watermark=everything)

        assert ("spread 2026-03", "rows") in found()

    def test_rows_that_nobody_evaluated_yet_are_no_difference(self):
        feed = Ingestion.objects.first().feed
        load(feed, csv(["20,2026-04-09,100"]), at=APRIL + 10 * DAY)
        assert DirtyPeriod.objects.exists()
        deliver(feed, csv(["21,2026-04-09,100"]), at=APRIL + 10 * DAY)

        assert found() == set()

    def test_rows_whose_mark_was_lost_are_found(self):
        feed = Ingestion.objects.first().feed
        load(feed, csv(["20,2026-04-09,100"]), at=APRIL + 10 * DAY)
        DirtyPeriod.objects.all().delete()

        assert found() == {("spread 2026-04", "rows in force now")}


@pytest.mark.usefixtures("_worked_through")
def test_it_asks_no_more_often_for_more_periods():
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert found() == set()
        return len(queries)

    before = asked()
    sweep(as_of=APRIL + 200 * DAY)

    assert KpiPeriod.objects.count() > 20
    assert asked() == before


def update_key(model, condition, assignment):
    """Change rows behind the product's back."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {assignment} WHERE {condition}")
        assert cursor.rowcount > 0


@pytest.mark.usefixtures("_worked_through")
class TestTamperedWith:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("value", "99"),
            ("value_float", 99.0),
            ("status", "MET"),
            ("numerator", "2"),
            ("denominator", "3"),
            ("rows", 7),
            ("volume", "7"),
            ("consequence", "none"),
            ("is_breach", False),
            ("attained", None),
            ("shortfall", "0"),
            ("fingerprint", "0" * 64),
            ("body", {"formula": "x"}),
            ("attested", True),
            ("watermark", {}),
            ("level", None),
        ],
    )
    def test_a_revision_is_named(self, column, value):
        if column == "attained":
            column, value = "attainment", "100"
        ResultRevision.objects.filter(pk=head().current_id).update(**{column: value})

        differences = found()

        assert {where for where, _ in differences} == {"desk-sla 2026-03"}

    @pytest.mark.parametrize(
        "assignment", ["a = a + 1", "kpi_id = kpi_id + 1000", "at = at - 9e14"]
    )
    def test_an_observation_is_named_by_its_figure(self, assignment):
        assignment = assignment.replace("9e14", "900000000000000")
        update_key(Observation, f"kpi_id = {head().kpi_id}", assignment)

        assert "desk-sla 2026-03" in {where for where, _ in found()}

    def test_an_observation_that_vanished_is_named_by_its_figure(self):
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {Observation._meta.db_table} WHERE kpi_id = {head().kpi_id}"
            )

        assert {where for where, _ in found()} == {"desk-sla 2026-03"}

    def test_history_is_part_of_a_final_figure(self):
        update_key(ObservationHistory, "ref = '2'", "a = 0")

        assert ("desk-sla 2026-03", "value") in found()

    @pytest.mark.parametrize("model", [Observation, ObservationHistory])
    def test_a_row_of_no_delivery_is_counted(self, model):
        column = "load_id" if model is Observation else "loaded_by"
        update_key(model, "ref = '2'", f"{column} = 123456")

        assert (model._meta.db_table, "rows without their KPI or delivery") in found()

    @pytest.mark.parametrize(
        ("fields", "what"),
        [
            ({"status": "MET"}, "status of the head"),
            ({"is_breach": False}, "breach of the head"),
            ({"current": None}, "revision in force"),
            ({"ends_at": APRIL - DAY}, "period"),
            ({"phase": "running"}, "breach of the head"),
        ],
    )
    def test_a_head_is_named(self, fields, what):
        KpiPeriod.objects.filter(pk=head().pk).update(**fields)

        assert ("desk-sla 2026-03", what) in found()

    def test_a_head_that_points_to_an_older_revision_is_named(self):
        restated = head("field-sla")
        KpiPeriod.objects.filter(pk=restated.pk).update(current=restated.revisions.get(number=1))

        assert ("field-sla 2026-03", "revision in force") in found()

    def test_a_late_flag_that_was_taken_away_is_named(self):
        KpiPeriod.objects.filter(pk=head().pk).update(has_late_rows=False)

        assert found() == {("desk-sla 2026-03", "rows in force now")}

    def test_a_period_that_vanished_is_named(self):
        gone = head("field-sla", "2026-01")
        KpiPeriod.objects.filter(pk=gone.pk).update(current=None)
        gone.revisions.all().delete()
        gone.delete()

        assert found() == {("field-sla 2026-01", "figure")}

    @pytest.mark.parametrize("state", ["withdrawn", "provisional", "resolved", "acknowledged"])
    def test_a_case_that_moved_without_a_transition_is_named(self, state):
        BreachCase.objects.update(state=state)

        assert found() == {("desk-sla 2026-03", "breach case")}

    def test_a_case_that_vanished_is_named(self):
        CaseTransition.objects.all().delete()
        BreachCase.objects.all().delete()

        assert found() == {("desk-sla 2026-03", "breach case")}

    def test_a_case_that_outlived_its_failure_is_named(self):
        good = head("field-sla")
        BreachCase.objects.create(period=good, state="open", severity="minor", opened_at=APRIL)

        assert found() == {("field-sla 2026-03", "breach case")}

    @pytest.mark.parametrize(
        ("assignment", "names"),
        [
            ("accepted = accepted - 1, duplicate = duplicate + 1", {"accepted", "duplicate"}),
            ("ambiguous = ambiguous + 1", {"ambiguous"}),
            (
                "accepted = accepted - 1, quarantined = quarantined + 1",
                {"accepted", "quarantined", "rows set aside"},
            ),
        ],
    )
    def test_counts_of_a_delivery_are_named(self, assignment, names):
        pk = Ingestion.objects.filter(accepted__gt=0).earliest("pk").pk

        update_key(Ingestion, f"id = {pk}", assignment)

        assert found() == {(f"delivery {pk}", name) for name in names}

    def test_a_row_set_aside_that_vanished_is_named(self):
        feed = Ingestion.objects.first().feed
        ingestion = load(feed, csv(["30,no day,100"]), at=APRIL + 10 * DAY)
        assert found() == set()

        ingestion.rejects.all().delete()

        assert found() == {(f"delivery {ingestion.pk}", "rows set aside")}


def test_verifying_costs_a_fixed_number_of_queries_beside_one_per_figure(
    django_assert_max_num_queries,
):
    a_share(first_day=date(2020, 1, 1))
    sweep(as_of=APRIL)

    with django_assert_max_num_queries(76 + 20):
        assert found() == set()


@pytest.mark.usefixtures("_worked_through")
class TestAnEarlierRelease:
    """Revisions that were sealed and explained in another way than today's."""

    @pytest.fixture(autouse=True)
    def _explained_otherwise(self, _worked_through):
        ResultRevision.objects.update(body={"formula": "as it was said then"})

    def test_its_figures_are_compared_and_its_words_are_not(self, monkeypatch):
        monkeypatch.setattr(figures, "RECIPE", figures.RECIPE + 1)

        assert found() == set()

    def test_its_figures_are_still_doubted(self, monkeypatch):
        monkeypatch.setattr(figures, "RECIPE", figures.RECIPE + 1)
        ResultRevision.objects.filter(pk=head("spread").current_id).update(value="99")

        assert ("spread 2026-03", "value") in found()

    def test_the_words_of_this_release_are_compared(self):
        assert ("spread 2026-03", "body") in found()

    def test_a_seal_of_no_release_is_no_excuse(self, monkeypatch):
        monkeypatch.setattr(figures, "RECIPE", figures.RECIPE + 1)
        ResultRevision.objects.update(fingerprint="0" * 64)

        assert ("spread 2026-03", "fingerprint") in found()
