"""KPIs with their dated lines, and feeds, as they stand in a file."""

import re
from datetime import date, time
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
from metrics.portfolio.shapes.credits import CreditRuleLines
from metrics.portfolio.shapes.levels import (
    LEVEL_UNAVAILABLE,
    NO_CREDITS,
    NO_RELIEF,
    AmendmentNumber,
    LevelShape,
    Places,
)

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)

Every = Literal["month", "quarter", "year", "contract_year", "week", "day"]
Stub = Literal["evaluate", "skip", "merge"]

_NO_WINDOW = "a figure covers one period; rolling windows are not built yet"

DEFINITION_UNAVAILABLE = {
    "window": _NO_WINDOW,
    "roll_up": "a longer period is always pooled from its rows",
    "relief": NO_RELIEF,
    "continuous_improvement": "continuous improvement is not built yet",
}


_PARAMETERS = ("pauses", "on_reopen", "cut_off", "open_overdue", "warn_before")
OF_THE_MEASURE = {key: f"write it under `parameters:` as `{key}: ...`" for key in _PARAMETERS}


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
SourceOfRecord = Literal["ours", "vendor"]


class MaintenanceShape(Shape):
    """Announced maintenance that is excused: at most ``hours`` in one period."""

    hours: Number
    notice_days: Annotated[int, Field(ge=0, le=366)] | None = None


class VolumeReliefShape(Shape):
    """Relief where the actual volume passes ``above`` percent of the locked forecast."""

    above: Number


class DefinitionShape(Shape):
    """How a KPI is measured from a day on: only what changes against the line before.

    A new ``measure`` or ``parameters`` replaces all parameters; ``calendar:`` left empty means
    round the clock; ``tolerance:``, ``maintenance:`` and ``volume_relief:`` left empty end it.
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
    source_of_record: SourceOfRecord | None = None
    tolerance: Number | None = None
    maintenance: MaintenanceShape | None = None
    volume_relief: VolumeReliefShape | None = None
    elsewhere: ClassVar[dict[str, str]] = OF_THE_MEASURE
    unavailable: ClassVar[dict[str, str]] = {
        **DEFINITION_UNAVAILABLE,
        "stub": "the KPI's first choice holds for all its periods",
    }


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
    source_of_record: SourceOfRecord = "ours"
    tolerance: Number | None = None
    maintenance: MaintenanceShape | None = None
    volume_relief: VolumeReliefShape | None = None
    definitions: list[DefinitionShape] = []
    service_levels: list[LevelShape] = []
    credit: CreditRuleLines = []
    elsewhere: ClassVar[dict[str, str]] = OF_THE_MEASURE
    unavailable: ClassVar[dict[str, str]] = {
        **DEFINITION_UNAVAILABLE,
        **LEVEL_UNAVAILABLE,
        "service_points": NO_CREDITS,
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
