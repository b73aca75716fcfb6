"""A feed whose mapping changes: what it loaded before is still known."""

import pytest

from tests.feeds.arriving import (
    DESK,
    HEADER,
    MOVING,
    a_mapped_feed,
    a_share,
    counts,
    csv,
    in_force,
    load,
    remap,
    superseded,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]

ONE, TWO = ("sla", "1", "2026-03-02", 1, 1), ("sla", "2", "2026-03-03", 0, 1)


def delivered(*rows):
    return csv(rows, "number,closed,met,state")


def test_a_mapping_that_begins_to_filter_knows_the_rows_from_before():
    a_share()
    feed = a_mapped_feed()
    load(feed, delivered("1,2026-03-02,yes,Closed", "2,2026-03-03,no,Closed"))
    remap(feed, {**DESK, "where": 'state == "Closed"'})

    again = load(
        feed,
        delivered("1,2026-03-02,yes,Closed", "2,2026-03-03,no,Open", "3,2026-03-04,no,Closed"),
    )

    assert counts(again) == {"read": 3, "accepted": 1, "duplicate": 1, "filtered": 1}
    assert in_force() == [ONE, ("sla", "3", "2026-03-04", 0, 1)]
    assert superseded() == [TWO]


def test_a_mapping_that_begins_to_follow_a_column_takes_rows_away_from_their_kpi():
    for code in ("desk-sla", "field-sla"):
        a_share(code)
    target = {"good": 'met == "yes"', "valid": 1}
    feed = a_mapped_feed(MOVING, targets=[{"kpi": "desk-sla", **target}])
    load(feed, csv(["1,2026-03-02,yes,1,field", "2,2026-03-03,no,1,desk"], HEADER))
    remap(feed, MOVING)

    again = load(feed, csv(["1,2026-03-02,yes,2,field", "2,2026-03-03,no,1,desk"], HEADER))

    assert counts(again) == {"read": 2, "corrected": 1, "duplicate": 1}
    assert in_force() == [("desk-sla", "2", "2026-03-03", 0, 1), ("field-sla", *ONE[1:])]


def test_rows_changed_while_no_filter_was_there_are_not_older_than_the_filtered_ones():
    a_share()
    filtering = {**DESK, "where": 'state == "Closed"'}
    feed = a_mapped_feed(filtering)
    load(feed, delivered("1,2026-03-02,no,Closed"))
    remap(feed, DESK)
    load(feed, delivered("1,2026-03-02,yes,Closed"))
    remap(feed, filtering)

    again = load(feed, delivered("1,2026-03-02,yes,Closed"))

    assert counts(again) == {"read": 1, "duplicate": 1}
    assert in_force() == [ONE]
