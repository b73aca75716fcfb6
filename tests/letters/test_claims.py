"""From a failing KPI to the claim for its credit: the ledger's own amount in the letter."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.models import User
from contracts.selectors.scope import visible_to
from metrics.casework.terms import claim_terms_set
from metrics.credits.moving import credit_move
from metrics.credits.notefiles import note_pdf
from metrics.credits.notes import note_issue
from metrics.letters.composing import Request
from metrics.letters.making import letter_make
from metrics.letters.subjects import Subject, subject_of_case
from metrics.models import BreachCase
from metrics.models.letters import LetterKind
from metrics.selectors.spans import month_of
from tests import factories
from tests.credits.ledger import NOW, Promise, World, entries
from tests.letters.reading import docx_text, files_of, pdf_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path: Path) -> World:
    """90 where 95 is promised: 50 % × 40 % of the 10 % at risk of 100,000.00."""
    rule = "{rule: pool_allocation, category: 50, allocation: 40, clause: '4.2'}"
    terms = "{at_risk: {percent: 10}, period_cap: {amount: 1500}}"
    return World(
        tmp_path, {"accuracy": Promise(["90"], "95", rule)}, terms=terms, charge="100000"
    ).begin()


def claimed(world: World, subject: Subject) -> list[str]:
    buyer = factories.a_user("olga", User.Role.OPERATIONS)
    letter = letter_make(
        request=Request(kind=LetterKind.CLAIM, subject=subject, by="Olga Berg"),
        scope=visible_to(buyer, NOW.date()),
        as_of=NOW,
    )
    pdf, docx = files_of(letter)
    return [pdf_text(pdf), docx_text(docx)]


def test_the_claim_for_a_failure_says_amount_steps_and_last_day(world: World) -> None:
    contract, case = world.contract, BreachCase.objects.get()
    claim_terms_set(contract=contract, valid_from=date(2026, 1, 1), credit_days=30)
    opened = case.transitions.filter(to_state="open").last().at.date()
    for text in claimed(world, subject_of_case(case)):
        assert "1,500.00 USD" in text
        assert "at-risk amount 10,000.00 USD = 2,000.00 USD" in text
        assert f"{opened + timedelta(days=30):%-d %B %Y}" in text


def test_the_claim_for_a_credit_period_has_the_same_credit(world: World) -> None:
    for text in claimed(world, Subject(world.contract, None, date(2026, 1, 1))):
        assert "1,500.00 USD" in text
        assert "category 50 % × allocation 40 %" in text


def test_the_credit_note_shows_what_caps_cut(world: World) -> None:
    (entry,) = entries()
    buyer = factories.a_user("olga", User.Role.OPERATIONS)
    scope = visible_to(buyer, NOW.date())
    credit_move(entry_id=entry.pk, to="notified", scope=scope, as_of=NOW)
    note = note_issue(
        contract=world.contract, span=month_of(date(2026, 1, 1)), scope=scope, as_of=NOW
    )
    (line,) = note.body["lines"]
    told = {"clause": "4.2", "base": "10000.00", "percent": "20 %"}
    told |= {"gross": "2000.00", "cut": "500.00", "amount": "1500.00"}
    assert line | told == line
    text = pdf_text(note_pdf(note.body, note.digest))
    for said in ("Clause", "Base", *told.values(), "category 50 % × allocation 40 %"):
        assert said in text
