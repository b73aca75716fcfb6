"""One word per status, wherever people read one."""

import re

import pytest

from metrics.engine import Status
from metrics.models import ServiceLevel
from metrics.selectors.wording import NOT_MEASURED, in_words, judged_word
from tests.services import ROOT

ONE_LEVEL = ServiceLevel(operator=">=", expected=95)
TWO_LEVELS = ServiceLevel(operator=">=", expected=95, minimum=90)
WITHIN = ServiceLevel(operator="within", lower=-5, upper=5)
_LINE = re.compile(r"^\| ([A-Z][a-z ]+) \| `([A-Z_]+)` \|", re.MULTILINE)
DOCUMENTED = _LINE.findall((ROOT / "docs" / "semantics.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("status", "level", "text"),
    [
        ("MET", TWO_LEVELS, "Met"),
        ("BELOW_EXPECTED", TWO_LEVELS, "Expected missed"),
        ("BELOW_MINIMUM", TWO_LEVELS, "Minimum missed"),
        ("BELOW_MINIMUM", ONE_LEVEL, "Missed"),
        ("BELOW_MINIMUM", WITHIN, "Missed"),
        ("NO_TARGET", None, "No service level"),
    ],
)
def test_a_status_reads_as_its_levels_allow(
    status: str, level: ServiceLevel | None, text: str
) -> None:
    assert judged_word(status, level).text == text


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_word_that_says_what_it_means(status: Status) -> None:
    word = judged_word(status, None)
    assert word.meaning
    assert "_" not in word.text


def test_a_text_of_the_engine_loses_its_codes() -> None:
    step = "status: BELOW_MINIMUM, short by 1.9 %, consequence: default"
    assert in_words(step, TWO_LEVELS).startswith("status: minimum missed, short by")
    assert in_words(step, ONE_LEVEL).startswith("status: missed, short by")


@pytest.mark.parametrize("text", ["KPI met-rate: 5 of 9", "MET_IN_TIME", "sum(METERS)"])
def test_a_word_that_only_resembles_a_status_stays(text: str) -> None:
    assert in_words(text, TWO_LEVELS) == text


@pytest.mark.parametrize(("text", "code"), DOCUMENTED)
def test_the_page_on_semantics_says_the_words_of_the_pages(text: str, code: str) -> None:
    assert text in {judged_word(code, level).text for level in (ONE_LEVEL, TWO_LEVELS)}


def test_the_page_on_semantics_knows_each_status_that_can_be_reached() -> None:
    # Relief and a contractual coverage cannot be stated yet.
    unreachable = {Status.EXCLUDED, Status.INCOMPLETE}
    assert {code for _, code in DOCUMENTED} == set(Status) - unreachable
    page = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    assert f"| {NOT_MEASURED.text} |" in page
