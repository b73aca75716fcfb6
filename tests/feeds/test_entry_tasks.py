"""Which typed-in figures are owed, and who may be the second person."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import AuditEvent, User
from contracts.selectors.scope import EVERYTHING, visible_to
from metrics.evaluation.work import work_all
from metrics.feeds.entries import EntryError, entry_approve, entry_propose, entry_refuse
from metrics.selectors.entries import entry_tasks
from tests.factories import a_user, a_vendor
from tests.feeds.arriving import APRIL, a_mapped_feed, a_share, a_total, csv, load, pass_time
from tests.feeds.test_undoing import undo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


@pytest.fixture
def survey():
    """Assessed every month from January 2026 on, with five days of grace."""
    kpi = a_total("survey", "assessed", decimals=1, level={"expected": "4"})
    pass_time(APRIL)
    return kpi


def tasks(as_of=APRIL, scope=EVERYTHING):
    return [(t.label, str(t.waits), t.is_overdue) for t in entry_tasks(scope=scope, as_of=as_of)]


def entered(kpi, day, by="ann", **fields):
    return entry_propose(
        kpi=kpi, day=day, value=Decimal(4), evidence="page 3", entered_by=by, **fields
    )


def test_each_period_that_ended_without_a_figure_is_owed(survey):
    assert tasks() == [
        ("2026-01", "figure", True),
        ("2026-02", "figure", True),
        ("2026-03", "figure", False),
    ]
    found = entry_tasks(scope=EVERYTHING, as_of=APRIL)[-1]
    assert found.due_at == datetime(2026, 4, 6, tzinfo=UTC)


def test_what_is_entered_waits_for_approval_and_then_is_owed_no_more(survey):
    entry = entered(survey, date(2026, 3, 15))
    assert tasks()[-1] == ("2026-03", "approval", False)

    entry_approve(entry=entry, approved_by="ben", received_at=APRIL)
    assert "2026-03" not in {label for label, *_ in tasks()}
    work_all(as_of=APRIL)
    assert "2026-03" not in {label for label, *_ in tasks()}


def test_what_is_refused_or_undone_is_owed_again(survey):
    entry_refuse(entry=entered(survey, date(2026, 2, 28)), refused_by="ben", answer="page 4")
    entry = entry_approve(
        entry=entered(survey, date(2026, 3, 15)), approved_by="ben", received_at=APRIL
    )
    work_all(as_of=APRIL)

    undo(entry.ingestion)
    work_all(as_of=APRIL)

    assert [label for label, *_ in tasks()] == ["2026-01", "2026-02", "2026-03"]


def test_kpis_that_a_feed_measures_or_that_need_rows_are_no_task():
    a_share()
    load(a_mapped_feed(), csv(["1,2026-03-02,yes"]))
    a_total("cases", "count")
    pass_time(APRIL)

    assert tasks() == []


def test_each_sees_their_own(survey):
    alice = a_user("alice", User.Role.VENDOR, (survey.contract.vendor,))
    bob = a_user("bob", User.Role.VENDOR, (a_vendor("bolt"),))

    assert len(tasks(scope=visible_to(alice))) == 3
    assert tasks(scope=visible_to(bob)) == []


def test_queries_are_constant(survey):
    def count():
        with CaptureQueriesContext(connection) as queries:
            entry_tasks(scope=EVERYTHING, as_of=APRIL)
        return len(queries)

    before = count()
    for number in range(4):
        a_total(f"more-{number}", "assessed")
    pass_time(APRIL)

    assert count() == before <= 3


class TestTheSecondPerson:
    def test_one_who_signed_in_is_kept_beside_the_name(self, survey):
        ann, ben = a_user("ann"), a_user("ben", User.Role.COMPLIANCE)
        entry = entered(survey, date(2026, 3, 15), entered_by_user=ann)

        entry_approve(entry=entry, approved_by="ben", received_at=APRIL, decided_by=ben)

        entry.refresh_from_db()
        assert (entry.entered_by_user, entry.decided_by, entry.decided_at) == (ann, ben, APRIL)
        assert list(
            AuditEvent.objects.filter(subject=f"metrics.manualentry:{entry.pk}")
            .order_by("pk")
            .values_list("action", flat=True)
        ) == ["entered", "approved"]

    def test_another_name_of_the_same_user_is_no_second_person(self, survey):
        ann = a_user("ann")
        entry = entered(survey, date(2026, 3, 15), entered_by_user=ann)

        with pytest.raises(EntryError, match="a second person must approve"):
            entry_approve(
                entry=entry, approved_by="somebody else", received_at=APRIL, decided_by=ann
            )

    def test_a_refusal_keeps_its_reason(self, survey):
        entry = entered(survey, date(2026, 3, 15))

        entry_refuse(entry=entry, refused_by="ben", answer="page 3 says 3.9", as_of=APRIL)

        entry.refresh_from_db()
        assert (entry.state, entry.answer, entry.decided_at) == (
            "refused",
            "page 3 says 3.9",
            APRIL,
        )


def test_what_was_entered_for_a_day_before_those_looked_at_waits_all_the_same(survey):
    entered(survey, date(2026, 1, 2))
    back = APRIL - datetime(2026, 1, 20, tzinfo=UTC)

    found = entry_tasks(scope=EVERYTHING, as_of=APRIL, back=back)

    assert (found[0].label, str(found[0].waits)) == ("2026-01", "approval")


def test_an_archived_kpi_takes_no_figure(survey):
    entry = entered(survey, date(2026, 3, 15))
    survey.archived_at = APRIL
    survey.save()

    with pytest.raises(EntryError, match="is archived"):
        entered(survey, date(2026, 2, 15))
    with pytest.raises(EntryError, match="is archived"):
        entry_approve(entry=entry, approved_by="ben", received_at=APRIL)
