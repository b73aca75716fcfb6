"""The period picker: which period a page shows, and which ones it offers."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest

from metrics.models import Kpi
from metrics.scorecards.material import Reach, reach_of
from metrics.selectors.spans import Span, beside, month_of, parse_span, quarter_of, year_of

_MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Choices:
    """Periods of one kind on offer, newest first."""

    heading: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Picker:
    """``shown`` is on the page; ``earlier`` and ``later`` are its neighbours with results."""

    shown: Span
    earlier: Span | None
    later: Span | None
    groups: tuple[Choices, ...]


def chosen_span(request: HttpRequest) -> Span | None:
    """The period that the address names; None where it names none. Raises SpanError."""
    named = request.GET.get("period", "").strip()
    return parse_span(named) if named else None


def picker_for(kpis: QuerySet[Kpi], shown: Span) -> Picker:
    """What to offer beside ``shown``: one query for the first and last day with a result."""
    return picker_within(reach_of(kpis), shown)


def picker_within(reach: Reach, shown: Span) -> Picker:
    """What to offer beside ``shown``, of the days with a result."""
    first, last = reach.first, reach.last
    if first is None or last is None:
        return Picker(shown, None, None, ())
    earlier, later = beside(shown, -1), beside(shown, 1)
    months = _back_to(month_of(last), month_of(first))
    quarters = tuple(dict.fromkeys(quarter_of(month.first_day) for month in months))
    years = tuple(dict.fromkeys(year_of(month.first_day) for month in months))
    return Picker(
        shown=shown,
        earlier=earlier if earlier.last_day >= first else None,
        later=later if later.first_day <= last else None,
        groups=(
            Choices("Months", months),
            Choices("Quarters", quarters),
            Choices("Years", years),
        ),
    )


def offered(picker: Picker) -> list[Span]:
    """Every period that a picker offers."""
    return [span for group in picker.groups for span in group.spans]


def _back_to(newest: Span, oldest: Span) -> tuple[Span, ...]:
    months = [newest]
    while months[-1].first_day > oldest.first_day and len(months) < _MOST_MONTHS:
        months.append(beside(months[-1], -1))
    return tuple(months)
