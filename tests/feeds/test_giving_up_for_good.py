"""A delivery that was set aside: tried again, or given up with whatever of it went in."""

import pytest
from django.core.exceptions import ValidationError

from metrics.evaluation.verifying import verify_all
from metrics.evaluation.work import work_all
from metrics.feeds import tables
from metrics.feeds.running import ingestion_run
from metrics.feeds.undoing import ingestion_give_up, ingestion_retry, undo_request
from metrics.models import Ingestion
from tests.feeds.arriving import (
    APRIL,
    TWO,
    a_mapped_feed,
    a_share,
    counts,
    csv,
    deliver,
    figures,
    in_force,
    load,
)
from tests.feeds.interrupting import ALL, TEN, Crash, crash_after, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


@pytest.fixture
def feed():
    a_share()
    return a_mapped_feed()


def set_aside(feed, content=TEN, monkeypatch=None, insert=2):
    """A delivery that failed repeatedly; with ``monkeypatch`` after its first parts went in."""
    ingestion = deliver(feed, content).ingestion
    if monkeypatch:
        with monkeypatch.context() as patch:
            crash_after(patch, tables, "observations_insert", insert)
            with pytest.raises(Crash):
                ingestion_run(ingestion_id=ingestion.pk)
    error = {"rule": "failure", "message": "Crash: no disk"}
    Ingestion.objects.filter(pk=ingestion.pk).update(status="parked", error=error)
    return fresh(ingestion)


def give_up(ingestion, reason="the vendor sends it anew"):
    return ingestion_give_up(ingestion=ingestion, reason=reason, asked_by=None, as_of=APRIL)


def test_tried_again_it_goes_on_where_it_stopped(feed, in_parts, monkeypatch):
    in_parts(3)
    parked = set_aside(feed, monkeypatch=monkeypatch)

    ingestion_retry(ingestion=parked)
    work_all(as_of=APRIL)

    assert counts(fresh(parked)) == ALL
    assert len(in_force()) == 10


def test_given_up_it_is_rejected_and_later_ones_go_on(feed):
    parked, later = set_aside(feed), deliver(feed, TWO).ingestion

    give_up(parked)
    work_all(as_of=APRIL)

    done = fresh(parked)
    assert (done.status, done.error["message"]) == (
        "rejected",
        "given up by kpotracker: the vendor sends it anew",
    )
    assert done.error["hint"] == "it had stopped with: Crash: no disk"
    assert counts(fresh(later)) == {"read": 2, "accepted": 2}


def test_parts_that_went_in_are_taken_back_before_any_figure_sees_them(feed, in_parts, monkeypatch):
    in_parts(3)
    load(feed, csv(["1,2026-03-02,no", "77,2026-03-02,no"]))
    parked = set_aside(feed, monkeypatch=monkeypatch, insert=3)
    assert len(in_force()) > 2

    give_up(parked)
    work_all(as_of=APRIL)

    assert [(ref, good) for _, ref, _, good, _ in in_force()] == [("1", 0), ("77", 0)]
    assert figures()["2026-03"][2:] == ("0", 1)
    assert list(verify_all()) == []


def test_the_same_bytes_may_come_again(feed):
    parked = set_aside(feed, TWO)
    give_up(parked)

    again = load(feed, TWO)

    assert again.pk != parked.pk
    assert counts(again) == {"read": 2, "accepted": 2}


@pytest.mark.parametrize("decide", [give_up, lambda i: ingestion_retry(ingestion=i)])
def test_there_is_nothing_to_decide_about_any_other(feed, decide):
    done = load(feed, TWO)

    with pytest.raises(ValidationError, match="there is nothing to decide"):
        decide(done)


def test_giving_up_needs_a_reason(feed):
    with pytest.raises(ValidationError, match="Say why"):
        give_up(set_aside(feed), " ")


def an_undoing_set_aside(feed, monkeypatch):
    """Half of it was done: its rows are withdrawn, and what the others say is not in yet."""
    load(feed, TWO)
    other = load(feed, csv(["1,2026-03-02,no"]))
    asked = undo_request(ingestion=other, reason="not ours", asked_by=None, as_of=APRIL)
    with monkeypatch.context() as patch:
        crash_after(patch, tables, "observations_insert", 1)
        with pytest.raises(Crash):
            ingestion_run(ingestion_id=asked.pk)
    Ingestion.objects.filter(pk=asked.pk).update(status="parked")
    return fresh(asked)


def test_an_undoing_that_was_set_aside_is_tried_again_to_its_end(feed, monkeypatch):
    parked = an_undoing_set_aside(feed, monkeypatch)

    ingestion_retry(ingestion=parked)
    work_all(as_of=APRIL)

    assert fresh(parked).status == "done"
    assert len(in_force()) == 2


def test_an_undoing_is_not_given_up_half_way(feed, monkeypatch):
    parked = an_undoing_set_aside(feed, monkeypatch)
    assert len(in_force()) == 1

    with pytest.raises(ValidationError, match="try it again"):
        give_up(parked)

    assert fresh(parked).status == "parked"


def test_the_same_bytes_never_fall_on_their_undoing(feed):
    undone = load(feed, TWO)
    undo_request(ingestion=undone, reason="not ours", asked_by=None, as_of=APRIL)
    undoing = undone.undos.get()
    # whichever of the two a database finds first
    Ingestion.objects.filter(pk=undoing.pk).update(attempt_of=7)

    again = load(feed, TWO)

    assert (again.undoes_id, again.attempt_of) == (None, 1)
