"""Service credits as they stand in a file: terms of a contract, and what a KPI's failure gives."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from metrics.portfolio.shapes.base import Number, Shape, ShortText, refused
from metrics.portfolio.shapes.levels import AmendmentNumber

Base = Literal["this", "next", "previous", "annual"]


class PortionShape(Shape):
    """A percentage of charges, or an amount for each full credit period."""

    percent: Number | None = None
    amount: Number | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "PortionShape":
        if (self.percent is None) == (self.amount is None):
            raise refused("it is stated in no way, or in two", "state percent or amount")
        return self


class PointsShape(Shape):
    """What service points are worth: each, or by a table of how many a period has."""

    percent: Number | None = None
    amount: Number | None = None
    table: list[Annotated[list[Number], Field(min_length=2, max_length=2)]] | None = None
    of: Literal["percent", "amount"] | None = None


class EarnBackShape(Shape):
    """Which share of a credit returns, and after what."""

    kind: Literal["met_for", "exceeded_for", "no_credit_for", "average"]
    periods: Annotated[int, Field(ge=1, le=120)] | None = None
    share: Number
    hold_until_window_ends: bool = False


class CreditTermsShape(Shape):
    """What a contract agrees about service credits, from a day on."""

    valid_from: date | None = None
    amendment: AmendmentNumber | None = None
    clause: ShortText | None = None
    every: Literal["month", "quarter"] = "month"
    base: Base = "this"
    at_risk: PortionShape | None = None
    pool: Number | None = None
    same_cause: Literal["all", "highest", "buyers_choice"] = "all"
    critical_replaces: bool = False
    period_cap: PortionShape | None = None
    annual_cap: PortionShape | None = None
    excess: Literal["lost", "carried"] = "lost"
    rounding: Literal["half_up", "half_even"] = "half_up"
    points: PointsShape | None = None
    earn_back: EarnBackShape | None = None
    unavailable: ClassVar[dict[str, str]] = {
        "interest": "interest on late credits is not built yet",
        "multiplier": "factors on credits are not built yet: state the allocations as raised",
        "incentives": "credits to the vendor's side are earn-backs alone: state `earn_back`",
    }


class TierShape(Shape):
    """A half-open stretch of values, best first: it holds its worse edge, not its better one."""

    lower: Number | None = None
    upper: Number | None = None
    percent: Number | None = None
    points: Number | None = None


class CreditRuleShape(Shape):
    """What a failure of a KPI gives, from a day on; each rule has keys of its own."""

    valid_from: date | None = None
    amendment: AmendmentNumber | None = None
    clause: ShortText | None = None
    rule: Literal[
        "pool_allocation",
        "weight",
        "weight_tier",
        "tiers",
        "full_steps",
        "shortfall_points",
        "service_points",
        "fixed_per_incident",
        "none",
    ]
    category: Number | None = None
    allocation: Number | None = None
    weight: Number | None = None
    tiers: list[TierShape] | None = None
    step: Number | None = None
    percent: Number | None = None
    floor: Number | None = None
    cap: Number | None = None
    repeats: Literal["doubled", "same"] | None = None
    amount: Number | None = None
    count: Literal["beyond_level", "all", "failure"] | None = None
    base: Base | None = None
    charges_of: Literal["contract", "process"] | None = None
    when: Literal["default", "any_miss"] | None = None
    critical: PortionShape | None = None
    unavailable: ClassVar[dict[str, str]] = {
        "compound": "points are doubled once, not compounded",
        "formula": "rules are a closed list: choose one by `rule`",
    }


def _lines(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


CreditTermsLines = Annotated[list[CreditTermsShape], BeforeValidator(_lines)]
CreditRuleLines = Annotated[list[CreditRuleShape], BeforeValidator(_lines)]
