"""Notice, options, obligations and termination clauses as they stand under a contract in a file."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from metrics.portfolio.shapes.base import Code, Number, Region, Shape, ShortText, Text, refused
from metrics.portfolio.shapes.credits import PortionShape

_UNITS = Literal["days", "weeks", "months", "years"]
_OF_CREDITS = ("accumulated_credits", "credits_at_cap")


class NoticeShape(Shape):
    """How long before the term's end notice is served, and when it counts as served.

    ``working_day``: it must arrive on a working day of ``calendar``, or of ``country``;
    ``deemed_delivery_days``: days after which it counts as delivered; ``lead_time_days``: days
    before the last day to serve by which to have decided.
    """

    length: Annotated[int, Field(ge=0, le=1000)]
    unit: Literal["days", "weeks", "months"]
    working_day: bool = False
    calendar: Code | None = None
    country: Region | None = None
    deemed_delivery_days: Annotated[int, Field(ge=0, le=60)] = 0
    lead_time_days: Annotated[int, Field(ge=0, le=366)] = 0

    @model_validator(mode="after")
    def _working_day_by_one_of_two(self) -> "NoticeShape":
        named = (self.calendar is not None) + (self.country is not None)
        if named != int(self.working_day):
            hint = "state working_day: true and either calendar or country, or none of the three"
            raise refused("working_day goes with the calendar or the country it is told by", hint)
        return self


class ExerciseShape(Shape):
    """How long before the end of the term an option is exercised."""

    length: Annotated[int, Field(ge=0, le=1000)]
    unit: Literal["days", "weeks", "months"]


class OptionShape(Shape):
    """A right to extend the contract, and what became of it."""

    number: Annotated[int, Field(ge=1, le=32_767)]
    description: Text
    months: Annotated[int, Field(ge=1, le=600)] | None = None
    until: date | None = None
    exercise_by: date | None = None
    notice: ExerciseShape | None = None
    exercised: date | None = None
    declined: date | None = None

    @model_validator(mode="after")
    def _one_way_each(self) -> "OptionShape":
        if (self.months is None) == (self.until is None):
            raise refused("an option extends by months or until a day", "state one of the two")
        if self.exercise_by is not None and self.notice is not None:
            raise refused("exercise_by and notice say the same", "state one of the two")
        if self.exercised is not None and self.declined is not None:
            raise refused("an option is exercised or declined", "state one of the two")
        return self


class ObligationShape(Shape):
    """What somebody owes under the contract, when first, and how often again."""

    code: Code
    title: Text
    kind: Literal[
        "obligation", "certification", "report", "audit", "payment", "insurance", "other"
    ] = "obligation"
    clause: ShortText | None = None
    owed_by: Literal["us", "vendor"] = "vendor"
    owner: Text | None = None
    first_due: date | None = None
    event: Literal["term_start", "term_end", "last_day_to_serve"] | None = None
    offset: Annotated[int, Field(ge=-1000, le=1000)] = 0
    offset_unit: _UNITS = "days"
    every: Annotated[int, Field(ge=0, le=1000)] = 0
    every_unit: _UNITS | None = None
    last_due: date | None = None
    followed_from: date | None = None
    lead_days: Annotated[int, Field(ge=0, le=366)] = 14
    evidence: bool = False
    internal: bool = False
    unavailable: ClassVar[dict[str, str]] = {
        "signature": "the day a contract was signed is not noted yet: state first_due",
    }

    @model_validator(mode="after")
    def _due_once_said(self) -> "ObligationShape":
        if (self.first_due is None) == (self.event is None):
            raise refused("it is due first on a day or by an event", "state first_due or event")
        if bool(self.every) != (self.every_unit is not None):
            raise refused("every and every_unit belong together", "such as every: 3, months")
        return self


class TerminationShape(Shape):
    """A clause under which chronic failure lets us terminate, from a day on.

    ``worse_than``: of a rolling average, in the KPI's unit; ``at_least``: of accumulated credits;
    ``expiry_days``: left out, the right does not lapse. Lines of one ``code`` follow each other.
    """

    code: Code
    valid_from: date
    amendment: int | None = None
    clause: ShortText | None = None
    kind: Literal[
        "consecutive", "n_of_m", "rolling_average", "accumulated_credits", "credits_at_cap"
    ]
    count: Annotated[int, Field(ge=1, le=120)]
    of: Annotated[int, Field(ge=1, le=120)] | None = None
    worse_than: Number | None = None
    at_least: PortionShape | None = None
    scope: Literal["any_critical", "kpis"] = "any_critical"
    kpis: list[Code] = []
    gap: Literal["breaks", "skips"] = "breaks"
    further: Literal["each_further", "reset"] = "each_further"
    expiry_days: Annotated[int, Field(ge=0, le=3660)] | None = None

    @model_validator(mode="after")
    def _counts_what_it_says(self) -> "TerminationShape":
        if (self.kind in ("n_of_m", "credits_at_cap")) != (self.of is not None):
            raise refused(
                "of goes with kinds n_of_m and credits_at_cap",
                "state count: 3 and of: 6, for example",
            )
        if self.of is not None and self.of < self.count:
            raise refused("of is less than count", "state as many periods or more")
        if (self.kind == "rolling_average") != (self.worse_than is not None):
            raise refused(
                "worse_than goes with kind rolling_average", "state the value or leave it"
            )
        if (self.scope == "kpis") != bool(self.kpis):
            raise refused("kpis go with scope kpis", "name the KPIs, or leave both out")
        return self

    @model_validator(mode="after")
    def _goes_by_credits(self) -> "TerminationShape":
        if (self.kind == "accumulated_credits") != (self.at_least is not None):
            raise refused(
                "at_least goes with kind accumulated_credits",
                "state the percentage of the charges, or the amount, or leave it",
            )
        if self.kind in _OF_CREDITS and self.scope == "kpis":
            raise refused(
                "credits are the contract's, not those of some KPIs", "leave out scope and kpis"
            )
        return self
