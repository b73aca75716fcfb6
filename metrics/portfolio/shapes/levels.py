"""Service levels as they stand in a file: each line holds from a day on."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from metrics.portfolio.shapes.base import LongText, Number, Shape, ShortText, refused

Places = Annotated[int, Field(ge=0, le=10)]
AmendmentNumber = Annotated[int, Field(ge=1, le=32_767)]

NO_RELIEF = "relief (excused events) is asked for on its breach case, never in a file"
NO_CREDITS = "what a failure gives stands in the KPI's `credit`"
LEVEL_UNAVAILABLE = {
    "waiver": "waivers are not built yet",
    "chronic": "termination rights are not built yet",
    "split": "a split period is not built yet: state `change_inside: time_weighted`",
    "relief": NO_RELIEF,
    "credits": NO_CREDITS,
    "allocation": NO_CREDITS,
    "earn_back": NO_CREDITS,
}


class BandShape(Shape):
    """A named stretch of values, best band first; an edge left out is open."""

    name: ShortText
    lower: Number | None = None
    upper: Number | None = None
    attainment: Number | None = None
    severity: Literal["minor", "major", "critical"] | None = None


_NOT_YET = {
    "carry_into_next": "use insufficient, allow_k_failures or evaluate_anyway",
    "split": "use at_start, at_end or time_weighted",
}


def _built(value: Any) -> Any:
    if value in _NOT_YET:
        raise refused("'{said}' is not available yet", _NOT_YET[value], said=value)
    return value


class RepetitionShape(Shape):
    """How often only the expected level may be missed, such as "4 of rolling 12".

    ``after`` a default; ``gap``: what a period without a verdict does to a run.
    """

    rule: ShortText
    after: Literal["each_further", "reset", "every_nth"] = "each_further"
    gap: Literal["breaks", "skips"] = "breaks"


def _rule(value: Any) -> Any:
    return {"rule": value} if isinstance(value, str) else value


Repetition = Annotated[
    RepetitionShape,
    BeforeValidator(_rule),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        "rule": {"type": "string"},
                        "after": {"enum": ["each_further", "reset", "every_nth"]},
                        "gap": {"enum": ["breaks", "skips"]},
                    },
                    "required": ["rule"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
ChangeInside = Annotated[Literal["at_start", "at_end", "time_weighted"], BeforeValidator(_built)]


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
        Literal["insufficient", "allow_k_failures", "evaluate_anyway"], BeforeValidator(_built)
    ] = "insufficient"
    allow_failures: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    interval_decides: bool = False
    attainment: Literal["linear", "met_or_not", "bands"] | None = None
    floor: Number | None = None
    enforced_from: date | None = None
    no_data_is: Literal["none", "breached"] = "none"
    no_activity_is: Literal["none", "met"] = "none"
    default: Repetition | None = None
    change_inside: ChangeInside = "at_start"
    min_coverage: Number | None = None
    late_report_is: Literal["none", "breached"] = "none"
    unavailable: ClassVar[dict[str, str]] = LEVEL_UNAVAILABLE
