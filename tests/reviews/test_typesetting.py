"""Documents: data never becomes markup, and the same data gives the same bytes."""

import re
from pathlib import Path

import pytest
import typst
from django.conf import settings

from kpotracker.toolkit import typesetting
from kpotracker.toolkit.typesetting import TypesettingError, pdf_of

WORDS = "tests/reviews/templates/words.typ"
HOSTILE = [
    '#panic("evaluated")',
    '#import "@preview/x:1.0.0"',
    "$ sum_(i=0)^n $",
    '"quoted" \\ backslash',
    "*bold* _slanted_ `code`",
    "= heading",
    "@reference <label> // comment",
    "שלום עולם",
    "مرحبا بالعالم",
    "\u202ebackwards \u0007 bell \x00 nul",
    "\ud800 half a character",
]


def given(*names: str, **fields: str) -> dict[str, object]:
    return {
        "title": "Words",
        "language": "en",
        "made_at": "2026-04-20T09:30:12.345678+00:00",
        "names": list(names),
        **fields,
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_evaluated_whatever_it_holds(name):
    document = pdf_of(template=WORDS, data=given(name, title=f"About {name}"))

    assert document.startswith(b"%PDF-")


def test_a_text_put_into_markup_would_be_evaluated():
    markup = f"#set document(title: [x])\n{HOSTILE[0]}"

    with pytest.raises(typst.TypstError, match="evaluated"):
        typst.compile(markup.encode())


def test_the_same_data_gives_the_same_bytes():
    assert pdf_of(template=WORDS, data=given("a")) == pdf_of(template=WORDS, data=given("a"))


def test_other_data_gives_other_bytes():
    assert pdf_of(template=WORDS, data=given("a")) != pdf_of(template=WORDS, data=given("b"))


def test_the_date_of_the_document_is_the_one_of_its_data():
    document = pdf_of(template=WORDS, data=given("a"))

    assert b"D:20260420093012" in document


def test_a_document_claims_the_standards_it_was_checked_against():
    document = pdf_of(template=WORDS, data=given("a"))

    assert re.search(rb"pdfaid:part>\s*2<", document)
    assert re.search(rb"pdfuaid:part>\s*1<", document)


def test_writing_without_any_font_still_gives_a_document(monkeypatch):
    lacking = "\U0001f7e2 \uf8ff"  # a private character: no font has it

    assert pdf_of(template=WORDS, data=given(lacking)).startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["title", "language", "made_at"])
def test_data_without_what_a_document_needs_is_refused(name):
    with pytest.raises(ValueError, match=name):
        pdf_of(template=WORDS, data=given("a") | {name: ""})


def test_a_template_that_fails_says_why():
    lacking = given("a")
    del lacking["names"]

    with pytest.raises(TypesettingError, match="names"):
        pdf_of(template=WORDS, data=lacking)


def test_no_template_downloads_anything():
    templates = list(Path(settings.BASE_DIR).glob("[km]*/**/*.typ"))

    assert templates
    assert [path for path in templates if "@preview" in path.read_text("utf-8")] == []


def test_only_the_first_attempt_goes_without_the_fonts_of_the_machine(monkeypatch):
    asked = []

    def compiled(*args, **options):
        asked.append(options["ignore_system_fonts"])
        return b"%PDF-"

    monkeypatch.setattr(typesetting.typst, "compile", compiled)
    pdf_of(template=WORDS, data=given("a"))

    assert asked == [True]
