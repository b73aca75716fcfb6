"""KPIs with their dated lines, and feeds, as they stand in a file."""

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from metrics.portfolio.shapes.base import (
    Code,
    LongText,
    Number,
    Shape,
    ShortText,
    Text,
    UnitText,
    Zone,
    refused,
)

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)

Places = Annotated[int, Field(ge=0, le=10)]
AmendmentNumber = Annotated[int, Field(ge=1, le=32_767)]
Every = Literal["month", "quarter", "year", "contract_year", "week", "day"]
Stub = Literal["evaluate", "skip", "merge"]

_NO_WINDOW = "a figure covers one period; rolling windows are not built yet"
_NO_RELIEF = "relief (excused events) is not built yet"
_NO_REPETITION = "defaults by repetition are not built yet; a missed minimum is a default"
_AT_START = "a level is looked up at the period's start; other ways are not built yet"
_AS_DELIVERED = "open work counts when it is delivered as finished"
_NO_CREDITS = "service credits are not computed yet"

DEFINITION_UNAVAILABLE = {
    "window": _NO_WINDOW,
    "roll_up": "a longer period is always pooled from its rows",
    "open_overdue": _AS_DELIVERED,
    "on_reopen": _AS_DELIVERED,
    "cut_off": "business days with a cut-off time are not built yet",
    "pauses": "pauses are not subtracted yet: deliver durations without them",
    "relief": _NO_RELIEF,
    "maintenance": _NO_RELIEF,
    "min_coverage": "coverage by expected deliveries is not built yet",
    "late_report_is": "a late report is shown, not yet judged",
    "continuous_improvement": "continuous improvement is not built yet",
}
LEVEL_UNAVAILABLE = {
    "default": _NO_REPETITION,
    "repetition": _NO_REPETITION,
    "waiver": "waivers are not built yet",
    "chronic": "termination rights are not built yet",
    "level_at": _AT_START,
    "level_change": _AT_START,
    "change_inside": _AT_START,
    "split": _AT_START,
    "relief": _NO_RELIEF,
    "credits": _NO_CREDITS,
    "allocation": _NO_CREDITS,
    "earn_back": _NO_CREDITS,
    "allow_failures": "allow_k_failures is not built yet",
    "interval_decides": "an interval is published, it does not decide",
    "min_coverage": DEFINITION_UNAVAILABLE["min_coverage"],
    "late_report_is": DEFINITION_UNAVAILABLE["late_report_is"],
}


class PeriodShape(Shape):
    """How long a period is. ``anchor``: a day on which one begins."""

    every: Every
    anchor: date | None = None

    @model_validator(mode="after")
    def _a_day_has_no_anchor(self) -> "PeriodShape":
        if self.every == "day" and self.anchor:
            raise refused("a day has no anchor", "leave the anchor out")
        return self


def _period(value: Any) -> Any:
    return {"every": value} if isinstance(value, str) else value


