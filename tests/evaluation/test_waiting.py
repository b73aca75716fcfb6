"""What holds up a figure, and what holds up nobody else."""

from datetime import UTC, date, datetime

import pytest

from metrics.evaluation.sweeping import sweep
from metrics.evaluation.work import work_all
from metrics.models import Ingestion
from tests.evaluation.looking import BAD, DAY, GOOD, head
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, a_total, deliver, figures, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]


class TestWaiting:
    def test_a_kpi_waits_while_a_delivery_of_its_feed_is_unread(self):
        a_share()
        a_share("other")
        feed = a_mapped_feed()
        load(feed, BAD)
        sweep(as_of=APRIL)
        delivery = deliver(feed, GOOD)
        load(a_mapped_feed(code="more", targets=[{"kpi": "other", "good": "1", "valid": 1}]), BAD)

        sweep(as_of=APRIL + DAY)
        assert figures()["2026-03"] == ("provisional", "BELOW_MINIMUM", "0", 1)
        assert figures("other")["2026-03"][1] == "MET"

        work_all(as_of=APRIL + DAY)
        assert figures()["2026-03"] == ("provisional", "MET", "100", 2)
        assert Ingestion.objects.get(pk=delivery.ingestion_id).status == "done"

    @pytest.mark.parametrize("status", ["received", "running", "parked"])
    def test_its_marks_stay_until_then(self, status):
        a_share()
        feed = a_mapped_feed()
        load(feed, BAD)
        other = deliver(feed, GOOD).ingestion
        Ingestion.objects.filter(pk=other.pk).update(status=status)

        sweep(as_of=APRIL)
        assert figures() == {}

        Ingestion.objects.filter(pk=other.pk).update(status="rejected")
        sweep(as_of=APRIL)
        assert figures()["2026-03"][1] == "BELOW_MINIMUM"


def test_a_definition_that_cannot_be_computed_holds_up_nobody_else():
    a_total("bent", "percentile", definition={"parameters": {"p": "50"}})
    a_share()
    load(a_mapped_feed(), GOOD)

    sweep(as_of=APRIL)

    assert figures("bent")["2026-03"][1:3] == ("INVALID", "")
    assert "write 0.95 for the 95th" in head(code="bent").current.body["details"]["refused"]
    assert figures()["2026-03"][1:3] == ("MET", "100")


class TestAKpiThatIsNotReadyYet:
    def test_one_without_a_definition_keeps_nobody_from_being_visited(self):
        bare = a_share("bare")
        bare.levels.all().delete()
        bare.definitions.all().delete()
        ready = a_share("ready")

        sweep(as_of=APRIL)

        assert (bare.periods.count(), ready.periods.count()) == (0, 4)

    def test_one_that_begins_years_ahead_is_visited_when_it_begins(self):
        kpi = a_share("ahead", first_day=date(2030, 1, 1))

        sweep(as_of=APRIL)

        kpi.refresh_from_db()
        assert kpi.next_tick_at == datetime(2030, 1, 1, tzinfo=UTC)
        assert kpi.periods.count() == 0
