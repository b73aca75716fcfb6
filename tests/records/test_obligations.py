"""What is owed, when it falls due, and what was done about it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import Obligation
from contracts.selectors.obligations import dues_open, next_due, obligations_list
from contracts.selectors.scope import EVERYTHING, visible_to
from contracts.services.documents import document_store
from contracts.services.obligations import (
    obligation_change,
    obligation_create,
    obligation_fulfil,
    obligation_waive,
)
from metrics.reviews.dates.entries import entries_of
from tests.factories import a_contract, a_process, a_user
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 20, 9, tzinfo=UTC)
TODAY = NOW.date()


def an_obligation(contract, code="soc2", **terms) -> Obligation:
    given = {"title": "SOC 2 report", "first_due": date(2026, 1, 31)} | terms
    return obligation_create(code=code, contract=contract, **given)


def due_of(obligation, today=TODAY, within=200) -> list[str]:
    return [str(due.due_on) for due in dues_open([obligation], today=today, within_days=within)]


def test_due_days_are_counted_from_the_first_one_until_the_contract_ends(agreement):
    made = an_obligation(agreement, every=3, every_unit="months")

    assert due_of(made, within=1000) == ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31"]


@pytest.mark.parametrize(
    ("event", "offset", "unit", "due"),
    [
        ("term_start", 30, "days", ["2024-01-31", "2025-01-31"]),
        ("term_end", -3, "months", ["2024-09-30", "2025-09-30"]),
        ("last_day_to_serve", -1, "weeks", ["2024-09-23", "2025-09-23"]),
    ],
)
def test_what_hangs_on_a_term_is_due_in_each_one(acme, event, offset, unit, due):
    renewed = a_contract(
        acme,
        last_day=date(2024, 12, 31),
        renewal="auto",
        renewal_months=12,
        notice_length=3,
        notice_unit="months",
    )
    made = an_obligation(
        renewed, first_due=None, event=event, offset=offset, offset_unit=unit, is_internal=True
    )

    assert due_of(made, today=date(2025, 2, 1), within=365) == due


def test_what_was_due_before_somebody_followed_it_is_not_asked_for(agreement):
    made = an_obligation(
        agreement, every=1, every_unit="months", followed_from=date(2026, 4, 1), last_due=TODAY
    )

    assert due_of(made) == []
    assert due_of(an_obligation(agreement, "x", every=1, every_unit="months", last_due=TODAY)) == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
    ]


def test_a_due_day_is_fulfilled_once_and_the_next_one_asks(agreement):
    made = an_obligation(agreement, every=1, every_unit="months", last_due=date(2026, 3, 31))
    obligation_fulfil(obligation=made, due_on=date(2026, 1, 31), done_on=TODAY, as_of=NOW)
    obligation_waive(obligation=made, due_on=date(2026, 2, 28), as_of=NOW, reason="Audit moved.")

    assert next_due(_read(made), today=TODAY).due_on == date(2026, 3, 31)
    with pytest.raises(ValidationError, match="dealt with already"):
        obligation_fulfil(obligation=made, due_on=date(2026, 1, 31), done_on=TODAY, as_of=NOW)


def test_what_was_done_stays_when_the_dates_move(agreement):
    made = an_obligation(agreement)
    obligation_fulfil(obligation=made, due_on=date(2026, 1, 31), done_on=TODAY, as_of=NOW)

    obligation_change(obligation=made, first_due=date(2026, 6, 30))

    assert due_of(_read(made)) == ["2026-06-30"]
    assert made.outcomes.get().due_on == date(2026, 1, 31)


def _read(made: Obligation) -> Obligation:
    return obligations_list(EVERYTHING).get(pk=made.pk)


def test_a_day_on_which_nothing_is_due_is_refused_with_the_nearest_one(agreement):
    made = an_obligation(agreement)

    with pytest.raises(ValidationError, match="the nearest day is 2026-01-31"):
        obligation_waive(obligation=made, due_on=date(2026, 2, 1), as_of=NOW, reason="x")


def test_evidence_is_asked_for_and_has_to_be_the_vendors(agreement, acme, bolt, paula):
    made = an_obligation(agreement, needs_evidence=True)
    theirs, ours = (_document(vendor, paula) for vendor in (bolt, acme))
    done = {"obligation": made, "due_on": date(2026, 1, 31), "done_on": TODAY, "as_of": NOW}

    with pytest.raises(ValidationError, match="It has to be shown"):
        obligation_fulfil(**done)
    with pytest.raises(ValidationError, match="belongs to another vendor"):
        obligation_fulfil(**done, evidence=theirs)
    assert obligation_fulfil(**done, evidence=ours).evidence == ours


def _document(vendor, by):
    file = SimpleUploadedFile("report.txt", b"SOC 2")
    return document_store(subject=vendor, upload=file, title="Report", uploaded_by=by)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"first_due": None}, "Say the first day it is due"),
        ({"event": "term_end"}, "Say the first day it is due"),
        ({"every": 3}, "Say both how often"),
        ({"last_due": date(2026, 1, 1)}, "end before it is due first"),
        ({"first_due": None, "event": "last_day_to_serve"}, "keep this from them, too"),
    ],
)
def test_an_obligation_that_contradicts_itself_is_refused(agreement, terms, said):
    with pytest.raises(ValidationError, match=said):
        an_obligation(agreement, **terms)


def test_work_in_house_is_nobody_elses_to_do():
    kitchen = a_process(None, "kitchen")

    with pytest.raises(ValidationError, match="it is ours to do"):
        obligation_create(code="x", title="X", process=kitchen, first_due=TODAY)
    made = obligation_create(code="x", title="X", process=kitchen, owed_by="us", first_due=TODAY)
    assert due_of(made) == [str(TODAY)]


def test_a_vendor_sees_what_is_shared_with_them_alone(agreement, bolt, acme):
    an_obligation(agreement)
    an_obligation(agreement, "secret", is_internal=True)
    an_obligation(a_contract(bolt, "BO-1"), "theirs")
    alice = a_user("alicia", "vendor", (acme,))

    assert [each.code for each in obligations_list(visible_to(alice))] == ["soc2"]


def test_the_officer_notes_what_was_done_on_the_pages(officer, alice, agreement):
    soon = (datetime.now(UTC) - timedelta(days=3)).date()
    agreement.last_day = None
    agreement.save()
    an_obligation(agreement, first_due=soon)
    listed = officer.get("/obligations/")

    assert "overdue" in text_of(listed)
    done = officer.post(f"/obligations/soc2/fulfil/{soon}/", {"done_on": str(soon)}, follow=True)
    assert "SOC 2 report is done." in text_of(done)
    assert "overdue" not in text_of(officer.get("/contracts/AC-1/terms/"))
    assert "fulfilled" in text_of(alice.get("/obligations/soc2/"))
    assert alice.get(f"/obligations/soc2/waive/{soon}/").status_code == 404
    exported = officer.get("/obligations/?export=csv")
    assert b"SOC 2" not in b"".join(exported)


def test_certifications_and_obligations_stand_in_one_list_of_dates(agreement, acme, paula):
    acme.certifications.create(
        standard="ISO 27001", issued_on=date(2024, 1, 1), expires_on=date(2026, 6, 1)
    )
    an_obligation(agreement, first_due=date(2026, 5, 1))

    titles = [entry.title for entry in entries_of(paula, NOW)]

    assert titles[:2] == [
        "Obligation due: SOC 2 report",
        "Certification expires: ISO 27001, Acme Analytics",
    ]
