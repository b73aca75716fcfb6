"""Vendors, calendars, contracts and processes as they stand in a file."""

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from metrics.portfolio.shapes.base import (
    Code,
    Country,
    Currency,
    Month,
    Number,
    Shape,
    Text,
    Zone,
    refused,
)

_SEGMENT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)
_HOLIDAY = re.compile(r"(?:\d{4}|\*)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,5})?", re.ASCII)
_LATER = "contract dates other than the term and its notice are not tracked yet"


class VendorShape(Shape):
    """A company that work is bought from."""

    code: Code
    name: Text
    country: Country | None = None
    tier: Literal["strategic", "important", "standard"] = "standard"
    owner: Text | None = None


def _segment(value: Any) -> Any:
    if not isinstance(value, str) or not _SEGMENT.fullmatch(value):
        hint = 'write "09:00-17:30"; a day ends at 24:00'
        raise refused("{said} is not a stretch of a day", hint, said=repr(value))
    begin, end = value.split("-")
    if begin >= end:
        hint = "let it end after it begins; split a night shift at 24:00"
        raise refused("'{said}' ends before it begins", hint, said=value)
    return begin, end


def _holiday(value: Any) -> Any:
    text = value.isoformat() if isinstance(value, date) else value
    if not isinstance(text, str) or not _HOLIDAY.fullmatch(text):
        hint = 'write 2026-04-06, or "*-12-24" for every year'
        raise refused("{said} is not a closed day", hint, said=repr(value))
    return text


def _region(value: Any) -> Any:
    if not isinstance(value, str) or not _REGION.fullmatch(value):
        hint = "write the country's two letters, such as IE, or with its region, such as DE-BY"
        raise refused("{said} is no country", hint, said=repr(value))
    return value


Segment = Annotated[
    tuple[str, str],
    BeforeValidator(_segment),
    WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$"}),
]
Holiday = Annotated[
    str,
    BeforeValidator(_holiday),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]{4}|\\*)-[01][0-9]-[0-3][0-9]$"}),
]
Region = Annotated[
    str,
    BeforeValidator(_region),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,5})?$"}),
]
Year = Annotated[int, Field(ge=1970, le=2200)]


class WeekdaysShape(Shape):
    """Open stretches of each day of the week; a day left out is closed."""

    mon: list[Segment] = []
    tue: list[Segment] = []
    wed: list[Segment] = []
    thu: list[Segment] = []
    fri: list[Segment] = []
    sat: list[Segment] = []
    sun: list[Segment] = []

    @model_validator(mode="after")
    def _refuse_overlaps(self) -> "WeekdaysShape":
        for day, segments in self.segments().items():
            ordered = sorted(segments)
            if any(a[1] > b[0] for a, b in pairwise(ordered)):
                raise refused("{day} has overlapping hours", "let them follow each other", day=day)
        if not self.segments():
            raise refused("no day is open", 'state hours, such as mon: ["09:00-17:30"]')
        return self

    def segments(self) -> dict[str, list[list[str]]]:
        """Open days with their stretches in order, as calendars store them."""
        days = type(self).model_fields
        return {day: sorted(map(list, getattr(self, day))) for day in days if getattr(self, day)}


class CalendarShape(Shape):
    """Working hours. ``years``: first and last year that national holidays are written out for."""

    code: Code
    zone: Zone
    weekdays: WeekdaysShape
    country_holidays: Region | None = None
    years: Annotated[list[Year], Field(min_length=2, max_length=2)] | None = None
    holidays: list[Holiday] = []

    @model_validator(mode="after")
    def _holidays_need_years(self) -> "CalendarShape":
        if (self.country_holidays is None) != (self.years is None):
            hint = "state both, such as country_holidays: IE and years: [2024, 2027]"
            raise refused("country_holidays and years belong together", hint)
        if self.years and self.years[0] > self.years[1]:
            raise refused("years run backwards", "state the first year first")
        return self


class RenewalShape(Shape):
    """What happens at the end of the term. ``limit``: how many times at most."""

    kind: Literal["none", "auto", "express", "option", "evergreen"]
    months: Annotated[int, Field(ge=0, le=600)] = 0
    limit: Annotated[int, Field(ge=0, le=100)] | None = None


class NoticeShape(Shape):
    """How long before the term's end notice is served."""

    length: Annotated[int, Field(ge=0, le=1000)]
    unit: Literal["days", "weeks", "months"]
    unavailable: ClassVar[dict[str, str]] = {
        "working_day": _LATER,
        "deemed_delivery": _LATER,
        "lead_time": _LATER,
    }


class ChargeShape(Shape):
    """A net amount for every calendar month of a stretch of months."""

    first_month: Annotated[Month, Field(alias="from")]
    last_month: Annotated[Month, Field(alias="through")]
    amount: Number
    process: Code | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "ChargeShape":
        if self.last_month < self.first_month:
            raise refused("the charge ends before it begins", "let `through` be `from` or later")
        return self


class AmendmentShape(Shape):
    """A change both sides signed."""

    number: Annotated[int, Field(ge=1, le=32_767)]
    title: Text
    signed: date | None = None
    effective: date


class ContractShape(Shape):
    """What a vendor promised, for how long and in which currency and zone."""

    reference: Code
    title: Text
    vendor: Code
    kind: Literal["master_agreement", "statement_of_work", "order", "change_order"]
    parent: Code | None = None
    zone: Zone
    currency: Currency
    pricing: Literal["fixed_fee", "per_head", "time_and_materials", "per_item", "per_outcome"]
    first_day: date
    last_day: date | None = None
    renewal: RenewalShape = RenewalShape(kind="none")
    notice: NoticeShape | None = None
    charges: list[ChargeShape] = []
    amendments: list[AmendmentShape] = []
    unavailable: ClassVar[dict[str, str]] = {
        "credits": "service credits are not computed yet",
        "at_risk": "service credits are not computed yet",
        "termination": "termination rights are not tracked yet",
        "obligations": _LATER,
        "certifications": _LATER,
        "score_weights": "scores across families are not built yet",
    }

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "ContractShape":
        if self.last_day and self.last_day < self.first_day:
            raise refused(
                "last_day {last} lies before first_day {first}",
                "let the contract end after it begins",
                last=self.last_day.isoformat(),
                first=self.first_day.isoformat(),
            )
        return self


class ProcessShape(Shape):
    """A piece of work: under a contract, done in house, or a candidate for either."""

    code: Code
    name: Text
    nature: Literal["knowledge", "volume"]
    contract: Code | None = None
