from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from contracts.models import AuditEvent
from metrics.models import Scorecard
from tests.factories import a_contract, a_figure, a_kpi, a_vendor
from tests.scorecards.crowd import LAST_MONTH

pytestmark = pytest.mark.django_db


@pytest.fixture
def head():
    return a_figure(a_kpi(a_contract(a_vendor(), "AC-1"), "accuracy"), LAST_MONTH)


def publish(*options: str) -> str:
    out = StringIO()
    call_command("scorecard", "AC-1", "--publish", *options, stdout=out)
    return out.getvalue()


def test_it_publishes_the_next_edition(head):
    assert "March 2026: edition 1 is published" in publish("--by", "Dana Reyes")
    assert "edition 2" in publish("--by", "Dana Reyes")
    assert Scorecard.objects.first().published_by == "Dana Reyes"
    assert AuditEvent.objects.filter(action="published", actor_name="Dana Reyes").count() == 2


def test_somebody_answers_for_it(head):
    with pytest.raises(CommandError, match="say who publishes it"):
        publish()


def test_what_is_not_final_needs_a_reason(head):
    head.kpi.periods.update(phase="provisional")

    with pytest.raises(CommandError, match=r"Accuracy 2026-03\. Say why .* Use --reason"):
        publish("--by", "Dana")
    publish("--by", "Dana", "--reason", "The board meets")

    assert Scorecard.objects.get().reason == "The board meets"
