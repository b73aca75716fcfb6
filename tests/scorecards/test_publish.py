import json
from datetime import date

import pytest

from metrics.models import Scorecard
from metrics.scorecards.assemble import assemble
from metrics.scorecards.publish import publish
from tests.factories import NOW, a_contract, a_figure, a_kpi, a_revision, a_vendor

pytestmark = pytest.mark.django_db
DAYS = {"first_day": date(2026, 3, 1), "last_day": date(2026, 3, 31)}


@pytest.fixture
def head():
    return a_figure(a_kpi(a_contract(a_vendor(), "AC-1"), "accuracy"), date(2026, 3, 1), "200/3")


def published(head) -> Scorecard:
    card = assemble(contract=head.kpi.contract, **DAYS)
    return publish(card=card, by="Dana", as_of=NOW)


def test_a_published_card_is_frozen_while_the_figure_changes(head):
    first = published(head)
    a_revision(head, "99")

    first.refresh_from_db()
    line = first.body["families"][0]["lines"][0]

    assert line["figure"]["actual"] == "66.67 %"
    assert assemble(contract=head.kpi.contract, **DAYS).families[0].lines[0].figure.value == 99


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
