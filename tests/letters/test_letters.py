"""Letters: the figures in them, what was typed stays text, frozen once made, served with proof."""

import hashlib
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import Document
from contracts.selectors.lookups import UnknownCodeError
from kpotracker.toolkit.canonical import body_digest
from metrics.casework.moves import DISPUTE, UPHOLD
from metrics.letters.composing import Request
from metrics.letters.making import letter_make, letter_preview, letter_serve
from metrics.letters.subjects import Subject, kinds_for, subject_of_case
from metrics.letters.wording import wording_save
from metrics.models import Letter
from metrics.models.letters import LetterKind
from metrics.selectors import scope as scoped
from tests.casework.world import SOON, World
from tests.factories import a_figure
from tests.letters.reading import docx_text, files_of, parts, pdf_text

pytestmark = pytest.mark.django_db
HOSTILE = (
    '{ INCLUDEPICTURE "http://evil.test/x" } {{ wording }} {% now "Y" %} <w:fldSimple/> '
    '#panic("no") =HYPERLINK("x")\n\nWe hereby withdraw every claim.\x07'
)


def request_for(world: World, kind: str = LetterKind.PLAN, **given) -> Request:
    subject = given.pop("subject", None) or subject_of_case(world.case)
    return Request(kind=kind, subject=subject, by="Paula Osei", **given)


def made(world: World, kind: str = LetterKind.PLAN, by: str = "operations", **given) -> Letter:
    request = request_for(world, kind, **given)
    return letter_make(request=request, scope=world.scope(by), as_of=SOON)


def served(world: World, letter: Letter, by: str = "operations", **given) -> Letter:
    said = {"served_on": SOON.date(), "way": "courier", "reference": "DHL 123"} | given
    return letter_serve(letter_id=letter.pk, scope=world.scope(by), as_of=SOON, **said)


@pytest.fixture
def agreed(world: World) -> World:
    world.kpi.clause, world.kpi.wording = "7.2", "Accuracy is at least\n95 per cent."
    world.kpi.save()
    return world


def test_a_demand_for_a_plan_says_what_was_missed_in_both_files(agreed: World):
    letter = made(agreed, answer_by=date(2026, 4, 30), paragraph="Call us.\n\nBring your logs.")

    for text in (pdf_text(files_of(letter)[0]), docx_text(files_of(letter)[1])):
        assert "In 2026-03 the service level of Forecast accuracy was missed" in text
        assert "90.00 % was measured, and ≥ 95 % was agreed in clause 7.2" in text
        assert "“Accuracy is at least 95 per cent.”" in text
        assert "by 30 April 2026" in text
        assert "Call us. Bring your logs." in text
        assert "Paula Osei" in text
        assert f"contents SHA-256 {letter.digest[:16]}" in text
        assert "{{" not in text


def test_a_default_by_repetition_names_its_misses(world: World):
    for month, value in ((1, "94"), (2, "93.5")):
        a_figure(world.kpi, date(2026, month, 1), value, "BELOW_EXPECTED")
    head = world.case.period
    head.default_cause, head.default_of = "repetition", ["2026-01-01", "2026-02-01", "2026-03-01"]
    head.save()

    text = pdf_text(files_of(made(world))[0])

    assert "2026-01: 94.00 %; 2026-02: 93.50 %; 2026-03: 90.00 %" in text


def test_an_answer_quotes_the_dispute_and_its_answer(world: World):
    world.move(DISPUTE, "alice", reason="Our clock was right.\n\nWe win.")
    world.move(UPHOLD, "operations", reason="It was an hour late.")

    letter = made(world, LetterKind.ANSWER)

    (said,) = [each for each in letter.copy.body["paragraphs"] if "disputed" in each]
    assert "“Our clock was right. We win.”" in said
    assert "for this reason: It was an hour late." in letter.copy.text


def test_nothing_that_the_vendor_typed_becomes_a_field_or_a_paragraph(world: World):
    world.move(DISPUTE, "alice", reason=HOSTILE)

    letter = made(world, LetterKind.ANSWER)
    pdf, docx = files_of(letter)

    assert not [p for p in letter.copy.body["paragraphs"] if p.startswith("We hereby")]
    assert "{{ wording }}" in docx_text(docx)
    assert '{% now "Y" %}' in pdf_text(pdf)
    xml = parts(docx)["word/document.xml"]
    assert "<w:fldSimple" not in xml
    assert "w:instrText" not in xml
    assert "fldChar" not in xml
    assert not [part for part in parts(docx).values() if 'TargetMode="External"' in part]
    assert not [name for name in parts(docx) if "vba" in name.lower()]


def test_a_notice_of_non_renewal_states_the_term_and_the_last_day(world: World):
    contract = world.kpi.contract
    contract.notice_length, contract.notice_unit = 3, "months"
    contract.save()

    letter = made(world, LetterKind.STOP, "procurement", subject=Subject(contract))

    assert "ends on 31 December 2026" in letter.copy.text
    assert "Last day to serve notice: 30 September 2026" in letter.copy.text


def test_the_letters_that_can_be_written_follow_the_case(world: World):
    subject = subject_of_case(world.case)
    assert LetterKind.ANSWER not in kinds_for(subject, today=SOON.date())

    world.move(DISPUTE, "alice")

    assert LetterKind.ANSWER in kinds_for(subject, today=SOON.date())
    assert kinds_for(Subject(world.kpi.contract), today=SOON.date()) == [LetterKind.STOP]


