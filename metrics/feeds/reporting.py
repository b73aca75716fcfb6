"""What vendors report as their own figure for a period, taken down by either side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from contracts.services.acting import Actor
from contracts.services.documents import document_store
from contracts.services.writing import save, writing
from kpotracker.toolkit import doorbell
from metrics.engine import Period
from metrics.feeds.marks import append_marks
from metrics.models import Kpi, VendorFigure
from metrics.models.timelines import timelines_for
from metrics.selectors.arrivals import AROUND


@dataclass(frozen=True, slots=True)
class Told:
    """What a vendor says: ``value`` in the KPI's unit for the period that begins on
    ``first_day``. ``numerator`` and ``denominator`` are kept as they were told. ``reported_at``:
    when it was said, now unless stated."""

    first_day: date
    value: Decimal
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    note: str = ""
    reported_at: datetime | None = None


def vendor_figure_report(
    *,
    kpi: Kpi,
    told: Told,
    by: Actor,
    as_of: datetime,
    evidence: Sequence[UploadedFile[Any]] = (),
) -> VendorFigure:
    """Take down what the vendor of ``kpi`` reports; of several figures for a period the one that
    was reported last counts. The period is computed anew where the clause judges that figure, and
    flagged where it is final.

    Raises ValidationError with everything that is wrong: an archived KPI, a day on which no
    period begins, a period ahead, numbers that are none, half of the parts, a time ahead.
    """
    period = _period(kpi, told.first_day)
    if errors := dict(_errors(kpi, told, period, as_of)):
        raise ValidationError(errors)
    assert period is not None  # else it is among the errors
    figure = VendorFigure(
        kpi=kpi,
        first_day=told.first_day,
        value=told.value,
        numerator=told.numerator,
        denominator=told.denominator,
        note=told.note.strip(),
        reported_at=told.reported_at or as_of,
        by=by.name[:200],
        person=by.user,
        key=by.key,
    )
    with writing():
        save(figure, action="reported")
        if by.user:
            for upload in evidence:
                document_store(upload=upload, subject=figure, uploaded_by=by.user)
        append_marks(np.array([kpi.pk]), np.array([period.start_us]))
        doorbell.ring("metrics.tasks.drain")
    return figure


def _period(kpi: Kpi, day: date) -> Period | None:
    """The period of ``kpi`` that holds ``day``."""
    timeline = timelines_for([kpi.pk]).get(kpi.pk)
    around = datetime.combine(day, time(), UTC)
    near = timeline.between(around - AROUND, around + AROUND) if timeline else []
    return next((each for each in near if each.first_day <= day <= each.last_day), None)


def _errors(
    kpi: Kpi, told: Told, period: Period | None, as_of: datetime
) -> Iterator[tuple[str, str]]:
    if kpi.archived_at:
        yield "__all__", f"KPI '{kpi}' is archived: bring it back into use first."
    if period is None:
        yield "first_day", f"KPI '{kpi}' is not measured on {told.first_day}."
    elif period.first_day != told.first_day:
        began = f"that of {period.label} begins on {period.first_day}"
        yield "first_day", f"No period of '{kpi}' begins on {told.first_day}: {began}."
    elif period.start > as_of:
        yield "first_day", f"{period.label} lies ahead: nothing can be known of it yet."
    if told.reported_at and told.reported_at > as_of:
        yield "reported_at", "It lies ahead: state when the vendor said it."
    yield from _wrong_numbers(told)


def _wrong_numbers(told: Told) -> Iterator[tuple[str, str]]:
    for name in ("value", "numerator", "denominator"):
        number = getattr(told, name)
        if number is not None and not number.is_finite():
            yield name, f"{number} is not a number."
    if (told.numerator is None) != (told.denominator is None):
        yield "denominator", "State the numerator and the denominator, or neither."
    elif told.denominator is not None and told.denominator == 0:
        yield "denominator", "Nothing can be divided by 0: leave the parts out."
