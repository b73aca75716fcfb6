"""availability: scheduled time without outages."""

from __future__ import annotations

import pytest

from metrics.engine import Relief, Row, Status
from tests.engine.making import at, office, us

from .table import Case, check


def outage(start: str, end: str | None) -> Row:
    return Row(us(start), None if end is None else us(end))


def relief(start: str, end: str, treatment: str = "remove_both") -> dict[str, object]:
    return {"relief": [Relief(us(start), us(end), treatment)]}


CASES = (
    Case("nothing down is 100 %", [], "100", unit="percent", more={"attested": True}),
    Case("silence is not 100 %", [], state=Status.NO_DATA, unit="percent"),
    Case(
        "one day of 31",
        [outage("2026-03-10", "2026-03-11")],
        "30/31",
        unit="ratio",
        details={"down seconds": "86400"},
        step="down = 86400 s",
    ),
    Case(
        "overlapping outages count once",
        [outage("2026-03-10", "2026-03-10T18:00"), outage("2026-03-10T12:00", "2026-03-11")],
        "30/31",
        unit="ratio",
    ),
    Case(
        "only what lies in the period counts",
        [outage("2026-02-01", "2026-03-02"), outage("2026-03-31", "2026-05-01")],
        "29/31",
        unit="ratio",
    ),
    Case(
        "an open outage counts up to the time of the figure",
        [outage("2026-03-10", None)],
        "30/31",
        unit="ratio",
        details={"open outages": "1"},
        more={"as_of": at("2026-03-11")},
    ),
    Case(
        "an open outage stops at the end of the period",
        [outage("2026-03-31", None)],
        "30/31",
        unit="ratio",
        more={"as_of": at("2026-06-01")},
    ),
    Case(
        "with a calendar only scheduled time counts",
        [outage("2026-03-06T16:00", "2026-03-09T10:00")],
        "87/88",
        unit="ratio",
        more={"calendar": office()},
    ),
    Case(
        "relief out of both",
        [outage("2026-03-10", "2026-03-12")],
        "29/30",
        unit="ratio",
        more=relief("2026-03-11", "2026-03-12"),
    ),
    Case(
        "relief counted as good",
        [outage("2026-03-10", "2026-03-12")],
        "30/31",
        unit="ratio",
        more=relief("2026-03-11", "2026-03-12", "count_as_good"),
    ),
    Case(
        "relief in the middle of an outage leaves both sides",
        [outage("2026-03-10", "2026-03-13")],
        "29/31",
        unit="ratio",
        more=relief("2026-03-11", "2026-03-12", "count_as_good"),
    ),
    Case(
        "everything excused is excluded",
        [outage("2026-03-10", "2026-03-12")],
        state=Status.EXCLUDED,
        unit="ratio",
        more=relief("2026-02-01", "2026-05-01"),
    ),
    Case(
        "all outages excused is full availability",
        [],
        "100",
        unit="percent",
        more={"attested": True, "excused": 2},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_availability(case: Case) -> None:
    check("availability", case)
