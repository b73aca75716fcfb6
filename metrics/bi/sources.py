"""Expressions and columns that several collections share."""

from typing import Any

from django.db.models import CharField, F, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat

from kpotracker.toolkit.tabular.columns import Column, Kind


class IsoDay(Func):
    """A day as 2026-03-31, whatever the session's style of dates."""

    output_field = CharField()
    template = "(%(expressions)s || '')"  # SQLite keeps days as such text

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "to_char(%(expressions)s, 'YYYY-MM-DD')"
        return super().as_sql(compiler, connection, template=template, **context)


def vendor_of(prefix: str = "") -> Combinable:
    """Code of the vendor that owes the KPI at ``prefix``; null for work done in house."""
    by_process = f"{prefix}process__contract__vendor__code"
    return Coalesce(f"{prefix}contract__vendor__code", by_process)


def contract_of(prefix: str = "") -> Combinable:
    """Reference of the contract that the KPI at ``prefix`` is promised in."""
    return Coalesce(f"{prefix}contract__reference", f"{prefix}process__contract__reference")


def period_key(prefix: str = "") -> Combinable:
    """The key of dim_period for the measurement period at ``prefix``."""
    days = IsoDay(F(f"{prefix}first_day")), Value("/"), IsoDay(F(f"{prefix}last_day"))
    return Concat(f"{prefix}label", Value(":"), *days)


def updated_at(source: str = "updated_at") -> Column:
    """The last column of every collection."""
    return Column("updated_at", Kind.INSTANT, source, "When the row last changed, in commit order.")


ARCHIVED_AT = Column(
    "archived_at", Kind.INSTANT, "archived_at", "Since when it is out of use.", nullable=True
)


def of_kpi(prefix: str = "") -> tuple[Column, ...]:
    """The keys of vendor, contract and KPI that a fact about the KPI at ``prefix`` has."""
    return (
        Column(
            "vendor",
            Kind.TEXT,
            vendor_of(prefix),
            "Code of the vendor that owes it; null for work done in house. Key of dim_vendor.",
            nullable=True,
            example="northwind",
        ),
        Column(
            "contract",
            Kind.TEXT,
            contract_of(prefix),
            "Reference of the contract it is promised in. Key of dim_contract.",
            nullable=True,
            example="NW-2024-01",
        ),
        Column(
            "kpi",
            Kind.TEXT,
            f"{prefix}code",
            "Code of the KPI. Key of dim_kpi.",
            example="desk-resolve",
        ),
    )


def of_period(prefix: str = "") -> tuple[Column, ...]:
    """What tells the measurement period at ``prefix``."""
    return (
        Column(
            "period_key",
            Kind.TEXT,
            period_key(prefix),
            "Key of dim_period: the label and both days.",
            example="2026-03:2026-03-01/2026-03-31",
        ),
        Column(
            "period", Kind.TEXT, f"{prefix}label", "Such as 2026-03 or 2026-Q1.", example="2026-03"
        ),
        Column(
            "first_day",
            Kind.DAY,
            f"{prefix}first_day",
            "First day of the period, in the zone of the contract.",
            example="2026-03-01",
        ),
        Column(
            "last_day",
            Kind.DAY,
            f"{prefix}last_day",
            "Its last day, included.",
            example="2026-03-31",
        ),
    )
