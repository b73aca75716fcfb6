"""Looking at a file before it is delivered: what it would come to, and nothing of it counts."""

import io
from datetime import date

import pytest

from metrics.feeds.intake import AttestationError, FeedError
from metrics.feeds.running import ingestion_run
from metrics.feeds.storage import absolute
from metrics.feeds.uploads import same_bytes, upload_confirm, upload_discard, upload_receive
from metrics.models import Delivery, Ingestion, Upload
from tests.factories import a_user
from tests.feeds.arriving import (
    APRIL,
    TWO,
    a_mapped_feed,
    a_share,
    a_total,
    counts,
    csv,
    in_force,
    load,
    marked_months,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


@pytest.fixture
def vera():
    return a_user("vera")


def look(feed, content, user, **options):
    from metrics.feeds import running

    body = content.encode() if isinstance(content, str) else content
    given = {"filename": "march.csv", "as_of": APRIL, "read": running.read_file}
    return upload_receive(feed=feed, stream=io.BytesIO(body), uploaded_by=user, **given | options)


def test_it_says_what_each_row_would_be_and_changes_nothing(vera):
    kpi = a_share()
    feed = a_mapped_feed()
    load(feed, TWO)
    before = in_force(), marked_months(kpi)
    rows = ["1,2026-03-02,yes", "2,2026-03-03,yes", "3,2026-03-04,no", "4,2026-02-30,no"]

    found = look(feed, csv(rows), vera).preview

    assert (found["rows"], found["read"]) == (4, 4)
    assert found["verdicts"] == {
        "duplicate": 1,
        "corrected": 1,
        "accepted": 1,
        "quarantined": 1,
    }
    assert found["errors"] == [
        {
            "rows": 1,
            "first_line": 5,
            "column": "closed",
            "message": "'2026-02-30' in column 'closed' is not a time of the calendar",
            "hint": "send a day and a time that exist",
            "example": "2026-02-30",
        }
    ]
    assert (in_force(), marked_months(kpi)) == before
    assert Ingestion.objects.count() == Delivery.objects.count() == 1


def test_it_foretells_what_the_delivery_comes_to(vera):
    a_share()
    feed = a_mapped_feed()
    load(feed, TWO)
    upload = look(feed, csv(["1,2026-03-02,no", "5,2026-03-04,no", "5,2026-03-04,yes"]), vera)

    delivery = upload_confirm(upload=upload, received_at=APRIL)
    ingestion_run(ingestion_id=delivery.ingestion_id)

    done = counts(Ingestion.objects.get(pk=delivery.ingestion_id))
    assert {"read": upload.preview["read"], **upload.preview["verdicts"]} == done
    assert delivery.delivered_by == "vera"


def test_the_first_rows_are_shown_as_they_are_understood(vera):
    a_total("hours", decimals=2)
    feed = a_mapped_feed(targets=[{"kpi": "hours", "value": "met"}])

    found = look(feed, csv(["1,2026-03-02,12.50", "2,2026-03-02,-3"]), vera).preview

    assert [row["says"] for row in found["sample"]] == [
        [{"kpi": "hours", "at": "2 Mar 2026, 00:00", "numbers": "value 12.5"}],
        [{"kpi": "hours", "at": "2 Mar 2026, 00:00", "numbers": "value -3"}],
    ]


def test_a_file_that_would_be_rejected_says_why(vera):
    a_share()

    found = look(a_mapped_feed(), "number,met\n1,yes\n", vera).preview

    assert found["rejected"]["rule"] == "columns"
    assert "'closed' not found" in found["rejected"]["message"]


def test_a_large_file_is_shown_by_its_first_rows(vera, monkeypatch, in_parts):
    in_parts(2)
    a_share()

    found = look(a_mapped_feed(), csv([f"{n},2026-03-02,yes" for n in range(5)]), vera).preview

    assert (found["rows"], found["read"], found["verdicts"]) == (
        5,
        2,
        {"accepted": 2},
    )


def test_the_same_bytes_are_recognised(vera):
    a_share()
    feed = a_mapped_feed()
    first = load(feed, TWO)

    again = look(feed, TWO, vera)
    other = look(feed, csv([]), a_user("olga"))

    assert same_bytes(again) == first
    assert same_bytes(other) is None
    assert upload_confirm(upload=again, received_at=APRIL).repeated


def test_delivered_twice_it_is_one_delivery(vera):
    a_share()
    upload = look(a_mapped_feed(), TWO, vera)

    first = upload_confirm(upload=upload, received_at=APRIL)

    assert upload_confirm(upload=upload, received_at=APRIL) == first
    assert Delivery.objects.count() == 1
    assert not absolute(upload.path).exists()


def test_dropped_nothing_is_left_of_it(vera):
    a_share()
    upload = look(a_mapped_feed(), TWO, vera)

    upload_discard(upload=upload)

    assert not Upload.objects.exists()
    assert not absolute(upload.path).exists()
    assert not Ingestion.objects.exists()


def test_dropped_in_one_window_it_is_not_delivered_from_another(vera):
    a_share()
    upload = look(a_mapped_feed(), TWO, vera)
    upload_discard(upload=upload)

    with pytest.raises(FeedError, match="was dropped meanwhile: choose the file again"):
        upload_confirm(upload=Upload(pk=upload.pk, filename="march.csv"), received_at=APRIL)
    assert not Delivery.objects.exists()


def test_what_one_looked_at_before_goes(vera):
    a_share()
    feed = a_mapped_feed()
    first, other = look(feed, TWO, vera), look(feed, TWO, a_user("olga"))

    second = look(feed, csv([]), vera)

    assert set(Upload.objects.all()) == {second, other}
    assert not absolute(first.path).exists()
    assert absolute(other.path).exists()


@pytest.mark.parametrize(
    ("change", "options", "error"),
    [
        ({"kind": "manual"}, {}, FeedError),
        ({"archived_at": APRIL}, {}, FeedError),
        ({}, {"complete_through": date(2026, 5, 1)}, AttestationError),
    ],
)
def test_what_could_not_be_delivered_is_refused_at_once(vera, change, options, error):
    a_share()
    feed = a_mapped_feed()
    for name, value in change.items():
        setattr(feed, name, value)

    with pytest.raises(error):
        look(feed, TWO, vera, **options)
    assert not Upload.objects.exists()
