"""A figure explained whole: the text that people paste, and its members for programs."""

from datetime import UTC, date, datetime

import pytest

from contracts.selectors.scope import EVERYTHING
from metrics.evaluation.explain import explain
from metrics.scorecards.explaining import tell
from metrics.scorecards.explaining.whole import NOTHING
from tests.factories import (
    a_case,
    a_contract,
    a_figure,
    a_kpi,
    a_level,
    a_revision,
    a_vendor,
    an_amendment,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 20, 9, tzinfo=UTC)
GOLDEN = """\
Accuracy [accuracy] (clause 4.2)
Acme, AC-1: Work of acme
Period 2026-03: 2026-03-01 to 2026-03-31 in UTC, restated
Figure: 96.00 %, expected missed, a service level default
Why: default by repetition: Jan, Feb 2026

How it was computed
  ratio = g / v
  status: expected missed

What it is judged by
  Service level: ≥ 97 %, minimum 90 %, key measurement, in force from 2025-10-01
  Agreed in: amendment 1, Higher level, effective 2025-10-01
  Clause 4.3: “At least 97 of 100.”

What counted beside the rows
  Completeness: attested by the sender
  Data: 90 % of what was owed had arrived
  Some of it came late, or not at all
  The vendor's own figure: 97.5 %
  Excused, relief 7: all of 3 March, left out of both sides
  Weather: storm

Breach case
  Open, major
  {opened}  Open by kpotracker: service level

Revision 2 of 2
  1. 2026-04-20 09:00 UTC  89.00 %, minimum missed
  2. 2026-04-20 09:00 UTC  96.00 %, expected missed (before: 89.00 %, minimum missed); \
restated: late rows (approved by Dana)

Measurement records: 0 in force"""


@pytest.fixture
def head():
    contract = a_contract(a_vendor(), "AC-1")
    kpi = a_kpi(contract, "accuracy", clause="4.2")
    a_level(
        kpi,
        valid_from=date(2025, 10, 1),
        expected="97",
        minimum="90",
        clause="4.3",
        wording="At least 97\nof 100.",
        amendment=an_amendment(contract),
    )
    made = a_figure(kpi, date(2026, 3, 1), "89", "BELOW_MINIMUM", period={"phase": "restated"})
    a_case(made)
    a_revision(
        made,
        "96",
        "BELOW_EXPECTED",
        reason="late rows",
        approved_by="Dana",
        body={
            "formula": "ratio = g / v",
            "steps": ["ratio = g / v", "status: BELOW_EXPECTED"],
            "circumstances": {
                "coverage": "9/10",
                "late": True,
                "reported": "195/2",
                "excused": [
                    {"name": "relief 7", "words": "all of 3 March, left out of both sides"}
                ],
                "weather": "storm",
            },
            "failures": {
                "allowed": "0",
                "used": "1",
                "left": "-1",
                "consumed": "infinite",
                "burn": "infinite",
            },
        },
    )
    made.default_cause, made.default_of = "repetition", ["2026-01-01", "2026-02-01"]
    made.save()
    return made


def told(head, scope=EVERYTHING, as_of=NOW, **options):
    return tell(explanation=explain(period=head, **options), scope=scope, as_of=as_of)


def test_the_text_says_everything(head):
    opened = head.case.transitions.get().at
    assert told(head).text == GOLDEN.format(opened=f"{opened:%Y-%m-%d %H:%M} UTC")


def test_programs_read_the_same_members_whatever_there_is_to_tell(head):
    bare = a_figure(head.kpi, date(2026, 2, 1))
    for each in (head, bare):
        assert told(each).said.keys() == NOTHING.keys()
    said = told(head).said
    assert said["failures"] == {"allowed": 0, "used": 1, "left": -1, "consumed": None, "burn": None}
    assert (said["default_cause"], len(said["default_of"])) == ("repetition", 2)
    assert said["amendment"]["number"] == 1
    assert said["case"]["state"] == "open"
    assert told(bare).said["case"] is None
