import json
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from contracts.models import AuditEvent, User
from contracts.selectors.scope import EVERYTHING
from metrics.models import FeedKpi, Ingestion, Scorecard
from metrics.scorecards.assemble import assemble
from metrics.scorecards.commentary import commentary_write
from metrics.scorecards.comparing import changes_since
from metrics.scorecards.frozen import card_of
from metrics.scorecards.gaps import gaps_of
from metrics.scorecards.material import freshness
from metrics.scorecards.publish import card_to_publish, digest_of, publish
from metrics.selectors.spans import month_of, span_between
from tests.factories import (
    NOW,
    a_contract,
    a_delivery,
    a_feed,
    a_figure,
    a_kpi,
    a_revision,
    a_user,
    a_vendor,
)

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
DAYS = {"first_day": MARCH, "last_day": date(2026, 3, 31)}


@pytest.fixture
def head():
    return a_figure(a_kpi(a_contract(a_vendor(), "AC-1"), "accuracy"), MARCH, "200/3")


def card_now(head):
    return card_to_publish(span=month_of(MARCH), contract=head.kpi.contract)


def published(head, **given) -> Scorecard:
    return publish(card=card_now(head), by="Dana", as_of=NOW, **given)


def test_a_published_card_is_frozen_while_the_figure_changes(head):
    first = published(head)
    a_revision(head, "99")

    first.refresh_from_db()
    line = first.body["families"][0]["lines"][0]

    assert line["figure"]["actual"] == "66.67 %"
    assert card_of(first).families[0].lines[0].figure.actual == "66.67 %"
    assert card_now(head).families[0].lines[0].figure.value == 99


def test_publishing_again_is_the_next_edition_and_keeps_the_earlier_ones(head):
    editions = [published(head).edition for _ in range(3)]

    assert editions == [1, 2, 3]
    assert Scorecard.objects.count() == 3


def test_vendors_and_contracts_count_their_own_editions(head):
    published(head)
    vendor_card = assemble(vendor=head.kpi.contract.vendor, **DAYS)

    assert publish(card=vendor_card, by="Dana", as_of=NOW).edition == 1


def test_a_body_is_plain_json_with_exact_numbers(head):
    head.current.attainment = "200/3"
    head.current.save()

    body = json.loads(json.dumps(published(head).body))

    assert body["families"][0]["score"] == "200/3"
    assert body["span"] == {"first_day": "2026-03-01", "last_day": "2026-03-31", "label": "2026-03"}
    assert body["families"][3]["score"] is None


class TestThawing:
    def test_the_card_comes_back_as_it_was_frozen(self, head):
        head.phase = "restated"
        a_revision(head, "96", reason="late invoices")
        feed = a_feed(head.kpi.contract.vendor)
        FeedKpi.objects.create(feed=feed, kpi=head.kpi)
        a_delivery(feed)
        commentary_write(period=head, text="Why", author=a_user("dana"), as_of=NOW)
        card = card_now(head)

        assert card_of(published(head)) == card
        assert card.families[0].lines[0].figure.said

    def test_a_body_of_an_earlier_release_lacks_fields_and_is_read_all_the_same(self, head):
        scorecard = published(head)
        line = scorecard.body["families"][0]["lines"][0]
        for figure in (line["figure"], *line["figures"]):
            for name in ("exact", "unit", "places", "measure", "rows", "said", "original"):
                del figure[name]
        del line["direction"]

        thawed = card_of(scorecard).families[0].lines[0]

        assert (thawed.figure.actual, thawed.figure.said, thawed.direction) == ("66.67 %", (), "")


