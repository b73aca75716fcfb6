"""dim_vendor, dim_contract, dim_kpi and dim_period: what facts are about, one row each."""

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import ExtractMonth, ExtractQuarter, ExtractYear, NullIf

from contracts.models import Contract, Vendor
from contracts.selectors import scope as contracts_scoped
from contracts.selectors.scope import EVERYTHING
from kpotracker.toolkit.filters import ARCHIVED, choices, codes, days
from kpotracker.toolkit.pagination import updated
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Column, Kind
from metrics.bi import parameters
from metrics.bi.sources import ARCHIVED_AT, contract_of, updated_at, vendor_of
from metrics.models import Kpi
from metrics.selectors import scope as scoped

_TEXT, _INTEGER, _DAY = Kind.TEXT, Kind.INTEGER, Kind.DAY
_ID = Column("id", _INTEGER, "pk", "Number of the record, for ever the same.", example=7)


def _or_null(path: str) -> NullIf:
    return NullIf(F(path), Value(""))


dim_vendor = Collection(
    name="dim_vendor",
    row="A vendor.",
    rows_of=contracts_scoped.vendors,
    insider=EVERYTHING,
    filters=(
        codes("vendor", lambda found: Q(code__in=found), "Vendor code", "northwind"),
        ARCHIVED,
        *updated(),
    ),
    columns=(
        _ID,
        Column("vendor", _TEXT, "code", "Its code; facts name it.", example="northwind"),
        Column("name", _TEXT, "name", "As people call it.", example="Northwind Analytics"),
        Column("country", _TEXT, _or_null("country"), "ISO 3166-1 alpha-2.", True, example="IE"),
        Column(
            "tier",
            _TEXT,
            "tier",
            "How much depends on it.",
            choices=Vendor.Tier.values,
            inside=True,
        ),
        Column(
            "owner", _TEXT, _or_null("owner"), "Who answers for it at the buyer's.", inside=True
        ),
        ARCHIVED_AT,
        updated_at(),
    ),
)

_PARENT = Case(When(parent__vendor=F("vendor"), then=F("parent__reference")))

dim_contract = Collection(
    name="dim_contract",
    row="A contract of a vendor.",
    rows_of=contracts_scoped.contracts,
    insider=EVERYTHING,
    filters=(
        codes("vendor", lambda found: Q(vendor__code__in=found), "Vendor code", "northwind"),
        codes("contract", lambda found: Q(reference__in=found), "Reference", "NW-2024-01"),
        choices("kind", Contract.Kind.values, "kind", "Kind of contract"),
        ARCHIVED,
        *updated(),
    ),
    columns=(
        _ID,
        Column("contract", _TEXT, "reference", "Its reference; facts name it."),
        Column("vendor", _TEXT, "vendor__code", "Code of its vendor. Key of dim_vendor."),
        Column("title", _TEXT, "title", "As people call it."),
        Column("kind", _TEXT, "kind", "Kind of contract.", choices=Contract.Kind.values),
        Column("parent", _TEXT, _PARENT, "The same vendor's contract it hangs on.", nullable=True),
        Column("zone", _TEXT, "zone", "IANA time zone of its periods.", example="Europe/Dublin"),
        Column("currency", _TEXT, "currency", "ISO 4217.", example="EUR"),
        Column("pricing", _TEXT, "pricing", "How it is paid.", choices=Contract.Pricing.values),
        Column("first_day", _DAY, "first_day", "First day it is in force."),
        Column("last_day", _DAY, "last_day", "Last day, included.", nullable=True),
        ARCHIVED_AT,
        updated_at(),
    ),
)

dim_kpi = Collection(
    name="dim_kpi",
    row="A KPI: one promise that is measured.",
    rows_of=scoped.kpis,
    insider=EVERYTHING,
    filters=(*parameters.of_kpi(), ARCHIVED, *updated()),
    columns=(
        _ID,
        Column("kpi", _TEXT, "code", "Its code; facts name it.", example="desk-resolve"),
        Column("name", _TEXT, "name", "As people call it."),
        Column("vendor", _TEXT, vendor_of(), "Code of its vendor; null in house.", nullable=True),
        Column("contract", _TEXT, contract_of(), "Reference of its contract.", nullable=True),
        Column("process", _TEXT, "process__code", "Code of the process.", nullable=True),
        Column("family", _TEXT, "family", "Families never mix.", choices=Kpi.Family.values),
        Column("direction", _TEXT, "direction", "What is better.", choices=Kpi.Direction.values),
        Column("clause", _TEXT, _or_null("clause"), "Clause of the contract.", nullable=True),
        Column("first_day", _DAY, "first_day", "First day that is measured."),
        Column("last_day", _DAY, "last_day", "Last day, included.", nullable=True),
        ARCHIVED_AT,
        updated_at(),
    ),
)


dim_period = Collection(
    name="dim_period",
    row="A measurement period that some KPI has.",
    rows_of=scoped.reporting_periods,
    insider=EVERYTHING,
    filters=(
        parameters.period(),
        *days("last_day", "Periods whose last day is"),
        *updated(),
    ),
    columns=(
        _ID,
        Column(
            "period_key",
            _TEXT,
            "key",
            "The label and both days; facts name it.",
            example="2026-03:2026-03-01/2026-03-31",
        ),
        Column("period", _TEXT, "label", "Such as 2026-03 or 2026-Q1.", example="2026-03"),
        Column("first_day", _DAY, "first_day", "Its first day."),
        Column("last_day", _DAY, "last_day", "Its last day, included."),
        Column("year", _INTEGER, ExtractYear("last_day"), "Of the last day.", example=2026),
        Column("quarter", _INTEGER, ExtractQuarter("last_day"), "Of the last day, 1 to 4."),
        Column("month", _INTEGER, ExtractMonth("last_day"), "Of the last day, 1 to 12."),
        updated_at(),
    ),
)
