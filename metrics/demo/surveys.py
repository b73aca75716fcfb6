"""Figures nobody sends a file for: a survey, certificates and an audit, typed in with evidence."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from metrics.demo.story import HISTORY_LOADED


@dataclass(frozen=True, slots=True)
class Entry:
    """One figure as a person typed it in, and who approved it."""

    kpi: str
    day: date
    entered_at: datetime
    evidence: str
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    entered_by: str = "operations"
    approved_by: str = "procurement"


QUARTER_ENDS = (
    date(2024, 12, 31),
    date(2025, 3, 31),
    date(2025, 6, 30),
    date(2025, 9, 30),
    date(2025, 12, 31),
    date(2026, 3, 31),
    date(2026, 6, 30),
    date(2026, 9, 30),
)
SATISFACTION = ("4.31", "4.28", "4.35", "4.02", "4.26", "4.22", "4.24", "3.71")
CERTIFICATES = (3, 3, 3, 3, 3, 3, 2, 3)
WRONGLY_CODED = (4, 5, 3, 6, 4, 5, 7, 4)
AUDIT_SAMPLE = 200


def entries() -> list[Entry]:
    """All of them, in the order they were typed in."""
    made = [entry for number, day in enumerate(QUARTER_ENDS) for entry in _of_quarter(number, day)]
    return sorted(made, key=lambda entry: entry.entered_at)


def _of_quarter(number: int, day: date) -> list[Entry]:
    quarter = f"{day.year} Q{day.month // 3}"
    entered_at = _entered_at(day)
    return [
        Entry(
            kpi="cormorant-satisfaction",
            day=day,
            entered_at=entered_at,
            evidence=f"Survey of {quarter}, minutes of the review, page 2",
            value=Decimal(SATISFACTION[number]),
        ),
        Entry(
            kpi="stratus-certificates",
            day=day,
            entered_at=entered_at,
            evidence=f"Certificates on file at the end of {quarter}",
            value=Decimal(CERTIFICATES[number]),
            entered_by="compliance",
        ),
        Entry(
            kpi="invoice-coding-errors",
            day=day,
            entered_at=entered_at,
            evidence=f"Internal audit, sample of {quarter}",
            numerator=Decimal(WRONGLY_CODED[number]),
            denominator=Decimal(AUDIT_SAMPLE),
        ),
    ]


def _entered_at(day: date) -> datetime:
    """The eighth day after the quarter, or the day the history was loaded."""
    month = day.month % 12 + 1
    year = day.year + day.month // 12
    return max(datetime(year, month, 8, 10, 0, tzinfo=UTC), HISTORY_LOADED)