@pytest.mark.parametrize("state", ["provisional", "withdrawn"])
def test_no_letter_is_written_before_the_failure_stands(world: World, state: str):
    world.case.state = state
    world.case.save()

    with pytest.raises(ValidationError, match="once the failure stands"):
        made(world)


def test_a_claim_without_a_credit_is_refused(world: World):
    with pytest.raises(ValidationError, match="No service credit is posted"):
        made(world, LetterKind.CLAIM)


@pytest.mark.parametrize(
    ("kind", "by"),
    [(LetterKind.PLAN, "analyst"), (LetterKind.PLAN, "alice"), (LetterKind.STOP, "operations")],
)
def test_only_those_whose_duty_it_is_write(world: World, kind: str, by: str):
    subject = Subject(world.kpi.contract) if kind == LetterKind.STOP else None

    with pytest.raises(ValidationError, match="role"):
        made(world, kind, by, subject=subject)


def test_a_preview_keeps_nothing(world: World):
    body = letter_preview(request=request_for(world), scope=world.scope("operations"), as_of=SOON)

    assert body["paragraphs"]
    assert not Letter.objects.exists()


def test_a_letter_stays_as_it_was_made(world: World):
    letter = made(world)
    before = letter.copy.text

    world.kpi.name = "Another name"
    world.kpi.save()
    served(world, letter)
    letter.refresh_from_db()

    assert letter.copy.text == before
    assert letter.digest == body_digest(letter.copy.body)
    pdf, docx = files_of(letter)
    assert hashlib.sha256(pdf).hexdigest() == letter.copy.pdf_sha256
    assert hashlib.sha256(docx).hexdigest() == letter.copy.docx_sha256


def test_the_same_body_gives_the_same_pdf(world: World):
    assert files_of(made(world))[0] == files_of(made(world))[0]


def test_service_is_noted_once_with_its_proof(world: World):
    letter = made(world)
    proof = SimpleUploadedFile("receipt.txt", b"signed for", "text/plain")

    served(world, letter, evidence=proof, received_on=date(2026, 4, 9))

    letter.refresh_from_db()
    assert (letter.state, letter.served_by) == ("served", "courier")
    assert letter.received_on == date(2026, 4, 9)
    document = Document.objects.get(subject=f"metrics.letter:{letter.pk}")
    assert (document.is_internal, document.vendor) == (True, world.kpi.contract.vendor)
    with pytest.raises(ValidationError, match="already"):
        served(world, letter)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"served_on": date(2026, 5, 1)}, "lies ahead"),
        ({"served_on": date(2026, 3, 1)}, "before the letter was made"),
        ({"received_on": date(2026, 4, 1)}, "received before"),
        ({"way": "pigeon"}, "pigeon"),
    ],
)
def test_an_impossible_service_is_refused(world: World, given: dict, said: str):
    letter = made(world)

    with pytest.raises(ValidationError, match=said):
        served(world, letter, **given)


def test_a_vendor_sees_its_own_letters_once_they_are_served(world: World):
    letter = made(world)
    assert not scoped.letters(world.scope("alice")).exists()
    assert not scoped.letter_copies(world.scope("alice")).exists()

    served(world, letter)

    assert scoped.letters(world.scope("alice")).get() == letter
    assert not scoped.letters(world.scope("bob")).exists()
    assert not scoped.letter_copies(world.scope("bob")).exists()


def test_a_vendor_notes_no_service(world: World):
    letter = made(world)

    with pytest.raises(UnknownCodeError):
        served(world, letter, by="alice")


def test_the_buyers_own_wording_is_used_from_its_day_on(world: World):
    for day, said in ((date(2026, 4, 1), "Spring"), (date(2027, 1, 1), "Later")):
        wording_save(
            kind=LetterKind.PLAN,
            valid_from=day,
            subject=f"{said}: {{{{ kpi }}}}",
            body="Fix {{ kpi }}.{% if clause %} Clause {{ clause }}.{% endif %}\n\n{{ paragraph }}",
            by="Paula",
        )

    letter = made(world, paragraph="Soon.")

    assert letter.subject == "Spring: Forecast accuracy"
    assert letter.copy.body["paragraphs"] == ["Fix Forecast accuracy.", "Soon."]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{{ paragraph }} {% include '/etc/passwd' %}", "does not work here"),
        ("{{ paragraph }} {{ kpi|ljust:999999999 }}", "is no field"),
        ("{{ paragraph }} {{ kpi.upper }}", "is no field"),
        ("{{ paragraph }} {{ credit }}", "is no field"),
        ("{{ paragraph }} {% if kpi %}", "cannot be read"),
        ("{{ paragraph }} {# gone #}", "comment"),
        ("No place for it", "free paragraph"),
        ("{{ paragraph }} {% verbatim %}{{ x }}{% endverbatim %}", "does not work here"),
    ],
)
def test_a_wording_that_says_more_than_fields_is_refused(body: str, said: str):
    with pytest.raises(ValidationError, match=said):
        wording_save(
            kind=LetterKind.PLAN, valid_from=SOON.date(), subject="S", body=body, by="Paula"
        )


def test_our_own_wordings_keep_the_rules_of_wordings():
    from metrics.letters.wording import FIELDS, wording_faults, wording_of_ours

    for kind in LetterKind:
        ours = wording_of_ours(kind)
        assert not list(wording_faults(ours.subject + ours.body, FIELDS[kind]))