class TestWhatIsFrozenWithIt:
    def test_commentary_of_both_sides_and_no_internal_note(self, head):
        dana = a_user("dana", User.Role.PROCUREMENT)
        commentary_write(period=head, text="It rained", author=dana, as_of=NOW)
        note = {"text": "Not again", "is_internal": True}
        commentary_write(period=head, author=dana, as_of=NOW, **note)

        scorecard = published(head)

        assert "It rained" in json.dumps(scorecard.body)
        assert "Not again" not in json.dumps(scorecard.body)
        with_notes = assemble(contract=head.kpi.contract, **DAYS, scope=EVERYTHING)
        assert len(with_notes.families[0].lines[0].figure.said) == 2

    def test_a_later_word_is_not_in_the_edition(self, head):
        scorecard = published(head)
        commentary_write(period=head, text="Late", author=a_user("dana"), as_of=NOW)

        assert card_of(scorecard).families[0].lines[0].figure.said == ()


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("made", "kind", "why"),
        [
            ({"phase": "provisional"}, "unsettled", "provisional"),
            ({"phase": "running"}, "unsettled", "running"),
            ({"has_late_rows": True}, "late", "rows arrived after"),
        ],
    )
    def test_what_may_still_change_needs_a_reason(self, head, made, kind, why):
        head.kpi.periods.update(**made)

        (gap,) = gaps_of(card_now(head))
        assert (gap.kind, gap.name, gap.period) == (kind, "Accuracy", "2026-03")
        assert gap.why.startswith(why)
        with pytest.raises(ValidationError, match=r"Accuracy 2026-03\. Say why"):
            published(head)
        assert not Scorecard.objects.exists()
        assert published(head, reason="The board meets today").reason == "The board meets today"

    @pytest.mark.parametrize("status", ["NO_DATA", "INCOMPLETE", "PENDING", "INVALID"])
    def test_missing_data_is_named(self, head, status):
        a_figure(a_kpi(head.kpi.contract, "silent"), MARCH, None, status)

        assert [(gap.kind, gap.kpi) for gap in gaps_of(card_now(head))] == [("missing", "silent")]

    def test_a_promise_without_any_figure_is_missing(self, head):
        a_kpi(head.kpi.contract, "forgotten")

        (gap,) = gaps_of(card_now(head))
        assert (gap.kind, gap.kpi, gap.period) == ("missing", "forgotten", "")

    @pytest.mark.parametrize("status", ["EXCLUDED", "NO_ACTIVITY"])
    def test_what_is_known_to_be_nothing_is_not_missing(self, head, status):
        a_figure(a_kpi(head.kpi.contract, "quiet"), MARCH, None, status)

        assert gaps_of(card_now(head)) == ()
        assert published(head).reason == ""


class TestChangesSince:
    def test_nothing_differs_right_after_publishing(self, head):
        assert changes_since(card_of(published(head)), card_now(head)) == ()

    def test_what_reads_differently_is_named_with_both_values(self, head):
        scorecard = published(head)
        a_revision(head, "94", "BELOW_MINIMUM")

        changes = changes_since(card_of(scorecard), card_now(head))

        assert [(each.where, each.what, each.frozen, each.today) for each in changes] == [
            ("outcome", "score", "100.0", "0.0"),
            ("Accuracy, 2026-03", "figure", "66.67 %", "94.00 %"),
            ("Accuracy, 2026-03", "status", "Met, final", "Missed, final"),
        ]

    def test_a_figure_that_came_later_is_named(self, head):
        scorecard = published(head)
        a_figure(a_kpi(head.kpi.contract, "late", family="throughput"), MARCH, "97")

        changes = changes_since(card_of(scorecard), card_now(head))

        assert ("Late, 2026-03", "not on the card", "97.00 %") in [
            (each.where, each.frozen, each.today) for each in changes
        ]


def test_the_digest_changes_with_a_figure_and_not_with_a_delivery(head):
    before = digest_of(card_now(head))
    feed = a_feed(head.kpi.contract.vendor)
    FeedKpi.objects.create(feed=feed, kpi=head.kpi)
    a_delivery(feed)
    assert card_now(head).lines[0].fresh_at
    same = digest_of(card_now(head))
    a_revision(head, "99")

    assert before == same != digest_of(card_now(head))


def test_publishing_is_told_of_in_the_trail_without_the_body(head):
    published(head)

    event = AuditEvent.objects.get(action="published")
    assert (event.vendor, event.changes) == (head.kpi.contract.vendor, {})


def test_two_stretches_that_begin_on_one_day_count_their_own_editions(head):
    owner = {"contract": head.kpi.contract}
    for last in (date(2026, 4, 13), date(2026, 5, 13), date(2026, 5, 13)):
        span = span_between(date(2026, 3, 14), last)
        publish(card=card_to_publish(span=span, **owner), by="Dana", as_of=NOW, reason="asked for")

    found = Scorecard.objects.order_by("id").values_list("label", "edition")
    assert list(found) == [
        ("2026-03-14..2026-04-13", 1),
        ("2026-03-14..2026-05-13", 1),
        ("2026-03-14..2026-05-13", 2),
    ]


def test_a_delivery_that_was_undone_is_no_last_data(head):
    delivery = a_delivery(a_feed(head.kpi.contract.vendor))
    FeedKpi.objects.create(feed=delivery.ingestion.feed, kpi=head.kpi)
    Ingestion.objects.update(status="done")
    assert card_now(head).lines[0].fresh_at == freshness([head.kpi_id])[head.kpi_id]

    Ingestion.objects.update(undone_at=NOW)

    assert card_now(head).lines[0].fresh_at is None
    assert freshness([head.kpi_id]) == {}