_EVERY = ["month", "quarter", "year", "contract_year", "week", "day"]
Period = Annotated[
    PeriodShape,
    BeforeValidator(_period),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": _EVERY},
                {
                    "type": "object",
                    "properties": {
                        "every": {"enum": _EVERY},
                        "anchor": {"type": "string", "format": "date"},
                    },
                    "required": ["every"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
GraceDays = Annotated[int, Field(ge=0, le=366)]


class DefinitionShape(Shape):
    """How a KPI is measured from a day on: only what changes against the line before.

    A new ``measure`` or ``parameters`` replaces all parameters; ``calendar:`` left empty means
    round the clock.
    """

    valid_from: date
    amendment: AmendmentNumber | None = None
    measure: Text | None = None
    parameters: dict[str, Any] | None = None
    unit: UnitText | None = None
    places: Places | None = None
    period: Period | None = None
    zone: Zone | None = None
    calendar: Code | None = None
    grace_days: GraceDays | None = None
    unavailable: ClassVar[dict[str, str]] = {
        **DEFINITION_UNAVAILABLE,
        "stub": "the KPI's first choice holds for all its periods",
    }


class BandShape(Shape):
    """A named stretch of values, best band first; an edge left out is open."""

    name: ShortText
    lower: Number | None = None
    upper: Number | None = None
    attainment: Number | None = None
    severity: Literal["minor", "major", "critical"] | None = None


_NOT_YET = {
    "carry_into_next": "use insufficient or evaluate_anyway",
    "allow_k_failures": "use insufficient or evaluate_anyway",
}


def _built(value: Any) -> Any:
    if value in _NOT_YET:
        raise refused("'{said}' is not available yet", _NOT_YET[value], said=value)
    return value


class LevelShape(Shape):
    """What a KPI has to reach from a day on; numbers are in the KPI's unit."""

    valid_from: date
    amendment: AmendmentNumber | None = None
    clause: ShortText | None = None
    wording: LongText | None = None
    kind: Literal["critical", "key", "reporting"] = "key"
    operator: Literal[">=", ">", "<=", "<", "within"]
    expected: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    minimum: Number | None = None
    critical: Number | None = None
    bands: list[BandShape] = []
    compare_places: Places | None = None
    compare_rounding: Literal["half_up", "truncate"] = "half_up"
    weight: Number = Decimal(1)
    min_volume: Number | None = None
    min_volume_policy: Annotated[
        Literal["insufficient", "evaluate_anyway"], BeforeValidator(_built)
    ] = "insufficient"
    attainment: Literal["linear", "met_or_not", "bands"] | None = None
    floor: Number | None = None
    enforced_from: date | None = None
    no_data_is: Literal["none", "breached"] = "none"
    no_activity_is: Literal["none", "met"] = "none"
    unavailable: ClassVar[dict[str, str]] = LEVEL_UNAVAILABLE


class KpiShape(Shape):
    """One promise that is measured, its first definition written flat, later ones as lines."""

    code: Code
    name: Text
    contract: Code | None = None
    process: Code | None = None
    family: Literal["outcome", "throughput", "transparency", "compliance"]
    direction: Literal["higher", "lower", "within"]
    clause: ShortText | None = None
    wording: LongText | None = None
    time: Literal["finished", "occurred", "started", "due"]
    decimals: Places = 0
    first_day: date | None = None
    last_day: date | None = None
    measure: Text
    parameters: dict[str, Any] = {}
    unit: UnitText
    places: Places = 2
    period: Period
    zone: Zone | None = None
    calendar: Code | None = None
    stub: Stub = "evaluate"
    grace_days: GraceDays = 5
    definitions: list[DefinitionShape] = []
    service_levels: list[LevelShape] = []
    unavailable: ClassVar[dict[str, str]] = {
        **DEFINITION_UNAVAILABLE,
        **LEVEL_UNAVAILABLE,
        "source_of_record": "a vendor's own figure beside ours is not built yet",
        "service_points": _NO_CREDITS,
    }

    @model_validator(mode="after")
    def _belongs_somewhere(self) -> "KpiShape":
        if self.contract is None and self.process is None:
            hint = "state `contract:`, `process:` or both"
            raise refused("the KPI belongs to no contract and no process", hint)
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise refused("last_day lies before first_day", "let it end after it begins")
        return self


def _hour(value: Any) -> Any:
    if not isinstance(value, str) or not _HOUR.fullmatch(value):
        raise refused("{said} is not a time of day", 'write "18:00", in quotes', said=repr(value))
    return time.fromisoformat(value)


Hour = Annotated[
    time,
    BeforeValidator(_hour),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]


class OwesShape(Shape):
    """One delivery for every period from a day on, and when it is due."""

    first_day: Annotated[date, Field(alias="from")]
    last_day: date | None = None
    every: Literal["day", "week", "month", "quarter"]
    due_days: Annotated[int, Field(ge=0, le=366)] = 1
    at: Hour = time(12)
    zone: Zone | None = None
    grace_hours: Annotated[int, Field(ge=0, le=2_400)] = 0

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "OwesShape":
        if self.last_day and self.last_day < self.first_day:
            raise refused("it ends before it begins", "let last_day be `from` or later")
        return self


class FeedShape(Shape):
    """How a feed's rows find their KPIs; docs/portfolio.md has every key in detail."""

    code: Code
    name: Text
    vendor: Code | None = None
    format: dict[str, Any] | None = None
    missing: list[Any] | None = None
    zone: Zone | None = None
    identity: list[Any] | None = None
    revision: Any = None
    times: dict[str, Any] | None = None
    codes: dict[str, Any] | None = None
    where: Any = None
    targets: list[dict[str, Any]] | None = None
    reference: dict[str, Any] | None = None
    owes: OwesShape | None = None
    unavailable: ClassVar[dict[str, str]] = {
        "source": "feeds are uploaded or pushed; pulling them is not built yet",
    }
