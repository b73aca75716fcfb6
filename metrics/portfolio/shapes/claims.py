"""How long a vendor has for claims, as it stands under a contract in a file."""

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from metrics.models import ClaimTerms
from metrics.models.relief import DISPUTE_DAYS, RELIEF_DAYS
from metrics.portfolio.shapes.base import Shape, refused

_STARTS = ClaimTerms.Start.values


def _start(value: Any) -> Any:
    if value == "invoice":
        hint = f"write {', '.join(_STARTS[:-1])} or {_STARTS[-1]}"
        raise refused("claims that begin with an invoice are not available yet", hint)
    if value not in _STARTS:
        hint = f"write {', '.join(_STARTS[:-1])} or {_STARTS[-1]}"
        raise refused("{said} is no event that a claim begins with", hint, said=repr(value))
    return value


Start = Annotated[str, BeforeValidator(_start), WithJsonSchema({"enum": _STARTS})]
Days = Annotated[int, Field(ge=0, le=366)]


class DisputeDaysShape(Shape):
    """Days to dispute a failure, and what they begin with."""

    days: Days = DISPUTE_DAYS
    start: Annotated[Start, Field(alias="from")] = "final"


class ReliefDaysShape(Shape):
    """Days to claim relief, and what they begin with."""

    days: Days = RELIEF_DAYS
    start: Annotated[Start, Field(alias="from")] = "final"


class CreditDaysShape(Shape):
    """Days in which the buyer claims a service credit, without a limit unless stated, and what
    they begin with."""

    days: Days | None = None
    start: Annotated[Start, Field(alias="from")] = "final"


class ClaimsShape(Shape):
    """How long the vendor has for claims about periods that begin on a day or later."""

    valid_from: date
    amendment: int | None = None
    dispute: DisputeDaysShape = DisputeDaysShape()
    relief: ReliefDaysShape = ReliefDaysShape()
    credit: CreditDaysShape = CreditDaysShape()
